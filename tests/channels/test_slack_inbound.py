"""What people do in Slack arrives in the inbox, once, before it is acknowledged."""

import asyncio
import json

from bot.message import Home
from storage.unit_of_work import Store
from tests.builders import add_person
from tests.conftest import TestClock
from tests.fake_slack import TEAM
from tests.slack_client import text_of
from tests.slack_world import CARD, SlackWorld, running


def hire(store: Store, name: str) -> int:
    with store.write() as uow:
        person = add_person(uow, name)
        assert person.id is not None
        return person.id


async def test_a_direct_message_is_stored_with_the_person_behind_it(slack_on_both: SlackWorld) -> None:
    ada = hire(slack_on_both.store, "ada")
    user = slack_on_both.slack.add_user("ada")
    response = await slack_on_both.people.say(user, "hello &amp; <mailto:bo@acme.example|bo@acme.example>")
    assert response.status == 200
    [said] = slack_on_both.inbox()
    assert said.text == "hello & bo@acme.example"
    assert said.actor.person_id == ada and said.actor.email == "ada@acme.example" and said.actor.workspace == TEAM
    assert said.conversation.kind == "direct" and said.conversation.thread_id is None
    account = slack_on_both.account(user)
    assert account is not None and account.direct_conversation == slack_on_both.slack.direct(user)


async def test_five_deliveries_of_one_event_are_one_interaction(slack_on_both: SlackWorld) -> None:
    user = slack_on_both.slack.add_user("ada")
    event = {
        "type": "message",
        "channel_type": "im",
        "channel": slack_on_both.slack.direct(user),
        "user": user,
        "text": "hi",
    }
    deliveries = [
        slack_on_both.people.send_event(event, event_id="Ev1", retry=number) for number in (0, 1, 1, 2, 3)
    ]  # fmt: skip
    responses = await asyncio.gather(*deliveries)
    assert [response.status for response in responses] == [200] * 5
    assert len(slack_on_both.inbox()) == 1


async def test_a_mention_begins_a_thread_and_one_in_a_thread_stays_there(slack: SlackWorld) -> None:
    user = slack.slack.add_user("ada")
    channel = slack.slack.add_channel("ai-spend", user)
    await slack.people.mention(user, channel, "what did marketing spend?")
    await slack.people.mention(user, channel, "and sales?", thread="1764100000.000099")
    first, second = slack.inbox()
    assert first.text == "what did marketing spend?"
    assert first.conversation.kind == "public" and first.conversation.thread_id is not None
    assert second.conversation.thread_id == "1764100000.000099"


async def test_a_channel_shared_with_another_company_is_known_as_such(slack: SlackWorld) -> None:
    user = slack.slack.add_user("ada")
    event = {"type": "app_mention", "channel": slack.slack.add_channel("shared", user), "user": user, "text": "hi"}
    for shared in (True, False):
        envelope = slack.people.event(event, is_ext_shared_channel=shared)
        await slack.people.post(json.dumps(envelope), "application/json")
    assert [item.conversation.outsiders for item in slack.inbox()] == [True, False]


async def test_the_home_page_of_somebody_the_directory_does_not_know(slack: SlackWorld) -> None:
    user = slack.slack.add_user("ada")
    assert (await slack.people.open_home(user)).status == 200
    await slack.settle()
    assert "ada@acme.example" in text_of(slack.slack.homes[user]["blocks"])
    await slack.people.send_event(
        {"type": "app_home_opened", "user": user, "channel": slack.slack.direct(user), "tab": "messages"}
    )
    await slack.settle()
    assert [method for method, _ in slack.slack.calls].count("views.publish") == 1


async def test_a_click_on_the_home_page_is_answered_in_the_direct_message(slack: SlackWorld) -> None:
    hire(slack.store, "ada")
    user = slack.slack.add_user("ada")
    await slack.channel.sender.publish_home(user, Home(sections=[CARD]))
    await slack.people.click_view(user, slack.slack.homes[user], "Approve")
    [clicked] = slack.inbox()
    assert clicked.conversation.kind == "direct" and clicked.conversation.id == slack.slack.direct(user)
    assert clicked.message_id is None
    await slack.people.click_view(user, slack.slack.homes[user], "Form")
    await slack.settle()
    assert len(slack.slack.views) == 1


async def test_people_named_in_a_text_become_their_e_mail(slack: SlackWorld) -> None:
    hire(slack.store, "bo")
    ada, bo = slack.slack.add_user("ada"), slack.slack.add_user("bo")
    await slack.people.say(bo, "hi")
    await slack.people.say(ada, f"seats of <@{bo}> and <@U0STRANGER> <https://a.example/x|a.example/x>")
    assert slack.inbox()[1].text == "seats of bo@acme.example and @U0STRANGER a.example/x"


async def test_the_command_in_a_channel_and_in_someone_elses_direct_message(slack: SlackWorld) -> None:
    user = slack.slack.add_user("ada")
    channel = slack.slack.add_channel("general", user)
    response = await slack.people.command(user, channel, "ask what did the payload tools cost?")
    assert response.status == 200 and response.body == b""
    await slack.people.command(user, "D0OTHERS", "status", channel_name="directmessage")
    asked, status = slack.inbox()
    assert asked.text == "ask what did the payload tools cost?" and asked.conversation.id == channel
    assert asked.conversation.kind == "public" and asked.conversation.outsiders
    assert status.conversation.kind == "direct" and status.conversation.id == slack.slack.direct(user)


async def test_what_no_person_said_is_left_alone(slack: SlackWorld) -> None:
    user = slack.slack.add_user("ada")
    place = {"type": "message", "channel_type": "im", "channel": slack.slack.direct(user), "text": "x"}
    channel = slack.slack.add_channel("general", user)
    for event in (
        place | {"user": user, "bot_id": "B0OTHER"},
        place | {"user": "U0BURSAR"},
        place | {"subtype": "message_changed", "message": {"user": user, "text": "x"}},
        place | {"user": user, "subtype": "channel_join"},
        place | {"user": user, "channel": channel, "channel_type": "channel"},
        {"type": "app_mention", "user": user, "channel": slack.slack.direct(user), "text": "<@U0BURSAR> x"},
        {"type": "reaction_added", "user": user, "item": {}},
        {"type": "team_join", "user": {"id": "U0NEW"}},
    ):
        response = await slack.people.send_event(event)
        assert response.status == 200
    assert slack.inbox() == []


async def test_a_click_carries_intent_and_ids_and_a_replay_of_it_is_one_effect(slack_on_both: SlackWorld) -> None:
    user = slack_on_both.slack.add_user("ada")
    channel = slack_on_both.slack.add_channel("general", user)
    card = await slack_on_both.card(channel)
    click = slack_on_both.people.click_payload(user, card, "Approve")
    for _ in range(3):
        response = await slack_on_both.people.interact(click)
        assert response.status == 200
    [clicked] = slack_on_both.inbox()
    assert clicked.kind == "action" and clicked.intent == "test_act" and clicked.args == {"id": "7"}
    assert clicked.message_id == card["ts"] and clicked.conversation.thread_id == card["ts"]


async def test_a_second_click_is_heard_so_that_it_can_be_answered(slack: SlackWorld) -> None:
    user = slack.slack.add_user("ada")
    card = await slack.card(slack.slack.direct(user))
    await slack.people.click(user, card, "Approve")
    await slack.people.click(user, card, "Approve")
    assert [item.intent for item in slack.inbox()] == ["test_act", "test_act"]
    assert slack.inbox()[0].conversation.kind == "direct" and slack.inbox()[0].conversation.thread_id is None


async def test_a_form_opens_shows_errors_and_is_stored_once(slack_on_both: SlackWorld) -> None:
    hire(slack_on_both.store, "ada")
    user = slack_on_both.slack.add_user("ada")
    card = await slack_on_both.card(slack_on_both.slack.add_channel("general", user))
    assert (await slack_on_both.people.click(user, card, "Form")).status == 200
    await slack_on_both.settle()
    assert slack_on_both.inbox() == []
    [view] = slack_on_both.slack.views.values()
    refused = await slack_on_both.people.submit(user, view, {"reason": "no", "plan": "pro"})
    answer = refused.json()
    assert answer["response_action"] == "errors"
    assert answer["errors"] == {"field:reason": "Say why, in a few words. Also this."}
    for _ in range(2):
        taken = await slack_on_both.people.submit(user, view, {"reason": "for work", "plan": "pro"})
        assert taken.json() == {"response_action": "clear"}
    [form] = slack_on_both.inbox()
    assert form.kind == "form" and form.intent == "test_form" and form.args == {"tool": "t1"}
    assert form.form == {"reason": "for work", "plan": "pro", "tool": ""}
    assert form.conversation.thread_id == card["ts"] and form.message_id == card["ts"]


async def test_search_fields_are_answered_while_typing(slack: SlackWorld) -> None:
    hire(slack.store, "ada")
    user = slack.slack.add_user("ada")
    card = await slack.card(slack.slack.direct(user))
    await slack.people.click(user, card, "Form")
    await slack.settle()
    [view] = slack.slack.views.values()
    found = await slack.people.search(user, view, "tool", "c")
    assert [option["value"] for option in found] == ["claude", "cursor", "chatgpt"]
    assert await slack.people.search(user, view, "tool", "zz") == []


async def test_details_open_in_a_modal_whose_buttons_count(slack: SlackWorld) -> None:
    hire(slack.store, "ada")
    user = slack.slack.add_user("ada")
    card = await slack.card(slack.slack.add_channel("general", user))
    await slack.people.click(user, card, "Facts")
    await slack.settle()
    [view] = slack.slack.views.values()
    await slack.people.click_view(user, view, "Approve it")
    await slack.settle()
    [clicked] = slack.inbox()
    assert clicked.intent == "test_act" and clicked.conversation.id == card["channel"]
    assert clicked.message_id == card["ts"]
    assert "Got it" in text_of(slack.slack.views[view["id"]]["blocks"])


async def test_a_modal_that_came_too_late_is_told(slack: SlackWorld) -> None:
    hire(slack.store, "ada")
    user = slack.slack.add_user("ada")
    card = await slack.card(slack.slack.add_channel("general", user))
    slack.slack.fail("views.open", "error", value="expired_trigger_id")
    await slack.people.click(user, card, "Form")
    await slack.settle()
    [whisper] = slack.slack.ephemerals
    assert whisper["user"] == user and "click again" in text_of(whisper["blocks"])


async def test_a_trigger_opens_one_modal(slack: SlackWorld) -> None:
    hire(slack.store, "ada")
    user = slack.slack.add_user("ada")
    card = await slack.card(slack.slack.direct(user))
    payload = slack.people.click_payload(user, card, "Form")
    await slack.people.interact(payload)
    await slack.people.interact(payload)
    await slack.settle()
    assert len(slack.slack.views) == 1


async def test_nothing_is_acknowledged_that_was_not_stored(slack: SlackWorld) -> None:
    """The table is gone: Slack has to deliver again, and people are told."""
    user = slack.slack.add_user("ada")
    card = await slack.card(slack.slack.direct(user))
    await slack.people.say(user, "hi")
    with slack.store.engine.connect() as connection:
        connection.exec_driver_sql("ALTER TABLE inboxitem RENAME TO hidden")
        connection.commit()
    assert (await slack.people.say(user, "request cursor")).status == 503
    assert (await slack.people.click(user, card, "Approve")).status == 503
    told = await slack.people.command(user, slack.slack.direct(user), "status")
    assert told.status == 200 and "nothing was recorded" in told.json()["text"]


async def test_slack_out_of_reach_does_not_lose_a_known_persons_message(slack: SlackWorld) -> None:
    hire(slack.store, "ada")
    user = slack.slack.add_user("ada")
    await slack.people.say(user, "hi")
    slack.clock.advance(hours=30)
    slack.slack.fail("users.info", "drop")
    assert (await slack.people.say(user, "status")).status == 200
    assert len(slack.inbox()) == 2


async def test_socket_mode_delivers_the_same(sqlite_store: Store, clock: TestClock) -> None:
    async with running(sqlite_store, clock, socket_mode=True) as world:
        await asyncio.wait_for(world.slack.connected.wait(), 5)
        user = world.slack.add_user("ada")
        event = {"type": "message", "channel_type": "im", "channel": world.slack.direct(user), "user": user, "text": "hi"}
        envelope = world.people.event(event, "Ev1")
        for _ in range(2):
            answer = await world.slack.push("events_api", envelope)
            assert "payload" not in answer or not answer["payload"]
        card = await world.card(world.slack.direct(user))
        await world.slack.push("interactive", json.loads(json.dumps(world.people.click_payload(user, card, "Approve"))))
        assert [item.kind for item in world.inbox()] == ["text", "action"]
