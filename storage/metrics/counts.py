"""Heads, tools, access requests: plain counts."""

from datetime import date
from decimal import Decimal

from sqlmodel import col, select

from storage.metrics.base import (
    NOBODY,
    PEOPLE_DIMENSIONS,
    TOOL_DIMENSIONS,
    Cell,
    PersonFacts,
    Reading,
    Sums,
    emails_today,
    in_scope,
    keys_of,
    passes,
    people_on,
    tools_of,
)
from storage.models import Request, RequestSlot
from storage.org import today as day_of_instant

EMPLOYED = ("Active", "Leave")


def is_employed(facts: PersonFacts, day: date) -> bool:
    return facts.employment_status in EMPLOYED and (facts.termination_date is None or facts.termination_date >= day)


def headcount(reading: Reading, metric: str = "headcount") -> list[Cell]:
    """People Active or on Leave on the period's last day (today at the latest), contractors included."""
    reading.require("headcount", PEOPLE_DIMENSIONS)
    day = reading.last_day
    emails = emails_today(reading.session, reading.today) if "person" in reading.dimensions else {}
    sums = Sums()
    for person_id, facts in people_on(reading.session, day).items():
        values = {**facts.values, "person": emails.get(person_id, facts.email)}
        visible = in_scope(reading.scope, person_id, facts) and passes(reading.filters, values)
        if visible and is_employed(facts, day):
            sums.add(keys_of(reading.group_by, values), 1)
    reading.note(f"headcount on {day}: people active or on leave, contractors included")
    return sums.cells()


def tools(reading: Reading, metric: str = "tools") -> list[Cell]:
    """Tools of the inventory; the catalogue is open to everyone, so the row scope does not apply."""
    reading.require("the list of tools", TOOL_DIMENSIONS)
    sums = Sums()
    for values in tools_of(reading).values():
        sums.add(keys_of(reading.group_by, values), 1)
    return sums.cells()


def access_requests(reading: Reading, metric: str = "access_requests") -> list[Cell]:
    """Requests made in the period, by requester (their department on the day), tool and so on."""
    reading.require("access requests", (*TOOL_DIMENSIONS, *PEOPLE_DIMENSIONS))
    return _requests(reading, [row for row in reading.session.exec(select(Request)) if _made_in(reading, row)])


def pending_approvals(reading: Reading, metric: str = "pending_approvals") -> list[Cell]:
    """Requests that wait for a decision now, by requester; for one person (a person filter): those waiting for them."""
    reading.require("pending approvals", (*TOOL_DIMENSIONS, *PEOPLE_DIMENSIONS))
    pending = select(Request).where(col(Request.status) == "pending").order_by(col(Request.number))
    mine = [part for part in reading.filters if part.dimension == "person" and part.op == "in"]
    if not mine:
        return _requests(reading, list(reading.session.exec(pending))) or _none(reading)
    people = people_on(reading.session, reading.today)
    wanted = {person_id for person_id, facts in people.items() if facts.email in mine[0].values}
    slots = reading.session.exec(select(RequestSlot).where(col(RequestSlot.status) == "open"))
    if not reading.scope.everything:
        wanted &= reading.scope.person_ids
    waiting = {slot.request_id for slot in slots if wanted & set(slot.candidates)}
    rows = [row for row in reading.session.exec(pending) if row.id in waiting]
    return [Cell((None,) * len(reading.group_by), Decimal(len(rows)))] if not reading.group_by else []


def _made_in(reading: Reading, row: Request) -> bool:
    return reading.period.start <= day_of_instant(reading.org, row.created_at) < reading.period.end


def _requests(reading: Reading, rows: list[Request]) -> list[Cell]:
    tool_dimensions, people = tools_of(reading), people_on(reading.session, reading.today)
    unknown: dict[str, str | None] = dict.fromkeys(TOOL_DIMENSIONS)
    sums = Sums()
    for row in rows:
        facts = people.get(row.requester_id, NOBODY)
        tool = tool_dimensions.get(row.tool_id or 0) or ({**unknown, "tool": row.tool_name} if not row.tool_id else None)
        if tool is None or not in_scope(reading.scope, row.requester_id, facts):
            continue
        if passes(reading.filters, {**tool, **facts.values}):
            sums.add(keys_of(reading.group_by, tool, facts.values), 1)
    return sums.cells()


def _none(reading: Reading) -> list[Cell]:
    """Nothing waits: our own records are complete, so that is 0 and not unknown."""
    return [] if reading.group_by else [Cell((), Decimal(0))]
