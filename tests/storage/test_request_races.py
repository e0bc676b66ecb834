"""Many hands at once, on both databases: exactly one effect (approvals cases: concurrency)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlmodel import select

from storage.models import BudgetReservation, Decision, OutboxItem, Request, RequestSlot, Task, Timer
from storage.unit_of_work import Store, UnitOfWork
from tests.storage.requests_world import World
from tests.storage.test_request_facts import BUDGET_POLICY, add_budget, give_seats
from workflows.errors import WorkflowError
from workflows.requests.create import create
from workflows.requests.decide import decide
from workflows.requests.ends import cancel
from workflows.requests.fulfil import complete_task
from workflows.requests.timers import on_timer
from workflows.timers import claim

ANY = "version: 1\napproval: {baseline: [{parallel: [manager, 'role:legal'], join: any}]}\n"
TWO = "version: 1\napproval: {baseline: [{approver: 'role:finance', quorum: 2}, 'role:legal']}\n"
FREE = """\
version: 1
approval:
  baseline: [manager]
  rules: [{id: free, when: {field: tool.free_seats, gte: 1}, then: {auto_approve: true}}]
"""
ROUNDS = 8


def at_once(store: Store, *actions: Callable[[UnitOfWork], object]) -> list[object]:
    """Run each in its own transaction, released together; results, or the error each was refused with."""
    barrier = Barrier(len(actions))

    def run(action: Callable[[UnitOfWork], object]) -> object:
        barrier.wait()
        try:
            with store.write() as uow:
                return action(uow)
        except WorkflowError as error:
            return error

    with ThreadPoolExecutor(len(actions)) as pool:
        return list(pool.map(run, actions))


def won(results: list[object]) -> list[object]:
    return [result for result in results if not isinstance(result, Exception)]


def test_approve_and_deny_in_the_same_moment(store: Store) -> None:
    """A001: the first stands, the other is told who decided; one outcome."""
    world = World(store, ANY)
    for _ in range(ROUNDS):
        request_id = world.ask().id
        results = at_once(
            store,
            lambda uow, r=request_id: decide(uow, world.mia, r, "approve"),
            lambda uow, r=request_id: decide(uow, world.lea, r, "deny", "no"),
        )
        (winner,) = won(results)
        loser = next(one for one in results if isinstance(one, WorkflowError))
        assert "decided on" in loser.message and winner.status in ("approved", "denied")  # type: ignore[attr-defined]
        with store.read() as uow:
            assert len(uow.session.exec(select(Decision).where(Decision.request_id == request_id)).all()) == 1
            tasks = uow.session.exec(select(Task).where(Task.request_id == request_id)).all()
            assert len(tasks) == (1 if winner.status == "approved" else 0)  # type: ignore[attr-defined]


def test_two_of_three_at_once_open_the_next_stage_once(store: Store) -> None:
    """A002."""
    world = World(store, TWO)
    for _ in range(ROUNDS):
        request_id = world.ask().id
        results = at_once(
            store,
            lambda uow, r=request_id: decide(uow, world.fay, r, "approve"),
            lambda uow, r=request_id: decide(uow, world.fin, r, "approve"),
        )
        assert len(won(results)) == 2
        with store.read() as uow:
            slots = uow.session.exec(select(RequestSlot).where(RequestSlot.request_id == request_id)).all()
            assert sorted(slot.status for slot in slots) == ["approved", "open"]
            asked = uow.session.exec(
                select(OutboxItem).where(OutboxItem.subject == f"request:{request_id}", OutboxItem.person_id == world.lea)
            ).all()
            assert len(asked) == 1


def test_ten_deliveries_of_one_click_are_one_decision(store: Store) -> None:
    """A008, A010: the same key, and the same person under new keys."""
    world = World(store, TWO)
    request_id = world.ask().id
    same = at_once(store, *[lambda uow: decide(uow, world.fay, request_id, "approve", idempotency_key="click")] * 5)
    assert len(won(same)) == 5 and len({str(result) for result in same}) == 1
    again = at_once(store, *[
        lambda uow, n=n: decide(uow, world.fay, request_id, "approve", idempotency_key=f"click-{n}") for n in range(5)
    ])  # fmt: skip
    assert won(again) == []
    with store.read() as uow:
        assert len(uow.session.exec(select(Decision)).all()) == 1


@pytest.mark.parametrize("rival", ["cancel", "expire"])
def test_cancel_or_expiry_against_approve(store: Store, rival: str) -> None:
    """A005, A006: one wins; what ended is never granted."""
    world = World(store, ANY)

    def expire(uow: UnitOfWork, request_id: str) -> object:
        timer = uow.session.exec(
            select(Timer).where(Timer.subject == f"request:{request_id}", Timer.kind == "request.expire").limit(1)
        ).one()
        if claim(uow, timer):
            on_timer(uow, timer)
        return None

    for _ in range(ROUNDS):
        request_id = world.ask().id
        with store.write() as uow:  # the other slot's expiry is past
            slot = uow.session.exec(
                select(Timer).where(Timer.subject == f"request:{request_id}", Timer.kind == "request.expire")
            ).all()[1]
            slot.status = "cancelled"
            uow.session.add(slot)
        other = (
            (lambda uow, r=request_id: cancel(uow, world.eve, r))
            if rival == "cancel"
            else (lambda uow, r=request_id: expire(uow, r))
        )
        at_once(store, lambda uow, r=request_id: decide(uow, world.mia, r, "approve"), other)
        with store.read() as uow:
            status = uow.session.get(Request, request_id).status  # type: ignore[union-attr]
            open_tasks = uow.session.exec(select(Task).where(Task.request_id == request_id, Task.status == "open")).all()
            decisions = uow.session.exec(select(Decision).where(Decision.request_id == request_id)).all()
        if rival == "expire":
            assert (status, len(decisions)) in (("approved", 1), ("expired", 0))
        assert status in ("approved", "cancelled", "expired")
        assert len(open_tasks) == (1 if status == "approved" else 0)


def test_one_budget_and_two_requests_at_once(store: Store) -> None:
    """A007: it covers one; the other goes to finance."""
    world = World(store, BUDGET_POLICY)
    world.price("600")
    add_budget(world, "1000")
    results = at_once(
        store,
        lambda uow: create(uow, world.draft("eve"), world.eve, "a"),
        lambda uow: create(uow, world.draft("bob"), world.bob, "b"),
    )
    assert sorted(request.status for request in won(results)) == ["approved", "pending"]  # type: ignore[attr-defined]
    with store.read() as uow:
        assert len(uow.session.exec(select(BudgetReservation)).all()) == 2


def test_the_last_free_seat_is_given_once(store: Store) -> None:
    """A080."""
    world = World(store, FREE)
    world.price("600", seats=2)
    give_seats(world, {"zoe": None})
    results = at_once(store, *[
        lambda uow, who=who: create(uow, world.draft(who), world.ids[who], who) for who in ("eve", "bob", "mia", "pat")
    ])  # fmt: skip
    assert sorted(request.status for request in won(results)) == ["approved", "pending", "pending", "pending"]  # type: ignore[attr-defined]
    numbers = sorted(request.number for request in won(results))  # type: ignore[attr-defined]
    assert numbers == [1001, 1002, 1003, 1004]


def test_the_same_form_delivered_to_many_is_one_request(store: Store) -> None:
    """A009."""
    world = World(store)
    results = at_once(store, *[lambda uow: create(uow, world.draft(), world.eve, "form")] * 6)
    assert len({request.id for request in won(results)}) == 1 and len(won(results)) == 6  # type: ignore[attr-defined]


def test_a_task_is_closed_once(store: Store) -> None:
    world = World(store, ANY)
    request_id = world.ask().id
    with store.write() as uow:
        decide(uow, world.mia, request_id, "approve")
        task_id = uow.session.exec(select(Task.id)).one()
    results = at_once(
        store,
        lambda uow: complete_task(uow, world.tor, task_id, "done"),
        lambda uow: complete_task(uow, world.pat, task_id, "cannot", "no"),
        lambda uow: cancel(uow, world.eve, request_id),
    )
    assert len(won(results)) in (1, 2)  # `cannot`, then the cancellation of what stays approved
    with store.read() as uow:
        task = uow.session.get(Task, task_id)
        status = uow.session.get(Request, request_id).status  # type: ignore[union-attr]
        assert task is not None
        assert (task.status, status) in (
            ("done", "fulfilled"), ("cannot", "cancelled"), ("cannot", "approved"), ("cancelled", "cancelled"),
        )  # fmt: skip
