"""The in-process tick: APScheduler asks every few seconds what is due; what that is stands in the database.

Any number of replicas may tick: timers are claimed one by one, a job's run is a unique row.
"""

import logging
from datetime import timedelta
from zoneinfo import ZoneInfo

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select

from storage.models import JobRun, Timer
from storage.org import load_org
from storage.unit_of_work import Store
from workflows.schedule import JOBS, TIMER_HANDLERS, Job
from workflows.timers import claim, due_timers

log = logging.getLogger(__name__)

LOOK_BACK = timedelta(days=7)


class Scheduler:
    def __init__(self, store: Store, tick_seconds: float = 5.0) -> None:
        self.store = store
        self._scheduler = BackgroundScheduler(timezone="UTC")
        self._scheduler.add_job(
            self.tick, "interval", seconds=tick_seconds, max_instances=1, coalesce=True, misfire_grace_time=None
        )

    def start(self) -> None:
        self._scheduler.start()

    def stop(self) -> None:
        self._scheduler.shutdown(wait=True)

    def tick(self) -> None:
        """Fire every due timer and run every due job; a failure of one is logged and does not stop the others."""
        self.fire_timers()
        for job in JOBS:
            try:
                self.run_if_due(job)
            except Exception:
                log.exception("job %s failed", job.name)

    def fire_timers(self) -> int:
        """One transaction a timer, oldest first; how many fired."""
        with self.store.read() as uow:
            waiting = [timer.id for timer in due_timers(uow)]
        return sum(self._fire(timer_id) for timer_id in waiting)

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

    def run_if_due(self, job: Job) -> bool:
        """Run `job` once for its latest planned instant that has passed, however many were missed (coalesced)."""
        with self.store.read() as uow:
            now, zone = uow.now, load_org(uow.session).zone
            due_at = self._last_planned(job, now, zone)
            if due_at is None:
                return False
            done = uow.session.exec(select(JobRun.id).where(JobRun.job == job.name, col(JobRun.due_at) >= due_at)).first()
            if done is not None:
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

    def _run(self, job: Job) -> str | None:
        try:
            job.run(self.store)
        except Exception as failure:
            log.exception("job %s failed", job.name)
            return f"{type(failure).__name__}: {failure}"[:500]
        return None

    def _last_planned(self, job: Job, now, zone: ZoneInfo):  # type: ignore[no-untyped-def]
        trigger = CronTrigger.from_crontab(job.cron, timezone=zone)
        planned, latest = trigger.get_next_fire_time(None, now - LOOK_BACK), None
        while planned is not None and planned <= now:
            latest = planned
            planned = trigger.get_next_fire_time(planned, planned + timedelta(seconds=1))
        return latest.astimezone(now.tzinfo) if latest is not None else None
