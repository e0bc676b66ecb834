"""Who is believed: signatures first, then accounts."""

import asyncio
import json
import logging
from datetime import date
from urllib.parse import urlencode

import pytest
from aiohttp import web
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from slack_sdk.signature import SignatureVerifier

from bot.accounts import account_for, link_account
from bot.channels.slack import SlackChannel, SlackConfig
from storage.models import PersonEmail
from storage.unit_of_work import Store
from tests.builders import add_person
from tests.conftest import TestClock
from tests.fake_slack import SECRET, TEAM
from tests.slack_world import OwnRouter, SlackWorld

BODY = json.dumps({"type": "event_callback", "event_id": "Ev1", "event": {"type": "message", "user": "U1"}})
STAMP = "X-Slack-Request-Timestamp"
SIGNATURE = "X-Slack-Signature"


async def status_of(slack: SlackWorld, body: bytes, headers: dict[str, str]) -> int:
    async with slack.http.post(slack.url, data=body, headers={"Content-Type": "application/json", **headers}) as response:
        text = await response.text()
        assert "Traceback" not in text
        return response.status


def signed(slack: SlackWorld, body: str, shift: int = 0, secret: str = SECRET) -> dict[str, str]:
    stamp = str(int(slack.clock().timestamp()) + shift)
    return {STAMP: stamp, SIGNATURE: str(SignatureVerifier(secret).generate_signature(timestamp=stamp, body=body))}


async def test_a_signed_request_passes(slack: SlackWorld) -> None:
    body = json.dumps({"type": "url_verification", "challenge": "c0ffee"})
    async with slack.http.post(slack.url, data=body, headers=signed(slack, body)) as response:
        assert response.status == 200 and "c0ffee" in await response.text()


@pytest.mark.parametrize(
    ("name", "headers"),
    [
        ("no headers", {STAMP: None, SIGNATURE: None}),
        ("no signature", {SIGNATURE: None}),
        ("no timestamp", {STAMP: None}),
        ("timestamp of letters", {STAMP: "abc"}),
        ("timestamp of Arabic digits", {STAMP: "١٧٦٤٠٠٠٠٠٠"}),
        ("empty timestamp", {STAMP: ""}),
        ("negative timestamp", {STAMP: "-5"}),
        ("huge timestamp", {STAMP: "9" * 400}),
        ("not a number", {STAMP: "nan"}),
        ("signature of another alphabet", {SIGNATURE: "v0=ключ"}),
        ("empty signature", {SIGNATURE: ""}),
        ("short signature", {SIGNATURE: "v0=00"}),
        ("another version", {SIGNATURE: "v1=" + "0" * 64}),
        ("wrong signature", {SIGNATURE: "v0=" + "0" * 64}),
    ],
)
async def test_malformed_headers_get_401(slack: SlackWorld, name: str, headers: dict[str, str | None]) -> None:
    given_headers = signed(slack, BODY) | {key: value for key, value in headers.items() if value is not None}
    for key, value in headers.items():
        if value is None:
            given_headers.pop(key)
    assert await status_of(slack, BODY.encode(), given_headers) == 401, name
    assert slack.inbox() == []


async def test_stale_foreign_and_altered_requests_get_401(slack: SlackWorld) -> None:
    assert await status_of(slack, BODY.encode(), signed(slack, BODY, shift=-301)) == 401
    assert await status_of(slack, BODY.encode(), signed(slack, BODY, shift=301)) == 401
    assert await status_of(slack, BODY.encode(), signed(slack, BODY, secret="another secret")) == 401
    headers = signed(slack, BODY)
    for position in range(0, len(BODY), 7):
        flipped = bytearray(BODY.encode())
        flipped[position] ^= 1
        assert await status_of(slack, bytes(flipped), headers) == 401
    assert await status_of(slack, BODY.encode(), headers | {STAMP: str(int(headers[STAMP]) + 1)}) == 401


@pytest.mark.parametrize(
    "body",
    ["", "[]", "{", "null", "5", '"x"', "payload=%7B", "payload=5", "payload=[]", "\xff\xfe", '{"a":', "{}", "&&&&"],
)
async def test_signed_nonsense_gets_401(slack: SlackWorld, body: str) -> None:
    assert await status_of(slack, body.encode(), signed(slack, body)) == 401


SHAPES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "type", "user", "ts"]), inner),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=st.dictionaries(
        st.sampled_from(["type", "event", "event_id", "team", "team_id", "user", "view", "actions", "command", "channel",
                         "authorizations", "enterprise", "container", "trigger_id", "message"]),
        SHAPES, min_size=1,
    ),
    as_form=st.booleans(),
)  # fmt: skip
def test_signed_payloads_of_any_shape_never_show_a_stack_trace(
    sqlite_store: Store, clock: TestClock, content: dict[str, object], as_form: bool
) -> None:
    """A listener that cannot make sense of one answers 503 without a word; Slack would deliver it again."""
    config = SlackConfig("xoxb-x", SECRET, None, "http://127.0.0.1:9/")
    body = urlencode({"payload": json.dumps(content)}) if as_form else json.dumps(content)
    stamp = str(int(clock().timestamp()))
    headers = {STAMP: stamp, SIGNATURE: str(SignatureVerifier(SECRET).generate_signature(timestamp=stamp, body=body))}

    async def ask() -> web.Response:
        channel = SlackChannel(config, sqlite_store, OwnRouter(sqlite_store), Nobody(), clock)
        return await channel.answer(headers, body.encode())

    response = asyncio.run(ask())
    assert response.status in (200, 401, 404, 503)
    assert "Traceback" not in str(response.text)


async def test_without_a_signing_secret_nothing_is_believed(sqlite_store: Store, clock: TestClock) -> None:
    for secret in (None, "", "  "):
        config = SlackConfig("xoxb-x", secret, "xapp-x", "http://127.0.0.1:9/")
        channel = SlackChannel(config, sqlite_store, OwnRouter(sqlite_store), Nobody(), clock)
        assert (
            await channel.answer({STAMP: str(int(clock().timestamp())), SIGNATURE: "v0=" + "0" * 64}, b"{}")
        ).status == 401


async def test_people_who_are_not_colleagues_are_never_matched(slack: SlackWorld) -> None:
    names = ["guest", "single", "stranger", "robot", "gone"]
    with slack.store.write() as uow:
        for name in names:
            add_person(uow, name)
    add = slack.slack.add_user
    users = [
        add("guest", is_restricted=True),
        add("single", is_ultra_restricted=True),
        add("stranger", team_id="T0OTHER"),
        add("robot", is_bot=True),
        add("gone", deleted=True),
    ]
    for user in users:
        await slack.people.say(user, "status")
    assert [item.actor.person_id for item in slack.inbox()] == [None] * 5


async def test_an_account_without_a_workspace_is_nobody(slack: SlackWorld) -> None:
    with slack.store.write() as uow:
        add_person(uow, "ada")
    user = slack.slack.add_user("ada")
    del slack.slack.users[user]["team_id"]
    await slack.people.say(user, "status")
    assert [item.actor.person_id for item in slack.inbox()] == [None]


async def test_a_grid_member_is_a_colleague(slack: SlackWorld) -> None:
    with slack.store.write() as uow:
        add_person(uow, "grid")
    user = slack.slack.add_user("grid", team_id="E0ORG", enterprise_user={"teams": [TEAM]})
    await slack.people.say(user, "status")
    assert slack.inbox()[0].actor.person_id is not None


async def test_an_account_is_matched_when_the_person_arrives_later(slack_on_both: SlackWorld) -> None:
    user = slack_on_both.slack.add_user("ada")
    await slack_on_both.people.say(user, "status")
    assert slack_on_both.inbox()[0].actor.person_id is None
    with slack_on_both.store.write() as uow:
        ada = add_person(uow, "ada").id
    await slack_on_both.people.say(user, "status")
    assert slack_on_both.inbox()[1].actor.person_id == ada
    account = slack_on_both.account(user)
    assert account is not None and account.person_id == ada


async def test_an_address_handed_on_moves_the_account(store: Store, clock: TestClock) -> None:
    with store.write() as uow:
        first, second = add_person(uow, "ada"), add_person(uow, "bo", email="bo@acme.example")
        uow.session.add(PersonEmail(email="ada@acme.example", person_id=second.id, valid_from=date(2026, 11, 24)))
    link_account(
        store, channel="slack", workspace=TEAM, external_id="U1", email="Ada@acme.example ", timezone=None, now=clock()
    )
    today = account_for(store, "slack", TEAM, "U1")
    clock.advance(days=2)
    later = account_for(store, "slack", TEAM, "U1")
    assert today is not None and later is not None
    assert (today.person_id, later.person_id) == (first.id, second.id)


async def test_secrets_are_not_logged(slack: SlackWorld, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    user = slack.slack.add_user("ada")
    slack.slack.fail("users.info", "error", value="internal_error")
    await slack.people.say(user, "hi")
    await status_of(slack, BODY.encode(), signed(slack, BODY, secret="wrong"))
    assert "xoxb-" not in caplog.text and SECRET not in caplog.text


class Nobody:
    async def receive(self, interaction: object) -> None:
        raise AssertionError("an unreadable request reached the inbox")
