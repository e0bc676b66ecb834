"""Rows of an import that is still loading are seen by no query: a criterion added to every ORM SELECT of those tables."""

from typing import Any

from sqlalchemy import ColumnElement, and_, event, or_, select
from sqlalchemy.orm import ORMExecuteState, with_loader_criteria
from sqlmodel import Session, col

from storage.models import Expense, ImportRun, OAuthGrant, Usage, Visit

VERSIONED = (Usage, Visit, OAuthGrant, Expense)
UNSEEN = "bursar_unseen"  # execution option of queries that must see loading and replaced rows too


def visible(model: Any) -> ColumnElement[bool]:
    """Not of a loading import, and not replaced by an import that is current."""
    loading = select(col(ImportRun.id)).where(col(ImportRun.status) == "loading").scalar_subquery()
    return and_(model.import_id.not_in(loading), or_(model.replaced_by == "", model.replaced_by.in_(loading)))


@event.listens_for(Session, "do_orm_execute")
def hide_loading_rows(state: ORMExecuteState) -> None:
    if state.is_select and not state.execution_options.get(UNSEEN, False):
        state.statement = state.statement.options(*(with_loader_criteria(model, visible) for model in VERSIONED))
