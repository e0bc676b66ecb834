"""The file that somebody asked for: made when it is sent, with the rights they have then, and kept nowhere."""

from bot.message import Message, attach, paragraph, text_message
from bot.notices import Notice, notice
from storage.unit_of_work import UnitOfWork
from workflows.asking.export import NOTICE, Export, export_answer
from workflows.asking.memory import load_reading
from workflows.errors import WorkflowError

MEDIA_TYPE = "text/csv"


@notice(NOTICE)
def answer_file(uow: UnitOfWork, what: Notice) -> Message | None:
    if what.person_id is None:
        return None
    try:
        asked = load_reading(uow, what.subject_id, None, what.person_id)
        return file_message(export_answer(uow, asked, what.person_id))
    except WorkflowError as error:
        return text_message(f"{error.message} {error.hint}".strip())


def file_message(made: Export) -> Message:
    rows = "1 row" if made.rows == 1 else f"{made.rows:,} rows"
    about = f"{rows}, and how they were computed." if made.rows else "The number, and how it was computed."
    return Message(
        fallback=f"{made.name}: {about}",
        paragraphs=[paragraph(about)],
        attachments=[attach(made.name, MEDIA_TYPE, made.content)],
    )
