"""What has happened lately in the sample company, so that its pages are not empty: told through the real workflows, with
the clock set back to when each thing is said to have happened."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import col, select

from bot.channels.web_store import WebSender
from bot.outbox import Outbox
from storage.directory import person_id_of
from storage.models import IdleCase, Task, Tool
from storage.org import load_org, today
from storage.unit_of_work import Store, UnitOfWork
from workflows.ports import fixed_clock, random_id
from workflows.requests.create import create
from workflows.requests.decide import decide
from workflows.requests.draft import Draft
from workflows.requests.fulfil import complete_task
from workflows.requests.views import request_card
from workflows.seats.cases import keep, release
from workflows.seats.find_idle import sweep

WORKDAY_BEGINS = 14  # UTC: morning in Boston, afternoon in Dublin and Lisbon


@dataclass(frozen=True)
class Asked:
    """A request: so many working days ago, and how far it came (`decisions` are made in turn by whoever is next)."""

    days_ago: int
    who: str
    tool: str
    reason: str
    data: tuple[str, ...]
    decisions: tuple[str, ...] = ()  # "approve", or "deny: reason"
    granted: bool = False


STORY = (
    Asked(12, "tomasz.wieland", "claude-enterprise", "Reviewing long design documents with the platform group.",
          ("internal",), ("approve", "approve"), granted=True),
    Asked(9, "nora.lindgaard", "jasper", "A freelancer sent me drafts made with it.", ("public",)),
    Asked(8, "lucia.fontanari", "perplexity", "Market research for the board deck.", ("confidential",),
          ("approve", "deny: Board material must not go into Perplexity. ChatGPT Enterprise is cleared for it.")),
    Asked(5, "kenji.abernathy", "grammarly", "Help-centre articles go out in my name.", ("public",), granted=True),
    Asked(2, "idris.valemont", "elevenlabs", "Voice-over for the spring product film.", ("public",), ("approve",)),
    Asked(0, "juniper.ashgrove", "deepl", "Campaign pages for Lisbon and Dublin, a few a week.", ("internal",)),
)  # fmt: skip
SWEPT_DAYS_AGO = 4


class Story:
    """`now` is the present of the demo; `domain` the company's mail domain."""

    def __init__(self, store: Store, now: datetime, domain: str) -> None:
        self._store = store
        self._now = now
        self._domain = domain

    def tell(self) -> None:
        """Oldest first; what people were told then is posted then."""
        for asked in STORY:
            if asked.days_ago <= SWEPT_DAYS_AGO and not self._swept():
                self._sweep()
            self._ask(asked)

    def at(self, working_days_ago: int, hours: float = 0) -> Store:
        """The store as of a working day's morning."""
        day = self._now
        while working_days_ago:
            day -= timedelta(days=1)
            working_days_ago -= day.weekday() < 5
        instant = day.replace(hour=WORKDAY_BEGINS, minute=12, second=0, microsecond=0) + timedelta(hours=hours)
        return Store(self._store.engine, fixed_clock(min(instant, self._now)), random_id)

    def _ask(self, asked: Asked) -> None:
        moment = self.at(asked.days_ago)
        with moment.write() as uow:
            requester = self._person(uow, asked.who)
            tool = uow.session.exec(select(Tool).where(Tool.slug == asked.tool)).one()
            draft = Draft(requester_id=requester, tool_id=tool.id, data_classes=asked.data, reason=asked.reason)
            key = f"story:{asked.days_ago}:{asked.tool}"
            request_id = create(uow, draft, requester, key, channel="web").id
        deliver(moment)
        for number, word in enumerate(asked.decisions, start=1):
            self._decide(self.at(asked.days_ago, hours=1.5 * number), request_id, word)
        if asked.granted:
            self._grant(self.at(asked.days_ago - 1), request_id)

    def _decide(self, moment: Store, request_id: str, word: str) -> None:
        verdict, _, reason = word.partition(": ")
        with moment.write() as uow:
            card = request_card(uow, request_id, None)
            if card.status == "pending" and card.next_up:
                decide(uow, card.next_up[0].id, request_id, verdict, reason, channel="web")
        deliver(moment)

    def _grant(self, moment: Store, request_id: str) -> None:
        with moment.write() as uow:
            task = uow.session.exec(select(Task).where(Task.request_id == request_id, Task.status == "open")).first()
            if task is not None:
                complete_task(uow, task.assignee_id, task.id, "done", channel="web")
        deliver(moment)

    def _swept(self) -> bool:
        with self._store.read() as uow:
            return uow.session.exec(select(IdleCase.id)).first() is not None

    def _sweep(self) -> None:
        """Everybody with idle seats is asked; some have answered since."""
        moment = self.at(SWEPT_DAYS_AGO)
        sweep(moment)
        deliver(moment)
        later = self.at(SWEPT_DAYS_AGO - 1)
        with later.write() as uow:
            answering = list(self._other_cases(uow))[::12]
            for number, case in enumerate(answering):
                if number % 3:
                    release(uow, case.id, actor_id=case.person_id, channel="web")
                else:
                    keep(
                        uow,
                        case.id,
                        actor_id=case.person_id,
                        reason="Needed again when the project restarts.",
                        channel="web",
                    )
        deliver(later)

    def _other_cases(self, uow: UnitOfWork) -> Iterator[IdleCase]:
        """Cases of people who are not of the story: those keep their cards to play with."""
        named = {self._person(uow, asked.who) for asked in STORY}
        for case in uow.session.exec(select(IdleCase).order_by(col(IdleCase.person_id))).all():
            if not case.leaver and case.person_id not in named:
                yield case

    def _person(self, uow: UnitOfWork, name: str) -> int:
        """Raises LookupError when the generated people lack the name."""
        found = person_id_of(uow.session, f"{name}@{self._domain}", today(load_org(uow.session), uow.now))
        if found is None:
            raise LookupError(f"the sample company has nobody called {name}")
        return found


def deliver(moment: Store) -> None:
    """Post what is due at that moment into the browser's conversations."""

    async def drain() -> None:
        await Outbox(moment, [WebSender(moment, lambda: None)], asyncio.Event(), {}).drain()

    asyncio.run(drain())
