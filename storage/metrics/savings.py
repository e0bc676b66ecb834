"""Reclaimed savings: seats released through Bursar or confirmed gone, at contract price, from the day they were free."""

from datetime import date, timedelta

from sqlmodel import col, select

from storage.metrics.base import (
    NOBODY,
    PEOPLE_DIMENSIONS,
    TOOL_DIMENSIONS,
    Cell,
    Reading,
    Sums,
    emails_today,
    in_scope,
    keys_of,
    passes,
    people_on,
    tools_of,
)
from storage.metrics.budgets import months_between
from storage.metrics.money import to_base
from storage.models import Saving

DIMENSIONS = (*TOOL_DIMENSIONS, *PEOPLE_DIMENSIONS)


def reclaimed(reading: Reading, metric: str = "reclaimed_savings") -> list[Cell]:
    """What the seats given back up to the period's end would have cost in it, until today at the latest.

    A month is its monthly price, part of a month by days.
    """
    reading.require("reclaimed savings", DIMENSIONS)
    tools, people = tools_of(reading), people_on(reading.session, reading.last_day)
    emails = emails_today(reading.session, reading.today) if "person" in reading.dimensions else {}
    sums = Sums()
    for row in reading.session.exec(select(Saving).where(col(Saving.from_day) < reading.period.end)):
        facts = people.get(row.person_id, NOBODY)
        values = {**facts.values, "person": emails.get(row.person_id or 0, facts.email)}
        visible = row.tool_id in tools and in_scope(reading.scope, row.person_id, facts)
        span = _span(reading, row)
        if not visible or not span or row.monthly_amount is None or not passes(reading.filters, values):
            continue
        months = months_between(*span)
        amount = row.monthly_amount * months.numerator / months.denominator
        value = to_base(reading, amount, row.currency or reading.org.base_currency, max(span[0], row.from_day))
        keys = keys_of(reading.group_by, tools[row.tool_id], values)
        sums.add(keys, amount if value is None else value, (row.currency or "") if value is None else "")
    reading.note("savings count from the day a seat was given back, at its contract's monthly price")
    return sums.cells()


def _span(reading: Reading, row: Saving) -> tuple[date, date] | None:
    """The days of the period on which the seat stood free, None for none."""
    end = min(reading.period.end, reading.today + timedelta(days=1), row.reversed_on or date.max)
    start = max(reading.period.start, row.from_day)
    return (start, end) if start < end else None
