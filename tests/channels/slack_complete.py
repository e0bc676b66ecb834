"""Nothing that a message or form says is missing from its blocks."""

from typing import Any

from bot.channels.slack_render import decode_action
from bot.channels.slack_views import unpack_metadata
from bot.interaction import Conversation
from bot.message import Form, Message
from tests.slack_blocks import check_view
from tests.slack_client import buttons, text_of


def said(blocks: list[dict[str, Any]]) -> str:
    """The words as people see them: entities undone, marks and white space dropped."""
    text = text_of(blocks).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return "".join(character for character in text if character not in "*_~` \n\u200bˋ–")


def squeezed(text: str) -> str:
    return "".join(character for character in text if character not in "*_~` \n\u200bˋ–")


def words_of(message: Message) -> list[str]:
    spans = [span.text for part in [*message.paragraphs, *message.notes] for span in part]
    facts = [text for fact in message.facts for text in (fact.label, fact.value)]
    cells = [cell for row in [message.table.columns, *message.table.rows] for cell in row] if message.table else []
    files = [file.name for file in message.attachments]
    return [message.title, *spans, *facts, *cells, *files, *(action.label for action in message.actions)]


def assert_nothing_lost(message: Message, blocks: list[dict[str, Any]]) -> None:
    shown = said(blocks)
    for words in words_of(message):
        assert squeezed(words) in shown, words
    carried = [decode_action(element["value"]) for element in buttons(blocks)]
    assert carried == [(action.intent, action.args) for action in message.actions]


def assert_form_complete(form: Form, view: dict[str, Any], opened_in: Conversation) -> None:
    check_view(view, "modal")
    shown = said(view["blocks"])
    for field in form.fields:
        block = next(block for block in view["blocks"] if block.get("block_id") == f"field:{field.name}")
        assert block["optional"] is not field.required
        assert squeezed(field.label) in shown and squeezed(field.hint) in shown
    for span in (span for part in form.intro for span in part):
        assert squeezed(span.text) in shown
    for fact in form.facts:
        assert squeezed(fact.label) in shown and squeezed(fact.value) in shown
    assert unpack_metadata(view["private_metadata"]) == (opened_in, "9.9", form.intent, form.args)
