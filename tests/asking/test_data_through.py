"""Until which day each issuer's costs are known."""

from datetime import date

import pytest

from storage.metrics.base import Reading
from storage.metrics.freshness import data_through
from storage.models import Rollup, Statement
from storage.models.ledger import day_number
from storage.org import OrgSettings
from storage.spend_query import Period
from storage.unit_of_work import Store, UnitOfWork

TODAY = date(2026, 11, 23)


def statement(uow: UnitOfWork, issuer: str, last_start: date, *spans: tuple[date, date]) -> None:
    """A current statement whose newest charge begins on `last_start`; `spans` are its charges of several days."""
    row = Statement(issuer=issuer, last_charge_day=last_start, status="current", batch=3)
    uow.session.add(row)
    uow.session.flush()
    for start, end in spans:
        for batch in (2, 3):  # rows of an old batch are not seen
            after = day_number(end) + (400 if batch == 2 else 0)
            uow.session.add(
                Rollup(cut="all", grain="span", start_day=day_number(start), end_day=after, tool_id=1, unit_id=1,
                       statement_id=row.id, batch=batch)
            )  # fmt: skip
    uow.session.flush()


@pytest.mark.parametrize(
    ("last_start", "spans", "through"),
    [
        (date(2026, 11, 20), [], date(2026, 11, 20)),  # charges of a day
        (date(2026, 11, 1), [(date(2026, 11, 1), date(2026, 11, 16))], date(2026, 11, 15)),
        (date(2026, 11, 1), [(date(2026, 11, 1), date(2026, 12, 1))], TODAY),  # a month of seats: not after today
        (date(2026, 11, 10), [(date(2026, 11, 1), date(2026, 12, 1))], date(2026, 11, 10)),  # daily usage lags behind
        (date(2026, 10, 1), [(date(2026, 10, 1), date(2026, 11, 1))], date(2026, 10, 31)),
    ],
)
def test_costs_are_known_through_the_last_day_of_the_newest_charges(
    store: Store, last_start: date, spans: list[tuple[date, date]], through: date
) -> None:
    with store.write() as uow:
        statement(uow, "Vendor", last_start, *spans)
        statement(uow, "Vendor", date(2026, 3, 1), (date(2026, 3, 1), date(2027, 3, 1)))  # an older one that runs on
        reading = Reading(uow.session, OrgSettings(), TODAY, Period(start=date(2026, 11, 1), end=date(2026, 11, 24)))
        assert data_through(reading, ["spend"]) == {"Vendor": through}
