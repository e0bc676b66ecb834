"""An interaction has its effect once, refusals are told in private, failures are tried again."""

import asyncio
from collections.abc import Iterator

import pytest
from sqlmodel import select

from bot.inbox import MAX_ATTEMPTS, Inbox
from bot.interaction import Actor, Conversation, Interaction
from bot.message import text_message
from bot.router import Reply, Router, registry
from storage.models import AuditRow, InboxItem, OutboxItem, Person
from storage.unit_of_work import Store, UnitOfWork
from tests.builders import add_person
from tests.conftest import NOW, TestClock
from workflows.errors import NotAllowed


def click(key: str = "k1", intent: str = "test_effect", person_id: int | None = 1) -> Interaction:
    return Interaction(
        key=key,
        kind="action",
        actor=Actor(channel="web", external_id="ada@acme.example", person_id=person_id, email="ada@acme.example"),
        conversation=Conversation(channel="web", id="dm", kind="direct"),
        intent=intent,
        received_at=NOW,
    )


@pytest.fixture(autouse=True)
def intents() -> Iterator[None]:
    def effect(uow: UnitOfWork, interaction: Interaction) -> list[Reply]:
        uow.session.add(Person(employee_id=f"made by {interaction.key}"))
        return [Reply(text_message("done"))]

    def refuse(uow: UnitOfWork, interaction: Interaction) -> list[Reply]:
        uow.session.add(Person(employee_id="must not stay"))
        uow.session.flush()
        raise NotAllowed("This is not yours to decide.", subject="request:r1")

    def fail(uow: UnitOfWork, interaction: Interaction) -> list[Reply]:
        raise RuntimeError("disk on fire")

    made = {"test_effect": effect, "test_refuse": refuse, "test_fail": fail}
    registry.act.update(made)
    yield
    for name in made:
        registry.act.pop(name)


@pytest.fixture
def inbox(store: Store) -> Inbox:
    with store.write() as uow:
        assert add_person(uow, "ada").id == 1
    return Inbox(store, Router(store))


def people(store: Store) -> list[str]:
    with store.read() as uow:
        return sorted(uow.session.exec(select(Person.employee_id)).all())


def told(store: Store) -> list[OutboxItem]:
    with store.read() as uow:
        return list(uow.session.exec(select(OutboxItem).order_by(OutboxItem.id)).all())  # type: ignore[arg-type]


def test_five_deliveries_are_one_effect_and_one_reply(store: Store, inbox: Inbox) -> None:
    for _ in range(5):
        inbox.store_interactions([click(), click()])
        while inbox.work_once():
            pass
    assert people(store) == ["E-ada", "made by k1"]
    assert [item.payload["fallback"] for item in told(store)] == ["done"]


def test_a_refusal_changes_nothing_is_private_and_audited(store: Store, inbox: Inbox) -> None:
    inbox.store_interactions([click(intent="test_refuse")])
    assert inbox.work_once()
    assert people(store) == ["E-ada"]
    [reply] = told(store)
    assert reply.private_to == "ada@acme.example"
    assert "not yours to decide" in reply.payload["fallback"]
    with store.read() as uow:
        [row] = uow.session.exec(select(AuditRow)).all()
    assert (row.action, row.subject, row.actor_person_id) == ("attempt.refused", "request:r1", 1)


def test_an_unknown_person_is_told_what_to_do(store: Store, inbox: Inbox) -> None:
    inbox.store_interactions([click(person_id=None)])
    inbox.work_once()
    assert "administrator" in told(store)[0].payload["fallback"]


def test_a_failure_is_tried_again_later_and_ends_with_an_apology(store: Store, inbox: Inbox, clock: TestClock) -> None:
    inbox.store_interactions([click(intent="test_fail")])
    for _ in range(MAX_ATTEMPTS):
        assert inbox.work_once()
        assert not inbox.work_once()
        clock.advance(hours=1)
    assert not inbox.work_once()
    with store.read() as uow:
        [item] = uow.session.exec(select(InboxItem)).all()
    assert item.status == "failed"
    assert "disk on fire" in (item.error or "")
    assert len(told(store)) == 1


async def test_receive_returns_after_the_commit(store: Store, inbox: Inbox) -> None:
    await inbox.start()
    await inbox.receive(click("a"))
    await inbox.receive(click("a"))
    await inbox.worked.wait()
    await inbox.stop()
    assert people(store) == ["E-ada", "made by a"]


async def test_who_waits_for_an_outcome_is_told_when_it_is_there(inbox: Inbox) -> None:
    await inbox.start()
    try:
        await inbox.receive(click("k-settled"))
        assert await inbox.settled("k-settled", 5.0)
        assert await inbox.settled("k-settled", 0.0)  # asked again later
        assert not await inbox.settled("k-never", 0.05)
    finally:
        await inbox.stop()


def test_what_somebody_waits_for_comes_first(store: Store, inbox: Inbox) -> None:
    inbox.store_interactions([click(f"k{number}") for number in range(3)])
    inbox._awaited["k2"] = asyncio.Event()
    assert inbox.work_once()
    assert "made by k2" in people(store)
