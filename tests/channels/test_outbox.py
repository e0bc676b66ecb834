"""What was committed is told once, in order, also when answers get lost or the process dies."""

import asyncio
from collections.abc import Iterator

import pytest
from sqlmodel import select

from bot.message import Message, attach, text_message
from bot.notices import Notice, builders
from bot.outbox import Outbox
from storage.models import ChatAccount, OutboxItem
from storage.unit_of_work import Store, UnitOfWork
from tests.builders import add_person
from tests.conftest import NOW, TestClock
from tests.fakes import RecordingChat
from workflows.notify import notify, refresh_cards

STATE = {"words": "first", "gone": ""}


@pytest.fixture(autouse=True)
def notices() -> Iterator[None]:
    def build(uow: UnitOfWork, notice: Notice) -> Message | None:
        return None if STATE["gone"] else text_message(f"{notice.subject} {STATE['words']}")

    builders["test_card"] = build
    STATE.update(words="first", gone="")
    yield
    builders.pop("test_card")


@pytest.fixture
def chat() -> RecordingChat:
    return RecordingChat()


@pytest.fixture
def outbox(store: Store, chat: RecordingChat) -> Outbox:
    with store.write() as uow:
        person = add_person(uow, "ada")
        uow.session.add(ChatAccount(channel="web", external_id="ada", person_id=person.id, last_seen_at=NOW))
    return Outbox(store, [chat], asyncio.Event(), {})


def tell(store: Store, key: str, at_most_once: bool = False) -> None:
    with store.write() as uow:
        notify(uow, "test_card", key=key, subject=f"thing:{key}", person_id=1, at_most_once=at_most_once)


def statuses(store: Store) -> list[str]:
    with store.read() as uow:
        return list(uow.session.exec(select(OutboxItem.status).order_by(OutboxItem.id)).all())  # type: ignore[arg-type]


def texts(chat: RecordingChat) -> list[str]:
    return [post.message.fallback for post in chat.posts]


async def test_a_file_is_never_lost_in_silence(
    store: Store, outbox: Outbox, chat: RecordingChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = Message(fallback="spend.csv", attachments=[attach("spend.csv", "text/csv", b"x")])
    monkeypatch.setitem(builders, "test_card", lambda uow, what: file)
    tell(store, "one")
    await outbox.drain()
    assert chat.posts[0].message.attachments == []
    assert "cannot send the file spend.csv here" in chat.posts[0].message.paragraphs[0][0].text
    monkeypatch.setattr(chat, "takes_files", True, raising=False)
    tell(store, "two")
    await outbox.drain()
    assert chat.posts[1].message == file


async def test_told_once_and_in_order(store: Store, outbox: Outbox, chat: RecordingChat) -> None:
    for key in ("a", "b", "c"):
        tell(store, key)
        tell(store, key)
    await outbox.drain()
    await outbox.drain()
    assert texts(chat) == ["thing:a first", "thing:b first", "thing:c first"]
    assert {post.to.id for post in chat.posts} == {"dm:ada"}


async def test_news_no_longer_true_is_not_sent(store: Store, outbox: Outbox, chat: RecordingChat) -> None:
    tell(store, "a")
    STATE["gone"] = "yes"
    await outbox.drain()
    assert chat.posts == []
    assert statuses(store) == ["dropped"]


async def test_a_lost_answer_is_looked_for_before_sending_again(
    store: Store, outbox: Outbox, chat: RecordingChat, clock: TestClock
) -> None:
    tell(store, "a")
    chat.lose_answers = 1
    await outbox.drain()
    clock.advance(minutes=2)
    await outbox.drain()
    assert texts(chat) == ["thing:a first"]
    assert statuses(store) == ["sent"]


async def test_a_nudge_that_may_have_arrived_is_not_repeated(
    store: Store, outbox: Outbox, chat: RecordingChat, clock: TestClock
) -> None:
    tell(store, "a", at_most_once=True)
    chat.lose_answers = 1
    await outbox.drain()
    clock.advance(minutes=2)
    await outbox.drain()
    assert texts(chat) == ["thing:a first"]


async def test_killed_after_claiming_the_next_process_sends_once(
    store: Store, outbox: Outbox, chat: RecordingChat, clock: TestClock
) -> None:
    tell(store, "a")
    assert len(outbox._claim()) == 1  # the process dies here
    second = Outbox(store, [chat], asyncio.Event(), {})
    await second.drain()
    assert chat.posts == []  # the lease still holds
    clock.advance(minutes=2)
    await second.drain()
    assert texts(chat) == ["thing:a first"]


async def test_killed_while_sending_a_nudge_it_is_not_sent_again(
    store: Store, outbox: Outbox, chat: RecordingChat, clock: TestClock
) -> None:
    tell(store, "a", at_most_once=True)
    assert len(outbox._claim()) == 1  # the process dies here, before or after the nudge left
    clock.advance(minutes=2)
    await Outbox(store, [chat], asyncio.Event(), {}).drain()
    assert chat.posts == []
    assert statuses(store) == ["dropped"]


async def test_refused_for_now_waits_as_long_as_told(
    store: Store, outbox: Outbox, chat: RecordingChat, clock: TestClock
) -> None:
    tell(store, "a")
    chat.refuse = [30.0]
    await outbox.drain()
    clock.advance(seconds=29)
    await outbox.drain()
    assert chat.posts == []
    clock.advance(seconds=2)
    await outbox.drain()
    assert len(chat.posts) == 1


async def test_refused_for_ever_is_kept_for_the_administrator(store: Store, outbox: Outbox, chat: RecordingChat) -> None:
    tell(store, "a")
    tell(store, "b")
    chat.refuse = [None]
    await outbox.drain()
    assert statuses(store) == ["failed", "sent"]


async def test_a_card_is_updated_in_place_and_only_when_it_differs(
    store: Store, outbox: Outbox, chat: RecordingChat
) -> None:
    tell(store, "a")
    await outbox.drain()
    with store.write() as uow:
        refresh_cards(uow, "thing:a", 1)
    await outbox.drain()
    assert chat.posts[0].updates == 0
    STATE["words"] = "second"
    with store.write() as uow:
        refresh_cards(uow, "thing:a", 2)
    await outbox.drain()
    assert [(post.message.fallback, post.updates) for post in chat.posts] == [("thing:a second", 1)]
