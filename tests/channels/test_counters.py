"""Figures of the channels in /metrics: what came, what was refused and why, what was sent and had to wait."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from prometheus_client.parser import text_string_to_metric_families

from bot.channels.base import SendDoubtful, SendFailed
from bot.channels.slack_payloads import direct
from bot.counters import KINDS, LIVE
from bot.message import text_message
from bot.metrics import exposition
from storage.unit_of_work import Store
from tests.channels.teams_sending import HELLO, at, fake, made
from tests.conftest import TestClock
from tests.fake_slack import TEAM
from tests.slack_world import SlackWorld
from tests.teams_world import TeamsWorld, running


@pytest_asyncio.fixture
async def teams(sqlite_store: Store, clock: TestClock) -> AsyncIterator[TeamsWorld]:
    async with running(sqlite_store, clock) as world:
        yield world


class Grown:
    """How much a counter grew since this was made."""

    def __init__(self, name: str, **labels: str) -> None:
        self._name, self._labels = name, labels
        self._before = self._now()

    def _now(self) -> float:
        return LIVE.get_sample_value(self._name, self._labels) or 0.0

    def by(self) -> float:
        return self._now() - self._before


async def test_what_comes_is_counted_by_kind_and_outcome(teams: TeamsWorld) -> None:
    user = teams.teams.add_user("ada")
    handled = Grown("bursar_activities_received_total", channel="teams", kind="message", outcome="handled")
    refused = Grown("bursar_activities_received_total", channel="teams", kind="message", outcome="refused")
    odd = Grown("bursar_activities_received_total", channel="teams", kind="other", outcome="refused")
    no_token = Grown("bursar_tokens_rejected_total", channel="teams", reason="no_token")
    expired = Grown("bursar_tokens_rejected_total", channel="teams", reason="expired")
    said = teams.people.message(user, teams.teams.direct(user), "hi")
    await teams.people.deliver(said)
    await teams.people.deliver(said, token="")
    await teams.people.deliver(said | {"type": "made up by a caller nobody knows"}, token="")
    await teams.people.deliver(said, token=teams.people.token(exp=1))
    assert (handled.by(), refused.by(), odd.by(), no_token.by(), expired.by()) == (1, 2, 1, 2, 1)


async def test_what_is_sent_is_counted_by_status_and_wait(sqlite_store: Store, clock: TestClock) -> None:
    counters = [
        Grown("bursar_platform_calls_total", channel="teams", status=one) for one in ("201", "429", "502", "no_answer")
    ]
    waits = Grown("bursar_throttle_seconds_total", channel="teams")
    async with fake() as teams, made(teams, sqlite_store, clock) as sender:
        to = at(teams.direct(teams.add_user("ada")))
        await sender.send(to, HELLO, key="1", private_to=None)
        teams.fail("post", "status", value=429, headers={"Retry-After": "8"})
        with pytest.raises(SendFailed):
            await sender.send(to, HELLO, key="2", private_to=None)
        for kind, value in (("status", 502), ("drop", None)):
            teams.fail("post", kind, value=value)
            with pytest.raises(SendDoubtful):
                await sender.send(to, HELLO, key="3", private_to=None)
    assert [one.by() for one in counters] == [1, 1, 1, 1]
    assert 8 <= waits.by() <= 10


async def test_slack_too(slack: SlackWorld) -> None:
    refused = Grown("bursar_tokens_rejected_total", channel="slack", reason="signature")
    throttled = Grown("bursar_platform_calls_total", channel="slack", status="429")
    waits = Grown("bursar_throttle_seconds_total", channel="slack")
    async with slack.http.post(slack.url, data="payload={}") as answer:
        assert answer.status == 401
    user = slack.slack.add_user("ada")
    slack.slack.fail("chat.postMessage", "ratelimited", value=7)
    with pytest.raises(SendFailed):
        await slack.channel.sender.send(direct(slack.slack.direct(user), TEAM), text_message("x"), key="k", private_to=None)
    assert (refused.by(), throttled.by(), waits.by()) == (1, 1, 7)


def test_the_page_has_both_and_few_labels(sqlite_store: Store) -> None:
    families = {one.name: one for one in text_string_to_metric_families(exposition(sqlite_store)[0].decode())}
    assert {
        "bursar_timers_overdue",
        "bursar_activities_received",
        "bursar_platform_calls",
        "bursar_throttle_seconds",
    } <= set(families)
    for sample in families["bursar_activities_received"].samples:
        assert set(sample.labels) == {"channel", "kind", "outcome"} and sample.labels["kind"] in KINDS | {"other"}
