"""Tools: discovered by data, named by the catalogue, judged by people."""

from datetime import date
from pathlib import Path

import pytest
from sqlmodel import select

from storage.directory import person_id_of
from storage.models import AuditRow, Contract, Expense, OAuthGrant, Tool, ToolDecision, ToolName, Usage, Visit
from storage.tool_index import tools_named
from storage.unit_of_work import Store
from tests.builders import add_person
from tests.storage.files import CATALOG, PEOPLE, bring, bring_one
from workflows.errors import Invalid, NotAllowed, NotFound
from workflows.inventory import decide_tool, inventory

DATA = {
    "usage.csv": "day,tool,requests\n2026-10-01,COPILOT,5\n2026-10-01,Notion AI,5\n",
    "contracts.csv": "contract_id,tool,billing_model\nC1,GitHub Copilot,per_seat\nC2,Cursor,embedded\n",
    "expenses.csv": (
        "expense_id,date,merchant,amount,currency\nE1,2026-10-02,GITHUB *COPILOT,10,USD\n"
        "E2,2026-10-02,OPENAI *CHATGPT SUBSCR,20,USD\nE3,2026-10-02,SHELL,30,USD\nE4,2026-10-02,CURSOR USAGE,30,USD\n"
    ),
    "grants.csv": (
        "app_name,work_email,granted_on\nGitHub Copilot Chat,bob@acme.example,2026-10-03\nZoom,bob@acme.example,2026-10-03\n"
        "Otter,bob@acme.example,2026-10-04\n"
    ),
    "visits.csv": (
        "day,work_email,domain\n2026-10-05,bob@acme.example,x.copilot.github.com\n2026-10-05,bob@acme.example,news.example\n"
        "2026-10-06,bob@acme.example,claude.ai\n2026-10-06,zed@acme.example,poe.com\n"
    ),
}


def slugs(store: Store) -> dict[str, str]:
    with store.read() as uow:
        return {tool.slug: tool.status for tool in uow.session.exec(select(Tool).order_by(Tool.slug)).all()}


def tools_of(store: Store, model: type, column: str) -> dict[str, str | None]:
    with store.read() as uow:
        names = {tool.id: tool.slug for tool in uow.session.exec(select(Tool)).all()}
        return {getattr(row, column): names.get(row.tool_id) for row in uow.session.exec(select(model)).all()}


@pytest.mark.parametrize("catalog_first", [True, False])
def test_data_discover_tools_and_the_catalogue_takes_them_over(store: Store, tmp_path: Path, catalog_first: bool) -> None:
    steps = [{"people.csv": PEOPLE}, {"catalog.yaml": CATALOG}, DATA] if catalog_first else [DATA, {"people.csv": PEOPLE}]
    for files in steps:
        bring(store, tmp_path, files)
    if not catalog_first:
        assert slugs(store)["copilot"] == "discovered"
        bring(store, tmp_path, {"catalog.yaml": CATALOG})
    assert slugs(store) == {
        "chatgpt": "approved", "claude": "discovered", "cursor": "discovered", "github-copilot": "approved",
        "notion-ai": "discovered", "otter-ai": "discovered", "poe": "discovered",
    }  # fmt: skip
    assert tools_of(store, Usage, "tool_name") == {"COPILOT": "github-copilot", "Notion AI": "notion-ai"}
    assert tools_of(store, Contract, "contract_id") == {"C1": "github-copilot", "C2": "cursor"}
    assert tools_of(store, Expense, "expense_id") == {"E1": "github-copilot", "E2": "chatgpt", "E3": None, "E4": "cursor"}
    assert tools_of(store, OAuthGrant, "app_name") == {
        "GitHub Copilot Chat": "github-copilot", "Zoom": None, "Otter": "otter-ai",
    }  # fmt: skip
    assert tools_of(store, Visit, "domain") == {
        "x.copilot.github.com": "github-copilot", "news.example": None, "claude.ai": "claude",
    }  # fmt: skip
    bring(store, tmp_path, {"people-2.csv": PEOPLE.replace("3,cyd@", "4,zed@")})
    assert tools_of(store, Visit, "domain")["poe.com"] == "poe"
    with store.read() as uow:
        assert [tool.slug for tool in tools_named(uow.session, " COPILOT ")] == ["github-copilot"]
        assert [tool.vendor for tool in tools_named(uow.session, "cursor")] == ["Anysphere"]


def test_what_people_did_with_a_discovered_tool_goes_to_what_it_turned_out_to_be(store: Store, tmp_path: Path) -> None:
    bring(store, tmp_path, {"people.csv": PEOPLE, **DATA})
    with store.write() as uow:
        (copilot,) = tools_named(uow.session, "copilot")
        person = person_id_of(uow.session, "bob@acme.example", date(2026, 10, 1))
        uow.session.add(
            ToolDecision(tool_id=copilot.id or 0, status="restricted", decided_by_id=person or 0, decided_at=uow.now)
        )
    bring(store, tmp_path, {"catalog.yaml": CATALOG})
    with store.read() as uow:
        (decision,) = uow.session.exec(select(ToolDecision)).all()
        tool = uow.session.get(Tool, decision.tool_id)
        assert tool is not None
        assert tool.slug == "github-copilot"


def test_a_tool_that_leaves_the_catalogue_is_discovered_again_while_data_show_it(store: Store, tmp_path: Path) -> None:
    bring(store, tmp_path, {"catalog.yaml": CATALOG, "usage.csv": DATA["usage.csv"]})
    bring(store, tmp_path, {"catalog.yaml": "tools:\n  - {slug: chatgpt, name: ChatGPT, status: blocked}\n"})
    assert slugs(store) == {"chatgpt": "blocked", "copilot": "discovered", "notion-ai": "discovered"}
    with store.read() as uow:
        assert set(uow.session.exec(select(ToolName.name)).all()) == {"chatgpt", "copilot", "notion ai", "notion-ai"}


def test_an_unclear_name_is_not_guessed(store: Store, tmp_path: Path) -> None:
    catalog = "tools:\n  - {slug: a, name: A, aliases: [copilot]}\n  - {slug: b, name: B, aliases: [Copilot]}\n"
    bring(store, tmp_path, {"catalog.yaml": catalog, "usage.csv": DATA["usage.csv"]})
    assert tools_of(store, Usage, "tool_name")["COPILOT"] == "copilot"
    with store.read() as uow:
        assert [tool.slug for tool in tools_named(uow.session, "copilot")] == ["a", "b", "copilot"]


def test_a_bad_catalogue_leaves_the_last_good_one(store: Store, tmp_path: Path) -> None:
    bring_one(store, tmp_path, "catalog.yaml", CATALOG)
    report = bring_one(store, tmp_path, "catalog.yaml", CATALOG + "    vendr: x\n")
    assert report.refused is not None
    assert "catalog.yaml:17:5: unknown key 'vendr'" in report.refused
    assert slugs(store) == {"chatgpt": "approved", "github-copilot": "approved"}


def test_an_administrators_judgement_holds_until_the_file_says_something_else(store: Store, tmp_path: Path) -> None:
    bring(store, tmp_path, {"catalog.yaml": CATALOG, "usage.csv": DATA["usage.csv"]})
    with store.write() as uow:
        admin, other = add_person(uow, "root"), add_person(uow, "eve")
    org = "roles: {admin: [root@acme.example]}\n"
    bring(store, tmp_path, {"org.yaml": org})
    with store.write() as uow:
        ids = {tool.slug: tool.id or 0 for tool in uow.session.exec(select(Tool)).all()}
        decide_tool(uow, admin.id or 0, ids["chatgpt"], "blocked", "leaks")
        decide_tool(uow, admin.id or 0, ids["notion-ai"], "approved")
        decide_tool(uow, admin.id or 0, ids["notion-ai"], "approved")
    with store.read() as uow:
        assert [row.action for row in uow.session.exec(select(AuditRow)).all()] == ["tool.decided"] * 2
    bring(store, tmp_path, {"catalog.yaml": CATALOG + "# a comment\n"})
    assert slugs(store) == {"chatgpt": "blocked", "github-copilot": "approved", "notion-ai": "approved"}
    bring(
        store,
        tmp_path,
        {"catalog.yaml": CATALOG.replace("vendor: OpenAI\n    status: approved", "vendor: OpenAI\n    status: restricted")},
    )
    assert slugs(store)["chatgpt"] == "restricted"
    with store.write() as uow:
        with pytest.raises(NotAllowed):
            decide_tool(uow, other.id or 0, ids["chatgpt"], "approved")
        with pytest.raises(Invalid):
            decide_tool(uow, admin.id or 0, ids["chatgpt"], "discovered")
        with pytest.raises(NotFound):
            decide_tool(uow, admin.id or 0, 9999, "approved")


def test_the_inventory_says_how_and_where_each_tool_was_seen(store: Store, tmp_path: Path) -> None:
    seats = "tool,work_email,as_of\ncopilot,bob@acme.example,2026-10-01\ncopilot,ada@acme.example,2026-10-01\n"
    contracts = (
        "contract_id,tool,billing_model,seats_purchased,start_date,end_date\nC1,copilot,per_seat,10,2026-01-01,2026-12-31\n"
        "C0,copilot,per_seat,7,2025-01-01,2025-12-31\nC2,Cursor,embedded,,,\n"
    )
    files = {"people.csv": PEOPLE, "catalog.yaml": CATALOG, **DATA, "seats.csv": seats, "contracts.csv": contracts}
    bring(store, tmp_path, files)
    with store.read() as uow:
        rows = {row.slug: row for row in inventory(uow)}
        assert [row.slug for row in inventory(uow, "discovered")] == ["claude", "cursor", "notion-ai", "otter-ai", "poe"]
        with pytest.raises(Invalid, match="no state"):
            inventory(uow, "lost")
    copilot = rows["github-copilot"]
    assert copilot.kinds == ("licensed", "api", "card")
    assert [(seen.source, str(seen.first_seen), str(seen.last_seen)) for seen in copilot.sightings] == [
        ("card", "2026-10-02", "2026-10-02"), ("contract", "2025-01-01", "2026-12-31"),
        ("network", "2026-10-05", "2026-10-05"),
        ("oauth", "2026-10-03", "2026-10-03"), ("seats", "2026-10-01", "2026-10-01"), ("usage", "2026-10-01", "2026-10-01"),
    ]  # fmt: skip
    assert (copilot.seats_assigned, copilot.seats_purchased, copilot.last_seen) == (2, 10, date(2026, 10, 5))
    assert [terms.contract_id for terms in copilot.contracts] == ["C1"]
    assert rows["cursor"].kinds == ("embedded", "card", "discovered")
    assert rows["poe"].sightings == ()
    assert rows["chatgpt"].kinds == ("card",)
