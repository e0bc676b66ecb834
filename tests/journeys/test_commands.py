"""Commands as an administrator types them: exit status, one clear line, no traceback."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "org.yaml").write_text(
        "name: Test\nbase_currency: EUR\nroles: {admin: [ada@acme.example], finance: [ada@acme.example]}\n"
    )
    (tmp_path / "people.csv").write_text(
        "employee_id,work_email,display_name,department\n1,ada@acme.example,Ada,Engineering\n"
    )
    return tmp_path


def bursar(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("BURSAR_")}
    clean |= {
        "BURSAR_DATABASE_URL": f"sqlite:///{folder}/test.db",
        "BURSAR_AUDIT_KEY_FILE": f"{folder}/key.pem",
        **environment,
    }
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments], capture_output=True, text=True, env=clean, cwd=Path(__file__).parents[2],
        timeout=60,
    )  # fmt: skip


def one_line(done: subprocess.CompletedProcess[str]) -> str:
    assert "Traceback" not in done.stderr
    assert done.returncode == 1
    return done.stderr.strip().splitlines()[-1]


def test_serve_without_a_channel_names_what_is_missing(folder: Path) -> None:
    assert "BURSAR_SLACK_BOT_TOKEN" in one_line(bursar(folder, "serve")).split("bursar serve:")[-1]


def test_serve_runs_by_the_real_clock_only(folder: Path) -> None:
    assert "BURSAR_NOW" in one_line(bursar(folder, "serve", BURSAR_NOW="2026-01-01T00:00:00Z"))


def test_the_browser_channel_stays_on_loopback(folder: Path) -> None:
    assert "loopback" in one_line(bursar(folder, "serve", "--web", BURSAR_HOST="0.0.0.0"))


def test_a_setting_that_cannot_be_used_is_named(folder: Path) -> None:
    assert "BURSAR_PORT" in one_line(bursar(folder, "serve", BURSAR_PORT="many"))


def test_a_database_that_cannot_be_opened_is_named_without_its_password(folder: Path) -> None:
    line = one_line(bursar(folder, "seats", "--database", "postgresql://bursar:hunter22@127.0.0.1:1/none"))
    assert "127.0.0.1" in line
    assert "hunter22" not in line


def test_wrong_use_is_two(folder: Path) -> None:
    assert bursar(folder, "audit").returncode == 2
    assert bursar(folder, "nonsense").returncode == 2


def test_doctor_says_what_is_missing_and_then_that_it_is_there(folder: Path) -> None:
    before = bursar(folder, "doctor", "--json")
    assert before.returncode == 1
    states = {check["name"]: check for check in json.loads(before.stdout)}
    assert states["people"]["state"] == "fail"
    assert "bursar import people.csv" in states["people"]["advice"]
    assert bursar(folder, "import", str(folder / "org.yaml"), str(folder / "people.csv")).returncode == 0
    after = bursar(folder, "doctor", "--json")
    states = {check["name"]: check["state"] for check in json.loads(after.stdout)}
    assert after.returncode == 0
    assert states["people"] == states["database"] == states["manifests"] == "ok"


def test_audit_verify_says_when_there_is_nothing_to_compare_with(folder: Path) -> None:
    done = bursar(folder, "audit", "verify")
    assert done.returncode == 0
    assert "no checkpoint to compare with" in done.stdout


def test_ask_loads_no_chat_no_scheduler_and_no_polars(folder: Path) -> None:
    program = (
        "import sys; from bot.cli import main; "
        "status = main(['ask', 'what do I cost?', '--as', 'ada@acme.example', '--json']); "
        "heavy = [name for name in ('slack_bolt', 'slack_sdk', 'botbuilder', 'apscheduler', 'polars', 'alembic', 'aiohttp')"
        " if name in sys.modules]; print(heavy, file=sys.stderr); sys.exit(status)"
    )
    assert bursar(folder, "import", str(folder / "people.csv")).returncode == 0
    clean = {name: value for name, value in os.environ.items() if not name.startswith("BURSAR_")}
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=Path(__file__).parents[2], timeout=60,
        env=clean | {"BURSAR_DATABASE_URL": f"sqlite:///{folder}/test.db"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stderr.strip() == "[]"
    assert json.loads(done.stdout)["status"] in ("answered", "no_data")
