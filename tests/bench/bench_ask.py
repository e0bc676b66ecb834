"""How long spend questions take over the database that bench_import made.

`python -m tests.bench.bench_ask --rows 1000000 [--database URL] [--times 20]`
"""

import argparse
import random
import time
from datetime import date, timedelta
from pathlib import Path

from storage.org import document_in_force, load_org
from storage.spend_query import Filter, Period, RowScope
from storage.spend_sql import cells
from storage.unit_of_work import Store
from tests.bench.bench_import import open_store, quantile
from tests.bench.focus_data import DEPARTMENTS, PEOPLE, START, TOOLS, department, email, month_starts
from tests.builders import add_config
from workflows.asking.answer import answer
from workflows.asking.delivery import ChannelContext

EVERYTHING = RowScope(everything=True)
TODAY = date(2026, 10, 28)


def periods(pick: random.Random) -> Period:
    """What people ask for: the month so far, a month, a quarter, a year, some days."""
    months = month_starts()
    index = pick.randrange(len(months) - 3)
    day = START + timedelta(days=pick.randrange(330))
    choices = [
        (months[-2], TODAY), (months[index], months[index + 1]), (months[index], months[index + 3]),
        (months[0], months[-1]), (day, day + timedelta(days=pick.choice((1, 7, 30)))),
    ]  # fmt: skip
    start, end = pick.choice(choices)
    return Period(start=start, end=end)


def questions(pick: random.Random) -> dict[str, dict[str, object]]:
    one = Filter(dimension="department", values=(department(pick.randrange(DEPARTMENTS)),))
    tool = Filter(dimension="tool", values=(pick.choice(TOOLS),))
    person = Filter(dimension="person", values=(email(pick.randrange(PEOPLE)),))
    team = RowScope(person_ids=frozenset(pick.sample(range(1, PEOPLE + 1), 12)))
    return {
        "total": {},
        "by department": {"group_by": ("department",)},
        "by tool of a department": {"group_by": ("tool",), "filters": (one,)},
        "by model": {"group_by": ("model",)},
        "by model of a tool and department": {"group_by": ("model",), "filters": (one, tool)},
        "by project of a department": {"group_by": ("project",), "filters": (one,)},
        "by vendor for a department's owner": {
            "group_by": ("vendor",),
            "scope": RowScope(departments=frozenset(one.values)),
        },
        "a person": {"filters": (person,)},
        "a person by tool": {"filters": (person,), "group_by": ("tool",)},
        "a team of twelve": {"scope": team},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, default=Path("/tmp/bursar-bench"))
    parser.add_argument("--database")
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--everybody", action="store_true", help="also everybody's spend of a month, by person")
    options = parser.parse_args()
    store = open_store(options.database or f"sqlite:///{options.folder / f'bench-{options.rows}.db'}")
    pick, waits = random.Random(3), []
    for name in questions(pick):
        own = [once(store, questions(pick)[name], periods(pick)) for _ in range(options.times)]
        waits += own
        print(f"{name:36} p50 {quantile(own, 0.5) * 1000:7.1f} ms   p99 {quantile(own, 0.99) * 1000:7.1f} ms")
    print(f"{'all':36} p50 {quantile(waits, 0.5) * 1000:7.1f} ms   p99 {quantile(waits, 0.99) * 1000:7.1f} ms")
    in_words(store, options.times)
    if options.everybody:
        months = month_starts()
        seconds = once(store, {"group_by": ("person",)}, Period(start=months[3], end=months[4]))
        print(f"everybody by person, one month: {seconds * 1000:,.0f} ms")


WORDS = (
    "what did {department} spend last month?",
    "spend by tool last quarter",
    "top 5 departments by spend this year",
    "{tool} spend by month this year",
    "why did spend rise last month?",
    "share of {department} in spend last quarter",
    "what did {department} spend on {tool} in the last 90 days",
    "spend by department last month vs the previous month",
)


def in_words(store: Store, times: int) -> None:
    """The same through the whole engine: words, plan, rights, numbers, sentence, receipt. The first answer of a process
    builds the vocabulary and is told apart."""
    asker = email(0)
    with store.write() as uow:
        if document_in_force(uow.session, "org") is None:
            add_config(uow, "org", f"roles: {{finance: [{asker}], admin: [{asker}]}}\n")
    pick, waits, first = random.Random(5), [], 0.0
    for number in range(times * len(WORDS) + 1):
        text = WORDS[number % len(WORDS)].format(department=department(pick.randrange(DEPARTMENTS)), tool=pick.choice(TOOLS))
        begun = time.perf_counter()
        with store.read() as uow:
            found = answer(uow, text, 1, ChannelContext("dm"))
        if found.status != "answered":
            raise RuntimeError(f"{text}: {found.status}, {found.text}")
        took = time.perf_counter() - begun
        if number:
            waits.append(took)
        else:
            first = took
    print(f"{'in words':36} p50 {quantile(waits, 0.5) * 1000:7.1f} ms   p99 {quantile(waits, 0.99) * 1000:7.1f} ms")
    print(f"{'in words, first of the process':36} {first * 1000:11.1f} ms")


def once(store: Store, question: dict[str, object], period: Period) -> float:
    asked: dict[str, object] = {"scope": EVERYTHING, **question}
    begun = time.perf_counter()
    with store.read() as uow:
        cells(uow.session, "effective", period=period, today=TODAY, org=load_org(uow.session), **asked)  # type: ignore[arg-type]
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()
