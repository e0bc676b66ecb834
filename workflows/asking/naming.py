"""People by name in what a person reads; the answer object's plan and rows keep e-mails, which name one person only."""

from collections.abc import Mapping

from sqlmodel import Session, col, select

from storage.models import PersonRecord
from storage.spend_query import Filter, QueryResult, ResultRow, SpendQuery
from workflows.asking.parsed import Scope


def named(
    session: Session, query: SpendQuery, result: QueryResult, scope: Scope | None = None
) -> tuple[SpendQuery, QueryResult]:
    """The plan and result with display names in place of e-mails and "your team" as a filter, for wording only."""
    if scope == "my_team":
        team = Filter(dimension="person", values=("your team",))
        query = query.model_copy(update={"filters": (team, *query.filters)})
    emails = {value for part in query.filters if part.dimension == "person" for value in part.values}
    emails |= {email for row in result.rows if (email := row.keys.get("person"))}
    if not emails:
        return query, result
    names = _names(session, emails)
    filters = tuple(_filter(part, names) for part in query.filters)
    rows = tuple(_row(row, names) for row in result.rows)
    return query.model_copy(update={"filters": filters}), result.model_copy(update={"rows": rows})


def _names(session: Session, emails: set[str]) -> dict[str, str]:
    """Two people of one name keep their address beside it."""
    rows = session.exec(
        select(PersonRecord.work_email, PersonRecord.display_name)
        .where(col(PersonRecord.work_email).in_(emails))
        .order_by(col(PersonRecord.effective_from))
    )
    names: dict[str, str] = dict(rows.all())
    shared = {name for name in names.values() if list(names.values()).count(name) > 1}
    return {email: f"{name} ({email})" if name in shared else name for email, name in names.items()}


def _filter(part: Filter, names: Mapping[str, str]) -> Filter:
    if part.dimension != "person":
        return part
    return part.model_copy(update={"values": tuple(names.get(value, value) for value in part.values)})


def _row(row: ResultRow, names: Mapping[str, str]) -> ResultRow:
    email = row.keys.get("person")
    return row if email is None else row.model_copy(update={"keys": {**row.keys, "person": names.get(email, email)}})
