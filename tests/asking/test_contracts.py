"""Which contracts a question is about, against dates worked out by hand."""

from datetime import date
from decimal import Decimal

import pytest

from storage.metrics.base import Reading
from storage.metrics.contracts import first_end, renewals
from storage.org import OrgSettings
from storage.spend_query import ContractsBy, Filter, Having, Period, SpendQuery
from storage.unit_of_work import Store, UnitOfWork
from tests.asking.company import SeatOf, add_contract, add_snapshot, small_team
from tests.unit.parse_company import ask, clarify, plan
from workflows.asking.compute import Company, compute
from workflows.asking.parsed import Unsupported
from workflows.asking.permissions import RowScope

TODAY = date(2026, 11, 23)


def contracts(uow: UnitOfWork) -> None:
    """Cursor followed itself in May, Jasper has lapsed, Claude runs until March."""
    tools = small_team(uow).tools
    add_contract(uow, tools["cursor"], "CU-1", annual_value=Decimal(100), start_date=date(2025, 5, 1),
                 end_date=date(2026, 4, 30), notice_days=30, auto_renew=False)  # fmt: skip
    add_contract(uow, tools["cursor"], "CU-2", annual_value=Decimal(200), start_date=date(2026, 5, 1),
                 end_date=date(2027, 4, 30), notice_days=150, auto_renew=True)  # fmt: skip
    add_contract(uow, tools["jasper"], "JA-1", annual_value=Decimal(400), start_date=date(2025, 9, 1),
                 end_date=date(2026, 8, 31), auto_renew=None)  # fmt: skip
    add_contract(uow, tools["claude"], "CL-1", annual_value=Decimal(800), start_date=date(2026, 3, 10),
                 end_date=date(2027, 3, 9), notice_days=90, auto_renew=True)  # fmt: skip


def found(uow: UnitOfWork, by: ContractsBy, start: date, end: date, *filters: Filter) -> list[str | None]:
    reading = Reading(uow.session, OrgSettings(), TODAY, Period(start=start, end=end), filters, contracts=by)
    return [cell.details["contract_id"] for cell in renewals(reading)]


@pytest.mark.parametrize(
    ("by", "start", "end", "ids"),
    [
        ("ends", date(2026, 4, 30), date(2026, 11, 23), ["CU-1", "JA-1"]),
        ("lapsed", date(2026, 4, 30), date(2026, 11, 23), ["JA-1"]),
        ("in_force", TODAY, date(2026, 11, 24), ["CL-1", "CU-2"]),
        ("notice", date(2026, 12, 1), date(2026, 12, 2), ["CU-2"]),  # 30 April − 150 days
        ("notice", date(2026, 12, 9), date(2026, 12, 10), ["CL-1"]),  # 9 March − 90 days
        ("notice", date(2026, 12, 2), date(2026, 12, 9), []),
    ],
)
def test_which_contracts(store: Store, by: ContractsBy, start: date, end: date, ids: list[str]) -> None:
    with store.write() as uow:
        contracts(uow)
        assert found(uow, by, start, end) == ids


def test_renewing_by_themselves(store: Store) -> None:
    with store.write() as uow:
        contracts(uow)
        wide = (date(2026, 1, 1), date(2028, 1, 1))
        yes = Filter(dimension="auto_renew", values=("yes",))
        no = Filter(dimension="auto_renew", values=("no",))
        assert found(uow, "ends", *wide, yes) == ["CL-1", "CU-2"]
        assert found(uow, "ends", *wide, no) == ["CU-1"]  # what is not known is neither
        assert first_end(uow.session) == date(2026, 4, 30)


def test_contracts_by_the_seats_of_their_tool(store: Store) -> None:
    with store.write() as uow:
        team = small_team(uow)
        cursor, jasper = team.tools["cursor"], team.tools["jasper"]
        for tool, number in ((cursor, "C"), (jasper, "J")):
            add_contract(uow, tool, number, annual_value=Decimal(10))
        ada, bo = team.people["ada"], team.people["bo"]
        since = date(2026, 1, 10)
        used, unused = date(2026, 11, 19), date(2026, 3, 1)
        add_snapshot(uow, cursor, date(2026, 11, 20), SeatOf(ada, since, used), SeatOf(bo, since, unused))
        add_snapshot(uow, jasper, date(2026, 11, 20), SeatOf(ada, since, used), SeatOf(bo, since, used))
        query = SpendQuery(
            metrics=("renewals",), period=Period(start=TODAY, end=date(2027, 2, 1)),
            having=(Having(metric="utilisation", op="lt", value=Decimal("0.6")),),
        )  # fmt: skip
        rows = compute(Company(uow.session, OrgSettings(), TODAY), query, RowScope(everything=True)).rows
        assert [(row.keys["tool"], row.values["utilisation"]) for row in rows] == [("Cursor", Decimal("0.5"))]


@pytest.mark.parametrize(
    ("text", "by", "start", "end", "renewing"),
    [
        ("overdue renewals", "lapsed", "0001-01-01", "2026-11-23", None),
        ("expired contracts", "ends", "0001-01-01", "2026-11-23", None),
        ("which contracts expired in March", "ends", "2026-03-01", "2026-04-01", None),
        ("which contracts expire in March", "ends", "2027-03-01", "2027-04-01", None),
        ("total contract value with Anthropic", "in_force", "2026-11-23", "2026-11-24", None),
        ("what contracts do we have", "in_force", "2026-11-23", "2026-11-24", None),
        ("when does the Tabnine contract end", "in_force", "2026-11-23", "2026-11-24", None),
        ("when is the notice deadline for Glean", "in_force", "2026-11-23", "2026-11-24", None),
        ("notice deadlines this month", "notice", "2026-11-01", "2026-12-01", None),
        ("which contracts auto-renew next month", "ends", "2026-12-01", "2027-01-01", "yes"),
        ("contracts that do not auto renew next month", "ends", "2026-12-01", "2027-01-01", "no"),
    ],
)
def test_words_about_contracts(text: str, by: str, start: str, end: str, renewing: str | None) -> None:
    query = plan(text)
    assert (query.metrics, query.contracts) == (("renewals",), by)
    assert (str(query.period.start), str(query.period.end)) == (start, end)
    assert [part.values[0] for part in query.filters if part.dimension == "auto_renew"] == [renewing] * bool(renewing)


def test_a_follow_up_turns_renewals_to_their_notice() -> None:
    query = plan("and notice deadlines?", context="renewals next month")
    assert (query.contracts, str(query.period.start)) == ("notice", "2026-12-01")


def test_a_value_over_days_is_asked() -> None:
    assert clarify("contract value this year").slot == "period"


def test_who_owns_a_contract_is_said_to_be_elsewhere() -> None:
    found = ask("who owns the Glean contract")
    assert isinstance(found, Unsupported) and found.reason == "owner" and "contract import" in found.offer


@pytest.mark.parametrize("text", ["compare renewals this quarter and last quarter", "are renewals growing"])
def test_contracts_of_two_times_are_not_compared(text: str) -> None:
    assert clarify(text).slot == "modifier"
