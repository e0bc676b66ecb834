"""Any sequence of clicks, days, seat lists and departures keeps cases, tasks, timers and savings in agreement."""

import contextlib
import shutil
import tempfile
from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlmodel import SQLModel, col, select

from storage.database import open_engine
from storage.models import IdleCase, IdleSeat, Saving, Task, Timer
from storage.unit_of_work import Store
from tests.conftest import TestClock, numbered_ids
from tests.seat_builders import Held
from tests.seats.company import found_company, set_status
from workflows.errors import Conflict, NotAllowed
from workflows.seats.cases import keep, release, snooze, undo
from workflows.seats.own import give_up
from workflows.seats.tasks import task_cannot, task_done

NAMES = ("ada", "cy", "max")
TOOLS = ("cursor", "copilot", "notion")
names, tools = st.sampled_from(NAMES), st.sampled_from(TOOLS)
SAVES = {"releasing", "released", "reclaiming", "reclaimed", "gone"}


class IdleSeats(RuleBasedStateMachine):
    """The vendors' lists are the sets in `holds`; people use seats, or do not, as `used` says."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="idle_"))
        engine = open_engine(f"sqlite:///{self.folder / 'machine.db'}")
        SQLModel.metadata.create_all(engine)
        self.engine = engine
        self.clock = TestClock()
        self.acme = found_company(Store(engine, self.clock, numbered_ids()), self.clock)
        self.holds = {slug: set(NAMES) for slug in TOOLS}
        self.used = {(slug, name): self.clock.now.date() - timedelta(80) for slug in TOOLS for name in NAMES}

    def teardown(self) -> None:
        self.engine.dispose()
        shutil.rmtree(self.folder)

    def _cases(self, name: str, *statuses: str) -> list[str]:
        with self.acme.store.read() as uow:
            query = select(IdleCase.id).where(IdleCase.person_id == self.acme.id(name), col(IdleCase.status).in_(statuses))
            return list(uow.session.exec(query.order_by(IdleCase.id)).all())

    def _tasks(self, *statuses: str) -> list[Task]:
        with self.acme.store.read() as uow:
            return list(uow.session.exec(select(Task).where(col(Task.status).in_(statuses)).order_by(Task.id)).all())

    @initialize()
    def first_lists(self) -> None:
        self.lists()

    @rule(days=st.integers(1, 12))
    def time_passes(self, days: int) -> None:
        self.clock.advance(days=days)
        while self.acme.fire():
            pass

    @rule()
    def lists(self) -> None:
        self.clock.advance(days=1)
        for slug in TOOLS:
            held = {name: Held(self.acme.people[name], self.used[slug, name]) for name in sorted(self.holds[slug])}
            self.acme.snapshot(slug, held)  # type: ignore[arg-type]

    @rule()
    def the_daily_sweep(self) -> None:
        self.acme.sweep()

    @rule(slug=tools, name=names)
    def somebody_uses_a_seat(self, slug: str, name: str) -> None:
        self.used[slug, name] = self.clock.now.date()

    @rule(slug=tools, name=names)
    def a_seat_is_removed_or_given_at_the_vendor(self, slug: str, name: str) -> None:
        self.holds[slug] ^= {name}

    @rule(name=st.sampled_from(("ada", "cy")), status=st.sampled_from(("Active", "Leave", "Terminated")))
    def the_directory_changes(self, name: str, status: str) -> None:
        set_status(self.acme, name, status)

    @rule(name=names, actor=names, what=st.sampled_from(("release", "keep", "snooze")))
    def an_answer(self, name: str, actor: str, what: str) -> None:
        for case in self._cases(name, "open", "snoozed", "closed"):
            actor_id = self.acme.id(actor)
            with contextlib.suppress(Conflict, NotAllowed):
                if what == "release":
                    self.acme.do(release, case, actor_id=actor_id)
                elif what == "keep":
                    self.acme.do(keep, case, actor_id=actor_id, reason="needed")
                else:
                    self.acme.do(snooze, case, actor_id=actor_id, days=7)

    @rule(name=st.sampled_from(("ada", "cy")), slug=tools)
    def given_up_unasked(self, name: str, slug: str) -> None:
        with contextlib.suppress(Conflict, NotAllowed):
            self.acme.do(give_up, [self.acme.tool(slug)], actor_id=self.acme.id(name))

    @rule(name=names)
    def undone(self, name: str) -> None:
        for case in self._cases(name, "open", "closed"):
            with self.acme.store.read() as uow:
                seats = uow.session.exec(select(IdleSeat.id).where(IdleSeat.case_id == case)).all()
            for seat in seats:
                with contextlib.suppress(Conflict, NotAllowed):
                    self.acme.do(undo, case, seat or 0, actor_id=self.acme.id(name))

    @rule(cannot=st.booleans())
    def the_owner_works(self, cannot: bool) -> None:
        for task in self._tasks("open")[:1]:
            tor = self.acme.id("tor")
            if cannot:
                self.acme.do(task_cannot, task.id, actor_id=tor, reason="no")
            else:
                self.acme.do(task_done, task.id, actor_id=tor)

    @invariant()
    def everything_agrees(self) -> None:
        with self.acme.store.read() as uow:
            cases = {case.id: case for case in uow.session.exec(select(IdleCase)).all()}
            seats = uow.session.exec(select(IdleSeat)).all()
            savings = {one.idle_seat_id: one for one in uow.session.exec(select(Saving)).all()}
            open_tasks = {(one.case_id, one.tool_id, one.kind) for one in uow.session.exec(select(Task)).all()
                          if one.status == "open"}  # fmt: skip
            timers = {(one.subject.partition(":")[2], one.kind) for one in uow.session.exec(select(Timer)).all()
                      if one.status == "pending"}  # fmt: skip
        waiting = [case.person_id for case in cases.values() if case.status != "closed"]
        assert len(waiting) == len(set(waiting)), "two open cases about one person"
        for seat in seats:
            saving = savings.get(seat.id or 0)
            counts = saving is not None and saving.reversed_on is None
            assert counts == (seat.status in SAVES), (seat.status, saving)
            assert ((seat.case_id, seat.tool_id, "revoke") in open_tasks) == (seat.status in ("releasing", "reclaiming"))
            assert seat.status == "asked" or seat.cooldown_until is not None
        for case in cases.values():
            asked = any(seat.status == "asked" and seat.case_id == case.id for seat in seats)
            assert asked == (case.status != "closed"), (case.status, [s.status for s in seats if s.case_id == case.id])
            assert ((case.id, "idle.end") in timers) == (case.status == "open"), "an open case must come to an end"
            assert ((case.id, "idle.snooze") in timers) == (case.status == "snoozed")
        pairs = [(seat.tool_id, seat.person_id) for seat in seats if seat.status in ("asked", "releasing", "reclaiming")]
        assert len(pairs) == len(set(pairs)), "one seat in two questions"


IdleSeats.TestCase.settings = settings(
    max_examples=15,
    stateful_step_count=25,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
TestIdleSeats = IdleSeats.TestCase
