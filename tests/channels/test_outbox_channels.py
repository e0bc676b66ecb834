"""A person with accounts in two channels is told once, where they were last, and elsewhere when that fails for good."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from sqlmodel import select

from bot.accounts import link_account, note_use
from bot.channels.base import SendFailed
from bot.interaction import Actor, ChannelName, Conversation
from bot.message import Message, attach, text_message
from bot.notices import Notice, builders
from bot.outbox import MAX_ATTEMPTS, Outbox
from storage.models import ChatAccount, OutboxItem, PostedMessage
from storage.unit_of_work import Store, UnitOfWork
from tests.builders import add_person
from tests.conftest import NOW, TestClock
from tests.fakes import RecordingChat
from workflows.notify import notify, refresh_cards

WORDS = {"now": "first"}


@dataclass
class FindingChat(RecordingChat):
    """`directory`: accounts by e-mail, linked when they are asked for. `out_of_order`: it cannot be asked."""

    store: Store | None = None
    directory: dict[str, str] = field(default_factory=dict)
    out_of_order: bool = False

    async def find_account(self, email: str) -> ChatAccount | None:
        if self.out_of_order:
            raise SendFailed("no answer", 5.0)
        if email not in self.directory or self.store is None:
            return None
        return link_account(
            self.store, channel=self.channel, workspace="", external_id=self.directory[email], email=email, timezone=None,
            now=NOW,
        )  # fmt: skip


@dataclass
class Two:
    slack: FindingChat
    teams: FindingChat
    outbox: Outbox
    store: Store
    clock: TestClock
    ada: int

    def posts(self) -> list[tuple[str, str]]:
        return [(chat.channel, post.message.fallback) for chat in (self.slack, self.teams) for post in chat.posts]

    def status(self, key: str) -> str:
        with self.store.read() as uow:
            return uow.session.exec(select(OutboxItem.status).where(OutboxItem.key == key)).one()

    def uses(self, channel: ChannelName) -> None:
        with self.store.write() as uow:
            note_use(uow, Actor(channel=channel, external_id=f"{channel}-ada"))

    def tell(self, key: str, **more: bool) -> None:
        with self.store.write() as uow:
            notify(uow, "test_news", key=key, subject="thing:1", person_id=self.ada, **more)  # type: ignore[arg-type]

    async def drain_after(self, **time: float) -> None:
        self.clock.advance(**time)
        await self.outbox.drain()


@pytest.fixture(autouse=True)
def notices() -> Iterator[None]:
    def build(_uow: UnitOfWork, _notice: Notice) -> Message | None:
        return text_message(WORDS["now"])

    builders["test_news"] = build
    WORDS["now"] = "first"
    yield
    builders.pop("test_news")


@pytest.fixture
def nobody(store: Store, clock: TestClock) -> Two:
    """Ada is in the directory and has talked to Bursar nowhere."""
    slack, teams = FindingChat("slack", store=store), FindingChat("teams", store=store)
    with store.write() as uow:
        ada = add_person(uow, "ada").id or 0
    return Two(slack, teams, Outbox(store, [slack, teams], asyncio.Event(), {}), store, clock, ada)


@pytest.fixture
def two(nobody: Two) -> Two:
    with nobody.store.write() as uow:
        for number, channel in enumerate(("slack", "teams")):
            uow.session.add(
                ChatAccount(
                    channel=channel, external_id=f"{channel}-ada", person_id=nobody.ada, email="ada@acme.example",
                    last_seen_at=NOW + timedelta(minutes=number),
                )
            )  # fmt: skip
    return nobody


async def test_told_once_where_they_were_last(two: Two) -> None:
    for channel, key in (("slack", "a"), ("teams", "b"), ("slack", "c")):
        two.clock.advance(minutes=10)
        two.uses(channel)  # type: ignore[arg-type]
        two.tell(key)
        await two.outbox.drain()
    assert two.posts() == [("slack", "first"), ("slack", "first"), ("teams", "first")]


async def test_who_used_none_since_is_told_by_the_account_seen_last(two: Two) -> None:
    two.tell("a")
    await two.outbox.drain()
    assert two.posts() == [("teams", "first")]


def test_use_is_written_every_five_minutes(two: Two) -> None:
    def used() -> list[object]:
        with two.store.read() as uow:
            query = select(ChatAccount.last_used_at).where(ChatAccount.channel == "slack")
            return list(uow.session.exec(query).all())

    two.uses("slack")
    two.clock.advance(minutes=4)
    two.uses("slack")
    assert used() == [NOW]
    two.clock.advance(minutes=2)
    two.uses("slack")
    assert used() == [NOW + timedelta(minutes=6)]


async def test_refused_for_good_the_other_account_is_told(two: Two) -> None:
    two.teams.refuse = [None]
    two.tell("a")
    await two.outbox.drain()
    assert two.posts() == [("slack", "first")] and two.status("a") == "sent"
    with two.store.read() as uow:
        card = uow.session.exec(select(PostedMessage)).one()
        assert (card.channel, card.conversation_id, card.person_id) == ("slack", "dm:slack-ada", two.ada)


async def test_refused_for_now_the_same_account_waits(two: Two) -> None:
    two.teams.refuse = [30.0]
    two.tell("a")
    await two.outbox.drain()
    assert two.posts() == []
    await two.drain_after(seconds=31)
    assert two.posts() == [("teams", "first")]


async def test_the_other_one_refused_for_now_is_tried_later(two: Two) -> None:
    two.teams.refuse, two.slack.refuse = [None, None], [30.0]
    two.tell("a")
    await two.outbox.drain()
    await two.drain_after(seconds=31)
    assert two.posts() == [("slack", "first")]


async def test_refused_everywhere_it_is_kept_for_the_administrator(two: Two) -> None:
    two.teams.refuse, two.slack.refuse = [None], [None]
    two.tell("a")
    await two.outbox.drain()
    assert two.posts() == [] and two.status("a") == "failed"


async def test_a_reply_that_its_chat_refuses_for_good_reaches_the_other_one(two: Two) -> None:
    to = Conversation(channel="teams", id="dm:teams-ada", kind="direct")
    with two.store.write() as uow:
        payload = text_message("an answer").model_dump(mode="json")
        place = to.model_dump(mode="json")
        uow.session.add(
            OutboxItem(
                key="a", kind="message", lane="x", conversation=place, person_id=two.ada, payload=payload, created_at=uow.now
            )
        )
    two.teams.refuse = [None]
    await two.outbox.drain()
    assert two.posts() == [("slack", "an answer")]


async def test_a_file_stays_behind_where_the_other_one_takes_none(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(two.teams, "takes_files", True, raising=False)
    two.teams.refuse = [None]
    sent = text_message("an answer").model_copy(update={"attachments": [attach("a.csv", "text/csv", b"a,b")]})
    with two.store.write() as uow:
        payload = sent.model_dump(mode="json")
        uow.session.add(
            OutboxItem(key="a", kind="message", lane="x", person_id=two.ada, payload=payload, created_at=uow.now)
        )
    await two.outbox.drain()
    [post] = two.slack.posts
    assert post.message.attachments == [] and "a.csv" in str(post.message.paragraphs)


async def test_what_arrived_in_one_is_not_told_in_the_other_they_moved_to(two: Two) -> None:
    two.uses("slack")
    two.slack.lose_answers = 1
    two.tell("a")
    await two.outbox.drain()
    two.clock.advance(minutes=10)
    two.uses("teams")
    await two.outbox.drain()
    assert two.posts() == [("slack", "first")] and two.status("a") == "sent"


async def test_cards_in_both_are_redrawn_though_one_cannot_be_now(two: Two) -> None:
    for channel in ("teams", "slack"):
        two.clock.advance(minutes=10)
        two.uses(channel)  # type: ignore[arg-type]
        two.tell(channel)
        await two.outbox.drain()
    WORDS["now"] = "second"
    lost = two.teams.posts.copy()

    async def unavailable(to: Conversation, message_id: str, message: Message) -> None:
        raise SendFailed("not now", 5.0)

    in_order, two.teams.update = two.teams.update, unavailable  # type: ignore[method-assign]
    with two.store.write() as uow:
        refresh_cards(uow, "thing:1", 1)
    await two.outbox.drain()
    assert [post.message.fallback for post in two.slack.posts] == ["second"]
    two.teams.update = in_order  # type: ignore[method-assign]
    await two.drain_after(seconds=6)
    assert [post.message.fallback for post in lost] == ["second"]
    assert [post.updates for post in two.slack.posts] == [1]


async def test_doubt_ends(two: Two) -> None:
    """A chat that takes everything and answers nothing is not written to for ever."""
    two.teams.lose_answers = 100

    async def cannot_know(to: Conversation, key: str) -> None:
        return None

    two.teams.find = two.slack.find = cannot_know  # type: ignore[method-assign,assignment]
    two.tell("a")
    for _ in range(30):
        await two.drain_after(minutes=6)
    assert len(two.teams.posts) == MAX_ATTEMPTS and two.slack.posts == []
    assert two.status("a") == "failed"


async def test_who_is_known_nowhere_is_found_though_one_cannot_be_asked(nobody: Two) -> None:
    nobody.slack.out_of_order = True
    nobody.teams.directory["ada@acme.example"] = "teams-ada"
    nobody.tell("a")
    await nobody.outbox.drain()
    assert nobody.posts() == [("teams", "first")]


async def test_who_may_be_known_to_the_one_that_cannot_be_asked_is_told_later(nobody: Two) -> None:
    nobody.slack.out_of_order = True
    nobody.tell("a")
    await nobody.outbox.drain()
    assert nobody.status("a") == "new"
    nobody.slack.out_of_order = False
    nobody.slack.directory["ada@acme.example"] = "slack-ada"
    await nobody.drain_after(seconds=6)
    assert nobody.posts() == [("slack", "first")]


async def test_an_account_not_known_yet_is_looked_for_when_the_known_one_refuses(nobody: Two) -> None:
    nobody.teams.directory["ada@acme.example"] = "teams-ada"
    nobody.slack.directory["ada@acme.example"] = "slack-ada"
    nobody.slack.refuse = [None]
    nobody.tell("a")
    await nobody.outbox.drain()
    assert nobody.posts() == [("teams", "first")]


async def test_what_nobody_can_be_told_waits_until_a_channel_knows_them(store: Store, clock: TestClock) -> None:
    chat = FindingChat(store=store)
    with store.write() as uow:
        eve = add_person(uow, "eve").id
        notify(uow, "test_news", key="early", subject="thing:1", person_id=eve)
    await Outbox(store, [chat], asyncio.Event(), {}).drain()
    assert chat.posts == [] and state(store, "early") == "waiting"
    link_account(store, channel="web", workspace="", external_id="eve", email="eve@acme.example", timezone=None, now=clock())
    await Outbox(store, [chat], asyncio.Event(), {}).drain()
    assert [post.message.fallback for post in chat.posts] == ["first"]


async def test_the_channels_are_asked_again_after_an_hour_and_not_for_ever(store: Store, clock: TestClock) -> None:
    chat = FindingChat(store=store)
    with store.write() as uow:
        eve = add_person(uow, "eve").id
        for key in ("news", "late"):
            notify(uow, "test_news", key=key, subject="thing:1", person_id=eve)
    await Outbox(store, [chat], asyncio.Event(), {}).drain()
    chat.directory["eve@acme.example"] = "eve"
    await Outbox(store, [chat], asyncio.Event(), {}).drain()
    assert chat.posts == []
    clock.advance(minutes=61)
    await Outbox(store, [chat], asyncio.Event(), {}).drain()
    assert len(chat.posts) == 2


async def test_after_a_week_it_is_no_news(store: Store, clock: TestClock) -> None:
    chat = FindingChat(store=store)
    with store.write() as uow:
        eve = add_person(uow, "eve").id
        notify(uow, "test_news", key="old", subject="thing:1", person_id=eve)
    await Outbox(store, [chat], asyncio.Event(), {}).drain()
    clock.advance(days=8)
    link_account(store, channel="web", workspace="", external_id="eve", email="eve@acme.example", timezone=None, now=clock())
    await Outbox(store, [chat], asyncio.Event(), {}).drain()
    assert chat.posts == [] and state(store, "old") == "dropped"


def state(store: Store, key: str) -> str:
    with store.read() as uow:
        return uow.session.exec(select(OutboxItem.status).where(OutboxItem.key == key)).one()
