"""Any order of the same files gives the same answers, in one command or in many."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlmodel import SQLModel

from storage.unit_of_work import Store
from tests.storage.files import CATALOG, ORG, PEOPLE, bring, facts

FILES = {
    "org.yaml": ORG,
    "people.csv": PEOPLE,
    "people-move.csv": (
        "employee_id,work_email,display_name,department,effective_date\n2,bob@acme.example,Bob Ray,Sales,2026-06-01\n"
        "4,bob@acme.example,Bob Two,Sales,2026-10-15\n"
    ),
    "catalog.yaml": CATALOG,
    "rates.csv": "Date,USD,SEK,\n2026-10-01,1.10,11.0,\n2026-09-30,1.05,N/A,\n",
    "seats-1.csv": "tool,work_email,as_of\n" + "".join(
        f"copilot,{name}@acme.example,2026-09-01\n" for name in ("ada", "bob", "cyd")
    ),
    "seats-2.csv": (
        "tool,work_email,as_of,assigned_on\nGitHub Copilot,ada@acme.example,2026-10-01,\n"
        "GitHub Copilot,bob@acme.example,2026-10-01,oops\nGitHub Copilot,cyd@acme.example,2026-10-01,\n"
    ),
    "seats-3.csv": "tool,work_email,as_of\nCursor,bob@acme.example,2026-10-20\nNotion AI,zed@acme.example,2026-10-20\n",
    "seats-4.csv": "tool,work_email,as_of\ncopilot,ada@acme.example,2026-11-01\n",
    "usage.csv": (
        "day,tool,work_email,requests\n2026-10-01,Copilot,bob@acme.example,5\n2026-10-20,Copilot,bob@acme.example,6\n"
        "2026-10-01,Cursor,zed@acme.example,7\n2026-10-02,cursor,,8\n"
    ),
    "contracts.csv": (
        "contract_id,tool,billing_model,currency,annual_value,start_date,end_date,cost_center\n"
        "C1,copilot,per_seat,EUR,1200,2026-01-01,2026-12-31,CC-1\nC2,Cursor,flat,USD,600,2026-01-01,2026-12-31,\n"
    ),
    "expenses.csv": (
        "expense_id,date,merchant,amount,currency,employee_email\nE1,2026-10-02,GITHUB *COPILOT,10,USD,ada@acme.example\n"
        "E2,2026-10-02,OPENAI *CHATGPT SUBSCR,20,SEK,bob@acme.example\nE3,2026-10-16,CURSOR USAGE,20,USD,bob@acme.example\n"
        "E4,2026-10-02,SHELL,20,USD,\n"
    ),
    "costs-a.csv": (
        "BillingPeriodStart,BillingPeriodEnd,ChargePeriodStart,ChargePeriodEnd,ChargeCategory,BilledCost,EffectiveCost,ListCost,"
        "BillingCurrency,ServiceName,ServiceProviderName,InvoiceIssuerName,BillingAccountId,SubAccountId,Tags\n"
        "2026-10-01T00:00:00Z,2026-11-01T00:00:00Z,2026-10-02T00:00:00Z,2026-10-03T00:00:00Z,Usage,11,11,12,SEK,"
        "GitHub Copilot,"
        'GitHub,GitHub,B1,,"{""user"": ""bob@acme.example""}"\n'
        "2026-10-01T00:00:00Z,2026-11-01T00:00:00Z,2026-10-20T00:00:00Z,2026-10-21T00:00:00Z,Usage,7,7,7,USD,Notion AI,"
        'Notion Labs,GitHub,B1,,"{""user"": ""bob@acme.example""}"\n'
    ),
    "budgets.csv": "period,scope_type,scope,amount,currency\nFY27,company,,1000,USD\n2026-10,department,Sales,10,SEK\n",
    "grants.csv": "app_name,work_email,granted_on\n"
    "Otter,cyd@acme.example,2026-10-01\nCopilot Chat AI,zed@acme.example,2026-10-01\n",
}  # fmt: skip


def empty(store: Store) -> None:
    with store.write() as uow:
        for table in reversed(SQLModel.metadata.sorted_tables):
            uow.session.execute(table.delete())


@pytest.fixture
def expected(sqlite_store: Store, tmp_path: Path) -> Iterator[dict[str, list[object]]]:
    bring(sqlite_store, tmp_path, FILES)
    yield facts(sqlite_store)
    empty(sqlite_store)


@settings(
    max_examples=20, deadline=None, phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(order=st.permutations(list(FILES)), cuts=st.lists(st.integers(0, len(FILES)), max_size=4))
def test_any_order(
    sqlite_store: Store, tmp_path: Path, expected: dict[str, list[object]], order: list[str], cuts: list[int]
) -> None:
    """One file after another, but for the runs between `cuts`, which come in one command."""
    empty(sqlite_store)
    edges = sorted({0, len(order), *cuts})
    for start, end in pairwise(edges):
        bring(sqlite_store, tmp_path, {name: FILES[name] for name in order[start:end]})
    found = facts(sqlite_store)
    for name, rows in expected.items():
        assert found[name] == rows, name


def test_one_by_one_backwards(store: Store, tmp_path: Path) -> None:
    for name in reversed(FILES):
        bring(store, tmp_path, {name: FILES[name]})
    backwards = facts(store)
    for name, content in FILES.items():
        (report,) = bring(store, tmp_path, {name: content})
        assert (report.rows_new, report.rows_changed) == (0, 0), name
    assert facts(store) == backwards
