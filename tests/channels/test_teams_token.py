"""Bursar's token: fetched once, renewed in time, given to Microsoft alone."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio

from bot.channels.base import SendFailed
from bot.channels.teams_outbound import TeamsConfig, may_be_called
from bot.channels.teams_places import Place, remember_place
from bot.channels.teams_sender import TeamsSender
from storage.unit_of_work import Store
from tests.channels.teams_sending import HELLO, at, fake, made
from tests.conftest import NOW, TestClock
from tests.fake_teams import TENANT, FakeTeams


@pytest_asyncio.fixture
async def teams() -> AsyncIterator[FakeTeams]:
    async with fake() as running:
        yield running


@pytest_asyncio.fixture
async def sender(teams: FakeTeams, sqlite_store: Store, clock: TestClock) -> AsyncIterator[TeamsSender]:
    async with made(teams, sqlite_store, clock) as ready:
        yield ready


async def test_one_token_serves_all_until_five_minutes_before_its_end(
    teams: FakeTeams, sender: TeamsSender, clock: TestClock
) -> None:
    group = teams.add_group("ops")

    async def post() -> None:
        await sender.send(at(group, "private"), HELLO, key="k", private_to=None)

    await asyncio.gather(*(post() for _ in range(20)))
    assert len(teams.called("token")) == 1
    assert teams.called("token")[0]["tenant"] == TENANT
    clock.advance(minutes=54)
    await post()
    assert len(teams.called("token")) == 1
    clock.advance(minutes=2)
    await post()
    assert len(teams.called("token")) == 2


async def test_a_token_no_longer_good_is_replaced(teams: FakeTeams, sender: TeamsSender) -> None:
    group = teams.add_group("ops")
    await sender.send(at(group, "private"), HELLO, key="k1", private_to=None)
    teams.forget_tokens()
    with pytest.raises(SendFailed) as failed:
        await sender.send(at(group, "private"), HELLO, key="k2", private_to=None)
    assert failed.value.retry_after is not None
    await sender.send(at(group, "private"), HELLO, key="k2", private_to=None)
    assert len(teams.called("token")) == 2


@pytest.mark.parametrize("trouble", ["drop", 503, 429])
async def test_without_a_token_nothing_is_sent_and_it_is_tried_later(
    teams: FakeTeams, sender: TeamsSender, trouble: str | int
) -> None:
    group = teams.add_group("ops")
    teams.fail("token", "drop" if trouble == "drop" else "status", value=trouble)
    with pytest.raises(SendFailed) as failed:
        await sender.send(at(group, "private"), HELLO, key="k1", private_to=None)
    assert failed.value.retry_after == 5.0 and teams.called("post") == []


async def test_a_wrong_secret_is_said_and_waits_for_the_administrator(
    teams: FakeTeams, sqlite_store: Store, clock: TestClock, caplog: pytest.LogCaptureFixture
) -> None:
    async with made(teams, sqlite_store, clock, app_password="old-secret") as wrong:
        with pytest.raises(SendFailed) as failed:
            await wrong.send(at(teams.add_group("ops"), "private"), HELLO, key="k1", private_to=None)
    assert failed.value.retry_after == 300.0
    assert "invalid_client" in caplog.text and "old-secret" not in caplog.text + str(failed.value)


PUBLIC = TeamsConfig("app", "secret", TENANT)


@pytest.mark.parametrize(
    "url",
    [
        "https://smba.trafficmanager.net/teams/",
        "https://smba.trafficmanager.net/emea/0a0a/",
        "https://SMBA.trafficmanager.net:443/uk",
        "https://smba.infra.gcc.teams.microsoft.com/teams/",
        "https://smba.infra.gov.teams.microsoft.us/teams/",
        "https://europe.webchat.botframework.com/",
        "https://proxy.acme.example/teams",
    ],
)
def test_microsofts_hosts_and_the_configured_one_may_be_called(url: str) -> None:
    assert may_be_called(url, replace(PUBLIC, service_url="https://proxy.acme.example/teams/"))


@pytest.mark.parametrize(
    "url",
    [
        "http://smba.trafficmanager.net/teams/",
        "https://evil.trafficmanager.net/teams/",
        "https://smba.trafficmanager.net.evil.example/",
        "https://evil.example/smba.trafficmanager.net/",
        "https://smba.trafficmanager.net@evil.example/",
        "https://someone@smba.trafficmanager.net/", "https://someone:secret@smba.trafficmanager.net/",
        "https://smba.trafficmanager.net:8443/",
        "https://smba.trafficmanager.net/?to=https://evil.example",
        "https://smba.trafficmanager.net\\@evil.example/",
        "https://evilbotframework.com/",
        "https://botframework.com.evil.example/",
        "https://169.254.169.254/latest/",
        "https://localhost/", "http://127.0.0.1:3978/", "https://10.0.0.1/", "https://[::1]/",
        "https://proxy.acme.example/teams/other",
        "ftp://smba.trafficmanager.net/", "//smba.trafficmanager.net/", "smba.trafficmanager.net", "https://", "", "https://[",
        "https://smba.trafficmanager.net:x/",
    ],
)  # fmt: skip
def test_no_other_host_may_be_called(url: str) -> None:
    assert not may_be_called(url, replace(PUBLIC, service_url="https://proxy.acme.example/teams/"))


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("http://127.0.0.1:56150/_connector", True),
        ("http://localhost:56150/_connector", True),
        ("http://[::1]:56150/", True),
        ("http://10.0.0.1/", False),
        ("http://127.0.0.1.evil.example/", False),
        ("https://smba.trafficmanager.net/teams/", False),
    ],
)
def test_insecure_mode_stays_on_the_loopback(url: str, allowed: bool) -> None:
    assert may_be_called(url, replace(PUBLIC, insecure=True)) == allowed


async def test_no_token_goes_to_a_host_that_a_stored_place_names(
    teams: FakeTeams, sender: TeamsSender, sqlite_store: Store
) -> None:
    thief = await FakeTeams().start()
    group = teams.add_group("ops")
    remember_place(sqlite_store, Place(TENANT, group, "group", thief.service_url), NOW)
    with pytest.raises(SendFailed, match="not an address of Microsoft Teams"):
        await sender.send(at(group, "private"), HELLO, key="k1", private_to=None)
    assert thief.calls == [] and teams.called("token") == []
    await thief.stop()


async def test_the_playground_gets_no_token(teams: FakeTeams, sqlite_store: Store, clock: TestClock) -> None:
    teams.insecure = True
    async with made(teams, sqlite_store, clock, insecure=True) as playground:
        await playground.send(at(teams.add_group("ops"), "private"), HELLO, key="k1", private_to=None)
    assert teams.refusals == [] and teams.called("token") == []
