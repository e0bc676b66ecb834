"""What no query sees, added as a criterion to every ORM SELECT of the tables that come by the million:

rows of an import that is still loading or that a current import has replaced, and rows that are quarantined because they
name a person nobody knows yet; those are seen as soon as the people are imported.
"""

from typing import Any

from sqlalchemy import ColumnElement, and_, event, or_, select
from sqlalchemy.orm import ORMExecuteState, with_loader_criteria
from sqlmodel import Session, col

from storage.models import Expense, ImportRun, OAuthGrant, Usage, Visit

VERSIONED = (Usage, Visit, OAuthGrant, Expense)
UNSEEN = "bursar_unseen"  # execution option of queries that must see those rows too


def visible(model: Any) -> ColumnElement[bool]:
    """Not of a loading import, and not replaced by an import that is current."""
    loading = select(col(ImportRun.id)).where(col(ImportRun.status) == "loading").scalar_subquery()
    return and_(model.import_id.not_in(loading), or_(model.replaced_by == "", model.replaced_by.in_(loading)))


def understood(model: Any) -> ColumnElement[bool]:
    """The person is known, or the row names none."""
    known: ColumnElement[bool] = model.person_id.is_not(None)
    if issubclass(model, Usage):
        return or_(known, model.work_email == "")
    if issubclass(model, Expense):
        return or_(known, model.employee_email.is_(None))
    return known


def seen(model: Any) -> ColumnElement[bool]:
    return and_(visible(model), understood(model))


@event.listens_for(Session, "do_orm_execute")
def hide_unseen_rows(state: ORMExecuteState) -> None:
    if state.is_select and not state.execution_options.get(UNSEEN, False):
        state.statement = state.statement.options(*(with_loader_criteria(model, seen) for model in VERSIONED))
