"""Buttons, dialogs, searches and the message extension of Teams, answered by the real adapter."""

import asyncio
import threading
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from bot.channels import teams_invokes
from bot.interaction import Interaction
from bot.router import Reply, registry
from storage.unit_of_work import Store
from tests.builders import add_person, add_tool
from tests.conftest import TestClock
from tests.teams_cards import check_card, check_search, check_task
from tests.teams_client import Activity, Answer, card_of, inputs, labels, text_of
from tests.teams_world import TeamsWorld, running

SENTENCE = "application/vnd.microsoft.activity.message"


@pytest_asyncio.fixture
async def teams(sqlite_store: Store, clock: TestClock) -> AsyncIterator[TeamsWorld]:
    async with running(sqlite_store, clock) as world:
        yield world


@pytest_asyncio.fixture
async def teams_on_both(store: Store, clock: TestClock) -> AsyncIterator[TeamsWorld]:
    async with running(store, clock) as world:
        yield world


async def arrive(world: TeamsWorld, name: str = "ada") -> str:
    """Somebody of the company, in a chat with Bursar."""
    with world.store.write() as uow:
        add_person(uow, name)
    user = world.teams.add_user(name)
    await world.people.install(user)
    return user


def clicks(world: TeamsWorld) -> list[Interaction]:
    return [one for one in world.inbox() if one.kind != "text"]


def sentence(answer: Answer) -> str:
    assert answer.status == 200 and answer.json()["type"] == SENTENCE, answer
    return str(answer.json()["value"])


async def test_a_click_carries_intent_and_ids(teams_on_both: TeamsWorld) -> None:
    world = teams_on_both
    user = await arrive(world)
    card = await world.card(world.teams.direct(user))
    assert "Got it" in sentence(await world.people.execute(user, card, "Approve"))
    [clicked] = clicks(world)
    assert (clicked.kind, clicked.intent, clicked.args, clicked.message_id) == (
        "action",
        "test_act",
        {"id": "7"},
        card["id"],
    )
    assert clicked.conversation.id == world.teams.direct(user) and clicked.conversation.kind == "direct"
    assert clicked.actor.email == "ada@acme.example"


async def test_a_click_in_a_thread_is_told_there(teams: TeamsWorld) -> None:
    user = await arrive(teams)
    team = teams.teams.add_team("sales", user)
    await teams.people.install(user, team)
    card = await teams.card(team)
    await teams.people.execute(user, card, "Approve")
    [clicked] = clicks(teams)
    assert (clicked.conversation.kind, clicked.conversation.id) == ("public", team)
    assert clicked.conversation.thread_id == card["id"] == clicked.message_id


async def test_a_click_delivered_again_under_new_ids_is_one_click(teams_on_both: TeamsWorld) -> None:
    """Twice at once with the same id, and 30 s later twice more with new ones, as Teams does."""
    world = teams_on_both
    user = await arrive(world)
    card = await world.card(world.teams.direct(user))
    click = world.people.click(user, card, "Approve")
    await asyncio.gather(*(world.people.deliver(click) for _ in range(2)))
    world.clock.advance(seconds=35)
    answers = await asyncio.gather(*(world.people.repeat(click, new_id=True) for _ in range(2)))
    assert all("a moment ago" in sentence(answer) for answer in answers)
    assert len(clicks(world)) == 1


@pytest.mark.parametrize("second_of_the_minute", [0, 29, 58])
async def test_when_in_a_minute_does_not_matter(teams: TeamsWorld, second_of_the_minute: int) -> None:
    user = await arrive(teams)
    card = await teams.card(teams.teams.direct(user))
    teams.clock.advance(seconds=second_of_the_minute)
    for seconds, heard in ((0, 1), (31, 1), (28, 1), (1, 2)):
        teams.clock.advance(seconds=seconds)
        await teams.people.execute(user, card, "Approve")
        assert len(clicks(teams)) == heard, seconds


async def test_two_people_and_two_cards_are_different_clicks(teams: TeamsWorld) -> None:
    ada, bo = await arrive(teams), await arrive(teams, "bo")
    group = teams.teams.add_group("lunch", ada, bo)
    await teams.people.install(ada, group)
    cards = [await teams.card(group), await teams.card(group)]
    for user in (ada, bo):
        for card in cards:
            await teams.people.execute(user, card, "Approve")
    assert len(clicks(teams)) == 4


async def test_what_teams_does_by_itself_changes_nothing(teams: TeamsWorld) -> None:
    user = await arrive(teams)
    card = await teams.card(teams.teams.direct(user))
    answer = await teams.people.deliver(teams.people.click(user, card, "Approve", trigger="automatic"))
    assert "not there any more" in text_of(answer.card)
    assert clicks(teams) == []


async def test_a_slow_outcome_is_shown_later_by_the_card_itself(teams: TeamsWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    gate = threading.Event()

    def slow(*_: object) -> list[Reply]:
        assert gate.wait(20)
        return []

    monkeypatch.setitem(registry.act, "test_act", slow)
    monkeypatch.setattr(teams_invokes, "OUTCOME_SECONDS", 0.05)
    user = await arrive(teams)
    card = await teams.card(teams.teams.direct(user))
    waiting = (await teams.people.execute(user, card, "Approve")).card
    check_card(waiting)
    assert "being recorded" in text_of(waiting) and waiting["refresh"]["userIds"] == [teams.teams.address(user)]
    posted = {**card, "attachments": [{"content": waiting}]}
    assert "being recorded" in text_of((await teams.people.refresh(user, posted)).card)
    gate.set()
    monkeypatch.setattr(teams_invokes, "OUTCOME_SECONDS", 10.0)
    assert "Recorded" in text_of((await teams.people.execute(user, posted, "Show the outcome")).card)
    assert len(clicks(teams)) == 1


async def test_a_dialog_opens_shows_errors_and_is_stored_once(teams_on_both: TeamsWorld) -> None:
    world = teams_on_both
    user = await arrive(world)
    team = world.teams.add_team("sales", user)
    await world.people.install(user, team)
    card = await world.card(team)
    dialog = (await world.people.fetch(user, card, "Form")).dialog
    check_task(dialog)
    assert clicks(world) == [] and dialog["title"] == "Ask for a seat"
    again = (await world.people.submit(user, team, dialog, {"reason": "no", "plan": "pro"})).dialog
    check_task(again)
    assert "Say why, in a few words." in text_of(again) and "Also this." in text_of(again)
    assert {one["id"].partition(":")[2]: one.get("value") for one in inputs(card_of(again))} == {
        "reason": "no", "plan": "pro", "tool": None,
    }  # fmt: skip
    sending = world.people.submitting(user, team, again, {"reason": "for work"})
    for answer in [await world.people.deliver(sending), await world.people.repeat(sending, new_id=True)]:
        assert (answer.status, answer.body) == (200, b"")
    [form] = clicks(world)
    assert (form.kind, form.intent, form.args) == ("form", "test_form", {"tool": "t1"})
    assert form.form == {"reason": "for work", "plan": "pro", "tool": ""}
    assert form.conversation.thread_id == card["id"] and form.message_id == card["id"] and form.conversation.id == team


async def test_the_same_dialog_opened_twice_counts_twice(teams: TeamsWorld) -> None:
    user = await arrive(teams)
    card = await teams.card(teams.teams.direct(user))
    for _ in range(2):
        dialog = (await teams.people.fetch(user, card, "Form")).dialog
        await teams.people.submit(user, card["chat"], dialog, {"reason": "for work", "plan": "pro"})
    assert len(clicks(teams)) == 2


async def test_a_dialog_cannot_speak_for_another_place(teams: TeamsWorld) -> None:
    """What it remembers has been in the sender's hands: another conversation in it counts for nothing."""
    user = await arrive(teams)
    card = await teams.card(teams.teams.direct(user))
    dialog = (await teams.people.fetch(user, card, "Form")).dialog
    sending = teams.people.submitting(user, card["chat"], dialog, {"reason": "for work", "plan": "pro"})
    memory = sending["value"]["data"]["bursar"]
    memory["c"] = {"channel": "slack", "workspace": "T1", "id": "C1", "kind": "public", "thread_id": "1"}
    await teams.people.deliver(sending)
    [form] = clicks(teams)
    assert form.conversation.channel == "teams" and form.conversation.id == card["chat"]


async def test_details_open_and_their_buttons_count(teams: TeamsWorld) -> None:
    user = await arrive(teams)
    card = await teams.card(teams.teams.direct(user))
    details = (await teams.people.fetch(user, card, "Facts")).dialog
    check_task(details)
    for _ in range(2):
        assert (await teams.people.submit(user, card["chat"], details, {}, "Approve it")).status == 200
    [clicked] = clicks(teams)
    assert (clicked.kind, clicked.intent, clicked.message_id) == ("action", "test_act", card["id"])


async def test_search_fields_are_answered_while_typing(teams: TeamsWorld) -> None:
    user = await arrive(teams)
    card = await teams.card(teams.teams.direct(user))
    dialog = (await teams.people.fetch(user, card, "Form")).dialog
    dataset = next(one["choices.data"]["dataset"] for one in inputs(card_of(dialog)) if "choices.data" in one)
    found = (await teams.people.search(user, card["chat"], dataset, "c")).json()
    check_search(found)
    assert [one["value"] for one in found["value"]["results"]] == ["claude", "cursor", "chatgpt"]
    assert found["type"] == "application/vnd.microsoft.search.searchResponse"
    for strange in (dataset + "x", "no/such", "", "/"):
        assert (await teams.people.search(user, card["chat"], strange, "zz")).json()["value"]["results"] == []


def results(answer: Answer) -> list[Activity]:
    found = answer.json()["composeExtension"]
    assert found["type"] == "result" and found["attachmentLayout"] == "list", found
    return list(found["attachments"])


async def test_the_catalogue_is_searched_from_the_compose_box(teams_on_both: TeamsWorld) -> None:
    world = teams_on_both
    user = await arrive(world)
    with world.store.write() as uow:
        add_tool(uow, "cursor", vendor="Anysphere", category="coding")
        add_tool(uow, "wonder", vendor="Wonder Inc", status="blocked")
    chat = world.teams.add_group("of-two", user, installed=False)  # Bursar is not there
    [cursor] = results(await world.people.query(user, chat, "searchTools", "anys"))
    check_card(cursor["content"])
    assert {"Cursor", "Anysphere", "approved"} <= set(text_of(cursor["content"]).split("\n"))
    assert cursor["preview"]["content"]["title"] == "Cursor"
    everything = results(await world.people.query(user, chat, "searchTools", "", initial=True))
    assert [one["preview"]["content"]["title"] for one in everything] == ["Cursor", "Wonder"]
    assert "Request Wonder" not in labels({"attachments": [everything[1]]})
    nothing = (await world.people.query(user, chat, "searchTools", "zzz")).json()["composeExtension"]
    assert nothing["type"] == "message" and "zzz" in nothing["text"]
    assert chat not in world.places()


async def test_who_is_not_known_searches_nothing(teams: TeamsWorld) -> None:
    user = teams.teams.add_user("gus", userRole="guest")
    chat = teams.teams.direct(user)
    answer = (await teams.people.query(user, chat, "searchTools", "")).json()["composeExtension"]
    assert answer["type"] == "message" and "administrator" in answer["text"]


UNKNOWN: list[tuple[str, Any, int]] = [
    ("composeExtension/queryLink", {"url": "https://acme.example"}, 200),
    ("composeExtension/anonymousQueryLink", {"url": "https://acme.example"}, 200),
    ("composeExtension/selectItem", {}, 200),
    ("fileConsent/invoke", {}, 400),
    ("signin/verifyState", {"state": "1"}, 501),
    ("no/such", None, 501),
    ("adaptiveCard/action", None, 200),
    ("adaptiveCard/action", {"action": {"type": "Action.Execute", "verb": "x"}}, 200),
    ("adaptiveCard/action", {"action": {"data": {"bursar": {"i": 5, "a": []}}}}, 200),
    ("task/fetch", {"data": {"bursar": "x"}}, 200),
    ("task/submit", {"data": {"bursar": {"i": "x", "a": {}}}}, 200),
    ("task/submit", {"data": {"bursar": {"i": "test_form", "a": {}, "c": {"channel": "teams", "id": "1"}, "m": None,
                                         "n": "no json", "f": []}}}, 200),
    ("composeExtension/submitAction", {"data": None}, 200),
    ("composeExtension/query", {"parameters": "x"}, 200),
    ("application/search", {"dataset": 5, "queryText": {}}, 200),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value", "status"), UNKNOWN)
async def test_what_bursar_does_not_know_is_answered_in_words(teams: TeamsWorld, name: str, value: Any, status: int) -> None:
    user = await arrive(teams)
    activity = teams.people.invoke(name, user, teams.teams.direct(user), value)
    answer = await teams.people.deliver(activity)
    assert answer.status == status, answer
    assert clicks(teams) == []
    if name != "application/search":
        assert any(word in answer.body.decode() for word in ("help", "Search", "older", "No tool")), answer


async def test_an_intent_that_fails_is_answered_in_words(teams: TeamsWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("by the test")

    monkeypatch.setitem(registry.open, "test_form", broken)
    monkeypatch.setitem(registry.options, "test_form", broken)
    user = await arrive(teams)
    card = await teams.card(teams.teams.direct(user))
    answer = await teams.people.fetch(user, card, "Form")
    assert "went wrong" in answer.json()["task"]["value"] and answer.status == 200
    found = await teams.people.search(user, card["chat"], "test_form/tool", "c")
    assert found.status == 200 and found.json()["value"]["results"] == []
