"""The outbox against Slack's wire: once, in order, to the right place, at Slack's pace."""

import asyncio
import time

import pytest

from bot.interaction import Conversation
from bot.message import text_message
from bot.outbox import Outbox
from bot.pace import LIMITS
from storage.models import OutboxItem
from tests.builders import add_person
from tests.fake_slack import TEAM
from tests.slack_client import text_of
from tests.slack_world import SlackWorld


@pytest.fixture
def outbox(slack: SlackWorld) -> Outbox:
    return Outbox(slack.store, [slack.channel.sender], asyncio.Event(), LIMITS)


def queue(world: SlackWorld, key: str, text: str, **place: object) -> None:
    with world.store.write() as uow:
        message = text_message(text).model_dump(mode="json")
        lane = str(place.get("conversation") or place.get("person_id"))
        uow.session.add(OutboxItem(key=key, kind="message", lane=lane, payload=message, created_at=uow.now, **place))


def hire(world: SlackWorld, name: str) -> int:
    with world.store.write() as uow:
        return add_person(uow, name).id or 0


def place(channel: str, kind: str = "public") -> dict[str, object]:
    return Conversation.model_validate({"channel": "slack", "workspace": TEAM, "id": channel, "kind": kind}).model_dump()


async def test_a_person_who_never_spoke_is_told(slack: SlackWorld, outbox: Outbox) -> None:
    bo, user = hire(slack, "bo"), slack.slack.add_user("bo")
    queue(slack, "k1", "A request waits for you.", person_id=bo)
    queue(slack, "k2", "Another one.", person_id=bo)
    await outbox.drain()
    assert [text_of(message["blocks"]) for message in slack.slack.direct_messages(user)] == [
        "A request waits for you.",
        "Another one.",
    ]
    assert [method for method, _ in slack.slack.calls].count("users.lookupByEmail") == 1


async def test_a_lost_answer_is_looked_up_before_sending_again(slack: SlackWorld, outbox: Outbox) -> None:
    bo, user = hire(slack, "bo"), slack.slack.add_user("bo")
    slack.slack.fail("chat.postMessage", "drop", after=True)
    queue(slack, "k1", "Granted.", person_id=bo)
    await outbox.drain()
    slack.clock.advance(seconds=70)
    await outbox.drain()
    assert len(slack.slack.direct_messages(user)) == 1
    with slack.store.read() as uow:
        item = uow.session.get(OutboxItem, 1)
        assert item is not None and item.status == "sent"


async def test_a_lost_request_is_sent_again(slack: SlackWorld, outbox: Outbox) -> None:
    bo, user = hire(slack, "bo"), slack.slack.add_user("bo")
    slack.slack.fail("chat.postMessage", "drop")
    queue(slack, "k1", "Granted.", person_id=bo)
    await outbox.drain()
    slack.clock.advance(seconds=70)
    await outbox.drain()
    assert len(slack.slack.direct_messages(user)) == 1


async def test_retry_after_is_kept(slack: SlackWorld, outbox: Outbox) -> None:
    channel = slack.slack.add_channel("general")
    slack.slack.fail("chat.postMessage", "ratelimited", value=30)
    queue(slack, "k1", "x", conversation=place(channel))
    await outbox.drain()
    slack.clock.advance(seconds=29)
    assert await outbox.send_due() == 0
    slack.clock.advance(seconds=2)
    await outbox.drain()
    assert len(slack.slack.posted_in(channel)) == 1


async def test_one_message_a_second_and_channel(slack: SlackWorld, outbox: Outbox) -> None:
    slack.slack.limit_pace = True
    first, second = slack.slack.add_channel("one"), slack.slack.add_channel("two")
    for number in range(3):
        queue(slack, f"a{number}", f"{number}", conversation=place(first))
        queue(slack, f"b{number}", f"{number}", conversation=place(second))
    began = time.monotonic()
    await outbox.drain()
    assert [text_of(message["blocks"]) for message in slack.slack.posted_in(first)] == ["0", "1", "2"]
    assert slack.slack.refusals == []
    assert 1.9 < time.monotonic() - began < 4


async def test_a_reply_where_bursar_may_not_speak_reaches_the_person(slack: SlackWorld, outbox: Outbox) -> None:
    bo, user = hire(slack, "bo"), slack.slack.add_user("bo")
    channel = slack.slack.add_channel("secret", user, with_bot=False)
    await slack.people.command(user, channel, "help")
    queue(slack, "k1", "Everybody may see this.", conversation=place(channel), person_id=bo)
    await outbox.drain()
    assert "Everybody may see this." in [text_of(message["blocks"]) for message in slack.slack.direct_messages(user)]
