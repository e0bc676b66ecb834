"""`bursar seats` as a program calls it."""

import json
from datetime import date

import pytest

from bot.cli import main
from tests.builders import add_person
from tests.seat_builders import Held
from tests.seats.company import Company, ago
from workflows.seats.cases import release

NOW = ["--now", "2026-11-23T12:00:00Z"]


@pytest.fixture
def seats(acme: Company) -> Company:
    with acme.store.write() as uow:
        acme.people["lea"] = add_person(uow, "lea", status="Terminated", manager=acme.people["max"])
    acme.snapshot("cursor", {"ada": ago(60), "max": ago(40), "cy": Held(acme.people["cy"], tracked=False), "lea": ago(2)})
    acme.snapshot("copilot", {"ada": ago(1), "bo": ago(35), "tor": Held(acme.people["tor"], status="pending")})
    return acme


def run(capsys: pytest.CaptureFixture[str], url: str, *arguments: str) -> tuple[int, str, str]:
    status = main(["seats", "--database", url, *NOW, *arguments])
    printed = capsys.readouterr()
    return status, printed.out, printed.err


def test_the_report_for_machines(seats: Company, database_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = run(capsys, database_url, "--idle", "--json")
    report = json.loads(out)
    assert (status, err) == (0, "")
    assert [(seat["tool"], seat["person"], seat["idle_days"], seat["leaver"]) for seat in report["seats"]] == [
        ("copilot", "bo@acme.example", 35, False),
        ("cursor", "ada@acme.example", 60, False),
        ("cursor", "lea@acme.example", 2, True),
    ]
    assert report["seats"][0]["monthly_price"] == "19.50"
    assert report["idle_seat_cost"] == {"monthly": {"USD": "59.50"}, "unpriced_seats": 0}
    tools = {tool["tool"]: tool for tool in report["tools"]}
    assert tools["cursor"] == {
        "tool": "cursor", "as_of": "2026-11-23", "purchased": 5, "assigned": 4, "pending": 0, "active": 1, "idle": 2,
        "untracked": 1, "utilisation": "0.3333", "free": 1,
    }  # fmt: skip
    assert (tools["copilot"]["assigned"], tools["copilot"]["pending"], tools["copilot"]["free"]) == (2, 1, 2)


def test_what_was_reclaimed_is_shown(seats: Company, database_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    seats.sweep()
    seats.do(release, seats.case().id, actor_id=seats.id("ada"))
    _, out, _ = run(capsys, database_url)
    assert "reclaimed so far: 1 seats (0 confirmed gone), 20.00 USD a month" in out
    _, out, _ = run(capsys, database_url, "--json", "--tool", "Copilot")
    assert json.loads(out)["reclaimed_savings"]["seats"] == 0


def test_the_list_for_people(seats: Company, database_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, database_url, "--tool", "CURSOR")
    lines = out.splitlines()
    assert status == 0
    assert lines[0].split("\t") == ["tool", "person", "department", "plan", "state", "last used", "held since", "a month"]
    assert "cursor\tada@acme.example\tEngineering\t\tidle\t2026-09-24\t2026-01-01\t20.00 USD" in lines
    assert "cursor\tcy@acme.example\tEngineering\t\tunknown\tnot measured\t2026-01-01\t20.00 USD" in lines
    assert "cursor\tmax@acme.example\tEngineering\t\tquiet\t2026-10-14\t2026-01-01\t20.00 USD" in lines
    assert "cursor: 4 assigned of 5 purchased, 1 active, 2 idle, 1 not measured, 1 free (as of 2026-11-23)" in lines
    assert lines[-1] == "idle seats cost 40.00 USD a month"


def test_an_unknown_tool_is_refused_with_the_nearest(
    seats: Company, database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, err = run(capsys, database_url, "--tool", "cursr")
    assert (status, out) == (1, "")
    assert err == "bursar seats: no tool is called 'cursr'; did you mean 'cursor'?\n"


def test_without_seats_it_says_what_to_do(acme: Company, database_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, database_url)
    assert (status, "import a seats file" in out) == (0, True)
    status, out, _ = run(capsys, database_url, "--json")
    assert json.loads(out)["seats"] == []


def test_the_day_is_that_of_now(seats: Company, database_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["seats", "--database", database_url, "--now", "2026-11-22T12:00:00Z", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (date.fromisoformat(report["day"]), report["seats"]) == (date(2026, 11, 22), [])
