"""`bursar serve` with Teams as a process of its own: what it refuses, and the Agents Playground's way in."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from aiohttp import ClientSession

from storage.database import open_engine
from storage.schema import ensure_schema
from storage.unit_of_work import Store
from tests.conftest import numbered_ids
from tests.fake_teams import APP_ID, BOT, TENANT, FakeTeams
from tests.journeys.slack_company import until
from tests.journeys.teams_company import says
from tests.journeys.test_commands import bursar, one_line
from tests.journeys.test_slack_kill import free_port, ready
from tests.storage.requests_world import World
from tests.teams_client import TeamsClient
from workflows.ports import system_clock

ROOT = Path(__file__).parents[2]


def test_insecure_teams_stays_on_loopback(tmp_path: Path) -> None:
    for host in ("0.0.0.0", "192.0.2.1", "bursar.example"):
        line = one_line(bursar(tmp_path, "serve", "--insecure-teams", BURSAR_HOST=host))
        assert "--insecure-teams" in line and "loopback" in line


def test_what_teams_lacks_is_named(tmp_path: Path) -> None:
    """Never on without an app id, a password and a tenant."""
    assert "BURSAR_TEAMS_APP_ID" in one_line(bursar(tmp_path, "serve"))
    line = one_line(bursar(tmp_path, "serve", BURSAR_TEAMS_APP_ID=APP_ID, BURSAR_TEAMS_TENANT_ID=TENANT))
    assert "for Teams set BURSAR_TEAMS_APP_PASSWORD" in line and "BURSAR_TEAMS_APP_ID" not in line


def test_the_sdk_is_loaded_for_teams_only() -> None:
    code = "import sys, bot.bootstrap, bot.commands.serve; print([name for name in sys.modules if name.startswith('botb')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.strip() == "[]"


@contextmanager
def serving(folder: Path, port: int, app_id: str) -> Iterator[Path]:
    """The log of `bursar serve --insecure-teams`."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("BURSAR_")}
    clean |= {"BURSAR_DATABASE_URL": f"sqlite:///{folder}/test.db", "BURSAR_PORT": str(port)}
    if app_id:
        clean["BURSAR_TEAMS_APP_ID"] = app_id
    with (folder / "log").open("w") as log:
        command = [sys.executable, "-m", "bot", "serve", "--insecure-teams"]
        process = subprocess.Popen(command, env=clean, cwd=ROOT, stderr=log)
        try:
            yield folder / "log"
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 0
        finally:
            process.kill()
            process.wait()


@pytest.mark.parametrize(("app_id", "bot"), [(APP_ID, BOT), ("", "28:whatever-the-playground-calls-it")])
@pytest.mark.timeout(60)
async def test_the_playgrounds_way_in(tmp_path: Path, app_id: str, bot: str) -> None:
    """No secrets, no tokens in either direction; the person is known by e-mail all the same. Without an app id, Bursar
    answers as whom it was called."""
    engine = open_engine(f"sqlite:///{tmp_path}/test.db")
    ensure_schema(engine)
    World(Store(engine, system_clock, numbered_ids()))
    engine.dispose()
    teams = await FakeTeams(insecure=True, bot=bot).start()
    eve = teams.add_user("eve")
    port = free_port()
    with serving(tmp_path, port, app_id) as log:
        async with ClientSession() as http:
            await ready(http, port)
            people = TeamsClient(teams, http, f"http://127.0.0.1:{port}/api/messages")
            assert (await people.say(eve, "request cursor")).status == 202

            def offered() -> bool:
                return any(says(one, "Cursor", "State here") for one in teams.direct_messages(eve))

            await until(offered, "the offer")
    await teams.stop()
    told = log.read_text()
    assert "WITHOUT tokens" in told and "Slack is off" in told and "Traceback" not in told
    assert "29:1eve" not in told
