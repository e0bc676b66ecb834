"""Every message and form of every intent, through the Slack renderer."""

import pytest

from bot.channels.slack_render import render_home, render_message
from bot.channels.slack_views import render_details, render_form
from bot.interaction import Conversation
from bot.message import Form, Home
from bot.router import load_intents, registry
from tests.channels.slack_complete import assert_form_complete, assert_nothing_lost
from tests.slack_blocks import check_blocks, check_view

HERE = Conversation(channel="slack", workspace="T1", id="C1", kind="public", thread_id="1.1")

load_intents()


@pytest.mark.parametrize("name", sorted(registry.examples))
def test_every_example_of_every_intent_fits_and_is_complete(name: str) -> None:
    made = registry.examples[name]()
    for shown in made if isinstance(made, list) else [made]:
        if isinstance(shown, Form):
            assert_form_complete(shown, render_form(shown, HERE, "9.9"), HERE)
            continue
        for native in (True, False):
            blocks = render_message(shown, native=native).blocks
            check_blocks(blocks, "message")
            assert_nothing_lost(shown, blocks)
        details = render_details(shown, HERE, "9.9")
        check_view(details, "modal")
        home = render_home(Home(sections=[shown, shown]))
        check_view(home, "home")


def test_there_are_examples_of_every_intent() -> None:
    assert registry.examples, "no intent registered an example"
