"""What people type, word by word: commands, requests in their own words, things to do said as questions."""

import pytest

from bot.interaction import Actor, Conversation, Interaction
from bot.message import Message
from bot.router import Router
from storage.unit_of_work import Store
from tests.builders import add_person, add_tool
from tests.conftest import NOW


@pytest.fixture
def router(sqlite_store: Store) -> Router:
    with sqlite_store.write() as uow:
        add_person(uow, "ada")
        add_tool(uow, "cursor", name="Cursor", vendor="Anysphere")
    return Router(sqlite_store)


def said(router: Router, text: str) -> Message:
    interaction = Interaction(
        key=text, kind="text", text=text, received_at=NOW,
        actor=Actor(channel="web", external_id="ada", person_id=1, email="ada@acme.example"),
        conversation=Conversation(channel="web", id="dm"),
    )  # fmt: skip
    with router.store.write() as uow:
        [reply, *_] = router.handle(uow, interaction)
    return reply.message


def buttons(message: Message) -> list[str]:
    return [action.label for action in message.actions]


@pytest.mark.parametrize(
    "text",
    [
        "request cursor", "Request Cursor", "I need Cursor", "i need a seat of cursor please", "can I get a Cursor licence?",
        "How do I get access to Cursor?", "could I have a license for Cursor", "I'd like to use Cursor",
    ],
)  # fmt: skip
def test_asking_for_a_tool_in_ones_own_words_offers_its_form(router: Router, text: str) -> None:
    assert "Request Cursor" in buttons(said(router, text))


def test_what_is_no_tool_after_i_need_is_tried_as_a_question(router: Router) -> None:
    assert "Request Cursor" not in buttons(said(router, "i need the spend of last month"))


def test_an_unknown_tool_can_be_asked_for(router: Router) -> None:
    message = said(router, "request Wonderwriter")
    assert "Wonderwriter" in message.fallback
    assert buttons(message) == ["Request Wonderwriter"]


@pytest.mark.parametrize("text", ["help", "Help!", "hi", "hello", "?"])
def test_greetings_and_help_are_answered_with_something_to_press(router: Router, text: str) -> None:
    assert "Request a tool" in buttons(said(router, text))


@pytest.mark.parametrize("text", ["cancel my request", "xyzzy plugh", "approve the request of bob", "where is my request?"])
def test_no_dead_end(router: Router, text: str) -> None:
    assert buttons(said(router, text))


@pytest.mark.parametrize(
    ("text", "shows"), [("status", "Request a tool"), ("my requests", "Request a tool"), ("", "My seats")]
)
def test_commands(router: Router, text: str, shows: str) -> None:
    assert shows in buttons(said(router, text))
