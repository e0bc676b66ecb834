"""Posting: what Slack answers decides between sent, later, never and perhaps."""

from decimal import Decimal

import pytest

from bot.channels.base import SendDoubtful, SendFailed
from bot.channels.slack_payloads import channel, direct
from bot.message import Chart, Form, Home, Message, Series, Table, paragraph, person, text_message
from tests.builders import add_person
from tests.fake_slack import TEAM
from tests.slack_client import text_of
from tests.slack_world import SlackWorld

HELLO = text_message("hello <!channel> & all")
NUMBERS = Message(
    fallback="Numbers",
    table=Table(columns=["Tool", "Cost"], rows=[["Cursor", "12"]], align=["left", "right"]),
    chart=Chart(kind="bar", title="Spend", labels=["Oct"], series=[Series(name="USD", values=[Decimal("12.5")])]),
)


async def test_a_message_carries_its_key_and_is_found_by_it(slack: SlackWorld) -> None:
    user = slack.slack.add_user("ada")
    sender = slack.channel.sender
    to = direct(await sender.open_direct(TEAM, user), TEAM)
    sent = await sender.send(to, HELLO, key="k1", private_to=None)
    assert await sender.find(to, "k1") == sent
    assert await sender.find(to, "k2") is None
    [posted] = slack.slack.direct_messages(user)
    assert posted["metadata"] == {"event_type": "bursar", "event_payload": {"key": "k1"}}
    assert posted["text"] == "hello &lt;!channel&gt; &amp; all"
    assert str(posted["unfurl_links"]).lower() in ("0", "false")


async def test_a_message_in_a_direct_thread_is_found_in_its_thread(slack: SlackWorld) -> None:
    user = slack.slack.add_user("ada")
    sender = slack.channel.sender
    top = await sender.send(direct(slack.slack.direct(user), TEAM), HELLO, key="top", private_to=None)
    to = direct(top.conversation_id, TEAM, top.message_id)
    sent = await sender.send(to, HELLO, key="k1", private_to=None)
    assert await sender.find(to, "k1") == sent
    assert slack.slack.messages[1]["thread_ts"] == top.message_id


async def test_channels_are_not_searched(slack: SlackWorld) -> None:
    to = channel(slack.slack.add_channel("general"), TEAM)
    await slack.channel.sender.send(to, HELLO, key="k1", private_to=None)
    assert await slack.channel.sender.find(to, "k1") is None
    assert not any(method.startswith("conversations.") for method, _ in slack.slack.calls)


async def test_a_private_answer_is_ephemeral_else_a_direct_message(slack: SlackWorld) -> None:
    user = slack.slack.add_user("ada")
    inside = slack.slack.add_channel("general", user)
    without_bot = slack.slack.add_channel("secret", user, with_bot=False)
    sender = slack.channel.sender
    await sender.send(channel(inside, TEAM, "1764000000.000001"), HELLO, key="k1", private_to=user)
    [whispered] = slack.slack.ephemerals
    assert whispered["user"] == user and whispered["thread_ts"] == "1764000000.000001"
    sent = await sender.send(channel(without_bot, TEAM), HELLO, key="k2", private_to=user)
    assert sent.conversation_id == slack.slack.direct(user)
    assert len(slack.slack.direct_messages(user)) == 1
    await sender.send(direct(slack.slack.direct(user), TEAM), HELLO, key="k3", private_to=user)
    assert len(slack.slack.direct_messages(user)) == 2


@pytest.mark.parametrize(
    ("kind", "value", "after", "wait"),
    [
        ("ratelimited", 7, False, 7.0),
        ("error", "ratelimited", False, 1.0),
        ("error", "channel_not_found", False, None),
        ("error", "is_archived", False, None),
        ("error", "invalid_auth", False, None),
        ("error", "msg_too_long", False, None),
    ],
)
async def test_refusals(slack: SlackWorld, kind: str, value: object, after: bool, wait: float | None) -> None:
    slack.slack.fail("chat.postMessage", kind, value=value, after=after)
    to = channel(slack.slack.add_channel("general"), TEAM)
    with pytest.raises(SendFailed) as failed:
        await slack.channel.sender.send(to, HELLO, key="k1", private_to=None)
    assert failed.value.retry_after == wait
    assert slack.slack.messages == []


@pytest.mark.parametrize(
    ("kind", "value"),
    [("drop", None), ("status", 503), ("status", 500), ("error", "internal_error"), ("error", "fatal_error")],
)
async def test_what_may_have_arrived_is_doubtful_and_sent_once(slack: SlackWorld, kind: str, value: object) -> None:
    user = slack.slack.add_user("ada")
    slack.slack.fail("chat.postMessage", kind, value=value, after=True)
    to = direct(slack.slack.direct(user), TEAM)
    with pytest.raises(SendDoubtful):
        await slack.channel.sender.send(to, HELLO, key="k1", private_to=None)
    assert len(slack.slack.direct_messages(user)) == 1
    assert await slack.channel.sender.find(to, "k1") is not None


async def test_slack_out_of_reach_is_for_later(slack: SlackWorld) -> None:
    await slack.slack.stop()
    with pytest.raises(SendFailed) as failed:
        await slack.channel.sender.send(channel("C0X", TEAM), HELLO, key="k1", private_to=None)
    assert failed.value.retry_after is not None


async def test_two_messages_at_once_to_a_channel_are_refused_until_later(slack: SlackWorld) -> None:
    slack.slack.limit_pace = True
    to = channel(slack.slack.add_channel("general"), TEAM)
    await slack.channel.sender.send(to, HELLO, key="k1", private_to=None)
    with pytest.raises(SendFailed) as failed:
        await slack.channel.sender.send(to, HELLO, key="k2", private_to=None)
    assert failed.value.retry_after == 1.0


async def test_tables_and_charts_are_native_and_text_where_refused(slack: SlackWorld) -> None:
    to = channel(slack.slack.add_channel("general"), TEAM)
    await slack.channel.sender.send(to, NUMBERS, key="k1", private_to=None)
    slack.slack.native_blocks = False
    await slack.channel.sender.send(to, NUMBERS, key="k2", private_to=None)
    native, plain = slack.slack.messages
    assert [block["type"] for block in native["blocks"]] == ["table", "data_visualization"]
    assert {block["type"] for block in plain["blocks"]} == {"section"}
    assert "Cursor" in text_of(plain["blocks"]) and "12.5" in text_of(plain["blocks"])


async def test_a_card_is_replaced(slack: SlackWorld) -> None:
    to = channel(slack.slack.add_channel("general"), TEAM)
    sent = await slack.channel.sender.send(to, HELLO, key="k1", private_to=None)
    await slack.channel.sender.update(to, sent.message_id, text_message("done"))
    assert text_of(slack.slack.messages[0]["blocks"]) == "done"
    with pytest.raises(SendFailed) as failed:
        await slack.channel.sender.update(to, "1.1", text_message("done"))
    assert failed.value.retry_after is None


async def test_people_are_mentioned_where_their_account_is_known(slack: SlackWorld) -> None:
    with slack.store.write() as uow:
        ada, bo = add_person(uow, "ada").id, add_person(uow, "bo").id
    assert ada and bo
    user = slack.slack.add_user("ada")
    await slack.people.say(user, "hi")
    message = Message(fallback="x", paragraphs=[paragraph(person("Ada", ada), " asks ", person("Bo <b>", bo))])
    to = channel(slack.slack.add_channel("general"), TEAM)
    await slack.channel.sender.send(to, message, key="k1", private_to=None)
    assert slack.slack.messages[-1]["blocks"][0]["text"]["text"] == f"<@{user}> asks Bo &lt;b&gt;"


async def test_a_person_who_never_spoke_is_found_by_e_mail(slack: SlackWorld) -> None:
    with slack.store.write() as uow:
        bo = add_person(uow, "bo").id
        add_person(uow, "guest")
    user = slack.slack.add_user("bo")
    slack.slack.add_user("guest", is_restricted=True)
    found = await slack.channel.sender.find_account("bo@acme.example")
    assert found is not None and (found.person_id, found.external_id) == (bo, user)
    assert await slack.channel.sender.find_account("guest@acme.example") is None
    assert await slack.channel.sender.find_account("nobody@acme.example") is None
    slack.slack.fail("users.lookupByEmail", "drop", times=2)  # aiohttp asks again once by itself
    with pytest.raises(SendFailed):
        await slack.channel.sender.find_account("bo@acme.example")


async def test_the_home_page_is_published_also_without_native_blocks(slack: SlackWorld) -> None:
    user = slack.slack.add_user("ada")
    page = Home(sections=[text_message("My tools"), NUMBERS])
    await slack.channel.sender.publish_home(user, page)
    assert "table" in {block["type"] for block in slack.slack.homes[user]["blocks"]}
    slack.slack.fail("views.publish", "error", value="invalid_blocks")
    await slack.channel.sender.publish_home(user, page)
    assert "table" not in {block["type"] for block in slack.slack.homes[user]["blocks"]}


async def test_missing_scopes_are_said(slack: SlackWorld) -> None:
    slack.slack.scopes.discard("chat:write")
    with pytest.raises(SendFailed, match="missing_scope"):
        await slack.channel.sender.send(channel(slack.slack.add_channel("general"), TEAM), HELLO, key="k", private_to=None)


def test_every_span_of_a_person_is_seen() -> None:
    from bot.channels.slack_sender import people_named

    shown = Form(title="x", intent="i", intro=[paragraph(person("Ada", 1), person("Bo", 2))])
    page = Home(sections=[Message(fallback="x", notes=[paragraph(person("Cy", 3))])])
    assert list(people_named(shown)) == [1, 2] and list(people_named(page)) == [3]
