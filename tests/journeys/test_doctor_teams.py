"""`bursar doctor` about Teams, as an administrator runs it before the first message."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from tests.fake_teams import APP_PASSWORD, FakeTeams
from tests.journeys.test_commands import bursar


@dataclass
class Found:
    state: str
    found: str
    advice: str
    output: str


@pytest_asyncio.fixture
async def teams() -> AsyncIterator[FakeTeams]:
    running = await FakeTeams().start()
    yield running
    await running.stop()


def settings(teams: FakeTeams, **changed: str | None) -> dict[str, str]:
    given = {f"BURSAR_{name.upper()}": value for name, value in teams.settings().items()}
    return {name: value for name, value in {**given, **changed}.items() if value is not None}


async def doctor(folder: Path, environment: dict[str, str], *options: str) -> dict[str, Found]:
    done = await asyncio.to_thread(bursar, folder, "doctor", "--json", *options, **environment)
    assert "Traceback" not in done.stderr, done.stderr
    output = done.stdout + done.stderr
    return {
        check["name"]: Found(check["state"], check["found"], check["advice"], output) for check in json.loads(done.stdout)
    }


async def test_everything_fits(teams: FakeTeams, tmp_path: Path) -> None:
    checks = await doctor(tmp_path, settings(teams))
    assert checks["Teams"].state == checks["Teams package"].state == "ok"
    assert "1 signing keys" in checks["Teams"].found
    assert APP_PASSWORD not in checks["Teams"].output


async def test_off_without_any_setting(tmp_path: Path) -> None:
    checks = await doctor(tmp_path, {})
    assert checks["Teams"].state == "off" and "Teams package" not in checks
    assert all(name in checks["Teams"].found for name in ("APP_ID", "APP_PASSWORD", "TENANT_ID"))


@pytest.mark.parametrize("only", ["BURSAR_TEAMS_APP_ID", "BURSAR_TEAMS_APP_PASSWORD", "BURSAR_TEAMS_TENANT_ID"])
async def test_two_of_three_settings_missing(teams: FakeTeams, tmp_path: Path, only: str) -> None:
    names = ("BURSAR_TEAMS_APP_ID", "BURSAR_TEAMS_APP_PASSWORD", "BURSAR_TEAMS_TENANT_ID")
    checks = await doctor(tmp_path, settings(teams, **{name: None for name in names if name != only}))
    teams_check = checks["Teams"]
    assert teams_check.state == "fail" and "one tenant" in teams_check.advice
    assert all((name in teams_check.found) == (name != only) for name in names)
    assert teams.calls == [], "nobody is asked with half of the secrets"


async def test_a_wrong_secret(teams: FakeTeams, tmp_path: Path) -> None:
    checks = await doctor(tmp_path, settings(teams, BURSAR_TEAMS_APP_PASSWORD="the-id-of-the-secret"))
    assert checks["Teams"].state == "fail" and "its value, not its id" in checks["Teams"].advice
    assert "the-id-of-the-secret" not in checks["Teams"].output


async def test_microsoft_out_of_reach(teams: FakeTeams, tmp_path: Path) -> None:
    await teams.stop()
    checks = await doctor(tmp_path, settings(teams))
    assert checks["Teams"].state == "fail" and "cannot be reached" in checks["Teams"].found
    assert "network" in checks["Teams"].advice


async def test_offline_asks_nobody(teams: FakeTeams, tmp_path: Path) -> None:
    checks = await doctor(tmp_path, settings(teams), "--offline")
    assert checks["Teams"].state == "warn" and teams.calls == []


async def test_an_app_id_that_is_none(teams: FakeTeams, tmp_path: Path) -> None:
    checks = await doctor(tmp_path, settings(teams, BURSAR_TEAMS_APP_ID="bursar"), "--offline")
    assert checks["Teams package"].state == "fail"
