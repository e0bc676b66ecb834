"""Contracts, expenses, budgets, outcomes, usage, grants, visits: their columns, keys and checks."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from storage.models import Budget, Contract, Expense, OAuthGrant, Outcome, Usage, Visit
from storage.unit_of_work import Store
from tests.storage.files import ORG, PEOPLE, bring, bring_one, counts


def only(store: Store, model: Any) -> Any:
    with store.read() as uow:
        return uow.session.exec(select(model)).one()


def test_a_contract_with_all_its_terms(store: Store, tmp_path: Path) -> None:
    content = (
        "contract_id;tool;billing_model;plan;seats_purchased;unit_price;billing_interval;currency;annual_value;start_date;"
        "end_date;auto_renew;notice_days;owner_email;cost_center;payment_channel\n"
        "C1;Cursor;Per_Seat;Pro;12;19.999999999;Month;usd;2880;2026-01-01;2026-12-31;yes;30;Tor@Acme.Example;CC-1;card\n"
    )
    assert counts(bring_one(store, tmp_path, "contracts.csv", content)) == (1, 1, 0, 0, 0)
    row = only(store, Contract)
    assert (row.billing_model, row.seats_purchased, row.unit_price, row.billing_interval, row.currency) == (
        "per_seat", 12, Decimal("19.999999999"), "month", "USD",
    )  # fmt: skip
    assert (row.annual_value, row.start_date, row.auto_renew, row.notice_days, row.owner_email) == (
        Decimal(2880), date(2026, 1, 1), True, 30, "tor@acme.example",
    )  # fmt: skip
    assert counts(bring_one(store, tmp_path, "contracts.csv", content)) == (1, 0, 0, 1, 0)
    report = bring_one(store, tmp_path, "contracts.csv", content.replace(";2880;", ";;"))
    assert counts(report) == (1, 0, 1, 0, 0)
    assert only(store, Contract).annual_value is None


BAD = [
    ("contracts", "contract_id,tool,billing_model,currency,annual_value", "C1,Cursor,per_seat,,100", "currency"),
    ("contracts", "contract_id,tool,billing_model,start_date,end_date", "C1,Cursor,flat,2026-02-01,2026-01-31", "end_date"),
    ("contracts", "contract_id,tool,billing_model", "C1,Cursor,per_month", "billing_model"),
    ("expenses", "expense_id,date,merchant,amount,currency", "E1,2026-10-01,X,12,50 EUR", "currency"),
    ("expenses", "expense_id,date,merchant,amount,currency", 'E1,2026-10-01,X,"12,50",EUR', "amount"),
    ("expenses", "expense_id,date,merchant,amount,currency", "E1,2026-10-01,X,NaN,EUR", "amount"),
    ("expenses", "expense_id,date,merchant,amount,currency", "E1,2026-10-01,X,99999999999,EUR", "amount"),
    ("expenses", "expense_id,date,merchant,amount,currency", "E1,2026-10-01,X,12.50,EURO", "currency"),
    ("expenses", "expense_id,date,merchant,amount,currency", "E1,2026-10-01,X,,EUR", "amount"),
    ("budgets", "period,scope_type,scope,amount,currency", "2026-Q5,company,,1,USD", "period"),
    ("budgets", "period,scope_type,scope,amount,currency", "2026,team,Eng,1,USD", "scope_type"),
    ("budgets", "period,scope_type,scope,amount,currency", "2026,department,,1,USD", "scope"),
    ("outcomes", "period_start,period_end,metric,quantity,unit_value", "2026-10-01,2026-10-31,tickets,3,5", "currency"),
    ("outcomes", "period_start,period_end,metric,quantity", "2026-10-01,2026-09-30,tickets,3", "period_end"),
    ("outcomes", "period_start,period_end,metric,quantity,evidence", "2026-10-01,2026-10-31,tickets,3,hearsay", "evidence"),
    ("usage", "day,tool,input_tokens,cached_input_tokens", "2026-10-01,X,5,6", "cached_input_tokens"),
    ("visits", "day,work_email,domain,hits", "2026-10-01,bob@acme.example,,3", "domain"),
    ("grants", "app_name,work_email,source", "X,bob@acme.example,azure", "source"),
]


@pytest.mark.parametrize(("kind", "header", "row", "column"), BAD)
def test_what_keeps_a_row_out(sqlite_store: Store, tmp_path: Path, kind: str, header: str, row: str, column: str) -> None:
    bring_one(sqlite_store, tmp_path, "people.csv", PEOPLE)
    report = bring_one(sqlite_store, tmp_path, f"{kind}.csv", f"{header}\n{row}\n")
    assert counts(report) == (1, 0, 0, 0, 1)
    assert report.quarantined[0].column == column


def test_empty_is_unknown_never_0(store: Store, tmp_path: Path) -> None:
    bring_one(store, tmp_path, "usage.csv", "day,tool,requests,input_tokens,active\n2026-10-01,X,,0,\n")
    row = only(store, Usage)
    assert (row.requests, row.input_tokens, row.active, row.work_email, row.model) == (None, 0, None, "", "")


def test_usage_is_kept_by_day_tool_person_project_and_model(store: Store, tmp_path: Path) -> None:
    bring_one(store, tmp_path, "people.csv", PEOPLE)
    head = "day,tool,work_email,project,model,requests\n"
    rows = [
        "2026-10-01,X,,,,1\n",
        "2026-10-01,X,bob@acme.example,,,1\n",
        "2026-10-01,X,,Atlas,,1\n",
        "2026-10-01,X,,,gpt-5,1\n",
    ]
    assert counts(bring_one(store, tmp_path, "usage.csv", head + "".join(rows)))[:2] == (4, 4)
    again = head + "".join(row.replace(",1\n", ",2\n") for row in rows[2:])
    assert counts(bring_one(store, tmp_path, "usage-2.csv", again)) == (2, 0, 2, 0, 0)
    with store.read() as uow:
        assert sorted(uow.session.exec(select(Usage.requests)).all()) == [1, 1, 2, 2]  # type: ignore[type-var]


def test_grants_and_visits_by_their_keys(store: Store, tmp_path: Path) -> None:
    bring_one(store, tmp_path, "people.csv", PEOPLE)
    head = "app_name,work_email,client_id,granted_on,last_used_on,scopes,source\n"
    row = "Otter,bob@acme.example,,2026-09-01,,mail.read,Google\n"
    bring_one(store, tmp_path, "grants.csv", head + row)
    assert counts(bring_one(store, tmp_path, "grants.csv", head + row.replace(",,mail", ",2026-10-01,mail"))) == (
        1,
        0,
        1,
        0,
        0,
    )
    grant = only(store, OAuthGrant)
    assert (grant.last_used_on, grant.source, grant.scopes) == (date(2026, 10, 1), "google", "mail.read")
    visits = "day,work_email,domain,hits,bytes_up\n2026-10-01,bob@acme.example,https://Claude.ai/chats,3,3000000000\n"
    bring_one(store, tmp_path, "visits.csv", visits)
    visit = only(store, Visit)
    assert (visit.domain, visit.hits, visit.bytes_up) == ("claude.ai", 3, 3_000_000_000)


@pytest.mark.parametrize("org_first", [True, False])
def test_budget_periods_follow_the_fiscal_year_of_the_company(store: Store, tmp_path: Path, org_first: bool) -> None:
    budgets = "period,scope_type,scope,amount,currency\nfy2027-q1,Company,Acme,100,USD\n"
    files = [("org.yaml", ORG), ("budgets.csv", budgets)]
    for name, content in files if org_first else files[::-1]:
        bring_one(store, tmp_path, name, content)
    budget = only(store, Budget)
    assert (budget.period, budget.scope, budget.start, budget.end) == ("FY27-Q1", "", date(2026, 2, 1), date(2026, 5, 1))
    bring_one(store, tmp_path, "org.yaml", ORG.replace("start_month: 2", "start_month: 7"))
    assert (only(store, Budget).start, only(store, Budget).end) == (date(2026, 7, 1), date(2026, 10, 1))


def test_outcomes(store: Store, tmp_path: Path) -> None:
    content = (
        "period_start,period_end,metric,quantity,scope_type,scope,tool,unit_value,currency,evidence,source\n"
        "2026-10-01,2026-10-31,tickets resolved,1200.50,department,Support,Cursor,4.25,EUR,Measured,Zendesk\n"
    )
    assert counts(bring_one(store, tmp_path, "outcomes.csv", content)) == (1, 1, 0, 0, 0)
    assert counts(bring_one(store, tmp_path, "outcomes.csv", content)) == (1, 0, 0, 1, 0)
    row = only(store, Outcome)
    assert (row.quantity, row.unit_value, row.evidence, row.scope_type) == (
        "1200.5",
        Decimal("4.25"),
        "measured",
        "department",
    )


def test_expenses_keep_credits_and_find_people(store: Store, tmp_path: Path) -> None:
    content = (
        "expense_id,date,merchant,amount,currency,employee_email,mcc,department,memo\n"
        "E1,2026-10-01,OPENAI *CHATGPT SUBSCR,-20.00,eur,Bob@acme.example,05734,Eng,refund\n"
    )
    bring(store, tmp_path, {"people.csv": PEOPLE, "expenses.csv": content})
    row = only(store, Expense)
    assert (row.amount, row.currency, row.mcc, row.person_id is not None) == (Decimal(-20), "EUR", "05734", True)
