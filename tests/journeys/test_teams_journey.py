"""The main job through Teams' wire: ask, approve twice, grant, hear of it; and everything that must not happen."""

import asyncio
from collections.abc import AsyncIterator

import pytest_asyncio

from storage.unit_of_work import Store
from tests.conftest import TestClock
from tests.fake_teams import FakeTeams
from tests.journeys.slack_company import until
from tests.journeys.teams_company import FILLED, TeamsCompany, can, closed, company, current, says
from tests.teams_client import Activity, card_of, inputs, text_of


@pytest_asyncio.fixture
async def acme(database_url: str, store: Store, clock: TestClock) -> AsyncIterator[TeamsCompany]:
    async with company(database_url, store, clock) as running:
        yield running


def no_money_or_data(teams: FakeTeams, chat: str) -> None:
    for message in teams.posted_in(chat):
        for secret in ("USD", "240", "internal", "to write code"):
            assert secret not in text_of(message), message


async def asked_in_channel(acme: TeamsCompany, name: str = "eve") -> Activity:
    """A request from a mention in the team's channel up to its card in the thread."""
    await acme.people.mention(acme.user(name), acme.team, "request cursor")
    await acme.fill_in(name, await acme.in_chat(acme.team, "Cursor", "State here"))
    return await acme.in_chat(acme.team, f"{name.title()} asks for Cursor")


async def test_asked_in_private_approved_twice_granted_and_told(acme: TeamsCompany) -> None:
    await acme.request("eve")
    first = await acme.told("mia", "Eve", "Cursor", "to write code", "240.00 USD", "annual value 240 USD")
    answer = await acme.people.execute(acme.user("mia"), first, "Approve")
    assert "Approve" not in can(answer.card) and "Fay" in text_of(answer.card)
    second = await acme.told("fay", "Eve", "Cursor", "to write code")
    await acme.people.execute(acme.user("fay"), second, "Approve")
    task = await acme.told("tor", "Please grant Cursor to Eve")
    await acme.people.execute(acme.user("tor"), task, "Granted")
    await acme.told("eve", "Cursor is granted to Eve")
    await until(lambda: "Approve" not in can(current(acme.teams, first)), "the card without buttons")
    assert [request.status for request in acme.requests()] == ["fulfilled"]
    assert [decision.verdict for decision in acme.decisions()] == ["approve", "approve"]
    assert [decision.channel for decision in acme.decisions()] == ["teams", "teams"]
    assert acme.teams.refusals == []


async def test_asked_in_a_channel_each_viewer_sees_what_is_theirs(acme: TeamsCompany) -> None:
    card = await asked_in_channel(acme)
    offer = await acme.in_chat(acme.team, "State here")
    assert card["thread"] == offer["thread"] is not None
    assert can(card) == {"Details"}  # for everybody
    viewers = set(card_of(card)["refresh"]["userIds"])
    assert viewers == {acme.teams.address(acme.user(name)) for name in ("eve", "mia")}

    mias = (await acme.people.refresh(acme.user("mia"), card)).card
    eves = (await acme.people.refresh(acme.user("eve"), card)).card
    assert can(mias) == {"Approve", "Deny", "Details"} and can(eves) >= {"Cancel request", "Change", "Details"}
    assert "Approve" not in can(eves) and "Waits for Mia" in text_of(eves)
    for shown in (mias, eves):
        assert not any(secret in text_of(shown) for secret in ("USD", "240", "internal", "to write code"))
    assert acme.decisions() == []

    answer = await acme.people.execute(acme.user("mia"), {**card, "attachments": [{"content": mias}]}, "Approve")
    assert can(answer.card) == {"Details"} and "Waits for" in text_of(answer.card)
    fay = acme.teams.address(acme.user("fay"))
    await until(lambda: fay in card_of(current(acme.teams, card))["refresh"]["userIds"], "the card of the next stage")
    fays = (await acme.people.refresh(acme.user("fay"), current(acme.teams, card))).card
    await acme.people.execute(acme.user("fay"), {**card, "attachments": [{"content": fays}]}, "Approve")
    task = await acme.told("tor", "Please grant Cursor to Eve")
    await acme.people.execute(acme.user("tor"), task, "Granted")
    granted = await acme.in_chat(acme.team, "Cursor is granted to Eve")
    assert granted["thread"] == card["thread"]
    no_money_or_data(acme.teams, acme.team)
    assert [decision.verdict for decision in acme.decisions()] == ["approve", "approve"]
    assert [request.status for request in acme.requests()] == ["fulfilled"]
    await until(lambda: "refresh" not in card_of(current(acme.teams, card)), "a card that nobody waits for")
    assert acme.teams.refusals == []


async def test_a_viewer_who_may_not_decide_decides_nothing(acme: TeamsCompany) -> None:
    """Zoe has made the button up; Eve uses Mia's."""
    card = await asked_in_channel(acme)
    mias = {**card, "attachments": [{"content": (await acme.people.refresh(acme.user("mia"), card)).card}]}
    for name in ("zoe", "eve"):
        heard = len(acme.teams.direct_messages(acme.user(name)))
        answer = await acme.people.execute(acme.user(name), mias, "Approve")
        assert "Approve" not in can(answer.card)
        await until(lambda name=name, heard=heard: acme.teams.direct_messages(acme.user(name))[heard:], "a private refusal")
    details = (await acme.people.fetch(acme.user("zoe"), mias, "Details")).dialog
    assert "USD" not in text_of(details)
    assert acme.decisions() == []


async def test_a_refresh_shows_no_card_but_the_one_it_stands_on(acme: TeamsCompany) -> None:
    """Zoe asks for the approver's card of a request that she has only heard of."""
    await acme.request("eve")
    await acme.told("mia", "to write code")
    asked = {"kind": "approval_needed", "subject": f"request:{acme.requests()[0].id}"}
    button = {"type": "Action.Execute", "verb": "refresh", "data": {"bursar": {"i": "refresh", "a": asked}}}
    await acme.people.say(acme.user("zoe"), "hi")
    for message in ("1", (await acme.told("mia", "to write code"))["id"], (await acme.told("zoe", "What I can do"))["id"]):
        invoke = acme.people.invoke(
            "adaptiveCard/action", acme.user("zoe"), acme.chat("zoe"), {"action": button, "trigger": "automatic"},
            replyToId=message,
        )  # fmt: skip
        assert "not there any more" in text_of((await acme.people.deliver(invoke)).card)


async def test_denied_with_a_reason_that_only_the_requester_reads(acme: TeamsCompany) -> None:
    await acme.request("eve")
    card = await acme.told("mia", "Eve", "Cursor", "to write code")
    dialog = await acme.open("mia", card, "Deny")
    again = (await acme.people.submit(acme.user("mia"), acme.chat("mia"), dialog, {"reason": "  "})).dialog
    assert "A denial needs a reason." in text_of(again)
    closed(await acme.people.submit(acme.user("mia"), acme.chat("mia"), again, {"reason": "Use Copilot, please."}))
    await acme.told("eve", "Mia denied", "Use Copilot, please.")
    assert [request.status for request in acme.requests()] == ["denied"]
    assert not any(says(message, "waits for you") for message in acme.teams.direct_messages(acme.user("fay")))


async def test_a_request_form_keeps_everything_after_an_error(acme: TeamsCompany) -> None:
    await acme.people.say(acme.user("eve"), "request cursor")
    offer = await acme.told("eve", "State here")
    dialog = await acme.open("eve", offer, "Request Cursor")
    sent = {"reason": "to write code", "seats": "many", "data_classes": ["internal", "public"], "duration": "9"}
    again = (await acme.people.submit(acme.user("eve"), acme.chat("eve"), dialog, sent)).dialog
    assert "Write a whole number, like 3." in text_of(again)
    kept = {one["id"].partition(":")[2]: one.get("value") for one in inputs(card_of(again))}
    assert (kept["reason"], kept["seats"], kept["data_classes"]) == ("to write code", "many", "internal,public")
    assert kept["tool"] and str(kept["duration"]) == "9"
    closed(await acme.people.submit(acme.user("eve"), acme.chat("eve"), again, {"seats": "2"}))
    [request] = acme.requests()
    assert (request.seats, request.duration_days, sorted(request.data_classes)) == (2, 9, ["internal", "public"])


async def test_repeated_deliveries_and_clicks_have_one_effect(acme: TeamsCompany) -> None:
    """Teams repeats what it missed the answer to, under the same id and under new ones."""
    said = acme.people.message(acme.user("eve"), acme.chat("eve"), "request cursor")
    await asyncio.gather(*(acme.people.deliver(said) for _ in range(5)))
    offer = await acme.told("eve", "State here")
    dialog = await acme.open("eve", offer, "Request Cursor")
    sending = acme.people.submitting(acme.user("eve"), acme.chat("eve"), dialog, FILLED)
    await asyncio.gather(*(acme.people.repeat(sending, new_id=True) for _ in range(3)))
    card = await acme.told("mia", "Eve", "Cursor", "to write code")
    click = acme.people.click(acme.user("mia"), card, "Approve")
    await asyncio.gather(*(acme.people.deliver(click) for _ in range(2)))
    acme.clock.advance(seconds=31)
    await asyncio.gather(*(acme.people.repeat(click, new_id=True) for _ in range(2)))
    await acme.told("fay", "Eve", "to write code")
    acme.clock.advance(minutes=5)
    await acme.people.repeat(click, new_id=True)  # a click of the finger
    await acme.told("mia", "already approved")
    offers = [one for one in acme.teams.direct_messages(acme.user("eve")) if says(one, "State here")]
    cards = [one for one in acme.teams.direct_messages(acme.user("fay")) if says(one, "to write code")]
    assert len(offers) == len(cards) == len(acme.requests()) == len(acme.decisions()) == 1


async def test_nobody_approves_their_own_request(acme: TeamsCompany) -> None:
    """Fay is of finance, and may not decide as finance on what is hers."""
    card = await asked_in_channel(acme, "fay")
    fays = (await acme.people.refresh(acme.user("fay"), card)).card
    assert "Approve" not in can(fays)
    cleos = (await acme.people.refresh(acme.user("cleo"), card)).card
    await acme.people.execute(acme.user("cleo"), {**card, "attachments": [{"content": cleos}]}, "Approve")
    await until(lambda: acme.decisions(), "the first decision")
    stolen = {**card, "attachments": [{"content": cleos}]}
    await acme.people.execute(acme.user("fay"), stolen, "Approve")
    await acme.told("fay", "cannot decide")
    assert len(acme.decisions()) == 1


async def test_hello_help_and_a_question_wherever_bursar_is(acme: TeamsCompany) -> None:
    for text in ("Hi", "Hello", "Help"):
        await acme.people.say(acme.user("eve"), text)
    await until(
        lambda: len([one for one in acme.teams.direct_messages(acme.user("eve")) if says(one, "What I can do")]) == 3,
        "help",
    )
    await acme.people.mention(acme.user("eve"), acme.team, "Hello")
    helped = await acme.in_chat(acme.team, "What I can do")
    assert helped["thread"] is not None
    await acme.people.say(acme.user("fay"), "what did marketing spend last month?")
    await acme.told("fay", "Marketing")
    answer = await acme.people.execute(acme.user("eve"), await acme.told("eve", "What I can do"), "My requests")
    assert "Got it" in answer.json()["value"]
    await acme.told("eve", "You have not asked for a tool yet")
    assert acme.teams.refusals == []


async def test_a_private_answer_in_a_channel_goes_to_the_personal_chat(acme: TeamsCompany) -> None:
    await acme.people.mention(acme.user("eve"), acme.team, "status")
    await acme.told("eve", "You have not asked for a tool yet")
    assert not any(says(one, "not asked") for one in acme.teams.posted_in(acme.team))
    group = acme.teams.add_group("lunch", acme.user("eve"), acme.user("bob"))
    acme.teams.remove_personally(acme.user("bob"))
    await acme.people.mention(acme.user("bob"), group, "status")
    hint = await acme.in_chat(group, "add Bursar")
    assert "not asked" not in text_of(hint)


async def test_a_request_from_the_compose_box(acme: TeamsCompany) -> None:
    """In a chat of others that Bursar is not in: the outcome is told in the personal chat."""
    await acme.people.say(acme.user("eve"), "hi")
    await acme.told("eve", "What I can do")
    elsewhere = acme.teams.add_group("others", acme.user("eve"), acme.user("bob"), installed=False)
    dialog = (await acme.people.extension_fetch(acme.user("eve"), elsewhere, "requestTool")).dialog
    sent = FILLED | {"tool": "new:Wonderwriter"}
    wrong = await acme.people.extension_submit(acme.user("eve"), elsewhere, "requestTool", dialog, sent | {"seats": "x"})
    assert "whole number" in text_of(wrong.dialog)
    answer = await acme.people.extension_submit(acme.user("eve"), elsewhere, "requestTool", wrong.dialog, {"seats": "1"})
    assert answer.json()["task"]["type"] == "message" and "Sent" in answer.json()["task"]["value"]
    await acme.told("eve", "Wonderwriter", "Waits for")
    assert [request.tool_name for request in acme.requests()] == ["Wonderwriter"]
    assert acme.teams.posted_in(elsewhere) == []


async def test_a_tool_shared_from_the_compose_box_is_asked_for(acme: TeamsCompany) -> None:
    """The shared card's button works for everybody who reads it, also where Bursar is not."""
    for name in ("eve", "bob"):
        await acme.people.say(acme.user(name), "hi")
    elsewhere = acme.teams.add_group("others", acme.user("eve"), acme.user("bob"), installed=False)
    found = (await acme.people.query(acme.user("eve"), elsewhere, "searchTools", "curs")).json()["composeExtension"]
    shared = {"id": "1", "chat": elsewhere, "attachments": [found["attachments"][0]]}
    assert {"Anysphere", "approved"} <= set(text_of(shared).split("\n"))
    dialog = (await acme.people.fetch(acme.user("bob"), shared, "Request Cursor")).dialog
    await acme.people.submit(acme.user("bob"), elsewhere, dialog, FILLED)
    await acme.told("bob", "Cursor", "Waits for Mia")
    assert acme.teams.posted_in(elsewhere) == []


async def test_the_welcome_is_told_once_and_to_whom_it_may_concern(acme: TeamsCompany) -> None:
    await acme.in_chat(acme.team, "Ann added me here", "request cursor")
    await acme.people.install(acme.user("eve"))
    welcome = await acme.told("eve", "Eve added me to this chat")
    assert {"Request a tool", "My requests"} <= can(welcome)
    await acme.people.say(acme.user("eve"), "hi")
    await acme.told("eve", "What I can do")
    for chat in (acme.team, acme.chat("eve")):
        assert len([one for one in acme.teams.posted_in(chat) if says(one, "I am Bursar")]) == 1
