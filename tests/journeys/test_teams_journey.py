"""The main job through Teams' wire: ask, approve twice, grant, hear of it; and everything that must not happen."""

import asyncio
from collections.abc import AsyncIterator

import pytest_asyncio

from storage.unit_of_work import Store
from tests.conftest import TestClock
from tests.fake_teams import FakeTeams
from tests.journeys.slack_company import until
from tests.journeys.teams_company import FILLED, TeamsCompany, can, closed, company, says
from tests.teams_client import card_of, text_of


@pytest_asyncio.fixture
async def acme(database_url: str, store: Store, clock: TestClock) -> AsyncIterator[TeamsCompany]:
    async with company(database_url, store, clock) as running:
        yield running


def no_money_or_data(teams: FakeTeams, chat: str) -> None:
    for message in teams.posted_in(chat):
        for secret in ("USD", "240", "internal", "to write code"):
            assert secret not in text_of(message), message


async def asked_in_channel(acme: TeamsCompany, name: str = "eve") -> tuple[str, dict[str, object]]:
    """A request made from a channel: the channel and its card there."""
    team = acme.teams.add_team("tools", *acme.everybody)
    await acme.people.install(acme.user("ann"), team)
    await acme.people.mention(acme.user(name), team, "request cursor")
    offer = await acme.told(name, "Cursor", "State here")
    return team, offer


async def test_asked_in_private_approved_twice_granted_and_told(acme: TeamsCompany) -> None:
    await acme.request("eve")
    first = await acme.told("mia", "Eve", "Cursor", "to write code", "240.00 USD", "annual value 240 USD")
    answer = await acme.people.execute(acme.user("mia"), first, "Approve")
    assert "Approve" not in can(answer.card)
    second = await acme.told("fay", "Eve", "Cursor", "to write code")
    await acme.people.execute(acme.user("fay"), second, "Approve")
    task = await acme.told("tor", "Please grant Cursor to Eve")
    await acme.people.execute(acme.user("tor"), task, "Granted")
    await acme.told("eve", "Cursor is granted to Eve")
    assert [request.status for request in acme.requests()] == ["fulfilled"]
    assert [decision.verdict for decision in acme.decisions()] == ["approve", "approve"]
    assert acme.teams.refusals == []
