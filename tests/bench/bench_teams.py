"""Teams under an open-loop load of signed activities: `python -m tests.bench.bench_teams --rate 100`.

Half are texts, half are Approve on cards nobody clicked before. The app runs in its own process behind the fake Teams.
Reported: the time to the answer (Teams waits 15 s), and the time from a click to the card that shows its outcome, in the
answer itself or in Teams.
"""

import argparse
import asyncio
import os
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import ClientSession, TCPConnector
from sqlmodel import col, update

from bot.channels.teams_render import activity_of
from bot.notices import Notice, build, load_notices
from storage.database import open_engine
from storage.models import ChatAccount, ChatPlace, OutboxItem, Person, PostedMessage
from storage.schema import ensure_schema
from storage.unit_of_work import Store, UnitOfWork
from tests.bench.bench_ack import wait_until_ready
from tests.builders import add_person
from tests.fake_teams import TENANT, FakeTeams
from tests.storage.requests_world import World
from tests.teams_client import Activity, Answer, TeamsClient, labels
from workflows.ports import random_id, system_clock
from workflows.requests.create import create
from workflows.requests.draft import Draft

POLICY = "version: 1\napproval:\n  baseline: [manager]\n"
MANAGERS = 50
TEXTS = ("status", "help", "request cursor", "approvals")
UPDATE_PATIENCE = 30.0  # seconds after the load


@dataclass
class Measured:
    """Seconds. `clicked` = when, by card whose click was not answered with the outcome; `changed` = when Teams was seen to
    have a card's update."""

    texts: list[float] = field(default_factory=list)
    clicks: list[float] = field(default_factory=list)
    updates: list[float] = field(default_factory=list)
    clicked: dict[str, float] = field(default_factory=dict)
    changed: dict[str, float] = field(default_factory=dict)
    failures: int = 0


def settle_in(store: Store, teams: FakeTeams, requests: int) -> list[tuple[str, Activity]]:
    """A company whose managers have a card each for `requests` requests: (manager, message as it stands in Teams)."""
    world = World(store, POLICY)
    world.price("240", seats=requests + 10)
    cards = []
    with store.write() as uow:
        managers = [_account(uow, teams, f"boss{number}") for number in range(MANAGERS)]
        for number in range(requests):
            name, boss = f"staff{number}", managers[number % MANAGERS]
            person = _account(uow, teams, name, boss)
            draft = Draft(
                requester_id=person.id or 0, tool_id=world.tool, data_classes=("internal",), reason="to write code"
            )
            request = create(uow, draft, person.id or 0, f"bench{number}")
            cards.append((f"boss{number % MANAGERS}", _card(uow, teams, boss, f"boss{number % MANAGERS}", request.id)))
        uow.session.exec(update(OutboxItem).where(col(OutboxItem.status) == "new").values(status="sent"))
    return cards


def _account(uow: UnitOfWork, teams: FakeTeams, name: str, boss: Person | None = None) -> Person:
    person, user = add_person(uow, name, department="Marketing", manager=boss), teams.add_user(name)
    chat = teams.direct(user)
    uow.session.add(
        ChatAccount(
            channel="teams", workspace=TENANT, external_id=user, person_id=person.id, email=f"{name}@acme.example",
            address=teams.address(user), direct_conversation=chat, timezone="UTC", last_seen_at=uow.now,
        )
    )  # fmt: skip
    uow.session.add(
        ChatPlace(
            channel="teams", workspace=TENANT, conversation_id=chat, kind="direct", service_url=teams.service_url, name="",
            last_seen_at=uow.now,
        )
    )  # fmt: skip
    return person


def _card(uow: UnitOfWork, teams: FakeTeams, boss: Person, name: str, request_id: str) -> Activity:
    """The approver's card as the outbox would have posted it."""
    chat, subject, message_id = teams.direct(teams.user(name)), f"request:{request_id}", teams.new_id()
    uow.session.flush()
    message = build(uow, Notice("approval_needed", subject, boss.id))
    assert message is not None, subject
    uow.session.add(
        PostedMessage(
            outbox_key=f"bench:{subject}", channel="teams", workspace=TENANT, conversation_id=chat, message_id=message_id,
            person_id=boss.id, subject=subject, kind="approval_needed", posted_at=uow.now,
        )
    )  # fmt: skip
    posted = {**activity_of(message), "id": message_id, "chat": chat, "thread": None}
    teams.messages.append(posted)
    return posted


async def load(
    people: TeamsClient, cards: list[tuple[str, Activity]], rate: float, seconds: float, texts_of: int, measured: Measured
) -> None:
    """A Poisson process whatever the answers; clicks and texts alternate."""
    token = people.token()

    async def one(activity: Activity, card: Activity | None) -> None:
        started = time.perf_counter()
        try:
            answer = await people.deliver(activity, token=token)
        except OSError:
            measured.failures += 1
            return
        taken = time.perf_counter() - started
        (measured.texts if card is None else measured.clicks).append(taken)
        measured.failures += answer.status not in (200, 202)
        if card is not None and answer.status == 200:
            if _is_decided(answer):
                measured.updates.append(taken)
            else:
                measured.clicked[card["id"]] = started

    tasks = []
    started = due = time.perf_counter()
    number = 0
    while due - started < seconds:
        due += random.expovariate(rate)
        number += 1
        card = None
        if number % 2 and cards:
            boss, card = cards.pop()
            activity = people.click(people.teams.user(boss), card, "Approve")
        else:
            user = people.teams.user(f"staff{random.randrange(texts_of)}")
            activity = people.message(user, people.teams.direct(user), random.choice(TEXTS))
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        tasks.append(asyncio.create_task(one(activity, card)))
    await asyncio.gather(*tasks)


def _is_decided(answer: Answer) -> bool:
    shown = answer.json().get("value")
    return isinstance(shown, dict) and "Approve" not in labels({"attachments": [{"content": shown}]}) and (
        "being recorded" not in str(shown)
    )  # fmt: skip


async def watch(teams: FakeTeams, measured: Measured) -> None:
    """Notes when Teams has an update, to ten milliseconds."""
    seen = len(teams.updates)
    while True:
        for changed in teams.updates[seen:]:
            measured.changed.setdefault(changed["id"], time.perf_counter())
        seen = len(teams.updates)
        await asyncio.sleep(0.01)


async def measure(options: argparse.Namespace) -> None:
    load_notices()
    teams = await FakeTeams().start()
    port = random.randint(20000, 40000)
    with tempfile.TemporaryDirectory() as folder:
        database = options.database or f"sqlite:///{folder}/bench.db"
        engine = open_engine(database)
        ensure_schema(engine)
        wanted = int(options.rate * options.seconds * 0.6) + 50
        cards = settle_in(Store(engine, system_clock, random_id), teams, wanted)
        engine.dispose()
        environment = {name: value for name, value in os.environ.items() if not name.startswith("BURSAR_")}
        environment |= {f"BURSAR_{name.upper()}": value for name, value in teams.settings().items()}
        environment |= {"BURSAR_DATABASE_URL": database, "BURSAR_PORT": str(port)}
        with (Path(folder) / "serve.log").open("w") as output:
            server = subprocess.Popen([sys.executable, "-m", "bot", "serve"], env=environment, stderr=output, stdout=output)
            try:
                print(f"ready after {await wait_until_ready(f'http://127.0.0.1:{port}/healthz'):.2f} s, {wanted} cards")
                async with ClientSession(connector=TCPConnector(limit=0)) as http:
                    people = TeamsClient(teams, http, f"http://127.0.0.1:{port}/api/messages")
                    await load(people, cards, 20, 2, wanted, Measured())
                    await run(teams, people, cards, options, wanted)
            finally:
                server.terminate()
                server.wait()
    await teams.stop()


async def run(
    teams: FakeTeams, people: TeamsClient, cards: list[tuple[str, Activity]], options: argparse.Namespace, texts_of: int
) -> None:
    measured = Measured()
    watching = asyncio.create_task(watch(teams, measured))
    await load(people, cards, options.rate, options.seconds, texts_of, measured)
    for _ in range(int(UPDATE_PATIENCE / 0.1)):
        if not measured.clicked.keys() - measured.changed.keys():
            break
        await asyncio.sleep(0.1)
    watching.cancel()
    in_answers = len(measured.updates)
    for card, clicked in measured.clicked.items():
        if card in measured.changed:
            measured.updates.append(measured.changed[card] - clicked)
        else:
            measured.failures += 1
    sent = len(teams.messages) + len(teams.updates)
    total = len(measured.texts) + len(measured.clicks)
    print(f"{total} activities at {options.rate:.0f}/s, failures {measured.failures}")
    print(f"acknowledgement of a text: {_figures(measured.texts)}")
    print(f"answer to a click (waits up to 2 s for the outcome): {_figures(measured.clicks)}")
    print(f"click to the card that shows it: {_figures(measured.updates)}")
    print(f"{in_answers} of {len(measured.updates)} were in the answer itself")
    print(f"Teams refused {len(teams.refusals)} of {sent} messages and updates: {teams.refusals[:2]}")


def _figures(seconds: list[float]) -> str:
    ordered = sorted(seconds)
    if not ordered:
        return "none"
    shares = (("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999))
    at = (f"{name} {1000 * ordered[min(len(ordered) - 1, int(len(ordered) * share))]:.1f} ms" for name, share in shares)
    return f"{', '.join(at)}, max {1000 * ordered[-1]:.1f} ms"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, default=100)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--database", help="default: a fresh SQLite file")
    asyncio.run(measure(parser.parse_args()))


if __name__ == "__main__":
    main()
