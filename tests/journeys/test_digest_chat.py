"""A digest as people live with it: subscribed under an answer or in words, told by the clock, ended; inbox to outbox."""

import asyncio
from datetime import UTC, date, datetime
from itertools import count

import pytest
from sqlmodel import col, select

from bot.inbox import Inbox
from bot.interaction import Actor, Conversation, Interaction
from bot.message import Action, Form, Message
from bot.outbox import LEASE, Outbox
from bot.router import Router
from bot.scheduler import Scheduler
from storage.models import ChatAccount, JobRun, OutboxItem, Subscription
from storage.unit_of_work import Store
from tests.asking.company import add_usage
from tests.asking.test_delivery import acme
from tests.builders import add_tool
from tests.conftest import NOW, TestClock
from tests.fakes import Posted, RecordingChat
from workflows.schedule import JOBS

OPEN = Conversation(channel="web", id="OPEN", kind="public", thread_id="7.7")
CLOSED = Conversation(channel="web", id="C1", kind="public", thread_id="8.8")
CLICKS = count(1)
(JOB,) = [job for job in JOBS if job.name == "subscriptions"]


def direct(who: str) -> Conversation:
    return Conversation(channel="web", id=f"dm:{who}")


class Chat:
    """The company of test_delivery (requests: 91 in October, 70 in November) with one process of Bursar."""

    def __init__(self, store: Store, clock: TestClock) -> None:
        self.store, self.clock = store, clock
        self.recorded = RecordingChat()
        self.router = Router(store)
        with store.write() as uow:
            self.people = acme(uow).people
            add_usage(uow, add_tool(uow, "other", vendor="Other"), None, date(2026, 11, 4), requests=70)
            for name, person_id in self.people.items():
                uow.session.add(ChatAccount(channel="web", external_id=name, person_id=person_id, last_seen_at=NOW))
        self.start()

    def start(self) -> None:
        """A process; what an earlier one left lies in the database."""
        self.inbox = Inbox(self.store, self.router)
        self.outbox = Outbox(self.store, [self.recorded], asyncio.Event(), {})

    async def settle(self) -> None:
        while await asyncio.to_thread(self.inbox.work_once):
            pass
        await self.outbox.drain()

    async def at(self, *instant: int) -> list[Posted]:
        """The clock strikes; what was posted then."""
        self.clock.now = datetime(*instant, tzinfo=UTC)  # type: ignore[arg-type,misc]
        before = len(self.recorded.posts)
        await asyncio.to_thread(Scheduler(self.store).run_if_due, JOB)
        await self.settle()
        return self.recorded.posts[before:]

    def _interaction(self, who: str, where: Conversation, kind: str, **what: object) -> Interaction:
        actor = Actor(channel="web", external_id=who, person_id=self.people[who], email=f"{who}@acme.example")
        return Interaction.model_validate(
            {"key": f"k{next(CLICKS)}", "kind": kind, "actor": actor, "conversation": where, "received_at": NOW, **what}
        )

    async def _do(self, interaction: Interaction) -> Posted:
        before = len(self.recorded.posts)
        await asyncio.to_thread(self.inbox.store_interactions, [interaction])
        await self.settle()
        (posted,) = self.recorded.posts[before:]
        return posted

    async def say(self, who: str, text: str, where: Conversation | None = None) -> Posted:
        return await self._do(self._interaction(who, where or direct(who), "text", text=text))

    async def click(self, who: str, post: Posted, label: str, where: Conversation | None = None) -> Posted:
        action = button(post.message, label)
        return await self._do(self._interaction(who, where or post.to, "action", intent=action.intent, args=action.args))

    def open(self, who: str, post: Posted, label: str) -> Form | Message:
        action = button(post.message, label)
        return self.router.open(self._interaction(who, post.to, "action", intent=action.intent, args=action.args))

    async def fill(self, who: str, post: Posted, form: Form, **values: str) -> Posted:
        given = {field.name: field.value or "" for field in form.fields} | values
        sent = self._interaction(who, post.to, "form", intent=form.intent, args=form.args, form=given)
        assert self.router.check_form(sent) == {}
        return await self._do(sent)

    def active(self) -> int:
        with self.store.read() as uow:
            return len(uow.session.exec(select(Subscription.id).where(Subscription.status == "active")).all())


def button(message: Message, label: str) -> Action:
    return next(action for action in message.actions if action.label.startswith(label))


def labels(message: Message) -> list[str]:
    return [action.label for action in message.actions]


def words(message: Message) -> str:
    return "\n".join("".join(span.text for span in line) for line in [*message.paragraphs, *message.notes])


@pytest.fixture
def chat(store: Store, clock: TestClock) -> Chat:
    return Chat(store, clock)


async def test_a_channel_hears_every_monday_until_it_ends(chat: Chat) -> None:
    answer = await chat.say("fin", "API requests last month", OPEN)
    form = chat.open("fin", answer, "Subscribe")
    assert isinstance(form, Form)
    assert [field.name for field in form.fields] == ["often", "weekday", "monthday", "at", "where"]
    assert [field.value for field in form.fields] == ["week", "1", "1", "09:00", "me"]
    confirmed = await chat.fill("fin", answer, form, where="channel")
    assert confirmed.private_to == "fin"
    assert confirmed.message.fallback == (
        "Every Monday at 9:00 (UTC) I tell this channel “API requests last month”. The first comes on Monday 30 November "
        "2026 at 9:00."
    )
    assert labels(confirmed.message) == ["End", "My subscriptions"]
    assert await chat.at(2026, 11, 30, 8, 59) == []
    (digest,) = await chat.at(2026, 11, 30, 9)
    assert (digest.to.id, digest.to.thread_id, digest.private_to) == ("OPEN", None, None)
    assert digest.message.fallback.startswith("91 ") and "September 2026" in digest.message.fallback
    assert "“API requests last month”" in words(digest.message)
    assert "Subscribed by Fin, every Monday at 9:00." in words(digest.message)
    assert "everybody in this channel" in words(digest.message)
    assert labels(digest.message) == ["Show how", "End"]
    assert await chat.at(2026, 11, 30, 9, 15) == []

    how = chat.open("eng1", digest, "Show how")
    assert isinstance(how, Message) and "91" not in how.model_dump_json(), "everybody sees it with their own rights"
    refused = await chat.click("fay", digest, "End")
    assert refused.private_to == "fay" and "Only Fin or an administrator can end this" in refused.message.fallback
    ended = await chat.click("fin", digest, "End")
    assert "does not come any more" in ended.message.fallback
    assert "had ended already" in (await chat.click("fin", digest, "End")).message.fallback
    assert await chat.at(2026, 12, 7, 9) == []


async def test_in_a_channel_that_is_not_open_it_comes_to_oneself(chat: Chat) -> None:
    answer = await chat.say("fin", "API requests last month", CLOSED)
    form = chat.open("fin", answer, "Subscribe")
    assert isinstance(form, Form) and "where" not in [field.name for field in form.fields]
    assert "this answer is not for everybody in this channel" in "".join(span.text for span in form.intro[1])
    confirmed = await chat.fill("fin", answer, form, often="month", monthday="31", at="14:00")
    assert "On the last day of every month at 14:00 (UTC) I tell you" in confirmed.message.fallback
    (digest,) = await chat.at(2026, 11, 30, 14)
    assert digest.to.id == "dm:fin" and "channel" not in words(digest.message)


async def test_said_in_words_it_is_offered_and_never_done(chat: Chat) -> None:
    await chat.say("fin", "API requests last month", OPEN)
    card = await chat.say("fin", "send this to the channel every Friday at 10", OPEN)
    assert card.private_to == "fin" and chat.active() == 0
    assert card.message.fallback == "Shall I tell this channel “API requests last month” every Friday at 10:00?"
    form = chat.open("fin", card, "Choose when")
    assert isinstance(form, Form)
    assert [field.value for field in form.fields] == ["week", "5", "1", "10:00", "channel"]
    confirmed = await chat.click("fin", card, "Subscribe", OPEN)
    assert "Friday 27 November 2026 at 10:00" in confirmed.message.fallback and chat.active() == 1
    again = await chat.click("fin", card, "Subscribe", OPEN)
    assert again.message.fallback.startswith("You have this already: every Friday") and chat.active() == 1


async def test_a_follow_up_is_asked_about_its_days(chat: Chat) -> None:
    await chat.say("fin", "API requests last month")
    answer = await chat.say("fin", "by tool?")
    form = chat.open("fin", answer, "Subscribe")
    assert isinstance(form, Form)
    days = form.fields[-1]
    assert [option.label for option in days.options] == ["Each time: the month before", "Always: October 2026"]
    confirmed = await chat.fill("fin", answer, form)
    assert "Each time about the month before." in words(confirmed.message)
    (digest,) = await chat.at(2026, 12, 7, 9)
    assert digest.message.table is not None and "70" in digest.message.table.rows[0][1]


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("remind me every Monday", "Please ask the question first."),
        ("remind me every hour", "“every hour” I cannot."),
        ("send me the colour of the sky every Monday", "I do not read “the colour of the sky” in one clear way"),
        ("send me the API requests last month every Monday",
         "Shall I tell you “the API requests last month” every Monday at 9:00?"),
    ],
)  # fmt: skip
async def test_words_without_an_answer_before(chat: Chat, text: str, answer: str) -> None:
    assert answer in (await chat.say("fin", text)).message.fallback
    assert chat.active() == 0


async def test_one_lists_and_ends_one_s_own(chat: Chat) -> None:
    assert "You have no subscriptions" in (await chat.say("fin", "subscriptions")).message.fallback
    await chat.say("fin", "API requests last month")
    await chat.click("fin", await chat.say("fin", "remind me every day"), "Subscribe")
    mine = await chat.say("fin", "my subscriptions")
    (line,) = ["".join(span.text for span in spans) for spans in mine.message.paragraphs]
    assert line == "1. API requests last month · every working day at 9:00, to you; next on Tue 24 Nov at 9:00"
    await chat.click("fin", mine, "End 1")
    assert chat.active() == 0


async def test_what_one_may_not_see_one_cannot_subscribe_to(chat: Chat) -> None:
    answer = await chat.say("fin", "API requests last month", OPEN)
    shown = chat.open("eng1", answer, "Subscribe")
    assert isinstance(shown, Message) and "finance and administrators" in shown.fallback


# -- Once, also after a crash ------------------------------------------------------------------------------------------


async def _subscribe(chat: Chat, where: Conversation) -> None:
    answer = await chat.say("fin", "API requests last month", where)
    form = chat.open("fin", answer, "Subscribe")
    assert isinstance(form, Form)
    await chat.fill("fin", answer, form, where="channel" if where is OPEN else "me")


@pytest.mark.parametrize("where", [OPEN, direct("fin")], ids=["channel", "direct"])
async def test_an_answer_of_the_platform_that_is_lost_makes_no_second_message(chat: Chat, where: Conversation) -> None:
    await _subscribe(chat, where)
    chat.recorded.lose_answers = 1
    assert len(await chat.at(2026, 11, 30, 9)) == 1
    chat.start()
    chat.clock.now += 2 * LEASE
    await chat.settle()
    assert len([post for post in chat.recorded.posts if post.key.startswith("subscription:")]) == 1


async def test_killed_between_the_clock_and_the_message_it_comes_once(chat: Chat) -> None:
    """The clock's transaction is committed, the process dies before sending; the next process and its clock send one."""
    await _subscribe(chat, direct("fin"))
    chat.clock.now = datetime(2026, 11, 30, 9, tzinfo=UTC)
    await asyncio.to_thread(JOB.run, chat.store)  # without a record of the run: the job is started again
    chat.start()
    posts = await chat.at(2026, 11, 30, 9)
    assert [post.message.fallback[:3] for post in posts] == ["91 "]
    assert await chat.at(2026, 11, 30, 9, 15) == []
    with chat.store.read() as uow:
        kinds = uow.session.exec(select(OutboxItem.status).where(col(OutboxItem.kind) == "subscription")).all()
        runs = uow.session.exec(select(JobRun.error).where(JobRun.job == "subscriptions")).all()
    assert list(kinds) == ["sent"] and set(runs) == {None}


async def test_a_day_without_the_process_is_made_up_for_once(chat: Chat) -> None:
    await _subscribe(chat, direct("fin"))
    assert len(await chat.at(2026, 12, 2, 11)) == 1
    assert await chat.at(2026, 12, 2, 11, 15) == []
    assert len(await chat.at(2026, 12, 7, 9)) == 1
