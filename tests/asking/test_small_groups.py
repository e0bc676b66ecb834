"""What is said in an opened channel never tells of fewer than five people: by any period, row, filter or difference."""

from dataclasses import dataclass
from datetime import date

import pytest
from sqlmodel import select

from storage.models import PersonRecord
from storage.spend_query import Filter, Period, SpendQuery
from storage.unit_of_work import Store, UnitOfWork
from tests.asking.company import SeatOf, add_import, add_snapshot, add_usage
from tests.asking.test_delivery import ORG
from tests.builders import add_config, add_person, add_tool
from workflows.asking.answer import answer_plan
from workflows.asking.answer_object import Answer
from workflows.asking.delivery import ChannelContext
from workflows.asking.memory import Asked

AUGUST, SEPTEMBER, OCTOBER, NOVEMBER = (
    Period(start=date(2026, month, 1), end=date(2026, month + 1, 1)) for month in (8, 9, 10, 11)
)
AUTUMN = Period(start=date(2026, 9, 1), end=date(2026, 11, 1))
OPEN = ChannelContext("public", channel_id="OPEN")
CLOSED = ChannelContext("public", channel_id="C1")
FINANCE_ROOM = ChannelContext("private", all_finance=True)
MIXED_ROOM = ChannelContext("private", "C2", ("fin@acme.example", "eng1@acme.example"))
PLACES = {"opened": OPEN, "closed": CLOSED, "finance": FINANCE_ROOM, "mixed": MIXED_ROOM}


@dataclass
class Acme:
    uow: UnitOfWork
    people: dict[str, int]

    def ask(self, who: str, place: ChannelContext, **plan: object) -> Answer:
        query = SpendQuery.model_validate({"metrics": ("requests",), "period": OCTOBER, **plan})
        return answer_plan(self.uow, "q", self.people[who], place, Asked(query, "q", None))


def acme(uow: UnitOfWork) -> Acme:
    """Engineering and Finance have six people, Sales has ten; Design had three until October, six since. Everybody uses
    claude; two engineers use jasper, six people of Sales and one engineer use notion; project P1 is three people of Sales,
    P2 seven. Since October, Sales uses jasper with five."""
    add_config(uow, "org", ORG.replace("Legal: leg0", "Design: des0"))
    add_import(uow)
    tools = {slug: add_tool(uow, slug, name=slug.title(), vendor=slug.title()) for slug in ("claude", "jasper", "notion")}
    units = {"Engineering": ("eng", 6), "Sales": ("sal", 10), "Design": ("des", 6), "Finance": ("fin", 6)}
    people = {}
    for department, (short, count) in units.items():
        for number in range(count):
            name = short if (short, number) == ("fin", 0) else f"{short}{number}"
            people[name] = add_person(uow, name, department=department)
    for name in ("des3", "des4", "des5"):
        record = uow.session.exec(select(PersonRecord).where(PersonRecord.person_id == people[name].id)).one()
        record.effective_from = date(2026, 10, 1)
    for month in (8, 9, 10, 11):
        for number, (name, person) in enumerate(people.items(), 1):
            if name in ("des3", "des4", "des5") and month < 10:
                continue
            project = {"sal": "P1" if name in ("sal0", "sal1", "sal2") else "P2"}.get(name[:3], "")
            add_usage(uow, tools["claude"], person, date(2026, month, 5), requests=number, active=True, project=project)
        jasper = ["eng0", "eng1"] + (["sal0", "sal1", "sal2", "sal3", "sal4"] if month >= 10 else [])
        for name in jasper:
            add_usage(uow, tools["jasper"], people[name], date(2026, month, 6), requests=7, active=True)
        for name in ("eng0", *(f"sal{number}" for number in range(6))):
            add_usage(uow, tools["notion"], people[name], date(2026, month, 7), requests=9, active=True)
    since = date(2026, 1, 5)
    day, used = date(2026, 11, 20), date(2026, 11, 18)
    holders = [SeatOf(one, since, None if name == "sal1" else used) for name, one in people.items()]
    add_snapshot(uow, tools["claude"], day, *holders)
    add_snapshot(uow, tools["jasper"], day, *holders[:2])
    add_snapshot(uow, tools["notion"], day, *holders[:7])
    uow.session.flush()
    return Acme(uow, {name: person.id or 0 for name, person in people.items()})


def only(dimension: str, *values: str, op: str = "in") -> Filter:
    return Filter(dimension=dimension, op=op, values=values)  # type: ignore[arg-type]


DESIGN, SALES, JASPER = only("department", "Design"), only("department", "Sales"), only("tool", "Jasper")
ENGINEERING = only("department", "Engineering")
SMALL: dict[str, dict[str, object]] = {
    "an earlier period that is compared with": {"filters": (DESIGN,), "compare": SEPTEMBER},
    "a row of the earlier period": {"group_by": ("department",), "compare": SEPTEMBER},
    "a month of a series": {"filters": (DESIGN,), "period": AUTUMN, "grain": "month"},
    "a month of a series by department": {"group_by": ("department",), "period": AUTUMN, "grain": "month"},
    "an average over months before": {
        "filters": (DESIGN,), "period": OCTOBER, "grain": "month", "transform": "rolling_avg_3", "metrics": ("spend",)
    },
    "stocks are of the last day": {"filters": (DESIGN,), "metrics": ("headcount",), "period": SEPTEMBER},
    "names with a word": {"filters": (only("department", "sig", op="contains"),), "period": SEPTEMBER},
    "a word that takes in a small one": {"filters": (only("department", "n", op="contains"),), "period": SEPTEMBER},
}  # fmt: skip
CUT_DOWN = {  # to what the asker owns, of which nothing shown is small
    ("eng0", "a row of the earlier period"), ("eng0", "a month of a series by department"),
}  # fmt: skip
LARGE: dict[str, dict[str, object]] = {
    "the company": {},
    "the company against before": {"compare": SEPTEMBER},
    "a large department": {"filters": (SALES,), "compare": SEPTEMBER},
    "departments now": {"group_by": ("department",)},
    "a department since it is large": {"filters": (DESIGN,), "compare": NOVEMBER},
    "a tool of seven": {"filters": (JASPER,)},
    "by tool": {"group_by": ("tool",)},
    "a department's project": {"filters": (only("project", "P2"),)},
    "one idle seat of many": {"filters": (only("tool", "Claude"),), "metrics": ("seats_idle",), "period": NOVEMBER},
    "share of a tool": {"filters": (JASPER,), "share_of": "total"},
    "a tool of two people": {"filters": (JASPER,), "period": SEPTEMBER},
    "a large department's tool": {"filters": (ENGINEERING, JASPER)},
    "department and tool": {"group_by": ("department", "tool")},
    "a project of three": {"filters": (only("project", "P1"),)},
    "seats of a tool with two holders": {"filters": (JASPER,), "metrics": ("seats_assigned",), "period": NOVEMBER},
}


@pytest.mark.timeout(120)
def test_nothing_small_is_said_aloud(store: Store) -> None:
    """Roles × channels × questions: a private answer cannot be posted either; a direct message says all to finance."""
    with store.write() as uow:
        company = acme(uow)
        for words, plan in SMALL.items():
            for where, place in PLACES.items():
                for who in ("fin", "eng0", "des0", "sal0"):
                    found = company.ask(who, place, **plan)
                    if found.status == "refused":
                        assert (who != "fin", found.delivery, found.rows) == (True, "private", []), (words, where, who)
                        continue
                    if found.status == "no_data" and who != "fin":  # nothing of the department that is theirs
                        continue
                    if (who, words) in CUT_DOWN:
                        assert len({row["department"] for row in found.rows}) == 1
                        continue
                    assert (found.delivery, found.may_post) == ("private", False), (words, where, who, found.text)
            said = company.ask("fin", ChannelContext("dm"), **plan)
            assert (said.status, said.delivery) in {("answered", "channel"), ("no_data", "channel")}, (words, said.text)


def test_what_is_about_enough_people_is_said_where_it_may_be(store: Store) -> None:
    with store.write() as uow:
        company = acme(uow)
        for words, plan in LARGE.items():
            found = {name: company.ask("fin", place, **plan) for name, place in PLACES.items()}
            assert {one.status for one in found.values()} == {"answered"}, words
            places = {name: one.delivery for name, one in found.items()}
            assert places == {"opened": "channel", "closed": "private", "finance": "channel", "mixed": "private"}, words
            assert found["closed"].may_post, words
