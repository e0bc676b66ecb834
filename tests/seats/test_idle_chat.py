"""Idle seats as people see them: cards, buttons and forms through inbox, router and outbox, in a recording chat."""

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from bot.inbox import Inbox
from bot.interaction import Actor, Conversation, Interaction
from bot.message import Form, Message
from bot.outbox import Outbox
from bot.router import Router, load_intents, registry
from storage.models import ChatAccount
from storage.unit_of_work import Store
from tests.conftest import TestClock
from tests.fakes import Posted, RecordingChat
from tests.seats.company import MONDAY, Company, ago, found_company, set_status

CLICKS = count(1)


class Chat:
    """The chat of the company: what was posted to whom, and clicks on it."""

    def __init__(self, acme: Company) -> None:
        self.acme = acme
        self.recorded = RecordingChat()
        self.outbox = Outbox(acme.store, [self.recorded], asyncio.Event(), {})
        self.router = Router(acme.store)
        self.inbox = Inbox(acme.store, self.router)
        with acme.store.write() as uow:
            for name, person in acme.people.items():
                uow.session.add(ChatAccount(channel="web", external_id=name, person_id=person.id, last_seen_at=MONDAY))

    async def settle(self) -> None:
        while await asyncio.to_thread(self.inbox.work_once):
            pass
        await self.outbox.drain()

    def posts(self, name: str) -> list[Posted]:
        return [post for post in self.recorded.posts if post.to.id == f"dm:{name}"]

    def last(self, name: str) -> Message:
        return self.posts(name)[-1].message

    def _interaction(self, name: str, kind: str, **fields: object) -> Interaction:
        actor = Actor(channel="web", external_id=name, person_id=self.acme.id(name), email=f"{name}@acme.example")
        where = Conversation(channel="web", id=f"dm:{name}", kind="direct")
        return Interaction.model_validate(
            {"key": f"k{next(CLICKS)}", "kind": kind, "actor": actor, "conversation": where,
             "received_at": self.acme.clock.now, **fields}
        )  # fmt: skip

    async def click(self, name: str, label: str, *, on: Posted | None = None, args: dict[str, str] | None = None) -> None:
        post = on or self.posts(name)[-1]
        action = next(one for one in post.message.actions if one.label == label)
        await self._do(
            self._interaction(name, "action", intent=action.intent, args=args or action.args, message_id=post.message_id)
        )

    async def fill(self, name: str, label: str, form: dict[str, str | list[str]]) -> Form:
        post = self.posts(name)[-1]
        action = next(one for one in post.message.actions if one.label == label)
        opened = self.router.open(self._interaction(name, "action", intent=action.intent, args=action.args))
        assert isinstance(opened, Form), opened
        sent = self._interaction(name, "form", intent=opened.intent, args=opened.args, form=form, message_id=post.message_id)
        assert self.router.check_form(sent) == {}
        await self._do(sent)
        return opened

    async def say(self, name: str, text: str) -> Message:
        await self._do(self._interaction(name, "text", text=text))
        return self.last(name)

    async def _do(self, interaction: Interaction) -> None:
        await asyncio.to_thread(self.inbox.store_interactions, [interaction])
        await self.settle()


@pytest.fixture
def chat(store: Store, clock: TestClock) -> Chat:
    return Chat(found_company(store, clock))


def labels(message: Message) -> list[str]:
    return [action.label for action in message.actions]


def words(message: Message) -> str:
    lines = [*message.paragraphs, *message.notes]
    facts = [f"{fact.label}: {fact.value}" for fact in message.facts]
    return "\n".join([message.title, *facts, *("".join(span.text for span in line) for line in lines)])


async def test_one_seat_is_asked_about_and_released_in_place(chat: Chat) -> None:
    chat.acme.snapshot("copilot", {"ada": ago(81)})
    chat.acme.sweep()
    await chat.settle()
    card = chat.posts("ada")[0]
    text = words(card.message)
    assert card.message.title == "Do you still need Copilot?"
    for said in ("Tool: Copilot", "Last used: 3 Sep 2026", "Price: 19.50 USD a month",
                 "Without an answer by 11 Dec 2026 I ask your manager."):  # fmt: skip
        assert said in text
    assert labels(card.message) == ["Release", "Keep…", "Ask me in 2 weeks"]
    await chat.click("ada", "Release")
    assert len(chat.posts("ada")) == 1
    assert "released by Ada on 23 Nov 2026, which saves 19.50 USD a month" in words(card.message)
    assert "Undo is possible until 7 Dec 2026." in words(card.message)
    assert labels(card.message) == ["Undo Copilot"]
    task = chat.posts("tor")[0]
    assert (task.message.title, labels(task.message)) == ("Remove Ada's Copilot seat", ["Removed", "Cannot…"])
    await chat.click("tor", "Removed")
    assert "Done by Tor on 23 Nov 2026." in words(task.message)
    assert "and removed" in words(card.message)
    await chat.click("ada", "Undo Copilot", on=card)
    assert "the release was undone by Ada" in words(card.message)
    assert chat.last("tor").title == "Give back Ada's Copilot seat"
    await chat.click("tor", "Given back")
    assert "Done by Tor" in words(chat.last("tor"))
    assert len(chat.posts("ada")) == 1


async def test_a_click_that_comes_late_is_answered_and_changes_nothing(chat: Chat) -> None:
    chat.acme.snapshot("copilot", {"ada": ago(81)})
    chat.acme.sweep()
    await chat.settle()
    card = chat.posts("ada")[0]
    release = card.message.actions[0]
    await chat.click("ada", "Release")
    card.message = card.message.model_copy(update={"actions": [release]})  # a second finger on the old card
    await chat.click("ada", "Release", on=card)
    assert "settled already: Copilot was released on 23 November 2026. Nothing was changed." in chat.last("ada").fallback
    assert len(chat.posts("tor")) == 1
    card.message = card.message.model_copy(update={"actions": [release]})
    bo = Posted(card.to, "other", card.message, "x", None)
    await chat.click("bo", "Release", on=bo)
    assert "Only the person who was asked" in chat.last("bo").fallback
    assert "attempt.refused" in chat.acme.actions()


async def test_several_seats_are_kept_and_chosen_in_forms(chat: Chat) -> None:
    chat.acme.snapshot("copilot", {"ada": ago(81)})
    chat.acme.snapshot("cursor", {"ada": None})
    chat.acme.snapshot("notion", {"ada": ago(50)})
    chat.acme.sweep()
    await chat.settle()
    card = chat.posts("ada")[0]
    assert labels(card.message) == ["Release all", "Keep…", "Choose…", "Ask me in 2 weeks"]
    text = words(card.message)
    assert "Cursor · not used yet · 20.00 USD a month" in text
    assert "(Cursor) the seat is given back; that can be undone." in text
    assert "(Notion) nothing changes." in text
    seats = {slug: str(chat.acme.seat(slug).id) for slug in ("copilot", "cursor", "notion")}
    form = await chat.fill("ada", "Keep…", {"seats": [seats["copilot"]], "reason": "on call next week"})
    assert [field.name for field in form.fields] == ["seats", "reason"]
    assert "kept" not in words(card.message)
    assert labels(card.message)[0] == "Release all"
    await chat.fill("ada", "Choose…", {"seats": [seats["cursor"]]})
    assert labels(card.message) == ["Release", "Keep…", "Ask me in 2 weeks"]
    await chat.fill("ada", "Keep…", {"reason": "needed"})
    assert [chat.acme.seat(slug).status for slug in ("copilot", "cursor", "notion")] == ["kept", "releasing", "kept"]
    assert "kept by Ada on 23 Nov 2026: on call next week" in words(card.message)


async def test_an_empty_reason_is_shown_at_its_field(chat: Chat) -> None:
    chat.acme.snapshot("copilot", {"ada": ago(81)})
    chat.acme.sweep()
    case = chat.acme.case().id
    empty = chat._interaction("ada", "form", intent="seat_keep", args={"case": case}, form={"reason": " "})
    assert chat.router.check_form(empty) == {"reason": "Please say what it is for."}


async def test_only_the_newest_card_has_buttons(chat: Chat) -> None:
    chat.acme.snapshot("copilot", {"ada": ago(81)})
    chat.acme.sweep()
    await chat.settle()
    chat.acme.fire(MONDAY + timedelta(7))
    await chat.settle()
    chat.acme.fire(MONDAY + timedelta(14))
    await chat.settle()
    first, reminder, last_call = chat.posts("ada")
    assert (labels(first.message), labels(reminder.message)) == ([], [])
    assert "newer message" in words(reminder.message)
    assert "The last time I ask." in words(last_call.message)
    chat.acme.fire(MONDAY + timedelta(18))
    await chat.settle()
    manager = chat.posts("max")[0]
    assert manager.message.title == "Does Ada still need Copilot?"
    await chat.click("max", "Release")
    assert "released by Max" in words(manager.message)
    told = chat.last("ada")
    assert "released by Max on 11 Dec 2026" in words(told)
    assert labels(told) == ["Undo Copilot"]
    assert len(chat.posts("ada")) == 4


async def test_using_it_again_closes_the_card_kindly(chat: Chat) -> None:
    chat.acme.snapshot("cursor", {"ada": ago(81)})
    chat.acme.sweep()
    await chat.settle()
    chat.acme.snapshot("cursor", {"ada": ago(-17)}, as_of=ago(-17))
    chat.acme.fire(MONDAY + timedelta(18))
    await chat.settle()
    assert len(chat.posts("ada")) == 1
    assert "is in use again, nothing to do." in words(chat.last("ada"))
    assert chat.posts("tor") == []


async def test_a_card_that_waits_for_the_morning_is_dropped_when_it_is_settled(chat: Chat) -> None:
    chat.acme.clock.now = MONDAY - timedelta(hours=20)
    chat.acme.snapshot("copilot", {"ada": ago(81)}, as_of=ago(1))
    chat.acme.sweep()
    await chat.settle()
    assert chat.posts("ada") == []
    seats = await chat.say("ada", "seats")
    assert "Copilot · idle, last used 3 Sep 2026 · 19.50 USD a month" in words(seats)
    await chat.click("ada", "Release")
    assert "released by Ada" in words(chat.last("ada"))
    chat.acme.clock.now = MONDAY
    await chat.settle()
    assert len(chat.posts("ada")) == 2


async def test_snooze_in_place(chat: Chat) -> None:
    chat.acme.snapshot("copilot", {"ada": ago(81)})
    chat.acme.sweep()
    await chat.settle()
    await chat.click("ada", "Ask me in 2 weeks")
    card = chat.posts("ada")[0]
    assert "I will ask again on 7 Dec 2026." in words(card.message)
    assert labels(card.message) == ["Release", "Keep…"]
    chat.acme.snapshot("copilot", {"ada": ago(81)}, as_of=ago(-13))
    chat.acme.fire(MONDAY + timedelta(14))
    await chat.settle()
    assert len(chat.posts("ada")) == 2
    assert labels(chat.last("ada"))[0] == "Release"


async def test_a_leavers_seats_are_asked_of_the_manager(chat: Chat) -> None:
    set_status(chat.acme, "ada", "Terminated")
    chat.acme.snapshot("copilot", {"ada": ago(1)})
    chat.acme.sweep()
    await chat.settle()
    card = chat.posts("max")[0]
    assert card.message.title == "Ada has left: release the Copilot seat?"
    assert "I ask the tool's owner to remove it." in words(card.message)
    await chat.click("max", "Release")
    assert "Why: left the company" in words(chat.posts("tor")[0].message)
    assert chat.posts("ada") == []


async def test_the_owner_says_why_it_cannot_be_removed(chat: Chat) -> None:
    chat.acme.snapshot("copilot", {"ada": ago(81)})
    chat.acme.sweep()
    await chat.settle()
    await chat.click("ada", "Release")
    await chat.fill("tor", "Cannot…", {"reason": "fixed term until June"})
    assert "Not possible by Tor on 23 Nov 2026: fixed term until June" in words(chat.last("tor"))
    assert "could not be removed" in words(chat.last("ada"))


async def test_my_seats_are_mine_alone(chat: Chat) -> None:
    chat.acme.snapshot("copilot", {"ada": ago(1), "max": ago(2)})
    mine = await chat.say("ada", "seats")
    assert words(mine).count("Copilot") == 1
    none = await chat.say("bo", "my seats")
    assert "No seat is in your name." in words(none)
    public = Conversation(channel="web", id="general", kind="public")
    asked = chat._interaction("ada", "text", text="seats", conversation=public)
    with chat.acme.store.read() as uow:
        (reply,) = chat.router.handle(uow, asked)
    assert reply.private


def test_every_example_is_made() -> None:
    load_intents()
    for name in ("idle_question", "idle_outcome", "seat_task"):
        assert all(isinstance(one, Message | Form) for one in registry.examples[name]())


def test_the_chat_accounts_zone_serves_where_the_directory_has_none(acme: Company) -> None:
    with acme.store.write() as uow:
        uow.session.add(ChatAccount(channel="web", external_id="ada", person_id=acme.id("ada"), last_seen_at=MONDAY,
                                    timezone="Asia/Tokyo"))  # fmt: skip
    acme.snapshot("copilot", {"ada": ago(81)})
    acme.sweep()
    tuesday_morning_there = datetime(2026, 11, 24, 0, 0, tzinfo=UTC)  # it is 17:00 on Monday
    assert acme.told("idle_case")[0].not_before == tuesday_morning_there


async def test_a_seat_is_given_back_unasked(chat: Chat) -> None:
    chat.acme.snapshot("copilot", {"ada": ago(1)})
    chat.acme.snapshot("cursor", {"ada": ago(81)})
    mine = await chat.say("ada", "seats")
    assert labels(mine) == ["Give a seat back…"]
    copilot, cursor = (str(chat.acme.tool(slug)) for slug in ("copilot", "cursor"))
    form = await chat.fill("ada", "Give a seat back…", {"tools": [copilot]})
    assert [option.label for option in form.fields[0].options] == ["Copilot", "Cursor"]
    outcome = chat.last("ada")
    assert "Copilot released by Ada" in words(outcome)
    assert labels(outcome) == ["Undo Copilot"]
    assert chat.last("tor").title == "Remove Ada's Copilot seat"
    assert chat.acme.sweep().opened == 1
    await chat.settle()
    mine = await chat.say("ada", "seats")
    assert labels(mine) == ["Release", "Keep…"] + ["Ask me in 2 weeks"]
    both = chat._interaction("ada", "form", intent="seat_give_up", form={"tools": [copilot, cursor]})
    await chat._do(both)
    assert [chat.acme.task(slug).status for slug in ("copilot", "cursor")] == ["open", "open"]
    again = chat._interaction("ada", "form", intent="seat_give_up", form={"tools": [cursor]})
    await chat._do(again)
    assert "None of these seats is in your name any more" in chat.last("ada").fallback
    assert chat.acme.saved()[0] == 2
