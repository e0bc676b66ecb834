"""What a button that opens a dialog comes to where Teams shows none (the Agents Playground, some embedded clients): there
it arrives as a message. Details are told in the chat; for a form there is a sentence that says where it can be filled in."""

from collections.abc import Mapping

from bot.interaction import Interaction
from bot.message import Form, Message, text_message
from bot.router import Router

IN_WORDS: Mapping[str, str] = {
    "request_open": "; or say `request` and the tool's name to me there, for example `request cursor`",
    "subscribe_open": ", or say to me here what you want: `send me this every Monday`",
    "teach_open": "; `unanswered` lists there what waits",
    "seat_give_up": "; `seats` lists your seats there",
}


def without_dialog(router: Router, interaction: Interaction) -> Message:
    """Reads only; refusals are words already."""
    shown = router.open(interaction)
    if not isinstance(shown, Form):
        return shown
    way = IN_WORDS.get(interaction.intent or "", "")
    return text_message(
        f"“{shown.title}” is a form, and this client shows none. Open our chat in Teams itself (desktop, browser or phone) "
        f"and press the button there{way}."
    )
