"""Asking in a chat: follow-ups in a thread, buttons that carry ids, private answers that may be shared."""

from datetime import date

import pytest

from bot.interaction import Actor, Conversation, Interaction
from bot.message import Action, Message
from bot.router import Reply, Router, registry
from storage.unit_of_work import Store
from tests.asking.company import add_usage
from tests.asking.test_delivery import acme
from tests.builders import add_tool
from tests.conftest import NOW, TestClock
from workflows.errors import NotAllowed, NotFound

CHANNEL = Conversation(channel="slack", id="C1", kind="public", thread_id="1.1")
SPEND = Conversation(channel="slack", id="OPEN", kind="public", thread_id="1.1")
DIRECT = Conversation(channel="slack", id="D1", kind="direct")


class Chat:
    """One company and a router; every step is a transaction of its own."""

    def __init__(self, store: Store) -> None:
        self.store, self.router = store, Router(store)
        with store.write() as uow:
            company = acme(uow)
            claude = add_tool(uow, "claude-code", name="Claude Code", vendor="Anthropic")
            add_usage(uow, claude, None, date(2026, 10, 7), requests=1000)
            add_usage(uow, claude, None, date(2026, 9, 7), requests=50)
            self.people = company.people

    def _handle(self, who: str, where: Conversation, **what: object) -> list[Reply]:
        actor = Actor(channel="slack", external_id=f"U-{who}", person_id=self.people[who])
        interaction = Interaction(key="k", actor=actor, conversation=where, received_at=NOW, **what)  # type: ignore[arg-type]
        with self.store.write() as uow:
            return self.router.handle(uow, interaction)

    def say(self, who: str, text: str, where: Conversation = DIRECT) -> Reply:
        (reply,) = self._handle(who, where, kind="text", text=text)
        return reply

    def click(self, who: str, message: Message, label: str, where: Conversation = DIRECT) -> Reply:
        action = button(message, label)
        (reply,) = self._handle(who, where, kind="action", intent=action.intent, args=action.args)
        return reply


def button(message: Message, label: str) -> Action:
    return next(action for action in message.actions if action.label.startswith(label))


def labels(message: Message) -> list[str]:
    return [action.label for action in message.actions]


@pytest.fixture
def chat(store: Store) -> Chat:
    return Chat(store)


def test_a_question_is_answered_with_its_receipt(chat: Chat) -> None:
    reply = chat.say("fin", "ask how many API requests in october 2026 by department")
    assert not reply.private
    assert reply.message.fallback.startswith("1,091 API requests in October 2026.")
    assert reply.message.table is not None and reply.message.table.rows[0] == ["Finance", "55"]
    assert reply.message.chart is not None and reply.message.chart.kind == "bar"
    words = " ".join(span.text for note in reply.message.notes for span in note)
    assert "Data through: 7 Oct 2026 (usage)" in words and "Who may see it" in words


def test_a_private_answer_can_be_posted_by_whose_right_it_is(chat: Chat) -> None:
    reply = chat.say("fin", "API requests in october 2026", CHANNEL)
    assert reply.private and "Post it here" in labels(reply.message)
    shared = chat.click("fin", reply.message, "Post it here", CHANNEL)
    assert not shared.private and shared.message.fallback == reply.message.fallback
    assert "Post it here" not in labels(shared.message)
    with pytest.raises(NotAllowed):
        chat.click("eng1", reply.message, "Post it here", CHANNEL)


def test_an_opened_channel_gets_the_answer_in_its_thread(chat: Chat) -> None:
    reply = chat.say("fin", "API requests in october 2026", SPEND)
    assert not reply.private and "Post it here" not in labels(reply.message)
    refused = chat.say("eng1", "API requests in october 2026", SPEND)
    assert refused.private and "finance and administrators" in refused.message.fallback


def test_buttons_change_the_question(chat: Chat) -> None:
    reply = chat.say("fin", "API requests in october 2026")
    by_tool = chat.click("fin", reply.message, "By tool")
    assert by_tool.message.table is not None
    assert by_tool.message.table.rows == [["Claude Code", "1,000"], ["Claude", "91"]]
    before = chat.click("fin", reply.message, "Vs previous period")
    assert "1,041 requests (2,082.0 %) more than the 50 requests in September 2026" in before.message.fallback


def test_a_button_gives_nobody_more_than_they_may_see(chat: Chat) -> None:
    reply = chat.say("fin", "API requests in october 2026", SPEND)
    for label in ("By tool", "By department", "Vs previous period"):
        assert "finance and administrators" in chat.click("eng1", reply.message, label, SPEND).message.fallback
    how = registry.open["ask_how"]
    action = button(reply.message, "Show how")
    actor = Actor(channel="slack", external_id="U", person_id=chat.people["eng1"])
    asked = Interaction(key="k", kind="action", actor=actor, conversation=SPEND, intent="ask_how", args=action.args,
                        received_at=NOW)  # fmt: skip
    with chat.store.read() as uow:
        shown = how(uow, asked)
    assert "1,091" not in shown.model_dump_json()


def test_one_s_own_numbers_are_not_told_to_another_who_clicks(chat: Chat) -> None:
    reply = chat.say("eng2", "my API requests in october 2026")
    assert reply.message.fallback.startswith("3 API request")
    with pytest.raises(NotFound):
        chat.click("eng3", reply.message, "By tool")


def test_a_follow_up_is_per_person_thread_and_half_hour(chat: Chat, clock: TestClock) -> None:
    chat.say("fin", "API requests in october 2026", SPEND)
    assert chat.say("fin", "and in september 2026?", SPEND).message.fallback.startswith("50 API request")
    other = Conversation(channel="slack", id="OPEN", kind="public", thread_id="2.2")
    assert not chat.say("fin", "by tool?", other).message.fallback.startswith("50 API request")
    assert not chat.say("fay", "by tool?", SPEND).message.fallback.startswith("50 API request")
    clock.advance(minutes=31)
    assert not chat.say("fin", "by tool?", SPEND).message.fallback.startswith("50 API request")


def test_two_readings_are_buttons_and_a_typed_choice_works_too(chat: Chat) -> None:
    with chat.store.write() as uow:
        for slug, vendor in (("copilot-one", "GitHub"), ("copilot-two", "Microsoft")):
            tool = add_tool(uow, slug, name=f"{vendor} Copilot", vendor=vendor)
            add_usage(uow, tool, None, date(2026, 10, 8), requests=7 if vendor == "GitHub" else 9)
    reply = chat.say("fin", "API requests of copilot in october 2026")
    assert [label.split(" (")[0] for label in labels(reply.message)] == ["GitHub Copilot", "Microsoft Copilot"]
    assert chat.click("fin", reply.message, "Microsoft Copilot").message.fallback.startswith("9 API request")
    chat.say("fin", "API requests of copilot in october 2026")
    assert chat.say("fin", "the github one").message.fallback.startswith("7 API request")


def test_my_team_stays_my_team_in_a_follow_up(chat: Chat) -> None:
    assert chat.say("eng0", "API requests of my team in october 2026").message.fallback.startswith("21 API request")
    later = chat.say("eng0", "by person?")
    assert later.message.table is not None and len(later.message.table.rows) == 6


def test_another_name_takes_the_place_of_my_team(chat: Chat) -> None:
    """The team is not kept beside a name that contradicts it: what everybody has is not the manager's to see."""
    chat.say("eng0", "API requests of my team in october 2026")
    whole = chat.say("eng0", "and for the whole company?").message.fallback
    assert not whole.startswith("21 API request")


def test_an_unknown_account_is_told_what_to_do(chat: Chat) -> None:
    actor = Actor(channel="slack", external_id="U-x", email="x@acme.example")
    asked = Interaction(key="k", kind="text", actor=actor, conversation=DIRECT, text="spend", received_at=NOW)
    with chat.store.write() as uow, pytest.raises(NotAllowed) as refused:
        chat.router.handle(uow, asked)
    assert "people import" in refused.value.hint
