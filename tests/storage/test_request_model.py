"""Random programs of clicks against a reference model of a few plain dictionaries: the engine and the model must agree."""

import shutil
import tempfile
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from pathlib import Path

from hypothesis import HealthCheck, event, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlmodel import select

from storage.database import open_engine
from storage.models import Decision, Request, Task
from storage.unit_of_work import Store
from tests.conftest import TestClock, make_template, numbered_ids
from tests.storage.requests_world import World
from workflows.errors import WorkflowError
from workflows.requests.conversation import answer, ask_information
from workflows.requests.decide import decide
from workflows.requests.ends import cancel
from workflows.requests.fulfil import complete_task
from workflows.requests.timers import on_timer
from workflows.requests.views import request_card
from workflows.timers import claim, due_timers

POLICY = """\
version: 1
groups: {board: [fay@acme.example, fin@acme.example, mia@acme.example]}
approval:
  baseline: [manager]
  defaults: {remind: [], escalate: 300 days, expire: 20 days}
  rules:
    - id: some
      when: {field: request.seats, gte: 2}
      then: {route: [{approver: "group:board", quorum: 2}]}
    - id: many
      when: {field: request.seats, gte: 3}
      then:
        route:
          - {parallel: ["role:legal", "role:security"], join: any}
          - {parallel: ["role:security", "role:procurement"]}
"""
PEOPLE = ("eve", "bob", "mia", "cleo", "fay", "fin", "lea", "sid", "pat", "ann", "zoe")
MANAGER = {"eve": "mia", "bob": "mia", "mia": "cleo", "zoe": "cleo", "fay": "cleo"}


@dataclass
class Model:
    """A request as the sentences of policy.md describe it. Stages: (join, [(people, quorum)])."""

    parties: set[str]
    stages: list[tuple[str, list[tuple[set[str], int]]]]
    status: str = "pending"
    place: int = 0
    approvals: set[str] = field(default_factory=set)
    decided: set[str] = field(default_factory=set)
    asked: bool = False

    @classmethod
    def of(cls, requester: str, beneficiary: str, seats: int) -> "Model":
        parties = {requester, beneficiary}

        def slot(*people: str, quorum: int = 1) -> tuple[set[str], int]:
            able = set(people) - parties
            return (able if len(able) >= quorum else able | ({"ann"} - parties)), quorum

        stages = [("all", [slot(MANAGER[requester])])]
        if seats >= 2:
            stages.append(("all", [slot("fay", "fin", "mia", quorum=2)]))
        if seats >= 3:
            stages += [("any", [slot("lea"), slot("sid")]), ("all", [slot("sid"), slot("pat")])]
        return cls(parties, stages)

    def passed(self, people: set[str], quorum: int) -> bool:
        return len(people & self.approvals) >= quorum

    def may_decide(self, who: str) -> bool:
        if self.status != "pending" or who in self.parties or who in self.decided:
            return False
        return any(who in people for people, quorum in self.stages[self.place][1] if not self.passed(people, quorum))

    def decide(self, who: str, verdict: str) -> None:
        self.decided.add(who)
        if verdict == "deny":
            self.status = "denied"
            return
        self.approvals.add(who)
        while self.place < len(self.stages):
            join, slots = self.stages[self.place]
            done = [self.passed(people, quorum) for people, quorum in slots]
            if not (any(done) if join == "any" else all(done)):
                return
            self.place, self.asked = self.place + 1, False
        self.status = "approved"


@cache
def template() -> Path:
    """An empty database, made once."""
    return make_template(Path(tempfile.mkdtemp(prefix="clicks")) / "template.db")


class Clicks(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.mkdtemp(prefix="clicks")
        shutil.copy(template(), f"{self.folder}/bursar.db")
        engine = open_engine(f"sqlite:///{self.folder}/bursar.db")
        self.clock = TestClock()
        self.store = Store(engine, self.clock, numbered_ids())
        self.world = World(self.store, POLICY)
        self.models: dict[str, Model] = {}
        self.cards: list[tuple[str, str]] = []
        for who, other, seats in (("eve", None, 4), ("mia", "eve", 2), ("bob", "lea", 3)):
            self.ask(who, other, seats)

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.engine.dispose()
            shutil.rmtree(Path(self.folder))

    def pick(self, number: int) -> str | None:
        ids = list(self.models)
        return ids[number % len(ids)] if ids else None

    @rule(who=st.sampled_from(sorted(MANAGER)), other=st.none() | st.sampled_from(PEOPLE), seats=st.integers(1, 4))
    def ask(self, who: str, other: str | None, seats: int) -> None:
        request = self.world.ask(who, seats=seats, beneficiary_id=self.world.ids[other] if other else None)
        self.models[request.id] = Model.of(who, other or who, seats)

    @rule(number=st.integers(0, 9), who=st.sampled_from(PEOPLE), verdict=st.sampled_from(["approve"] * 5 + ["deny"]),
          stale=st.booleans())  # fmt: skip
    def click(self, number: int, who: str, verdict: str, stale: bool) -> None:
        request_id = self.pick(number)
        if request_id is None:
            return
        model = self.models[request_id]
        with self.store.read() as uow:
            seen = request_card(uow, request_id, self.world.ids[who]).seen
        old = [card for card in self.cards if card[0] == request_id and card[1] != seen]
        use = old[0][1] if stale and old else seen
        self.cards.append((request_id, seen))
        allowed = model.may_decide(who) and use == seen
        event(f"decided at stage {model.place + 1}" if allowed else "refused")
        try:
            with self.store.write() as uow:
                decide(uow, self.world.ids[who], request_id, verdict, "no" if verdict == "deny" else "", seen=use,
                       idempotency_key=f"click{len(self.cards)}")  # fmt: skip
        except WorkflowError:
            assert not allowed
        else:
            assert allowed
            model.decide(who, verdict)

    @rule(number=st.integers(0, 9), nth=st.integers(0, 9), again=st.booleans())
    def agree(self, number: int, nth: int, again: bool) -> None:
        """Somebody whose turn it is; without such clicks most programs would get nowhere."""
        request_id = self.pick(number)
        able = [who for who in PEOPLE if request_id and self.models[request_id].may_decide(who)]
        if request_id is None or not able:
            return
        who = able[nth % len(able)]
        self.click(number, who, "approve", False)
        if again:
            self.click(number, who, "approve", False)

    @rule(number=st.integers(0, 9), who=st.sampled_from(PEOPLE))
    def withdraw(self, number: int, who: str) -> None:
        request_id = self.pick(number)
        if request_id is None:
            return
        model = self.models[request_id]
        allowed = (who in model.parties or who == "ann") and model.status in ("pending", "approved", "cancelled")
        try:
            with self.store.write() as uow:
                cancel(uow, self.world.ids[who], request_id)
        except WorkflowError:
            assert not allowed
        else:
            assert allowed
            model.status = "cancelled"

    @rule(number=st.integers(0, 9), who=st.sampled_from(PEOPLE))
    def question(self, number: int, who: str) -> None:
        request_id = self.pick(number)
        if request_id is None:
            return
        model = self.models[request_id]
        open_slots = model.stages[model.place][1] if model.status == "pending" else []
        allowed = who not in model.parties and any(
            who in people for people, quorum in open_slots if not model.passed(people, quorum)
        )
        try:
            with self.store.write() as uow:
                ask_information(uow, self.world.ids[who], request_id, "why?")
                answer(uow, next(iter(self.world.ids[one] for one in model.parties)), request_id, "so")
        except WorkflowError:
            assert not allowed
        else:
            assert allowed

    @rule(number=st.integers(0, 9))
    def grant(self, number: int) -> None:
        request_id = self.pick(number)
        if request_id is None or self.models[request_id].status != "approved":
            return
        with self.store.write() as uow:
            task = uow.session.exec(select(Task).where(Task.request_id == request_id, Task.status == "open")).one()
            complete_task(uow, task.assignee_id, task.id, "done")
        self.models[request_id].status = "fulfilled"

    @rule(days=st.sampled_from([1, 10, 21]))
    def wait(self, days: int) -> None:
        self.clock.now += timedelta(days=days)
        while True:
            with self.store.write() as uow:
                timers = due_timers(uow, 1)
                if not timers:
                    return
                claim(uow, timers[0])
                on_timer(uow, timers[0])
                request_id = str(timers[0].payload["request_id"])
                ended = uow.session.get(Request, request_id)
                assert ended is not None
                if ended.status == "expired" and self.models[request_id].status == "pending":
                    assert ended.expires_at is None and ended.decided_at == self.clock.now
                    self.models[request_id].status = "expired"

    @invariant()
    def the_engine_agrees(self) -> None:
        if not hasattr(self, "store"):
            return
        with self.store.read() as uow:
            for request_id, model in self.models.items():
                request = uow.session.get(Request, request_id)
                assert request is not None and request.status == model.status
                decisions = uow.session.exec(select(Decision).where(Decision.request_id == request_id)).all()
                assert {one.person_id for one in decisions} == {self.world.ids[who] for who in model.decided}
                assert not {one.person_id for one in decisions} & {self.world.ids[who] for who in model.parties}
                assert len(decisions) == len(model.decided)
                open_tasks = uow.session.exec(select(Task).where(Task.request_id == request_id, Task.status == "open")).all()
                assert len(open_tasks) == (model.status == "approved")


TestClicks = Clicks.TestCase
TestClicks.settings = settings(
    max_examples=8, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
)
