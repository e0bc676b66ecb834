"""The main job is the same in Slack, in Teams and in the browser: one journey, run through each."""

import shutil
from collections.abc import AsyncIterator
from datetime import date
from functools import partial
from pathlib import Path

import pytest
import pytest_asyncio

from storage.unit_of_work import Store
from tests.asking.company import add_usage
from tests.asking.test_delivery import acme as spending_company
from tests.builders import add_tool
from tests.conftest import TestClock
from tests.journeys import chats
from tests.journeys.chats import Chat
from tests.seats.company import ago, found_company


@pytest.fixture
def database_url(tmp_path: Path, sqlite_template: Path) -> str:
    """One database: here the wires differ; the workflows behind them are tested on both."""
    return f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'bursar.db')}"


@pytest_asyncio.fixture(params=chats.NAMES)
async def acme(request: pytest.FixtureRequest, database_url: str, store: Store, clock: TestClock) -> AsyncIterator[Chat]:
    async with chats.chat(request.param, chats.requesting(store), database_url, store, clock) as running:
        yield running


@pytest_asyncio.fixture(params=chats.NAMES)
async def owning(request: pytest.FixtureRequest, database_url: str, store: Store, clock: TestClock) -> AsyncIterator[Chat]:
    """Ada and Max have not used their Copilot for long."""
    company = found_company(store, clock)
    company.snapshot("copilot", {"ada": ago(81), "max": ago(90)})
    company.sweep()
    async with chats.chat(request.param, sorted(company.people), database_url, store, clock) as running:
        yield running


@pytest_asyncio.fixture(params=chats.NAMES)
async def asking(request: pytest.FixtureRequest, database_url: str, store: Store, clock: TestClock) -> AsyncIterator[Chat]:
    """Fin is of finance; the room is not opened."""
    with store.write() as uow:
        company = spending_company(uow)
        claude = add_tool(uow, "claude-code", name="Claude Code", vendor="Anthropic")
        add_usage(uow, claude, None, date(2026, 10, 7), requests=1000)
    async with chats.chat(request.param, sorted(company.people), database_url, store, clock) as running:
        yield running


async def test_asked_approved_twice_granted_and_told(acme: Chat) -> None:
    await acme.request("eve")
    await acme.told("eve", "R-1001: Cursor", "Waits for Mia")
    first = await acme.told("mia", "asks for a seat of Cursor", "to write code", "240.00 USD", "annual value 240 USD)")
    await acme.press("mia", first, "Approve")
    second = await acme.told("fay", "asks for a seat of Cursor", "to write code")
    await acme.press("fay", second, "Approve")
    task = await acme.told("tor", "Please grant Cursor to Eve")
    await acme.press("tor", task, "Granted")
    await acme.told("eve", "Cursor is granted to Eve")
    await acme.gone(lambda: acme.direct("mia"), "Approve", "to write code")
    await acme.gone(lambda: acme.direct("tor"), "Granted")
    assert [request.status for request in acme.requests()] == ["fulfilled"]
    assert [decision.verdict for decision in acme.decisions()] == ["approve", "approve"]
    assert {decision.channel for decision in acme.decisions()} == {acme.name}


async def test_asked_in_a_room_where_nobody_sees_money_and_managers_decide(acme: Chat) -> None:
    await acme.mention("eve", "request cursor")
    offer = await (acme.in_room if acme.name == "teams" else partial(acme.told, "eve"))("Cursor", "State here")
    form = await acme.open("eve", offer, "Request Cursor")
    assert await acme.fill("eve", form, {"reason": "to write code", "data_classes": ["internal"]})
    card = await acme.in_room("Eve asks for Cursor", "Waits for Mia")
    await acme.press("mia", card, "Approve")
    await acme.in_room("Mia approved")
    await acme.press("fay", await acme.in_room("Eve asks for Cursor", "Waits for Fay or"), "Approve")
    await acme.press("tor", await acme.told("tor", "Please grant Cursor to Eve"), "Granted")
    await acme.in_room("Cursor is granted to Eve")
    await acme.gone(acme.room, "Approve")
    assert [request.status for request in acme.requests()] == ["fulfilled"]
    for message in await acme.room():
        assert not any(secret in message.text for secret in ("USD", "240", "internal", "to write code")), message.text


async def test_denied_with_a_reason_that_must_be_given(acme: Chat) -> None:
    await acme.request("eve")
    card = await acme.told("mia", "to write code")
    form = await acme.open("mia", card, "Deny")
    assert not await acme.fill("mia", form, {"reason": " "})
    assert await acme.fill("mia", form, {"reason": "Use Copilot, please."})
    await acme.told("eve", "Mia denied R-1001", "Use Copilot, please.")
    await acme.gone(lambda: acme.direct("mia"), "Approve")
    assert [request.status for request in acme.requests()] == ["denied"]


async def test_a_question_back_and_its_answer(acme: Chat) -> None:
    await acme.request("eve")
    card = await acme.told("mia", "to write code")
    form = await acme.open("mia", card, "Ask a question")
    assert await acme.fill("mia", form, {"question": "Which repository?"})
    asked = await acme.told("eve", "Mia asks about R-1001", "Which repository?")
    answering = await acme.open("eve", asked, "Answer")
    assert "Which repository?" in acme.words(answering)
    assert await acme.fill("eve", answering, {"answer": "The web shop."})
    again = await acme.told("mia", "The web shop.")
    await acme.press("mia", again, "Approve")
    await acme.told("fay", "to write code")


async def test_a_decision_pressed_twice_is_one(acme: Chat) -> None:
    await acme.request("eve")
    card = await acme.told("mia", "to write code")
    await acme.press("mia", card, "Approve")
    await acme.press("mia", card, "Approve")
    await acme.told("fay", "to write code")
    assert len(acme.decisions()) == 1


async def test_details_and_cancelling(acme: Chat) -> None:
    await acme.request("eve")
    card = await acme.told("eve", "R-1001: Cursor")
    details = await acme.open("eve", card, "Details")
    assert "Mia" in acme.words(details)
    await acme.told("mia", "to write code")
    await acme.press("eve", card, "Cancel request")
    await acme.told("eve", "R-1001 is cancelled")
    await acme.gone(lambda: acme.direct("mia"), "Approve")
    assert [request.status for request in acme.requests()] == ["cancelled"]


async def test_help_status_and_a_question(acme: Chat) -> None:
    for text in ("Hi", "Hello", "Help"):
        await acme.say("eve", text)
        await acme.told("eve", "What I can do")
    await acme.say("eve", "status")
    await acme.told("eve", "not asked for a tool yet")
    await acme.say("fay", "what did marketing spend last month?")
    await acme.told("fay", "Marketing")
    await acme.say("eve", "what did we spend last month?")
    await acme.told("eve", "finance")


async def test_what_one_may_not_see_in_the_room_comes_in_private(acme: Chat) -> None:
    await acme.mention("eve", "what do I cost this month?")
    await acme.told("eve", "you")
    assert not any("cost" in message.text.lower() for message in await acme.room())


async def test_an_idle_seat_is_released_or_kept_in_its_card(owning: Chat) -> None:
    card = await owning.told("ada", "Do you still need Copilot?", "19.50 USD")
    assert card.buttons[:3] == ["Release", "Keep…", "Ask me in 2 weeks"]
    await owning.press("ada", card, "Release")
    await owning.told("ada", "released by Ada")
    kept = await owning.told("max", "Do you still need Copilot?")
    form = await owning.open("max", kept, "Keep…")
    assert not await owning.fill("max", form, {"reason": " "})
    assert await owning.fill("max", form, {"reason": "The project starts again in January."})
    await owning.gone(lambda: owning.direct("max"), "Release")
    assert len([one for one in await owning.direct("ada") if "Copilot" in one.text]) == 1


async def test_a_private_answer_is_followed_up_and_posted_by_whose_right_it_is(asking: Chat) -> None:
    await asking.mention("fin", "how many API requests in october 2026 by tool")
    answer = await asking.told("fin", "API requests in October 2026", "1,000")
    assert not any("1,000" in one.text for one in await asking.room())
    post = next(label for label in answer.buttons if label.startswith("Post it"))
    await asking.press("fin", answer, post)
    posted = await asking.in_room("API requests in October 2026", "1,000")
    assert not any(label.startswith("Post it") for label in posted.buttons)
    if asking.name == "teams":  # where the private answer stands in their own chat, so does what follows
        await asking.say("fin", "and in september?")
        await asking.told("fin", "API requests in September 2026")
