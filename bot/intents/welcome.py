"""What Bursar says first where it has been added."""

from bot.intents.help import help_message
from bot.message import Message, Paragraph, paragraph, person, plain
from bot.router import example
from storage.org import load_org
from storage.unit_of_work import UnitOfWork
from workflows.people import name_of


def welcome(uow: UnitOfWork, person_id: int | None, called: str, alone: bool) -> Message:
    """`person_id` added Bursar (`called` so by the chat, where the directory does not know them); `alone`: in their own
    chat, else everybody in a team or chat reads it."""
    if person_id is not None:
        return welcome_message([person(name_of(uow.session, person_id, load_org(uow.session), uow.now), person_id)], alone)
    return welcome_message([plain(called)] if called else [], alone)


def welcome_message(added_by: Paragraph, alone: bool) -> Message:
    """Who added Bursar, what it can do and what to press first."""
    who = [*added_by, plain(f" added me {'to this chat' if alone else 'here'}. ")] if added_by else []
    how = "Say what you need, or press a button." if alone else "Mention me with what you need, or press a button."
    hello = [plain("Hello, I am Bursar. "), *who, plain(how)]
    shown = help_message()
    return Message(
        fallback="".join(span.text for span in hello),
        title="Hello",
        paragraphs=[hello, *shown.paragraphs],
        actions=shown.actions,
        notes=[paragraph("A request's card in a channel shows no money, no data and no reasons.")],
    )


@example("welcome")
def example_welcome() -> list[Message]:
    return [welcome_message([person("Eve Moss", 1)], alone=False), welcome_message([], alone=True)]
