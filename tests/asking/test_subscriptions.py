"""Subscriptions: what is kept, how it moves, who is told what, when it ends, and that each due time is told once."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlmodel import col, select

from bot.message import Message
from bot.notices import Notice, build, load_notices
from storage.models import AuditRow, OutboxItem, PersonRecord, Subscription, Tool, ToolName
from storage.spend_query import Filter, Period, SpendQuery
from storage.unit_of_work import Store
from tests.asking.company import add_usage
from tests.asking.test_delivery import ORG, acme
from tests.builders import add_config, add_tool
from tests.conftest import TestClock
from workflows.asking import subscription_clock
from workflows.asking.answer import answer
from workflows.asking.delivery import ChannelContext
from workflows.asking.memory import Asked
from workflows.asking.moving import Moving, Recipe
from workflows.asking.subscription_clock import tell_due
from workflows.asking.subscription_times import Recurrence
from workflows.asking.subscriptions import (
    LEFT,
    MAX_ACTIVE,
    NO_RIGHT,
    UNCLEAR,
    Place,
    View,
    end,
    keep_plan,
    subscribable,
    subscribe,
    subscriptions_of,
    subscriptions_of_leavers,
)
from workflows.errors import Conflict, NotAllowed

load_notices()

WEEKLY = Recurrence("week", time(9), 1)
DAILY = Recurrence("day")
OPEN: Place = {"channel": "slack", "workspace": "", "id": "OPEN", "kind": "public", "thread_id": None, "outsiders": False}
CLOSED = OPEN | {"id": "C1"}


@dataclass
class World:
    """The company of test_delivery with requests in three months: 50 in September, 91 in October, 70 in November."""

    store: Store
    clock: TestClock
    people: dict[str, int]

    def ask(self, who: str, question: str) -> str:
        """The id that the buttons under the answer carry."""
        with self.store.write() as uow:
            found = answer(uow, question, self.people[who], ChannelContext("dm"))
            assert found.query is not None, found
            return keep_plan(uow, self.people[who], Asked(found.query, found.question, found.scope))

    def keep(self, who: str, query: SpendQuery, question: str) -> str:
        with self.store.write() as uow:
            return keep_plan(uow, self.people[who], Asked(query, question))

    def subscribe(
        self, who: str, reading: str, when: Recurrence = WEEKLY, place: Place | None = None, keep_days: bool = False
    ) -> tuple[View, bool]:
        with self.store.write() as uow:
            wanted = subscribable(uow, reading, self.people[who])
            wanted = wanted.with_fixed_days() if keep_days else wanted
            return subscribe(uow, wanted, when, actor_id=self.people[who], place=place)

    def recipe(self, view: View) -> Recipe:
        return Recipe.model_validate(self.row(view).plan)

    def at(self, *instant: int) -> int:
        self.clock.now = datetime(*instant, tzinfo=UTC)  # type: ignore[arg-type,misc]
        return tell_due(self.store)

    def queued(self) -> list[OutboxItem]:
        with self.store.read() as uow:
            return list(uow.session.exec(select(OutboxItem).order_by(col(OutboxItem.id))).all())

    def words(self, item: OutboxItem) -> Message | None:
        """The message as it would be sent now."""
        with self.store.read() as uow:
            reader = None if item.conversation else item.person_id
            return build(uow, Notice(item.kind, item.subject or "", reader, item.payload))

    def said(self) -> list[str]:
        return [message.fallback for item in self.queued() if (message := self.words(item))]

    def row(self, view: View) -> Subscription:
        with self.store.read() as uow:
            row = uow.session.get(Subscription, view.id)
            assert row is not None
            return row

    def change_person(self, who: str, **fields: object) -> None:
        with self.store.write() as uow:
            record = uow.session.exec(select(PersonRecord).where(PersonRecord.person_id == self.people[who])).one()
            for name, value in fields.items():
                setattr(record, name, value)
            uow.session.add(record)

    def audited(self) -> list[tuple[str, int | None]]:
        with self.store.read() as uow:
            rows = uow.session.exec(select(AuditRow).order_by(col(AuditRow.seq))).all()
            return [(row.action, row.actor_person_id) for row in rows if row.action.startswith("subscription")]


def tells(words: str, number: str, *others: str) -> bool:
    """Whether it begins with the number and has the rest."""
    return words.startswith(f"{number} ") and all(other in words for other in others)


@pytest.fixture
def world(store: Store, clock: TestClock) -> World:
    with store.write() as uow:
        people = acme(uow).people
        other = add_tool(uow, "other", vendor="Other")
        add_usage(uow, other, None, date(2026, 9, 7), requests=50)
        add_usage(uow, other, None, date(2026, 11, 4), requests=70)
    return World(store, clock, people)


# -- Asked anew --------------------------------------------------------------------------------------------------------


def test_last_month_is_another_month_in_december(world: World) -> None:
    view, new = world.subscribe("fin", world.ask("fin", "API requests last month"))
    assert new and world.recipe(view).moving.kind == "text"
    assert view.next_at == datetime(2026, 11, 30, 9, tzinfo=UTC)
    assert world.at(2026, 11, 30, 9) == 1
    assert tells(world.said()[0], "91", "October 2026", "41", "82.0 %", "50", "September 2026")
    assert world.at(2026, 12, 7, 9) == 1
    assert tells(world.said()[1], "70", "November 2026", "91", "October 2026")


def test_fixed_days_stay(world: World) -> None:
    world.subscribe("fin", world.ask("fin", "API requests in September 2026"))
    world.at(2026, 12, 7, 9)
    assert tells(world.said()[0], "50", "September 2026")


def test_a_choice_that_was_made_is_what_comes_again(world: World) -> None:
    """Two Copilots: the words alone are not clear, the chosen one is asked again with the days of the words."""
    with world.store.write() as uow:
        for vendor, requests in (("GitHub", 7), ("Microsoft", 9)):
            tool = add_tool(uow, f"{vendor.lower()}-copilot", name=f"{vendor} Copilot", vendor=vendor)
            add_usage(uow, tool, None, date(2026, 10, 8), requests=requests)
            add_usage(uow, tool, None, date(2026, 11, 8), requests=requests * 10)
    with world.store.read() as uow:
        asked = answer(uow, "API requests of copilot last month", world.people["fin"], ChannelContext("dm"))
    (chosen,) = [choice for choice in asked.readings if choice.label.startswith("Microsoft")]
    assert chosen.query is not None
    reading = world.keep("fin", chosen.query, f"{asked.question} ({chosen.label})")
    view, _ = world.subscribe("fin", reading)
    assert world.recipe(view).moving.kind == "text"
    world.at(2026, 12, 7, 9)
    assert tells(world.said()[0], "90", "Microsoft Copilot", "November 2026")


def test_a_plan_changed_by_a_button_keeps_the_days_of_the_words(world: World) -> None:
    october = Period(start=date(2026, 10, 1), end=date(2026, 11, 1), label="October 2026")
    query = SpendQuery(metrics=("requests",), period=october, group_by=("tool",), order="desc")
    view, _ = world.subscribe("fin", world.keep("fin", query, "API requests last month"))
    assert world.recipe(view).moving.kind == "period"
    world.at(2026, 12, 7, 9)
    (message,) = [world.words(item) for item in world.queued()]
    assert message is not None and message.table is not None
    assert [(name, number.split()[0]) for name, number, *_ in message.table.rows] == [("Other", "70")]


def test_a_comparison_by_a_button_moves_along(world: World) -> None:
    query = SpendQuery(
        metrics=("requests",), period=Period(start=date(2026, 10, 1), end=date(2026, 11, 1), label="October 2026"),
        compare=Period(start=date(2026, 9, 1), end=date(2026, 10, 1)), group_by=("tool",), order="desc",
    )  # fmt: skip
    view, _ = world.subscribe("fin", world.keep("fin", query, "API requests last month"))
    assert world.recipe(view).moving == Moving(kind="period", compare="period before")
    world.at(2026, 12, 7, 9)
    assert tells(world.said()[0], "70", "November 2026", "91", "October 2026")


def test_where_the_words_do_not_say_the_days_one_chooses(world: World) -> None:
    """A follow-up: "by tool?" after a question about last month."""
    october = Period(start=date(2026, 10, 1), end=date(2026, 11, 1), label="October 2026")
    query = SpendQuery(metrics=("requests",), period=october)
    reading = world.keep("fin", query, "and only those?")
    moving, _ = world.subscribe("fin", reading)
    fixed, new = world.subscribe("fin", reading, keep_days=True)
    assert new and world.recipe(moving).moving == Moving(kind="unit", unit="month", first=-1)
    assert world.recipe(fixed).moving.kind == "fixed"
    world.at(2026, 12, 7, 9)
    first, second = world.said()
    assert tells(first, "70", "November 2026") and tells(second, "91", "October 2026")


def test_words_that_mean_something_else_now_end_it_with_one_message(world: World) -> None:
    """The only Copilot gets another name, and another tool is called Copilot."""
    with world.store.write() as uow:
        hub = add_tool(uow, "hub", name="GitHub Copilot", vendor="GitHub")
        add_usage(uow, hub, None, date(2026, 10, 8), requests=7)
    view, _ = world.subscribe("fin", world.ask("fin", "API requests of copilot last month"))
    with world.store.write() as uow:
        add_tool(uow, "micro", name="Microsoft Copilot", vendor="Microsoft")
    assert world.at(2026, 11, 30, 9) == 1, "one of two readings, and the one that was subscribed to"
    assert "7 " in world.said()[0] and "GitHub Copilot" in world.said()[0]
    with world.store.write() as uow:
        renamed = uow.session.exec(select(Tool).where(Tool.slug == "hub")).one()
        renamed.name = "Hub Assistant"
        for name in uow.session.exec(select(ToolName).where(ToolName.tool_id == renamed.id, ToolName.kind == "name")):
            uow.session.delete(name)
        add_tool(uow, "third", name="Third", vendor="Third")
    assert world.at(2026, 12, 7, 9) == 0 and world.at(2026, 12, 14, 9) == 0
    _, item = world.queued()
    assert (item.kind, item.person_id) == ("subscription_ended", world.people["fin"])
    words = world.words(item)
    assert words is not None and "I no longer read the question in one clear way" in words.fallback
    assert world.row(view).ended_because == UNCLEAR
    assert world.audited() == [("subscription.created", world.people["fin"]), ("subscription.ended", None)]


def test_a_plan_that_this_version_does_not_understand_ends_it_too(world: World) -> None:
    view, _ = world.subscribe("fin", world.ask("fin", "API requests last month"))
    with world.store.write() as uow:
        row = uow.session.get(Subscription, view.id)
        assert row is not None
        row.plan = {"of": "another version"}
        uow.session.add(row)
    assert world.subscribe("fin", world.ask("fin", "API requests last month"))[1], "it does not stand in the way"
    assert world.at(2026, 11, 30, 9) == 1 and world.row(view).ended_because == UNCLEAR


# -- Whose right it is -------------------------------------------------------------------------------------------------


def test_one_subscribes_only_to_what_one_may_see(world: World) -> None:
    query = SpendQuery(metrics=("requests",), period=Period(start=date(2026, 10, 1), end=date(2026, 11, 1)))
    with pytest.raises(NotAllowed, match="finance and administrators"):
        world.subscribe("eng1", world.keep("eng1", query, "API requests last month"))


def test_a_lost_right_ends_it_with_the_reason(world: World) -> None:
    view, _ = world.subscribe("fin", world.ask("fin", "API requests last month"))
    with world.store.write() as uow:
        add_config(uow, "org", ORG.replace("fin@acme.example, ", ""))
    assert world.at(2026, 11, 30, 9) == 0 and world.at(2026, 12, 7, 9) == 0
    assert world.row(view).ended_because == NO_RIGHT
    (words,) = world.said()
    assert "you may no longer see it. Company totals are for finance and administrators. You can ask" in words


def test_a_right_lost_before_sending_is_a_lost_right(world: World) -> None:
    world.subscribe("fin", world.ask("fin", "API requests last month"))
    world.at(2026, 11, 30, 9)
    with world.store.write() as uow:
        add_config(uow, "org", ORG.replace("fin@acme.example, ", ""))
    assert world.said() == []


def test_an_owner_who_lost_one_of_two_departments_sees_what_is_left(world: World) -> None:
    """What the owner's rights narrowed is read anew, with the rights of the day."""
    with world.store.write() as uow:
        add_config(uow, "org", ORG.replace("Legal: leg0@", "Legal: eng0@"))
    view, _ = world.subscribe("eng0", world.ask("eng0", "API requests by department last month"))
    assert world.recipe(view).query.filters == ()
    with world.store.write() as uow:
        add_config(uow, "org", ORG)
    world.at(2026, 11, 30, 9)
    (message,) = [world.words(item) for item in world.queued()]
    assert message is not None and message.table is not None
    assert [(name, number.split()[0]) for name, number, *_ in message.table.rows] == [("Engineering", "21")]


def test_somebody_who_left_is_not_told(world: World) -> None:
    view, _ = world.subscribe("fin", world.ask("fin", "API requests last month"))
    world.change_person("fin", employment_status="Terminated")
    assert world.at(2026, 11, 30, 9) == 0
    assert world.row(view).ended_because == LEFT and world.queued() == []


def test_somebody_who_left_between_the_clock_and_the_message_is_not_told(world: World) -> None:
    """Their own numbers they may still see, which is no reason to send them."""
    world.subscribe("fin", world.ask("fin", "my API requests last month"))
    world.at(2026, 11, 30, 9)
    assert len(world.said()) == 1
    world.change_person("fin", employment_status="Terminated")
    assert world.said() == []


def test_the_channel_of_somebody_who_left_is_told_once_without_the_question(world: World) -> None:
    world.subscribe("fin", world.ask("fin", "API requests last month"), place=OPEN)
    world.change_person("fin", employment_status="Terminated")
    assert world.at(2026, 11, 30, 9) == 0 and world.at(2026, 12, 7, 9) == 0
    (item,) = world.queued()
    assert item.person_id is None and item.conversation == OPEN
    (words,) = world.said()
    assert "has ended, because they have left" in words and "API requests" not in words


def test_an_open_channel_hears_it_and_another_does_not(world: World) -> None:
    reading = world.ask("fin", "API requests last month")
    world.subscribe("fin", reading, place=OPEN)
    world.subscribe("fin", reading, place=CLOSED)
    assert world.at(2026, 11, 30, 9) == 2
    openly, aside = world.queued()
    assert openly.conversation == OPEN and openly.at_most_once
    assert aside.conversation is None and aside.person_id == world.people["fin"]
    told = world.words(aside)
    assert told is not None and tells(told.fallback, "91", "October 2026")
    said = " ".join(span.text for line in [*told.paragraphs, *told.notes] for span in line)
    assert "not in the channel you chose" in said and "this channel is not opened for it in org.yaml" in said


def test_a_channel_closed_before_sending_hears_nothing(world: World) -> None:
    world.subscribe("fin", world.ask("fin", "API requests last month"), place=OPEN)
    world.at(2026, 11, 30, 9)
    assert len(world.said()) == 1
    with world.store.write() as uow:
        add_config(uow, "org", ORG.replace("OPEN", "OTHER"))
    assert world.said() == []


@pytest.mark.parametrize(
    "question", ["API requests last month by department", "API requests of Legal last month", "my API requests last month"]
)
def test_figures_of_few_never_go_into_a_channel(world: World, question: str) -> None:
    world.subscribe("fin", world.ask("fin", question), place=OPEN)
    assert world.at(2026, 11, 30, 9) == 1
    (item,) = world.queued()
    assert item.conversation is None and item.payload["aside"]


def test_few_people_before_are_not_told_through_the_change(world: World) -> None:
    """Engineering has six people in October and had three in September: the number goes into the channel, the change not."""
    view, _ = world.subscribe("fin", world.ask("fin", "API requests of Engineering last month"), place=OPEN)
    world.at(2026, 11, 30, 9)
    for who in ("eng3", "eng4", "eng5"):
        world.change_person(who, effective_from=date(2026, 10, 1))
    world.at(2026, 12, 7, 9)
    for who in ("eng3", "eng4", "eng5"):
        world.change_person(who, effective_from=date(2026, 11, 1))
    world.at(2026, 12, 14, 9)
    items = world.queued()
    assert [item.conversation == OPEN for item in items] == [True, True, True]
    assert [item.payload["change"] for item in items] == [True, True, False]
    assert world.row(view).status == "active"


# -- Once, and at the right time ---------------------------------------------------------------------------------------


def test_two_replicas_tell_once(world: World) -> None:
    world.subscribe("fin", world.ask("fin", "API requests last month"))
    world.clock.now = datetime(2026, 11, 30, 9, tzinfo=UTC)

    async def both() -> list[int]:
        return await asyncio.gather(*(asyncio.to_thread(tell_due, world.store) for _ in range(4)))

    assert sum(asyncio.run(both())) == 1
    assert len(world.queued()) == 1
    assert world.at(2026, 11, 30, 9, 15) == 0


def test_one_that_ends_while_it_is_judged_is_not_told(world: World) -> None:
    view, _ = world.subscribe("fin", world.ask("fin", "API requests last month"))
    world.clock.now = datetime(2026, 11, 30, 9, tzinfo=UTC)
    with world.store.read() as uow:
        row = uow.session.get(Subscription, view.id)
        assert row is not None
        judged = subscription_clock._judge(uow, row)
    with world.store.write() as uow:
        end(uow, view.id, actor_id=world.people["fin"])
    with world.store.write() as uow:
        assert not subscription_clock._claim(uow, row, judged)


def test_a_crash_before_the_commit_is_told_later_and_once(world: World) -> None:
    view, _ = world.subscribe("fin", world.ask("fin", "API requests last month"))
    world.clock.now = datetime(2026, 11, 30, 9, tzinfo=UTC)

    def dies() -> str:
        raise KeyboardInterrupt

    crashing = Store(world.store.engine, world.clock, dies)
    with pytest.raises(KeyboardInterrupt):
        tell_due(crashing)
    assert world.queued() == [] and world.row(view).next_due_at == world.clock.now
    assert world.at(2026, 11, 30, 9, 15) == 1 and world.at(2026, 11, 30, 9, 30) == 0


def test_one_that_fails_does_not_hold_up_the_others(world: World) -> None:
    broken, _ = world.subscribe("fin", world.ask("fin", "API requests last month"))
    world.subscribe("fay", world.ask("fay", "API requests last month"))
    with world.store.write() as uow:
        row = uow.session.get(Subscription, broken.id)
        assert row is not None
        row.cron = "broken"
        uow.session.add(row)
    with pytest.raises(ExceptionGroup, match="1 of 2"):
        world.at(2026, 11, 30, 9)
    assert [item.person_id for item in world.queued()] == [world.people["fay"]]


def test_after_days_without_a_clock_one_comes_not_four(world: World) -> None:
    world.subscribe("fin", world.ask("fin", "API requests this month"), DAILY)
    assert world.at(2026, 11, 26, 11) == 1  # due since Tuesday
    assert world.at(2026, 11, 26, 11, 15) == 0
    assert world.at(2026, 11, 27, 9) == 1


@pytest.mark.parametrize("late", [(2026, 11, 26, 8), (2026, 11, 25, 20), (2026, 11, 28, 12)])
def test_a_late_one_is_left_out_when_the_next_is_near(world: World, late: tuple[int, ...]) -> None:
    """At night, before the hour, at the weekend: the next comes in its own time, and alone."""
    world.subscribe("fin", world.ask("fin", "API requests this month"), DAILY)
    assert world.at(*late) == 0 and world.queued() == []
    assert world.at(2026, 11, 30, 9) == 1


def test_a_weekly_one_that_is_late_waits_for_working_hours(world: World) -> None:
    world.subscribe("fin", world.ask("fin", "API requests last month"))
    assert world.at(2026, 12, 2, 22) == 1  # a Wednesday night; due since Monday
    assert world.queued()[0].not_before == datetime(2026, 12, 3, 9, tzinfo=UTC)
    assert world.at(2026, 12, 3, 9) == 0 and world.at(2026, 12, 7, 9) == 1


def test_the_last_day_of_the_month_at_a_weekend_is_told_on_the_next_working_day(world: World) -> None:
    view, _ = world.subscribe("fin", world.ask("fin", "API requests this month"), Recurrence("month", time(9), 31))
    assert view.next_at == datetime(2026, 11, 30, 9, tzinfo=UTC)
    world.at(2026, 11, 30, 9)
    world.at(2027, 1, 31, 9)  # a Sunday
    assert [item.not_before for item in world.queued()] == [
        datetime(2026, 11, 30, 9, tzinfo=UTC), datetime(2027, 2, 1, 9, tzinfo=UTC)]  # fmt: skip
    assert world.row(view).next_due_at == datetime(2027, 2, 28, 9, tzinfo=UTC)


def test_holidays_and_leave_are_respected(world: World) -> None:
    with world.store.write() as uow:
        add_config(uow, "org", ORG + "timezone: Europe/Stockholm\nholidays: SE\n")
    view, _ = world.subscribe("fin", world.ask("fin", "API requests this month"), DAILY)
    assert view.next_at == datetime(2026, 11, 24, 8, tzinfo=UTC)
    world.at(2026, 12, 24, 8)
    assert world.row(view).next_due_at == datetime(2026, 12, 28, 8, tzinfo=UTC)  # the 25th is a holiday, then a weekend
    world.change_person("fin", employment_status="Leave")
    before = len(world.queued())
    assert world.at(2026, 12, 28, 8) == 0 and len(world.queued()) == before
    world.change_person("fin", employment_status="Active")
    assert world.at(2026, 12, 29, 8) == 1


def test_nothing_recorded_is_said(world: World) -> None:
    world.subscribe("fin", world.ask("fin", "API requests last month"))
    world.at(2027, 3, 1, 9)
    assert world.said()[0].startswith("Nothing is recorded")


# -- Keeping and ending ------------------------------------------------------------------------------------------------


def test_the_same_again_is_recognised(world: World) -> None:
    first, new = world.subscribe("fin", world.ask("fin", "API requests last month"))
    world.clock.advance(days=12)  # in December the plan has other days, the words are the same
    again, new_again = world.subscribe("fin", world.ask("fin", "API requests last month"), Recurrence("week", time(10), 2))
    assert (new, new_again, again.id) == (True, False, first.id)
    assert world.subscribe("fin", world.ask("fin", "API requests last month"), Recurrence("month"))[1]
    assert world.subscribe("fin", world.ask("fin", "API requests last month"), place=OPEN)[1]
    assert world.subscribe("fin", world.ask("fin", "API requests of Legal last month"))[1]
    assert world.subscribe("fay", world.ask("fay", "API requests last month"))[1]


def test_twenty_are_the_most(world: World) -> None:
    for number in range(MAX_ACTIVE):
        query = SpendQuery(metrics=("requests",), filters=(Filter(dimension="model", values=(f"m{number}",)),),
                           period=Period(start=date(2026, 10, 1), end=date(2026, 11, 1)))  # fmt: skip
        world.subscribe("fin", world.keep("fin", query, f"model {number}"))
    reading = world.ask("fin", "API requests last month")
    with pytest.raises(Conflict, match="the most"):
        world.subscribe("fin", reading)
    with world.store.write() as uow:
        mine = subscriptions_of(uow, world.people["fin"])
        end(uow, mine[0].id, actor_id=world.people["fin"])
    assert world.subscribe("fin", reading)[1]


def test_who_may_end_and_list(world: World) -> None:
    view, _ = world.subscribe("fin", world.ask("fin", "API requests last month"))
    fay, admin, fin = world.people["fay"], world.people["adm"], world.people["fin"]
    with pytest.raises(NotAllowed, match="Only Fin or an administrator"), world.store.write() as uow:
        end(uow, view.id, actor_id=fay)
    with world.store.write() as uow:
        assert subscriptions_of_leavers(uow, admin) == []
    world.change_person("fin", employment_status="Terminated")
    with world.store.write() as uow:
        assert [one.id for one in subscriptions_of_leavers(uow, admin)] == [view.id]
        assert subscriptions_of_leavers(uow, fay) == []
        assert end(uow, view.id, actor_id=admin)[1]
        assert not end(uow, view.id, actor_id=admin)[1]
    assert world.row(view).ended_because == "ended by an administrator"
    assert world.audited() == [("subscription.created", fin), ("subscription.ended", admin)]
    assert world.at(2026, 11, 30, 9) == 0


def test_the_subscriber_is_told_when_an_administrator_ends_it(world: World) -> None:
    view, _ = world.subscribe("fin", world.ask("fin", "API requests last month"), place=OPEN)
    with world.store.write() as uow:
        end(uow, view.id, actor_id=world.people["adm"])
    (item,) = world.queued()
    assert item.person_id == world.people["fin"] and item.conversation is None
    assert world.said() == ["An administrator has ended your subscription “API requests last month” (every Monday at 9:00)."]


def test_one_that_was_ended_after_it_was_due_is_not_sent(world: World) -> None:
    view, _ = world.subscribe("fin", world.ask("fin", "API requests last month"))
    world.at(2026, 11, 30, 9)
    with world.store.write() as uow:
        end(uow, view.id, actor_id=world.people["fin"])
    assert world.said() == []


def test_the_zone_is_the_subscriber_s(world: World) -> None:
    world.change_person("fin", timezone="America/New_York")
    view, _ = world.subscribe("fin", world.ask("fin", "API requests last month"))
    assert (view.next_at, view.zone.key) == (datetime(2026, 11, 23, 14, tzinfo=UTC), "America/New_York")
    assert world.row(view).cron == "0 9 * * 1"


def test_what_is_kept_reads_back(world: World) -> None:
    view, _ = world.subscribe("fin", world.ask("fin", "API requests last month"), Recurrence("month", time(10), 31))
    row = world.row(view)
    assert (row.cadence, row.cron, row.timezone) == ("month", "0 10 31 * *", "UTC")
    assert view.next_at - world.clock.now > timedelta(days=6)
