"""What was asked: the last plan of a person in a thread (for follow-ups), and stored readings behind buttons."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlmodel import col, delete, select

from storage.models import AskedReading, ThreadContext
from storage.spend_query import SpendQuery
from storage.unit_of_work import UnitOfWork
from workflows.asking.answer_object import Answer
from workflows.asking.parsed import Choice, Clarify, Scope
from workflows.errors import NotFound

FOLLOW_UP = timedelta(minutes=30)
KEPT = timedelta(days=30)


@dataclass(frozen=True)
class Asked:
    """A plan that was read before, and whether it is about the asker or their team."""

    query: SpendQuery
    question: str = ""
    scope: Scope | None = None


def remember(uow: UnitOfWork, person_id: int, conversation_key: str, found: Answer) -> None:
    """The thread's context for the next 30 minutes: the plan, or the open question back with its choices. Anything else
    (help, a refusal) leaves it as it is."""
    if found.query is None and found.status != "clarify":
        return
    row = _context_row(uow, person_id, conversation_key)
    if row is None:
        row = ThreadContext(
            person_id=person_id, conversation_key=conversation_key, question=found.question, asked_at=uow.now
        )
        uow.session.add(row)
    row.question, row.asked_at = found.question, uow.now
    row.plan = {"query": _dumped(found.query), "scope": found.scope, "slot": found.slot, "asked": found.headline,
                "choices": _choices(found)}  # fmt: skip


def _dumped(query: SpendQuery | None) -> dict[str, Any] | None:
    return None if query is None else query.model_dump(mode="json")


def _choices(found: Answer) -> list[dict[str, Any]]:
    return [{"label": choice.label, "plan": _dumped(choice.query), "scope": choice.scope} for choice in found.readings]


def _loaded(plan: dict[str, Any] | None) -> SpendQuery | None:
    return None if plan is None else SpendQuery.model_validate(plan)


def recall(uow: UnitOfWork, person_id: int, conversation_key: str) -> Asked | Clarify | None:
    """The same person's last plan or open question back in the same thread, None after 30 minutes."""
    row = _context_row(uow, person_id, conversation_key)
    if row is None or row.plan is None or uow.now - _aware(row.asked_at) > FOLLOW_UP:
        return None
    query = _loaded(row.plan["query"])
    if query is not None:
        return Asked(query, row.question, row.plan["scope"])
    choices = tuple(Choice(one["label"], _loaded(one["plan"]), one["scope"]) for one in row.plan["choices"])
    return Clarify(row.plan["slot"], row.plan["asked"], choices)


def _context_row(uow: UnitOfWork, person_id: int, conversation_key: str) -> ThreadContext | None:
    query = select(ThreadContext).where(
        col(ThreadContext.person_id) == person_id, col(ThreadContext.conversation_key) == conversation_key
    )
    return uow.session.exec(query).first()


def _aware(instant: datetime) -> datetime:
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def store_reading(uow: UnitOfWork, person_id: int, found: Answer) -> str:
    """Keeps the plan or the choices of an answer and returns the id that buttons carry; old ones are swept."""
    uow.session.execute(delete(AskedReading).where(col(AskedReading.asked_at) < uow.now - KEPT))
    row = AskedReading(
        id=f"a_{uow.new_id()}",
        person_id=person_id,
        question=found.question,
        scope=found.scope,
        plan=_dumped(found.query),
        choices=_choices(found),
        asked_at=uow.now,
    )
    uow.session.add(row)
    uow.session.flush()
    return row.id


def load_reading(uow: UnitOfWork, reading_id: str, choice: int | None, person_id: int) -> Asked:
    """The stored plan, or one of its choices. Somebody else's question about themselves is not told to another.

    Raises NotFound.
    """
    row = uow.session.get(AskedReading, reading_id)
    picked: dict[str, Any] = {}
    if row is not None and choice is None:
        picked = {"plan": row.plan, "label": "", "scope": row.scope}
    elif row is not None and choice is not None and 0 <= choice < len(row.choices):
        picked = row.choices[choice]
    query, scope = _loaded(picked.get("plan")), picked.get("scope")
    if row is None or query is None or (scope is not None and row.person_id != person_id):
        raise NotFound("I no longer have that question.", hint="Please ask it again.")
    question = f"{row.question} ({picked['label']})" if picked["label"] else row.question
    return Asked(query, question, scope)
