"""A discovered tool that no data shows any more disappears; what people did with it goes to the tool it turned out to be."""

from collections.abc import Iterator

from sqlalchemy import Column, delete, func, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, SQLModel, col, select

from storage.models import (
    Contract,
    Expense,
    KeyMeaning,
    OAuthGrant,
    Outcome,
    SeatSnapshot,
    Tool,
    ToolName,
    Usage,
    Visit,
)
from storage.tool_index import ToolIndex
from storage.unit_of_work import Store
from storage.visibility import UNSEEN

SHOWN_IN = (SeatSnapshot, Usage, Contract, Expense, Outcome, OAuthGrant, Visit, KeyMeaning)
Moves = dict[int, set[int]]  # discovered tool → the tools its rows went to


def drop_unseen_tools(store: Store, moves: Moves) -> None:
    """Call it when rows and ledger are derived. A tool that an administrator has judged stays."""
    with store.read() as uow:
        index = ToolIndex.load(uow.session)
        unseen = [tool for tool in discovered(uow.session) if not is_shown(uow.session, tool.id or 0)]
    for tool in unseen:
        with store.write() as uow:
            drop(uow.session, tool.id or 0, successor(index, tool, moves))


def discovered(session: Session) -> list[Tool]:
    return list(session.exec(select(Tool).where(col(Tool.in_catalog).is_(False))).all())


def is_shown(session: Session, tool_id: int) -> bool:
    """Whether any stored row is about the tool."""
    return any(
        session.exec(
            select(model.tool_id).where(model.tool_id == tool_id).limit(1).execution_options(**{UNSEEN: True})
        ).first()
        is not None
        for model in SHOWN_IN
    )


def successor(index: ToolIndex, tool: Tool, moves: Moves) -> int | None:
    """The catalogue's tool of that name, else the one tool that all its rows went to."""
    named = index.named(tool.name) or index.named(tool.slug)
    went = moves.get(tool.id or 0, set())
    return named or (next(iter(went)) if len(went) == 1 else None)


def references() -> Iterator[Column[int]]:
    """Every column that points at a tool, its names aside."""
    for table in SQLModel.metadata.sorted_tables:
        if table.name == ToolName.__tablename__:
            continue
        yield from (
            column for column in table.columns if any(key.column.table.name == "tool" for key in column.foreign_keys)
        )


def drop(session: Session, tool_id: int, to: int | None) -> None:
    """Point what refers to the tool at its successor and delete it; without one, only when nothing refers to it."""
    tool = session.get(Tool, tool_id)
    if tool is None or tool.in_catalog or is_shown(session, tool_id):
        return
    if to is None and (tool.decided_status or is_referred_to(session, tool_id)):
        return
    try:
        with session.begin_nested():
            if to is not None:
                for column in references():
                    session.execute(update(column.table).where(column == tool_id).values({column.name: to}))
            session.execute(delete(ToolName).where(col(ToolName.tool_id) == tool_id))
            session.execute(delete(Tool).where(col(Tool.id) == tool_id))
    except IntegrityError:
        return  # somebody's open case is about both tools; it is tried again after the next import


def is_referred_to(session: Session, tool_id: int) -> bool:
    return any(
        session.execute(select(func.count()).select_from(column.table).where(column == tool_id)).scalar()
        for column in references()
    )
