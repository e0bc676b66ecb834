"""Questions that Bursar could not read: kept without who asked and without persons, told to administrators, settled.

Kept are questions back about words nobody read and about nothing in particular. Not kept: what the guards answer (help,
small talk, actions, secrets), refusals for rights, and questions with several good readings.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, func, or_
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col, delete, select, update

from storage.models import AddedSynonym, UnansweredQuestion
from storage.org import load_org
from storage.org import today as day_of
from storage.unit_of_work import Store, UnitOfWork
from workflows.asking import wording
from workflows.asking.answer_object import Answer
from workflows.asking.chart import build
from workflows.asking.compute import Company, effective
from workflows.asking.normalise import tokenise
from workflows.asking.parsed import Answerable, Clarify, Parsed, Unsupported
from workflows.asking.read import asker_facts, read_question, vocabulary_key, vocabulary_of
from workflows.asking.redact import AMOUNT, EMAIL, LINK, NUMBER, PERSON, PLACEHOLDERS, normal, redact
from workflows.asking.taught import Lesson, context_of, lesson, take_back, taught_row, teach, without
from workflows.asking.vocabulary import Vocabulary
from workflows.audit import trail
from workflows.errors import Conflict, NotFound
from workflows.notify import notify, refresh_cards
from workflows.people import people_with_role, require_role

KEPT = timedelta(days=180)
LISTED = 10
_READ_AGAIN = 50  # questions with a phrase that are looked at when it is taught: a few milliseconds each


# -- Keeping -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Kept:
    """Redacted and normalised, with the words that no reading used."""

    text: str
    unread: tuple[str, ...]


def to_keep(uow: UnitOfWork, found: Answer) -> Kept | None:
    """What is kept of a question after its answer; None for one that was understood, or that only a person's name or a
    number made unreadable. Reads only."""
    if found.unread is None:
        return None
    org = load_org(uow.session)
    today = day_of(org, uow.now)
    vocabulary = vocabulary_of(uow.session, today)
    text = redact(found.question, vocabulary)
    unread = tuple(word for words in found.unread for word in _still_there(words, normal(text)))
    if not found.unread:
        items = build(tokenise(_bare(text)), vocabulary.phrases, vocabulary, context_of(org, today)).items
        unread = tuple(dict.fromkeys(normal(item.text) for item in items if item.has("unknown")))
    return Kept(normal(text), unread) if unread else None


def _still_there(words: str, text: str) -> list[str]:
    """The phrase, or those of its words, that redaction left in the text."""
    phrase, known = normal(words), set(text.replace("'s", "").split())
    return [phrase] if f" {phrase} " in f" {text} " else [word for word in phrase.split() if word in known]


def _bare(text: str) -> str:
    for placeholder in PLACEHOLDERS:
        text = text.replace(placeholder, " ")
    return text


def record(uow: UnitOfWork, kept: Kept) -> None:
    """Counts an equal question in its row. One that was answered once and is not any more is open again."""
    insert = sqlite.insert if uow.session.get_bind().dialect.name == "sqlite" else postgresql.insert
    table = UnansweredQuestion
    row = {"id": f"u_{uow.new_id()}", "text": kept.text, "unread": list(kept.unread), "status": "open", "asked": 1,
           "first_asked_at": uow.now, "last_asked_at": uow.now}  # fmt: skip
    again = col(table.status) == "answered"
    uow.session.execute(
        insert(table)
        .values(row)
        .on_conflict_do_update(
            index_elements=["text"],
            set_={
                "asked": col(table.asked) + 1, "last_asked_at": uow.now, "unread": list(kept.unread),
                "status": case((again, "open"), else_=col(table.status)),
                "listed_at": case((again, None), else_=col(table.listed_at)),
            },
        )
    )  # fmt: skip


def forget(store: Store) -> None:
    """The job: what nobody has asked for 180 days goes, whatever became of it."""
    with store.write() as uow:
        uow.session.execute(delete(UnansweredQuestion).where(col(UnansweredQuestion.last_asked_at) < uow.now - KEPT))


# -- Telling -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OpenQuestions:
    """The most asked, and how many are open in all."""

    shown: Sequence[UnansweredQuestion]
    count: int


def open_questions(uow: UnitOfWork, limit: int = LISTED) -> OpenQuestions:
    is_open = UnansweredQuestion.status == "open"
    order = (col(UnansweredQuestion.asked).desc(), col(UnansweredQuestion.last_asked_at).desc(), UnansweredQuestion.id)
    shown = uow.session.exec(select(UnansweredQuestion).where(is_open).order_by(*order).limit(limit)).all()
    return OpenQuestions(shown, uow.session.exec(select(func.count(col(UnansweredQuestion.id))).where(is_open)).one())


def list_for(uow: UnitOfWork, actor_id: int) -> OpenQuestions:
    """On demand. Raises NotAllowed for everyone but administrators."""
    require_role(uow.session, load_org(uow.session), actor_id, "admin", uow.now)
    return open_questions(uow)


def tell_admins(store: Store) -> None:
    """The job: one message to each administrator, only when a question is open that they were not told of."""
    with store.write() as uow:
        admins = people_with_role(uow.session, load_org(uow.session), "admin", uow.now)
        unlisted = (UnansweredQuestion.status == "open", col(UnansweredQuestion.listed_at).is_(None))
        if not admins or uow.session.exec(select(UnansweredQuestion.id).where(*unlisted).limit(1)).first() is None:
            return
        subject = _subject(uow.now)
        for admin in admins:
            notify(uow, "unanswered_list", key=f"unanswered_list:{subject}:{admin}", subject=subject, person_id=admin)
        listed = update(UnansweredQuestion).where(UnansweredQuestion.status == "open")  # type: ignore[arg-type]
        uow.session.execute(listed.values(listed_at=uow.now))


def _subject(listed_at: datetime) -> str:
    return f"unanswered:{listed_at:%G-W%V}"


def _refresh(uow: UnitOfWork) -> None:
    """The last list that was sent shows what is open now."""
    last = uow.session.exec(select(func.max(col(UnansweredQuestion.listed_at)))).one()
    if last is not None:
        refresh_cards(uow, _subject(last), uow.new_id())


# -- Settling ----------------------------------------------------------------------------------------------------------


def question(uow: UnitOfWork, actor_id: int, question_id: str) -> UnansweredQuestion:
    """One that is open. Raises NotAllowed, NotFound, Conflict."""
    require_role(uow.session, load_org(uow.session), actor_id, "admin", uow.now)
    row = uow.session.get(UnansweredQuestion, question_id)
    if row is None:
        raise NotFound("That question is not kept any more.")
    if row.status != "open":
        raise Conflict(f"That question is {row.status} already.", "Say “unanswered” for those that are open.")
    return row


def dismiss(uow: UnitOfWork, actor_id: int, question_id: str) -> UnansweredQuestion:
    """Not for Bursar: it is counted on, and not listed again. Raises NotAllowed, NotFound, Conflict."""
    return _move(uow, question(uow, actor_id, question_id), actor_id, "dismissed")


def reopen(uow: UnitOfWork, actor_id: int, question_id: str) -> UnansweredQuestion:
    """Takes a dismissal back. Raises NotAllowed, NotFound, Conflict."""
    require_role(uow.session, load_org(uow.session), actor_id, "admin", uow.now)
    row = uow.session.get(UnansweredQuestion, question_id)
    if row is None:
        raise NotFound("That question is not kept any more.")
    if row.status != "dismissed":
        raise Conflict(f"That question is {row.status}, not dismissed.")
    return _move(uow, row, actor_id, "open")


def _move(uow: UnitOfWork, row: UnansweredQuestion, actor_id: int, status: str) -> UnansweredQuestion:
    seen = row.status
    change = update(UnansweredQuestion).where(col(UnansweredQuestion.id) == row.id, col(UnansweredQuestion.status) == seen)
    if uow.session.execute(change.values(status=status)).rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict("Another administrator was faster.", "Say “unanswered” for those that are open.")
    uow.session.refresh(row)
    trail.append(uow, f"question.{status}", subject=f"question:{row.id}", actor=actor_id)
    _refresh(uow)
    return row


@dataclass(frozen=True, slots=True)
class Settled:
    """A kept question with the phrase, and how it reads then."""

    id: str
    status: str
    unread: list[str]


@dataclass(frozen=True, slots=True)
class Teaching:
    """What is to be taught, and how the question it is taught for reads then, in words ("" without one)."""

    lesson: Lesson
    question_id: str | None
    settled: list[Settled]
    reads: str
    understood: bool


def plan_teaching(uow: UnitOfWork, actor_id: int, question_id: str | None, phrase: str, kind: str, name: str) -> Teaching:
    """Everything that takes time; only reads. Raises as `lesson` and `question`."""
    asked = question(uow, actor_id, question_id) if question_id else None
    learnt = lesson(uow, actor_id, phrase, kind, name)
    parsed = _read(uow, actor_id, asked.text, learnt.vocabulary) if asked else None
    reads = _as_asked(uow, actor_id, _in_words(uow, parsed)) if parsed else ""
    settled = _settled(uow, actor_id, learnt.phrase, asked, learnt.vocabulary)
    return Teaching(learnt, question_id, settled, reads, parsed is None or not _is_unread(parsed))


def keep_teaching(uow: UnitOfWork, actor_id: int, planned: Teaching) -> AddedSynonym:
    """Questions with the phrase that read now are answered. What another word or an import has overtaken is looked at again
    first. Raises as `plan_teaching`, and Conflict."""
    learnt = planned.lesson
    if vocabulary_key(uow.session, day_of(load_org(uow.session), uow.now)) != learnt.version:
        meaning = learnt.meaning
        planned = plan_teaching(uow, actor_id, planned.question_id, learnt.phrase, meaning.kind, meaning.name)
    elif planned.question_id:
        question(uow, actor_id, planned.question_id)
    synonym = teach(uow, actor_id, planned.lesson)
    _settle(uow, planned.settled)
    return synonym


def plan_unteaching(uow: UnitOfWork, actor_id: int, synonym_id: int) -> list[Settled]:
    """How the questions with the phrase read without it; only reads. Raises as `take_back`."""
    row = taught_row(uow, actor_id, synonym_id)
    return _settled(uow, actor_id, row.phrase, None, without(uow, row))


def unteach(uow: UnitOfWork, actor_id: int, synonym_id: int, settled: Sequence[Settled]) -> AddedSynonym:
    """Takes a meaning back; questions that read by it are open again. Raises as `take_back`."""
    synonym = take_back(uow, actor_id, synonym_id)
    _settle(uow, settled)
    return synonym


def _settled(
    uow: UnitOfWork, actor_id: int, phrase: str, asked: UnansweredQuestion | None, vocabulary: Vocabulary
) -> list[Settled]:
    """Open or answered, by how they read with that vocabulary: the questions with the phrase."""
    with_phrase = col(UnansweredQuestion.text).contains(phrase, autoescape=True)
    chosen = with_phrase if asked is None else or_(with_phrase, col(UnansweredQuestion.id) == asked.id)
    query = select(UnansweredQuestion).where(chosen, UnansweredQuestion.status != "dismissed")
    found = []
    for row in uow.session.exec(query.order_by(col(UnansweredQuestion.asked).desc()).limit(_READ_AGAIN)).all():
        parsed = _read(uow, actor_id, row.text, vocabulary)
        named = parsed.words if isinstance(parsed, Clarify) and parsed.unread else ()
        unread = [normal(words) for words in named] or list(row.unread)
        found.append(Settled(row.id, "open" if _is_unread(parsed) else "answered", unread))
    return found


def _settle(uow: UnitOfWork, settled: Sequence[Settled]) -> None:
    for one in settled:
        change = update(UnansweredQuestion).where(
            col(UnansweredQuestion.id) == one.id, col(UnansweredQuestion.status) != "dismissed"
        )
        uow.session.execute(change.values(status=one.status, unread=one.unread))
    _refresh(uow)


def _is_unread(parsed: Parsed) -> bool:
    return isinstance(parsed, Clarify) and parsed.unread


def _read(uow: UnitOfWork, actor_id: int, text: str, vocabulary: Vocabulary) -> Parsed:
    """A kept question, with the reader in the place of the person that it named."""
    org = load_org(uow.session)
    today = day_of(org, uow.now)
    email = asker_facts(uow.session, actor_id, today).email
    stand_ins = {PERSON: email, EMAIL: email, AMOUNT: f"1000 {org.base_currency}", NUMBER: "100", LINK: ""}
    for placeholder, stand_in in stand_ins.items():
        text = text.replace(placeholder, stand_in)
    return read_question(uow, org, today, actor_id, text, None, vocabulary)


def _as_asked(uow: UnitOfWork, actor_id: int, words: str) -> str:
    """With the placeholder where the reader stood in for a person."""
    email = asker_facts(uow.session, actor_id, day_of(load_org(uow.session), uow.now)).email
    return words.replace(f"person {email}", PERSON).replace(email, PERSON)


def _in_words(uow: UnitOfWork, parsed: Parsed) -> str:
    """The plan; or what would be asked back or said instead."""
    if isinstance(parsed, Answerable):
        org = load_org(uow.session)
        return wording.plan_words(effective(Company(uow.session, org, day_of(org, uow.now)), parsed.query))
    if isinstance(parsed, Clarify):
        return " · ".join([parsed.question, *(choice.label for choice in parsed.choices)])
    return parsed.text if isinstance(parsed, Unsupported) else "not a question over the data"
