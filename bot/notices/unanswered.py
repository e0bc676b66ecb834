"""The list of questions nobody could read, for administrators: the most asked, with the words that were not understood."""

from collections.abc import Sequence

from bot.message import Action, Message, Paragraph, Span, bold, paragraph, plain, text_message
from bot.notices import Notice, notice
from storage.models import UnansweredQuestion
from storage.unit_of_work import UnitOfWork
from workflows.asking.unanswered import OpenQuestions, open_questions

TEACH_A_WORD = Action(label="Teach a word", intent="teach_open", opens=True)


@notice("unanswered_list")
def unanswered_list(uow: UnitOfWork, what: Notice) -> Message | None:
    """Administrators only: the workflow queues it for nobody else."""
    if what.person_id is None:
        return None
    found = open_questions(uow)
    return list_message(found) if found.shown or what.posted else None


def list_message(found: OpenQuestions) -> Message:
    """Each question with “This means …”, which opens the form, and “Not for us”."""
    if not found.shown:
        return text_message("No question waits for a word: everything asked was understood.", TEACH_A_WORD)
    count = f"{found.count} questions were" if found.count > 1 else "One question was"
    most = f" These are the {len(found.shown)} most asked." if found.count > len(found.shown) else ""
    text = f"{count} not understood.{most} Say what the marked words mean, and they are answered from then on."
    lines = [_line(number, row) for number, row in enumerate(found.shown, 1)]
    return Message(
        fallback=f"{text} {'; '.join(row.text for row in found.shown[:3])}",
        title="Questions I could not read",
        paragraphs=[paragraph(text), *lines],
        actions=[action for number, row in enumerate(found.shown, 1) for action in _actions(number, row)],
        notes=[paragraph("Kept without who asked, and without names of people, addresses and amounts; for 180 days.")],
    )


def _line(number: int, row: UnansweredQuestion) -> Paragraph:
    times = f" · asked {row.asked} times" if row.asked > 1 else ""
    return paragraph(f"{number}. ", *marked(row.text, row.unread), times)


def marked(text: str, unread: Sequence[str]) -> list[Span]:
    """The question with its unread words in bold, each once, as whole words."""
    spans: list[Span] = []
    rest = f" {text} "
    while rest:
        found = [(at, words) for words in unread if (at := rest.find(f" {words}")) >= 0 and _ends(rest, at, words)]
        if not found:
            break
        at, words = min(found)
        spans += [plain(rest[: at + 1]), bold(words)]
        rest = rest[at + 1 + len(words) :]
    whole = [*spans, plain(rest)]
    trimmed = [
        span.model_copy(update={"text": span.text.lstrip() if at == 0 else span.text}) for at, span in enumerate(whole)
    ]
    trimmed[-1] = trimmed[-1].model_copy(update={"text": trimmed[-1].text.rstrip()})
    return [span for span in trimmed if span.text]


def _ends(text: str, at: int, words: str) -> bool:
    return not text[at + 1 + len(words)].isalnum()


def _actions(number: int, row: UnansweredQuestion) -> list[Action]:
    args = {"question": row.id}
    return [Action(label=f"{number}: This means …", intent="teach_open", args=args, opens=True),
            Action(label=f"{number}: Not for us", intent="teach_dismiss", args=args)]  # fmt: skip
