"""What Bursar can do, in a few lines; greetings and thanks."""

from bot.interaction import Interaction
from bot.message import Action, Message, code, paragraph
from bot.router import Replies, Reply, example, on_act, on_text
from storage.unit_of_work import UnitOfWork

ASK_FOR_TOOL = Action(label="Request a tool", intent="request_open", style="primary", opens=True)
MY_REQUESTS = Action(label="My requests", intent="show_status")
MY_SEATS = Action(label="My seats", intent="show_seats")
HELP_BUTTON = Action(label="Help", intent="show_help")
MY_APPROVALS = Action(label="Waiting for me", intent="show_approvals")


@example("help")
def help_message() -> Message:
    """The same words everywhere: direct message, mention, slash command."""
    return Message(
        fallback="I get you AI tools, find idle seats and answer what AI costs. Say: request Cursor, status, seats, "
        "approvals, tools, or ask: what did marketing spend last quarter?",
        title="What I can do",
        paragraphs=[
            paragraph(code("request cursor"), " gets you a tool; you see every step of the approval in your thread."),
            paragraph(code("status"), " shows your requests, ", code("approvals"), " what waits for you."),
            paragraph(code("seats"), " shows your seats and which of them lie idle."),
            paragraph(code("tools"), " lists the company's AI tools and how to get them."),
            paragraph("Or just ask: ", code("what did marketing spend on AI last quarter?")),
            paragraph("Then ", code("send me this every Monday"), "; ", code("subscriptions"), " lists and ends them."),
        ],
        actions=[ASK_FOR_TOOL, MY_REQUESTS, MY_APPROVALS],
    )


@on_text("help", "hi", "hello", "hey", "hej", "?", "menu")
def show_help(uow: UnitOfWork, interaction: Interaction, rest: str) -> Replies:
    place = interaction.conversation
    return [Reply(help_message(), private=place.kind == "public" and place.whispers)]


@on_text("thanks", "thank you", "thx", "tack", "danke", "merci")
def take_thanks(uow: UnitOfWork, interaction: Interaction, rest: str) -> Replies:
    return [Reply(Message(fallback="You are welcome.", paragraphs=[paragraph("You are welcome.")]))]


@on_act("show_help")
def click_help(uow: UnitOfWork, interaction: Interaction) -> Replies:
    return show_help(uow, interaction, "")
