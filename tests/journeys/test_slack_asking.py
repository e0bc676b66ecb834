"""Asking through Slack's wire: in the thread of an opened channel, in private elsewhere, native table and chart."""

from collections.abc import AsyncIterator
from datetime import date

import pytest_asyncio

from storage.unit_of_work import Store
from tests.asking.company import add_usage
from tests.asking.test_delivery import acme
from tests.builders import add_tool
from tests.conftest import TestClock
from tests.fake_slack import BOT_USER, FakeSlack
from tests.journeys.slack_company import SlackCompany, labels, serving, shows, until

QUESTION = "how many API requests in october 2026 by tool"


@pytest_asyncio.fixture
async def asking(database_url: str, store: Store, clock: TestClock) -> AsyncIterator[SlackCompany]:
    slack = await FakeSlack().start()
    with store.write() as uow:
        company = acme(uow)
        claude = add_tool(uow, "claude-code", name="Claude Code", vendor="Anthropic")
        add_usage(uow, claude, None, date(2026, 10, 7), requests=1000)
    for name in company.people:
        slack.add_user(name)
    everybody = {f"U0{name.upper()}" for name in company.people}
    slack.channels["OPEN"] = {"id": "OPEN", "members": {*everybody, BOT_USER}}
    async with serving(slack, database_url, store, clock) as running:
        yield running


async def test_in_an_opened_channel_the_answer_stands_in_the_thread(asking: SlackCompany) -> None:
    await asking.people.mention(asking.user("fin"), "OPEN", QUESTION)
    answer = await asking.in_channel("OPEN", "API requests in October 2026")
    assert answer["thread_ts"].startswith("1764100000.")
    assert {"table", "data_visualization"} <= {block["type"] for block in answer["blocks"]}
    assert asking.slack.ephemerals == [] and asking.slack.refusals == []


async def test_elsewhere_it_is_for_the_asker_who_may_post_it(asking: SlackCompany) -> None:
    channel = asking.slack.add_channel("general", asking.user("fin"))
    await asking.people.mention(asking.user("fin"), channel, QUESTION)
    answer = await asking.whispered("fin", "API requests in October 2026")
    assert asking.slack.posted_in(channel) == []
    payload = asking.people.click_payload(asking.user("fin"), answer | {"ts": answer["message_ts"]}, "Post it here")
    payload["container"] |= {"is_ephemeral": True, "thread_ts": answer["thread_ts"]}
    await asking.people.interact(payload)
    posted = await asking.in_channel(channel, "API requests in October 2026")
    assert posted["thread_ts"] == answer["thread_ts"] and "Post it here" not in labels(posted)


async def test_in_an_opened_channel_with_outsiders_it_is_for_the_asker(asking: SlackCompany) -> None:
    event = {"type": "app_mention", "channel": "OPEN", "user": asking.user("fin"), "text": f"<@{BOT_USER}> {QUESTION}"}
    await asking.people.send_event(event, is_ext_shared_channel=True)
    await asking.whispered("fin", "API requests in October 2026")
    assert asking.slack.posted_in("OPEN") == []


async def test_a_command_in_an_opened_channel_is_answered_to_the_asker(asking: SlackCompany) -> None:
    """Whether another company reads along cannot be known from a command."""
    await asking.people.command(asking.user("fin"), "OPEN", f"ask {QUESTION}")
    await asking.whispered("fin", "API requests in October 2026")
    assert asking.slack.posted_in("OPEN") == []


async def test_in_a_direct_message_and_by_command(asking: SlackCompany) -> None:
    fin = asking.user("fin")
    await asking.people.say(fin, QUESTION)
    await asking.told("fin", "API requests in October 2026")
    channel = asking.slack.add_channel("general", fin)
    await asking.people.command(fin, channel, f"ask {QUESTION}")
    await asking.whispered("fin", "API requests in October 2026")
    asking.slack.native_blocks = False
    await asking.people.say(fin, QUESTION)

    def in_words() -> bool:
        told = [one for one in asking.slack.direct_messages(fin) if shows(one, "API requests in October 2026")]
        return any("table" not in {block["type"] for block in one["blocks"]} for one in told)

    await until(in_words, "the answer without native blocks")
