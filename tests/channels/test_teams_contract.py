"""Every message and form of every intent, through every way the Teams renderer has."""

import pytest

from bot.channels.teams_forms import render_details, render_form
from bot.channels.teams_render import activity_of, render_message
from bot.interaction import Conversation
from bot.message import Form, Message
from bot.router import load_intents, registry
from tests.channels.teams_complete import actions_of, assert_form_complete, assert_nothing_lost
from tests.teams_cards import check_activity, check_card, check_task

HERE = Conversation(channel="teams", workspace="tenant", id="19:x@thread.tacv2", kind="public", thread_id="1")

load_intents()


@pytest.mark.parametrize("name", sorted(registry.examples))
def test_every_example_of_every_intent_fits_and_is_complete(name: str) -> None:
    made = registry.examples[name]()
    for shown in made if isinstance(made, list) else [made]:
        if isinstance(shown, Form):
            assert_form_complete(shown, render_form(shown, HERE, "9.9", nonce="n"), HERE)
        else:
            assert_message_complete(shown)


def assert_message_complete(message: Message) -> None:
    addresses = {number: f"29:{number}" for number in range(100)}
    for mentions in ({}, addresses):
        for native in (True, False):
            card = render_message(message, mentions, native=native)
            check_card(card)
            assert_nothing_lost(message, card)
            check_activity(activity_of(message, mentions, native=native))
    check_card(render_message(message, addresses, shared=True))
    details = render_details(message, HERE, "9.9", nonce="n")
    check_task(details)
    assert len(actions_of(details["card"]["content"])) == len(message.actions)


def test_there_are_examples_of_every_intent() -> None:
    assert registry.examples, "no intent registered an example"
