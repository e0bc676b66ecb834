"""The clock: timers go on while a job runs, one replica runs each job, failures are kept and tried at the next time."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from threading import Event

import pytest
from sqlmodel import select

from bot import scheduler
from bot.metrics import exposition
from bot.scheduler import Scheduler
from storage.models import JobRun, Timer
from storage.unit_of_work import Store, UnitOfWork
from tests.conftest import TestClock
from workflows import schedule
from workflows.schedule import Job, forget_runs
from workflows.timers import set_timer

FAR = 20  # seconds after which a test gives up


def every_quarter(run: Callable[[Store], object]) -> Job:
    return Job("a_job", "*/15 * * * *", run)


def runs(store: Store) -> list[JobRun]:
    with store.read() as uow:
        return list(uow.session.exec(select(JobRun).order_by(JobRun.due_at)).all())  # type: ignore[arg-type]


@pytest.fixture
def timers(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The subjects of timers of the kind `test.…` that fired."""
    fired: list[str] = []
    monkeypatch.setitem(schedule.TIMER_HANDLERS, "test", lambda uow, timer: fired.append(timer.subject))
    yield fired


def add_timers(uow: UnitOfWork, count: int) -> None:
    for number in range(count):
        set_timer(uow, "test.word", key=f"t{number}", subject=f"s{number:03d}", due_at=uow.now - timedelta(minutes=1))


def test_timers_fire_while_a_job_runs(store: Store, timers: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go_on, fired = Event(), Event(), Event()

    def long_job(_: Store) -> None:
        begun.set()
        assert go_on.wait(FAR)

    monkeypatch.setitem(schedule.TIMER_HANDLERS, "test", lambda uow, timer: fired.set())
    monkeypatch.setattr(scheduler, "JOBS", (every_quarter(long_job),))
    clockwork = Scheduler(store, tick_seconds=0.01)
    clockwork.start()
    try:
        assert begun.wait(FAR)
        with store.write() as uow:
            add_timers(uow, 1)
        assert fired.wait(FAR)  # the job has not ended
    finally:
        go_on.set()
        clockwork.stop()
    [run] = runs(store)
    assert run.finished_at is not None and run.error is None


def test_all_due_timers_fire_at_once_and_one_that_fails_stays(store: Store, timers: list[str],
                                                              monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    def handler(uow: UnitOfWork, timer: Timer) -> None:
        if timer.subject == "s007":
            raise RuntimeError("no")
        timers.append(timer.subject)

    monkeypatch.setitem(schedule.TIMER_HANDLERS, "test", handler)
    with store.write() as uow:
        add_timers(uow, 130)
    assert Scheduler(store).fire_timers() == 129
    assert Scheduler(store).fire_timers() == 0
    with store.read() as uow:
        assert uow.session.exec(select(Timer.subject).where(Timer.status == "pending")).all() == ["s007"]


def test_missed_times_are_made_up_for_once(store: Store, clock: TestClock) -> None:
    seen: list[datetime] = []
    job = every_quarter(lambda _: seen.append(clock.now))
    assert Scheduler(store).run_if_due(job)
    assert not Scheduler(store).run_if_due(job)  # another replica, the same time
    clock.advance(minutes=50)
    assert Scheduler(store).run_if_due(job)
    assert not Scheduler(store).run_if_due(job)
    assert len(seen) == 2
    assert [run.due_at.minute for run in runs(store)] == [0, 45]


def test_a_run_under_way_is_waited_for_unless_its_process_died(store: Store, clock: TestClock) -> None:
    inner: list[bool] = []

    def long_job(_: Store) -> None:
        clock.advance(minutes=20)  # the next time has come meanwhile
        inner.append(Scheduler(store).run_if_due(job))

    job = every_quarter(long_job)
    assert Scheduler(store).run_if_due(job)
    assert inner == [False]
    with store.write() as uow:
        uow.session.add(JobRun(job="a_job", due_at=uow.now, started_at=uow.now))  # and no end
    clock.advance(minutes=59)
    assert not Scheduler(store).run_if_due(job)
    clock.advance(minutes=2)
    assert Scheduler(store).run_if_due(every_quarter(lambda _: None))


def test_a_failure_is_logged_counted_and_tried_at_the_next_time(
    store: Store, clock: TestClock, caplog: pytest.LogCaptureFixture
) -> None:
    tries: list[datetime] = []

    def failing(_: Store) -> None:
        tries.append(clock.now)
        raise ValueError("the disk is full")

    job = every_quarter(failing)
    assert not Scheduler(store).run_if_due(job)
    assert not Scheduler(store).run_if_due(job) and len(tries) == 1
    assert "a_job failed" in caplog.text and "the disk is full" in caplog.text
    clock.advance(minutes=15)
    assert not Scheduler(store).run_if_due(job) and len(tries) == 2
    assert [run.error for run in runs(store)] == ["ValueError: the disk is full"] * 2
    assert 'bursar_job_runs{job="a_job",status="failed"} 2.0' in exposition(store)[0].decode()


def test_runs_older_than_thirty_days_are_forgotten(store: Store, clock: TestClock) -> None:
    with store.write() as uow:
        for days in (31, 29):
            at = uow.now - timedelta(days=days)
            uow.session.add(JobRun(job="a_job", due_at=at, started_at=at, finished_at=at))
    forget_runs(store)
    assert [(clock.now - run.due_at).days for run in runs(store)] == [29]
    assert any(job.run is forget_runs for job in schedule.JOBS)
