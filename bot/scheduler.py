"""The in-process clock: every few seconds it asks what is due; what that is stands in the database.

Any number of replicas may ask: timers are claimed one by one, a job's run is a unique row. Timers and jobs have threads of
their own, so that a long job (hundreds of digests at nine) holds up no reminder; a job is waited for, never run twice.
"""

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Event, Thread
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, func, select

from storage.models import JobRun, Timer
from storage.org import load_org
from storage.unit_of_work import Store
from workflows.schedule import JOBS, TIMER_HANDLERS, Job
from workflows.timers import claim, due_timers

log = logging.getLogger(__name__)

LOOK_BACK = timedelta(days=7)
ABANDONED = timedelta(hours=1)  # a run that began so long ago and did not end belongs to a process that died
WORKERS = 2  # jobs at a time in one process


class Scheduler:
    def __init__(self, store: Store, tick_seconds: float = 5.0) -> None:
        self.store = store
        self._tick_seconds = tick_seconds
        self._stopped = Event()
        self._threads = [
            Thread(target=self._loop, args=(self.fire_timers,), name="timers", daemon=True),
            Thread(target=self._loop, args=(self._hand_out,), name="jobs", daemon=True),
        ]
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="job")
        self._running: dict[str, Future[bool]] = {}

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Waits for what is under way."""
        self._stopped.set()
        for thread in self._threads:
            if thread.is_alive():
                thread.join()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _loop(self, work: Callable[[], object]) -> None:
        """`work` again and again, each a while after the one before has ended."""
        while not self._stopped.wait(self._tick_seconds):
            try:
                work()
            except Exception:
                log.exception("the clock could not ask what is due; it asks again")

    # -- Timers --------------------------------------------------------------------------------------------------------

    def fire_timers(self) -> int:
        """One transaction a timer, oldest first, until none is due; how many fired."""
        total = 0
        while True:
            with self.store.read() as uow:
                waiting = [timer.id for timer in due_timers(uow)]
            fired = sum(self._fire(timer_id) for timer_id in waiting)
            total += fired
            if not fired:
                return total

    def _fire(self, timer_id: int | None) -> bool:
        try:
            with self.store.write() as uow:
                timer = uow.session.get(Timer, timer_id)
                if timer is None or not claim(uow, timer):
                    return False
                TIMER_HANDLERS[timer.kind.partition(".")[0]](uow, timer)
        except Exception:
            log.exception("timer %s failed; it is tried again at the next tick", timer_id)
            return False
        return True

    # -- Jobs ----------------------------------------------------------------------------------------------------------

    def _hand_out(self) -> None:
        """Every job that does not run here already goes to a thread, which finds out whether it is due."""
        for job in JOBS:
            running = self._running.get(job.name)
            if running is None or running.done():
                self._running[job.name] = self._pool.submit(self._try, job)

    def _try(self, job: Job) -> bool:
        try:
            return self.run_if_due(job)
        except Exception:
            log.exception("job %s could not be started; it is tried again at the next tick", job.name)
            return False

    def run_if_due(self, job: Job) -> bool:
        """Run `job` once for its latest planned instant that has passed, however many were missed (coalesced); whether it
        ran and did not fail. One that failed runs again at its next planned instant."""
        due_at = self._due(job)
        if due_at is None:
            return False
        try:
            with self.store.write() as uow:
                uow.session.add(JobRun(job=job.name, due_at=due_at, started_at=uow.now))
        except IntegrityError:  # another replica was first
            return False
        error = self._run(job)
        with self.store.write() as uow:
            run = uow.session.exec(select(JobRun).where(JobRun.job == job.name, JobRun.due_at == due_at)).one()
            run.finished_at, run.error = uow.now, error
            uow.session.add(run)
        return error is None

    def _due(self, job: Job) -> datetime | None:
        """The planned instant to run it for, None when that was done or a run is under way anywhere."""
        with self.store.read() as uow:
            last = uow.session.exec(select(func.max(col(JobRun.due_at))).where(JobRun.job == job.name)).one()
            under_way = select(JobRun.id).where(
                JobRun.job == job.name, col(JobRun.finished_at).is_(None), col(JobRun.started_at) > uow.now - ABANDONED
            )
            if uow.session.exec(under_way).first() is not None:
                return None
            return _latest_planned(job, last, uow.now, load_org(uow.session).zone)

    def _run(self, job: Job) -> str | None:
        try:
            job.run(self.store)
        except Exception as failure:
            log.exception("job %s failed; it runs again at its next time", job.name)
            return f"{type(failure).__name__}: {failure}"[:500]
        return None


def _latest_planned(job: Job, after: datetime | None, now: datetime, zone: ZoneInfo) -> datetime | None:
    """The last planned instant in (`after`, `now`], at most seven days back."""
    trigger = CronTrigger.from_crontab(job.cron, timezone=zone)
    start = now - LOOK_BACK if after is None else max(after + timedelta(seconds=1), now - LOOK_BACK)
    planned, latest = trigger.get_next_fire_time(None, start), None
    while planned is not None and planned <= now:
        latest = planned
        planned = trigger.get_next_fire_time(planned, planned + timedelta(seconds=1))
    return latest.astimezone(now.tzinfo) if latest is not None else None
