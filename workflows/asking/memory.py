"""What was asked: the last plan of a person in a thread (for follow-ups), and stored readings behind buttons."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlmodel import col, delete, select

from storage.models import AskedReading, ThreadContext
from storage.spend_query import SpendQuery
from storage.unit_of_work import UnitOfWork
from workflows.asking.answer_object import Answer
from workflows.asking.parsed import Scope
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
    """The thread's context for the next 30 minutes; an answer without a plan leaves it as it is."""
    if found.query is None:
        return
    row = _context_row(uow, person_id, conversation_key)
    if row is None:
        row = ThreadContext(
            person_id=person_id, conversation_key=conversation_key, question=found.question, asked_at=uow.now
        )
        uow.session.add(row)
    row.question, row.asked_at = found.question, uow.now
    row.plan = {"query": found.query.model_dump(mode="json"), "scope": found.scope}


def recall(uow: UnitOfWork, person_id: int, conversation_key: str) -> Asked | None:
    """The same person's last plan in the same thread, None after 30 minutes."""
    row = _context_row(uow, person_id, conversation_key)
    if row is None or row.plan is None or uow.now - _aware(row.asked_at) > FOLLOW_UP:
        return None
    return Asked(SpendQuery.model_validate(row.plan["query"]), row.question, row.plan["scope"])


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
        plan=None if found.query is None else found.query.model_dump(mode="json"),
        choices=[
            {"label": choice.label, "plan": None if choice.query is None else choice.query.model_dump(mode="json")}
            for choice in found.readings
        ],
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
    if row is None or (row.scope is not None and row.person_id != person_id):
        raise NotFound("I no longer have that question.", hint="Please ask it again.")
    picked: dict[str, Any] = {"plan": row.plan, "label": ""}
    if choice is not None:
        picked = row.choices[choice] if 0 <= choice < len(row.choices) else {"plan": None, "label": ""}
    plan, question = picked["plan"], f"{row.question} ({picked['label']})" if picked["label"] else row.question
    if plan is None:
        raise NotFound("I no longer have that question.", hint="Please ask it again.")
    scope: Scope | None = "me" if row.scope == "me" else "my_team" if row.scope == "my_team" else None
    return Asked(SpendQuery.model_validate(plan), question, scope)
