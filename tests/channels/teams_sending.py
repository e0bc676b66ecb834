"""A sender of Teams and the fake Teams it talks to, without the rest of Bursar."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from bot.channels.teams_outbound import TeamsConfig
from bot.channels.teams_sender import TeamsSender
from bot.interaction import Conversation
from bot.message import Action, Message, text_message
from storage.models import ChatAccount
from storage.unit_of_work import Store
from tests.builders import add_person
from tests.conftest import NOW, TestClock
from tests.fake_teams import TENANT, FakeTeams

HELLO = text_message("hello <at>all</at> & everyone")
CARD = Message(fallback="A card", title="A card", actions=[Action(label="Yes", intent="yes", args={"id": "7"})])


def config_of(teams: FakeTeams, **more: Any) -> TeamsConfig:
    settings: dict[str, Any] = {name.removeprefix("teams_"): value for name, value in teams.settings().items()}
    return TeamsConfig(**(settings | more))


@asynccontextmanager
async def made(teams: FakeTeams, store: Store, clock: TestClock, **more: Any) -> AsyncIterator[TeamsSender]:
    """A sender with the settings of `teams`, changed by `more`."""
    sender = TeamsSender(config_of(teams, **more), store, clock, jitter=lambda: 0.5)
    yield sender
    await sender.close()


@asynccontextmanager
async def fake() -> AsyncIterator[FakeTeams]:
    teams = await FakeTeams().start()
    yield teams
    await teams.stop()


def account(store: Store, teams: FakeTeams, name: str) -> tuple[str, int]:
    """A person of the directory with a Teams account that Bursar knows: object id and person id."""
    user = teams.add_user(name)
    with store.write() as uow:
        person_id = add_person(uow, name).id or 0
        uow.session.add(
            ChatAccount(
                channel="teams", workspace=TENANT, external_id=user, person_id=person_id, email=f"{name}@acme.example",
                address=teams.address(user), last_seen_at=NOW,
            )
        )  # fmt: skip
    return user, person_id


def at(chat: str, kind: str = "direct", thread: str | None = None) -> Conversation:
    return Conversation.model_validate(
        {"channel": "teams", "workspace": TENANT, "id": chat, "kind": kind, "thread_id": thread}
    )
