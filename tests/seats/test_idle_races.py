"""Clicks in the same moment: one has an effect, on both databases."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlmodel import select

from storage.models import IdleCase, Saving, Task
from tests.seats.company import MONDAY, Company, ago
from workflows.errors import Conflict
from workflows.seats.cases import keep, release, snooze, undo
from workflows.seats.find_idle import sweep
from workflows.seats.tasks import task_cannot, task_done

CLICKS = 6


def together(*actions: Callable[[], object]) -> list[str]:
    """Run the actions from one barrier; for each "done" or "conflict"."""
    barrier = threading.Barrier(len(actions))

    def run(action: Callable[[], object]) -> str:
        barrier.wait()
        try:
            action()
        except Conflict:
            return "conflict"
        return "done"

    with ThreadPoolExecutor(len(actions)) as pool:
        return sorted(pool.map(run, actions))


@pytest.mark.parametrize("round_", range(3))
def test_one_of_many_releases_counts(acme: Company, round_: int) -> None:
    acme.snapshot("cursor", {"ada": ago(60)})
    acme.snapshot("copilot", {"ada": ago(60)})
    acme.sweep()
    case, ada = acme.case().id, acme.id("ada")
    click = lambda: acme.do(release, case, actor_id=ada)  # noqa: E731
    assert together(*[click] * CLICKS) == ["conflict"] * (CLICKS - 1) + ["done"]
    with acme.store.read() as uow:
        assert len(uow.session.exec(select(Saving)).all()) == 2
        assert len(uow.session.exec(select(Task)).all()) == 2
    assert acme.actions().count("seat.released") == 2


@pytest.mark.parametrize("round_", range(3))
def test_release_keep_and_snooze_at_once(acme: Company, round_: int) -> None:
    acme.snapshot("cursor", {"ada": ago(60)})
    acme.sweep()
    case, ada = acme.case().id, acme.id("ada")
    together(
        lambda: acme.do(release, case, actor_id=ada),
        lambda: acme.do(keep, case, actor_id=ada, reason="needed"),
        lambda: acme.do(snooze, case, actor_id=ada, days=7),
    )
    seat = acme.seat("cursor")
    assert seat.status in ("releasing", "kept")
    assert acme.case().status == "closed"
    assert acme.saved()[0] == (seat.status == "releasing")


def test_different_seats_of_a_case_at_once_close_it(acme: Company) -> None:
    for slug in ("cursor", "copilot", "notion"):
        acme.snapshot(slug, {"ada": ago(60)})
    acme.sweep()
    case, ada = acme.case().id, acme.id("ada")
    seats = [acme.seat(slug).id or 0 for slug in ("cursor", "copilot", "notion")]
    actions = [lambda seat=seat: acme.do(release, case, actor_id=ada, seat_ids=[seat]) for seat in seats]
    assert together(*actions) == ["done"] * 3
    assert acme.case().status == "closed"


def test_undo_and_removal_at_once_agree(acme: Company) -> None:
    acme.snapshot("cursor", {"ada": ago(60)})
    acme.sweep()
    case, ada, tor = acme.case().id, acme.id("ada"), acme.id("tor")
    acme.do(release, case, actor_id=ada)
    seat, task = acme.seat("cursor").id or 0, acme.task("cursor").id
    together(
        lambda: acme.do(undo, case, seat, actor_id=ada),
        lambda: acme.do(task_done, task, actor_id=tor),
        lambda: acme.do(task_cannot, task, actor_id=tor, reason="no"),
    )
    with acme.store.read() as uow:
        tasks = {(one.kind, one.status) for one in uow.session.exec(select(Task)).all()}
    status = acme.seat("cursor").status
    assert (status, tasks) in [
        ("undone", {("revoke", "cancelled")}),
        ("undone", {("revoke", "done"), ("grant", "open")}),
        ("cannot", {("revoke", "cannot")}),
    ]
    assert acme.saved()[0] == 0


def test_two_replicas_sweep_at_once(acme: Company) -> None:
    acme.snapshot("cursor", {"ada": ago(60), "max": ago(60), "cy": ago(60)})
    acme.snapshot("copilot", {"ada": ago(60)})
    together(*[lambda: sweep(acme.store)] * 3)
    with acme.store.read() as uow:
        assert len(uow.session.exec(select(IdleCase)).all()) == 3
    assert len(acme.told("idle_case")) == 3


def test_a_snooze_and_the_end_at_once(acme: Company) -> None:
    acme.snapshot("cursor", {"ada": ago(60)})
    acme.sweep()
    acme.clock.now = MONDAY.replace(day=30, month=12)
    case, ada = acme.case().id, acme.id("ada")
    together(lambda: acme.do(snooze, case, actor_id=ada, days=7), acme.fire)
    assert (acme.case().status, acme.seat("cursor").status) in [("snoozed", "asked"), ("closed", "reclaiming")]


def test_an_answer_and_the_end_at_once(acme: Company) -> None:
    acme.snapshot("cursor", {"ada": ago(60)})
    acme.sweep()
    acme.clock.now = MONDAY.replace(day=30, month=12)
    case, ada = acme.case().id, acme.id("ada")
    together(lambda: acme.do(keep, case, actor_id=ada, reason="needed")), acme.fire
    status = acme.seat("cursor").status
    assert status in ("kept", "reclaiming")
    assert acme.saved()[0] == (status == "reclaiming")
    assert acme.case().status == "closed"
