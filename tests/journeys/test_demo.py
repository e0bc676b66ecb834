"""`bursar demo` as a person starts it: an address, a company that lives, nothing left behind."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlmodel import select

from bot.cli import main
from bot.commands.demo import company_day, prepare
from manifests.demo.company import PERSON
from storage.database import open_engine
from storage.models import AuditRow, IdleCase, IdleSeat, OutboxItem, QuarantinedRow, Request, Tool, WebMessage
from storage.unit_of_work import Store
from workflows.audit.verify import verify
from workflows.ports import random_id

pytestmark = pytest.mark.timeout(400)
SUNDAY = datetime(2026, 11, 29, 20, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def lived_in(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """The company on a Sunday evening, when nobody works."""
    folder = tmp_path_factory.mktemp("demo")
    url = f"sqlite:///{folder / 'bursar.db'}"
    prepare(url, folder / "files", lambda: SUNDAY)
    return Store(open_engine(url), lambda: SUNDAY, random_id)


def test_requests_stand_in_every_state(lived_in: Store) -> None:
    with lived_in.read() as uow:
        requests = uow.session.exec(select(Request)).all()
    states = Counter(request.status for request in requests)
    assert states["fulfilled"] >= 2 and states["denied"] >= 2 and states["pending"] >= 2
    assert max(request.created_at for request in requests) <= SUNDAY


def test_idle_seats_are_being_asked_about(lived_in: Store) -> None:
    with lived_in.read() as uow:
        cases = uow.session.exec(select(IdleCase)).all()
        seats = Counter(seat.status for seat in uow.session.exec(select(IdleSeat)).all())
    assert sum(case.status == "open" for case in cases) > 50
    assert len([status for status in seats if seats[status]]) >= 3, seats


def test_people_were_told(lived_in: Store) -> None:
    with lived_in.read() as uow:
        told = Counter(uow.session.exec(select(WebMessage.conversation_id)).all())
        left = Counter(row.status for row in uow.session.exec(select(OutboxItem)).all())
    for part in ("employee", "colleague", "manager", "tool_owner", "engineer"):
        assert told[f"dm:{PERSON[part].email}"] >= 1, part
    assert left["failed"] == 0


def test_everything_was_understood_and_audited(lived_in: Store) -> None:
    with lived_in.read() as uow:
        assert uow.session.exec(select(QuarantinedRow)).all() == []
        tools = Counter(tool.status for tool in uow.session.exec(select(Tool)).all())
        assert len(uow.session.exec(select(AuditRow)).all()) > 50
        assert [problem for problem in verify(uow.session, [], None).problems if "checkpoint" not in problem] == []
    assert tools["discovered"] >= 2, "the data shows tools that the catalogue does not know"


def test_the_company_day_is_its_own() -> None:
    assert company_day(datetime(2026, 11, 25, 3, 0, tzinfo=UTC)).isoformat() == "2026-11-24"


def test_the_demo_brings_its_own_database(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "--database", "sqlite:///mine.db"]) == 1
    assert "--database" in capsys.readouterr().err


def test_the_folder_to_keep_must_be_new(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "thesis.txt").write_text("do not touch")
    assert main(["demo", "--keep", str(tmp_path)]) == 1
    assert "not empty" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_an_address_on_the_next_free_port_and_nothing_left(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        environment = os.environ | {
            "TMPDIR": str(tmp_path), "HOME": str(tmp_path / "home"), "XDG_DATA_HOME": str(tmp_path / "data"),
            "BURSAR_SLACK_BOT_TOKEN": "xoxb-not-for-the-demo", "BURSAR_SLACK_SIGNING_SECRET": "x",
        }  # fmt: skip
        command = [sys.executable, "-m", "bot", "demo", "--port", str(port)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment) as demo:
            assert demo.stdout is not None
            lines: list[str] = []
            for line in demo.stdout:
                lines.append(line)
                if "http://" in line:
                    break
            found = re.search(r"http://127\.0\.0\.1:(\d+)", "".join(lines))
            assert found, "".join(lines)
            assert int(found[1]) > port
            with urllib.request.urlopen(found[0], timeout=30) as page:
                assert PERSON["employee"].name in page.read().decode()
            with urllib.request.urlopen(f"{found[0]}/readyz", timeout=30) as ready:
                assert json.loads(ready.read()) == {"status": "ready"}
            demo.send_signal(signal.SIGINT)
            rest = demo.stdout.read()
            assert demo.wait(timeout=60) == 0, rest
    assert "Traceback" not in rest
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
