"""Every example of every intent as Slack blocks, a JSON line each, for `.ci/blockkit`:
`python -m tests.channels.dump_blocks`."""

import json

from bot.channels.slack_render import render_home, render_message
from bot.channels.slack_views import render_form
from bot.interaction import Conversation
from bot.message import Form, Home
from bot.router import load_intents, registry

HERE = Conversation(channel="slack", workspace="T1", id="C1", kind="public", thread_id="1.1")


def main() -> None:
    load_intents()
    for name, factory in sorted(registry.examples.items()):
        made = factory()
        for number, shown in enumerate(made if isinstance(made, list) else [made]):
            if isinstance(shown, Form):
                blocks = render_form(shown, HERE, "9.9")["blocks"]
            else:
                blocks = render_message(shown).blocks + render_home(Home(sections=[shown]))["blocks"]
            print(json.dumps({"name": f"{name}[{number}]", "blocks": blocks}))


if __name__ == "__main__":
    main()
