"""What `bursar doctor` asks of Microsoft: do the secrets fit, can the signing keys be had."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio

from bot.channels.teams_check import ask_teams
from bot.channels.teams_outbound import TeamsConfig
from tests.conftest import TestClock
from tests.fake_teams import APP_ID, APP_PASSWORD, TENANT, FakeTeams


@pytest_asyncio.fixture
async def teams() -> AsyncIterator[FakeTeams]:
    running = await FakeTeams().start()
    yield running
    await running.stop()


def config(teams: FakeTeams) -> TeamsConfig:
    where = teams.settings()
    return TeamsConfig(
        APP_ID, APP_PASSWORD, TENANT, openid_url=where["teams_openid_url"], login_url=where["teams_login_url"]
    )


async def test_secrets_that_fit_and_keys_that_are_there(teams: FakeTeams, clock: TestClock) -> None:
    assert await ask_teams(config(teams), clock) == 1


async def test_a_wrong_secret_is_named_as_one(teams: FakeTeams, clock: TestClock) -> None:
    with pytest.raises(ValueError, match=r"401|400"):
        await ask_teams(replace(config(teams), app_password="the secret's id"), clock)


async def test_an_openid_page_that_is_none(teams: FakeTeams, clock: TestClock) -> None:
    with pytest.raises(OSError, match="signing keys"):
        await ask_teams(replace(config(teams), openid_url=f"{teams.base}/nothing"), clock)


async def test_no_answer_at_all(teams: FakeTeams, clock: TestClock) -> None:
    await teams.stop()
    with pytest.raises(OSError, match="cannot be reached"):
        await ask_teams(config(teams), clock)
