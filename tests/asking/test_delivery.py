"""Where an answer is said: asker × question × place, with a directory of one large and one small department."""

from dataclasses import dataclass
from datetime import date

import pytest
from sqlmodel import select

from storage.models import PersonRecord
from storage.spend_query import Filter, Period, SpendQuery
from storage.unit_of_work import Store, UnitOfWork
from tests.asking.company import add_import, add_usage, email_of
from tests.builders import add_config, add_person, add_tool
from workflows.asking.answer import answer_plan
from workflows.asking.answer_object import Answer
from workflows.asking.delivery import ChannelContext
from workflows.asking.memory import Asked
from workflows.asking.parsed import Scope

OCTOBER = Period(start=date(2026, 10, 1), end=date(2026, 11, 1))
ORG = """
name: Acme
roles: {finance: [fin@acme.example, fay@acme.example], admin: [adm@acme.example]}
owners:
  department: {Engineering: eng0@acme.example, Legal: leg0@acme.example}
channels:
  OPEN: {opens: [company_totals, department_totals]}
  TOTALS: {opens: [company_totals]}
"""
DM = ChannelContext("dm")
PUBLIC = ChannelContext("public", channel_id="C1")
FINANCE_ROOM = ChannelContext("private", all_finance=True)
OPEN = ChannelContext("public", channel_id="OPEN")
TOTALS = ChannelContext("public", channel_id="TOTALS")


def room(*members: str) -> ChannelContext:
    return ChannelContext("private", channel_id="C2", members=tuple(f"{name}@acme.example" for name in members))


@dataclass
class Acme:
    uow: UnitOfWork
    people: dict[str, int]

    def ask(self, who: str, place: ChannelContext, scope: Scope | None = None, **plan: object) -> Answer:
        query = SpendQuery(metrics=("requests",), period=OCTOBER, **plan)  # type: ignore[arg-type]
        return answer_plan(self.uow, "q", self.people[who], place, Asked(query, "q", scope))


def acme(uow: UnitOfWork) -> Acme:
    """Engineering has six people under eng0, Legal has two; fin and fay are finance, adm is an administrator."""
    add_config(uow, "org", ORG)
    add_import(uow)
    tool = add_tool(uow, "claude", vendor="Anthropic")
    lead = add_person(uow, "eng0")
    people = [lead] + [add_person(uow, f"eng{number}", manager=lead) for number in range(1, 6)]
    people += [add_person(uow, "leg0", department="Legal"), add_person(uow, "leg1", department="Legal")]
    people += [add_person(uow, name, department="Finance") for name in ("fin", "fay", "adm", "f4", "f5")]
    for number, person in enumerate(people, 1):
        add_usage(uow, tool, person, date(2026, 10, 5), requests=number, active=True)
    uow.session.flush()
    return Acme(uow, {email_of(person).split("@")[0]: person.id or 0 for person in people})


def only(dimension: str, *values: str, op: str = "in") -> tuple[Filter, ...]:
    return (Filter(dimension=dimension, op=op, values=values),)  # type: ignore[arg-type]


TOTAL: dict[str, object] = {}
BY_TOOL: dict[str, object] = {"group_by": ("tool",)}
ENGINEERING: dict[str, object] = {"filters": only("department", "Engineering")}
LEGAL: dict[str, object] = {"filters": only("department", "Legal")}
NOT_LEGAL: dict[str, object] = {"filters": only("department", "Legal", op="ne")}
ALL_DEPARTMENTS: dict[str, object] = {"group_by": ("department",)}
TOP_TWO: dict[str, object] = {"group_by": ("department",), "limit": 2}
PEOPLE: dict[str, object] = {"group_by": ("person",)}


@pytest.mark.parametrize(
    ("who", "plan", "place", "delivery", "may_post"),
    [
        ("fin", TOTAL, DM, "channel", False),  # between the two nothing is private
        ("fin", PEOPLE, DM, "channel", False),
        ("fin", TOTAL, PUBLIC, "private", True),
        ("fin", TOTAL, OPEN, "channel", False),
        ("fin", BY_TOOL, OPEN, "channel", False),
        ("fin", ENGINEERING, OPEN, "channel", False),
        ("fin", TOTAL, TOTALS, "channel", False),
        ("fin", ENGINEERING, TOTALS, "private", True),  # opened for company totals only
        ("fin", TOTAL, FINANCE_ROOM, "channel", False),
        ("fin", PEOPLE, FINANCE_ROOM, "private", False),  # person-level rows never go into a channel
        ("fin", PEOPLE, OPEN, "private", False),
        ("fin", TOTAL, room("fin", "fay", "adm"), "channel", False),
        ("fin", TOTAL, room("fin", "eng1"), "private", True),
        ("fin", TOTAL, room("fin", "stranger"), "private", True),
        ("fin", TOTAL, ChannelContext("private", "C3"), "private", True),  # members not known
        ("fin", TOTAL, ChannelContext("public", "C3", ("fin@acme.example",)), "private", True),  # anybody can join
        ("eng0", ENGINEERING, room("eng0", "fin"), "channel", False),
        ("eng0", ENGINEERING, room("eng0", "leg0"), "private", True),
        ("eng0", ENGINEERING, PUBLIC, "private", True),
        ("fin", LEGAL, OPEN, "private", False),  # fewer than five people
        ("leg0", LEGAL, PUBLIC, "private", False),
        ("leg0", LEGAL, DM, "channel", False),
        ("fin", NOT_LEGAL, OPEN, "private", False),  # the total minus this is Legal
        ("fin", ALL_DEPARTMENTS, OPEN, "private", False),  # a row is
        ("fin", TOP_TWO, OPEN, "private", False),  # the rest is
    ],
)
def test_the_matrix_of_places(
    sqlite_store: Store, who: str, plan: dict[str, object], place: ChannelContext, delivery: str, may_post: bool
) -> None:
    with sqlite_store.write() as uow:
        found = acme(uow).ask(who, place, **plan)
        assert (found.status, found.delivery, found.may_post) == ("answered", delivery, may_post)


def test_my_team_goes_to_the_manager_alone(store: Store) -> None:
    with store.write() as uow:
        company = acme(uow)
        found = company.ask("eng0", PUBLIC, "my_team")
        assert (found.value, found.delivery, found.may_post) == ("21", "private", False)
        assert company.ask("eng0", OPEN, "my_team").delivery == "private"
        assert company.ask("eng0", DM, "my_team").delivery == "channel"


def test_what_one_may_not_see_is_refused_privately_with_an_offer(store: Store) -> None:
    with store.write() as uow:
        company = acme(uow)
        for plan in (TOTAL, BY_TOOL, ENGINEERING, NOT_LEGAL, PEOPLE, ALL_DEPARTMENTS):
            found = company.ask("eng1", OPEN, **plan)
            assert (found.status, found.delivery, found.value, found.rows) == ("refused", "private", None, [])
            assert "what do I cost" in found.text
        assert company.ask("eng1", DM).delivery == "channel"


def test_everybody_gets_their_own_numbers_anywhere_but_aloud(store: Store) -> None:
    with store.write() as uow:
        company = acme(uow)
        mine = only("person", "eng2@acme.example")
        assert company.ask("eng2", DM, "me", filters=mine).value == "3"
        assert company.ask("eng2", OPEN, "me", filters=mine).delivery == "private"
        assert company.ask("eng3", DM, filters=mine).status == "refused"


def test_a_manager_sees_those_below_and_nobody_else(store: Store) -> None:
    with store.write() as uow:
        company = acme(uow)
        assert company.ask("eng0", DM, filters=only("person", "eng1@acme.example")).value == "2"
        assert company.ask("eng0", DM, filters=only("person", "leg1@acme.example")).status == "refused"
        by_person = company.ask("eng0", DM, group_by=("person",))
        assert {row["person"] for row in by_person.rows} == {f"eng{number}@acme.example" for number in range(6)}
        assert "limited to you and the people below you" in by_person.assumptions


def test_somebody_who_left_keeps_no_rights(store: Store) -> None:
    with store.write() as uow:
        company = acme(uow)
        record = uow.session.exec(select(PersonRecord).where(PersonRecord.person_id == company.people["fin"])).one()
        record.employment_status = "Terminated"
        uow.session.flush()
        assert company.ask("fin", DM).status == "refused"
