"""What people say and do in Teams as the inbox hears it: texts, mentions, threads, installations; each once."""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from bot.message import Message
from bot.router import load_intents, registry
from storage.unit_of_work import Store
from tests.builders import add_person
from tests.conftest import TestClock
from tests.fake_teams import BOT, TENANT
from tests.teams_client import action, card_of
from tests.teams_world import TeamsWorld, running


@pytest_asyncio.fixture
async def teams(sqlite_store: Store, clock: TestClock) -> AsyncIterator[TeamsWorld]:
    async with running(sqlite_store, clock) as world:
        yield world


@pytest_asyncio.fixture
async def teams_on_both(store: Store, clock: TestClock) -> AsyncIterator[TeamsWorld]:
    async with running(store, clock) as world:
        yield world


def hire(store: Store, name: str) -> int:
    with store.write() as uow:
        return add_person(uow, name).id or 0


async def test_a_text_in_the_personal_chat(teams_on_both: TeamsWorld) -> None:
    world = teams_on_both
    ada, user = hire(world.store, "ada"), world.teams.add_user("ada")
    assert (await world.people.say(user, "R&amp;D spend&nbsp;?\n")).status == 202
    [said] = world.inbox()
    assert said.text == "R&D spend ?" and said.kind == "text"
    assert said.actor.person_id == ada and said.actor.external_id == user and said.actor.workspace == TENANT
    assert said.conversation.kind == "direct" and said.conversation.thread_id is None
    assert said.conversation.id == world.teams.direct(user)
    account = world.account(user)
    assert account is not None and account.direct_conversation == world.teams.direct(user)
    assert (account.timezone, account.address) == ("Europe/Stockholm", world.teams.address(user))


async def test_five_deliveries_of_one_message_are_one_interaction(teams_on_both: TeamsWorld) -> None:
    user = teams_on_both.teams.add_user("ada")
    said = teams_on_both.people.message(user, teams_on_both.teams.direct(user), "hi")
    answers = await asyncio.gather(*(teams_on_both.people.deliver(said) for _ in range(5)))
    assert [answer.status for answer in answers] == [202] * 5
    assert len(teams_on_both.inbox()) == 1


async def test_the_same_words_again_are_said_again(teams: TeamsWorld) -> None:
    user = teams.teams.add_user("ada")
    for _ in range(2):
        await teams.people.say(user, "status")
    assert [said.text for said in teams.inbox()] == ["status", "status"]


async def test_a_mention_begins_a_thread_and_one_in_a_thread_stays_there(teams: TeamsWorld) -> None:
    user = teams.teams.add_user("ada")
    team = teams.teams.add_team("sales", user)
    first = teams.people.mentioning(user, team, "what did marketing spend?")
    await teams.people.deliver(first)
    await teams.people.mention(user, team, "and sales?", thread=first["id"])
    begun, followed = teams.inbox()
    assert begun.text == "what did marketing spend?"
    assert begun.conversation.id == team and begun.conversation.thread_id == first["id"]
    assert followed.conversation == begun.conversation and begun.conversation.kind == "public"
    assert not begun.conversation.outsiders


@pytest.mark.parametrize(
    ("membership", "kind", "outsiders"),
    [("standard", "public", False), ("private", "private", False), ("shared", "public", True), (None, "public", True)],
)
async def test_who_reads_a_channel(teams: TeamsWorld, membership: Any, kind: str, outsiders: bool) -> None:
    """What cannot be known is taken for a channel that people of other companies read."""
    user = teams.teams.add_user("ada")
    channel = teams.teams.add_channel(teams.teams.add_team("sales", user), "deals", membership)
    await teams.people.mention(user, channel, "hi")
    [said] = teams.inbox()
    assert (said.conversation.kind, said.conversation.outsiders) == (kind, outsiders)


async def test_a_group_chat_has_no_threads_and_unknown_readers(teams: TeamsWorld) -> None:
    user = teams.teams.add_user("ada")
    group = teams.teams.add_group("lunch", user)
    await teams.people.mention(user, group, "status")
    [said] = teams.inbox()
    place = said.conversation
    assert (place.kind, place.thread_id, place.outsiders) == ("private", None, True)


async def test_what_is_not_meant_for_bursar_is_left_alone(teams: TeamsWorld) -> None:
    user = teams.teams.add_user("ada")
    team, chat = teams.teams.add_team("sales", user), teams.teams.direct(user)
    other_bot = {"id": "28:other", "name": "Other"}
    left_alone = [
        teams.people.message(user, team, "nobody called"),
        teams.people.message(user, chat, "from a bot") | {"from": other_bot},
        teams.people.activity("messageReaction", user, chat, reactionsAdded=[{"type": "like"}], replyToId="1"),
        teams.people.activity("messageUpdate", user, chat, text="changed"),
        teams.people.activity("typing", user, chat),
        teams.people.activity("message", user, chat, value={"other": "app"}),
    ]
    for activity in left_alone:
        assert (await teams.people.deliver(activity)).status == 202
    assert teams.inbox() == [] and teams.outbox() == []


async def test_people_named_in_a_text_become_their_e_mail(teams: TeamsWorld) -> None:
    hire(teams.store, "bo")
    ada, bo, cy = (teams.teams.add_user(name) for name in ("ada", "bo", "cy"))
    await teams.people.say(bo, "hi")
    named = [
        {"type": "mention", "text": "<at>Bo</at>", "mentioned": {"id": teams.teams.address(bo), "name": "Bo"}},
        {"type": "mention", "text": "<at>Cy</at>", "mentioned": {"id": teams.teams.address(cy), "name": "Cy"}},
    ]
    await teams.people.say(ada, "seats of <at>Bo</at> and <at>Cy</at>", entities=named)
    assert teams.inbox()[1].text == "seats of bo@acme.example and Cy"


async def test_a_guest_and_a_person_of_another_company_are_nobody(teams: TeamsWorld) -> None:
    hire(teams.store, "ada")
    guest = teams.teams.add_user("ada", userRole="guest")
    await teams.people.say(guest, "status")
    [said] = teams.inbox()
    assert said.actor.person_id is None and said.actor.email is None


async def test_a_button_that_is_a_message(teams: TeamsWorld) -> None:
    """Action.Submit outside a dialog: the click, twice within a minute, and later again."""
    user = teams.teams.add_user("ada")
    card = await teams.card(teams.teams.direct(user))
    data = action(card_of(card), "Approve", "Action.Execute")["data"]

    async def press() -> None:
        activity = teams.people.activity("message", user, card["chat"], value=data, replyToId=card["id"])
        assert (await teams.people.deliver(activity)).status == 202

    await press()
    await press()
    [clicked] = teams.inbox()
    assert (clicked.kind, clicked.intent, clicked.args) == ("action", "test_act", {"id": "7"})
    assert clicked.message_id == card["id"]
    teams.clock.advance(seconds=61)
    await press()
    assert len(teams.inbox()) == 2


def welcomes(world: TeamsWorld) -> list[Message]:
    return [Message.model_validate(row.payload) for row in world.outbox() if row.key.startswith("teams:welcome:")]


@pytest.mark.parametrize("keeps_msteams", [True, False])
async def test_where_there_are_no_dialogs(teams: TeamsWorld, keeps_msteams: bool) -> None:
    """What opens one arrives as a message: details are told, a form is not acted on but said where to find."""
    hire(teams.store, "ada")
    user = teams.teams.add_user("ada")
    await teams.people.install(user)
    card = await teams.card(teams.teams.direct(user))

    async def press(label: str) -> str:
        data = action(card_of(card), label, "Action.Submit")["data"]
        value = data if keeps_msteams else {name: part for name, part in data.items() if name != "msteams"}
        pressed = teams.people.activity("message", user, card["chat"], value=value, replyToId=card["id"])
        for _ in range(2):
            assert (await teams.people.repeat(pressed, new_id=True)).status == 202
        return Message.model_validate(teams.outbox()[-1].payload).fallback

    told = await press("Form")
    assert "older version" not in told and "in Teams itself" in told and "Ask for a seat" in told
    assert await press("Facts") == "Details"
    assert [row.private_to for row in teams.outbox()[-2:]] == [user, user]
    assert teams.inbox() == [], "the form of this intent was not filled in, so it must not run"


async def test_the_way_in_words_is_named(teams: TeamsWorld) -> None:
    from bot.channels.teams_plain import IN_WORDS

    load_intents()
    assert IN_WORDS.keys() <= registry.open.keys()
    words = [word for way in IN_WORDS.values() for word in re.findall(r"`(\w+)", way)]
    assert {word for word in words if word in registry.text} >= {"request", "seats", "unanswered"}


async def test_the_welcome_is_said_once_an_installation_and_names_who_installed(teams_on_both: TeamsWorld) -> None:
    world = teams_on_both
    hire(world.store, "ada")
    user = world.teams.add_user("ada")
    team = world.teams.add_team("sales", user)
    deliveries = [
        world.people.activity("conversationUpdate", user, team, membersAdded=[{"id": BOT}]),
        world.people.activity("installationUpdate", user, team, action="add"),
    ]
    answers = await asyncio.gather(*(world.people.deliver(one) for one in [*deliveries, *deliveries]))
    assert {answer.status for answer in answers} == {202}
    [welcome] = welcomes(world)
    assert "Ada added me here" in welcome.fallback and welcome.actions
    assert world.outbox()[0].conversation["thread_id"] is None  # type: ignore[index]
    assert (world.places()[team].kind, world.places()[team].installed) == ("team", True)

    world.clock.advance(hours=1)
    await world.people.remove(user, team)
    assert not world.places()[team].installed
    world.clock.advance(hours=1)
    await world.people.install(user, team)
    assert len(welcomes(world)) == 2


async def test_the_welcome_of_somebody_nobody_knows(teams: TeamsWorld) -> None:
    user = teams.teams.add_user("gus", userRole="guest")
    await teams.people.install(user)
    [welcome] = welcomes(teams)
    assert "Gus added me to this chat" in welcome.fallback
    account = teams.account(user)
    assert account is not None and account.direct_conversation == teams.teams.direct(user)


async def test_teams_out_of_reach_while_it_is_installed(teams: TeamsWorld) -> None:
    """The welcome goes without a mention; the installation is not lost."""
    hire(teams.store, "ada")
    user = teams.teams.add_user("ada")
    teams.teams.fail("member", "drop", times=2)
    answers = await teams.people.install(user)
    assert [answer.status for answer in answers] == [202, 202]
    assert len(welcomes(teams)) == 1 and "Ada added me" in welcomes(teams)[0].fallback


async def test_adding_to_a_team_makes_its_members_known(teams: TeamsWorld) -> None:
    bo = hire(teams.store, "bo")
    ada, other = teams.teams.add_user("ada"), teams.teams.add_user("bo")
    await teams.people.install(ada, teams.teams.add_team("sales", ada, other))
    await teams.channel.settle()
    account = teams.account(other)
    assert account is not None and account.person_id == bo


async def test_people_who_join_or_leave_a_team_are_no_installation(teams: TeamsWorld) -> None:
    user = teams.teams.add_user("ada")
    team = teams.teams.add_team("sales", user)
    for change in ("membersAdded", "membersRemoved"):
        member = {change: [{"id": teams.teams.address(user)}]}
        await teams.people.deliver(teams.people.activity("conversationUpdate", user, team, **member))
    await teams.people.deliver(teams.people.activity("conversationUpdate", user, team))
    assert teams.places() == {} and teams.outbox() == []


async def test_nothing_is_acknowledged_that_was_not_stored(teams: TeamsWorld) -> None:
    """The table is gone: Teams has to deliver again, and a click is answered in words."""
    user = teams.teams.add_user("ada")
    card = await teams.card(teams.teams.direct(user))
    await teams.people.say(user, "hi")
    with teams.store.engine.connect() as connection:
        connection.exec_driver_sql("ALTER TABLE inboxitem RENAME TO hidden")
        connection.commit()
    assert (await teams.people.say(user, "request cursor")).status == 503
    answer = await teams.people.execute(user, card, "Approve")
    assert answer.status == 200 and "went wrong" in answer.json()["value"]


async def test_teams_out_of_reach_does_not_lose_a_known_persons_message(teams: TeamsWorld) -> None:
    hire(teams.store, "ada")
    user = teams.teams.add_user("ada")
    await teams.people.say(user, "hi")
    teams.clock.advance(hours=30)
    teams.teams.fail("member", "drop")
    assert (await teams.people.say(user, "status")).status == 202
    assert len(teams.inbox()) == 2


async def test_a_text_that_a_database_cannot_keep(teams_on_both: TeamsWorld) -> None:
    user = teams_on_both.teams.add_user("ada")
    assert (await teams_on_both.people.say(user, "a\0b \ud83d c")).status == 202
    assert [said.text for said in teams_on_both.inbox()] == ["ab ? c"]
