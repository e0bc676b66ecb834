"""Every example of every intent as Teams cards, a JSON line each, for `.ci/adaptivecards`:
`python -m tests.channels.dump_cards`."""

import json
from collections.abc import Iterator
from typing import Any

from bot.channels.teams_forms import render_details, render_form
from bot.channels.teams_render import render_message
from bot.interaction import Conversation
from bot.message import Form, Message
from bot.router import load_intents, registry

HERE = Conversation(channel="teams", workspace="tenant", id="19:x@thread.tacv2", kind="public", thread_id="1")
ADDRESSES = {number: f"29:{number}" for number in range(100)}


def cards_of(shown: Message | Form) -> Iterator[dict[str, Any]]:
    """As a message of one's own and of a channel, without tables and charts, and as a dialog."""
    if isinstance(shown, Form):
        yield render_form(shown, HERE, "9.9", ADDRESSES, nonce="n")["card"]["content"]
        return
    yield render_message(shown, ADDRESSES)
    yield render_message(shown, ADDRESSES, shared=True)
    yield render_message(shown, native=False)
    yield render_details(shown, HERE, "9.9", nonce="n")["card"]["content"]


def main() -> None:
    load_intents()
    for name, factory in sorted(registry.examples.items()):
        made = factory()
        for number, shown in enumerate(made if isinstance(made, list) else [made]):
            for way, card in enumerate(cards_of(shown)):
                print(json.dumps({"name": f"{name}[{number}].{way}", "card": card}))


if __name__ == "__main__":
    main()
