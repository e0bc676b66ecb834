"""An answer as a CSV file that a spreadsheet opens cleanly and that cannot run anything there (ASVS 5.0, 1.2.10).

RFC 4180 with a byte-order mark: the rows of the plan, all of them, numbers as numbers; an empty line; the receipt.
"""

import csv
import io
import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal

from storage.spend_query import METRICS, QueryResult, ResultRow, SpendQuery
from storage.unit_of_work import UnitOfWork
from workflows.asking import phrases
from workflows.asking.answer import answer_plan
from workflows.asking.answer_object import Answer, number
from workflows.asking.delivery import ChannelContext
from workflows.asking.labels import LABELS
from workflows.asking.memory import Asked
from workflows.asking.ranking import UNATTRIBUTED, change, difference
from workflows.audit import trail
from workflows.errors import Invalid, NotAllowed

NOTICE = "answer_file"
MAX_BYTES = 750_000  # 1 MB in base64
BOM = "\ufeff"
_FORMULA = frozenset("=+-@\u2212")
_CONTROL = frozenset("\t\r\n\x00")
Cell = str | Decimal


@dataclass(frozen=True)
class Export:
    name: str
    content: bytes
    rows: int
    plan: SpendQuery


def export_answer(uow: UnitOfWork, asked: Asked, person_id: int) -> Export:
    """The file of a plan with this person's rights of now. Raises NotAllowed, Invalid (nothing to export, too large)."""
    found = answer_plan(uow, asked.question, person_id, ChannelContext("dm"), asked)
    if found.status == "refused":
        raise NotAllowed(found.text)
    if found.status != "answered" or found.query is None or found.result is None:
        raise Invalid(found.headline or found.text, hint="There is nothing to put into a file.")
    content = csv_file(found)
    if len(content) > MAX_BYTES:
        size = f"{len(content) / 1_000_000:.1f} MB"
        raise Invalid(
            f"The file would have {len(found.result.rows):,} rows and {size}; I send at most 0.75 MB.",
            hint="Ask for less: a shorter period, one department or tool, or by month instead of by day.",
        )
    return Export(file_name(found.query), content, len(found.result.rows), found.query)


def record_export(uow: UnitOfWork, made: Export, *, subject: str, person_id: int, channel: str) -> None:
    """Who took which numbers out. Values of filters that name people are left out."""
    plan = made.plan
    filters = [[part.dimension, part.op, [] if part.dimension == "person" else list(part.values)] for part in plan.filters]
    payload = {
        "plan": plan.digest, "metrics": list(plan.metrics), "group_by": list(plan.group_by), "grain": plan.grain,
        "period": [plan.period.start.isoformat(), plan.period.end.isoformat()], "filters": filters, "rows": made.rows,
    }  # fmt: skip
    trail.append(uow, "answer.exported", subject=subject, actor=person_id, channel=channel, payload=payload)


def file_name(query: SpendQuery) -> str:
    """ai-spend-by-tool-2026-10-01-to-2026-10-31.csv"""
    last = phrases.last_day(query.period)
    words = f"{phrases.label_of(query)} {phrases.dimensions_words(query)} {query.period.start} to {last}".lower()
    return f"{re.sub(r'[^a-z0-9]+', '-', words).strip('-')}.csv"


def csv_file(found: Answer) -> bytes:
    """Raises ValueError without a computed result."""
    if found.query is None or found.result is None:
        raise ValueError("only an answer with a result is exported")
    lines = [*_rows(found, found.query, found.result), [], *_receipt(found, found.query, found.result)]
    width = max(len(line) for line in lines)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    for line in lines:
        writer.writerow([cell if isinstance(cell, str) else f"{cell:f}" for cell in line] + [""] * (width - len(line)))
    return (BOM + text.getvalue()).encode()


def safe(text: str) -> str:
    """Text that a spreadsheet would take for a formula gets a quote in front, also in full-width form or behind blanks."""
    visible = next((char for char in text if unicodedata.category(char)[0] not in "CZ"), "")
    dangerous = text[:1] in _CONTROL or unicodedata.normalize("NFKC", visible)[:1] in _FORMULA
    return ("'" if dangerous and text else "") + text.replace("\x00", "")


def _rows(found: Answer, query: SpendQuery, result: QueryResult) -> list[list[Cell]]:
    """A head and a line a row; an answer without rows is one line."""
    rows = result.rows or (ResultRow(keys={}, values=result.values, previous=result.previous),)
    keys = list(result.rows[0].keys) if result.rows else []
    compared = any(row.previous for row in rows)
    head = [phrases.dimension_word(key).capitalize() for key in keys] or ["Answer"]
    if "person" in keys:
        head.insert(keys.index("person") + 1, "E-mail")
    head += [_column(LABELS[metric], metric, result.currency) for metric in query.metrics]
    if compared:
        other, metric = "Budget" if query.compare == "budget" else "Before", query.metrics[0]
        head += [_column(other, metric, result.currency), _column("Difference", metric, result.currency), "Change (ratio)"]
    if query.metrics[0] == "renewals":
        head += ["Contract", "Ends", "Notice by", "As contracted"]
    emails = [row.get("person") for row in found.rows] or [None]
    body = [_row(query, row, email, compared) for row, email in zip(rows, emails, strict=False)]
    return [list(head), *body]


def _column(label: str, metric: str, currency: str) -> str:
    unit = {"money": currency, "ratio": "ratio"}.get(METRICS[metric])
    return f"{label} ({unit})" if unit else label


def _row(query: SpendQuery, row: ResultRow, email: str | None, compared: bool) -> list[Cell]:
    metric, averaged = query.metrics[0], phrases.is_average(query)
    line: list[Cell] = []
    for key, value in row.keys.items():
        line.append("all others" if row.others else UNATTRIBUTED if value is None else safe(value))
        if key == "person":
            line.append(safe(email or ""))
    if not row.keys:
        line.append(safe(phrases.whose(query).strip() or "total"))
    line += [_number(name, row.values.get(name), averaged) for name in query.metrics]
    if compared:
        known = row.previous.get(metric) is not None and row.values.get(metric) is not None
        relative = change(row, metric)
        line.append(_number(metric, row.previous.get(metric), averaged))
        line.append(_number(metric, difference(row, metric), averaged) if known else "")
        line.append(_number("utilisation", relative, False) if known else "")
    if metric == "renewals":
        line += [safe(row.details.get(name) or "") for name in ("contract_id", "end_date", "notice_by", "original")]
    return line


def _number(metric: str, value: Decimal | None, averaged: bool) -> Cell:
    """A typed number as the answer object gives it; empty where nothing is known, which is not 0."""
    text = number(metric, value, averaged)
    return "" if text is None else Decimal(text)


def _receipt(found: Answer, query: SpendQuery, result: QueryResult) -> list[list[Cell]]:
    lines: list[list[Cell]] = [["Question", safe(found.question)], ["Answer", safe(found.headline)]]
    if result.rows:
        lines += [
            [f"Total {_column(LABELS[metric], metric, result.currency)}",
             _number(metric, result.values.get(metric), phrases.is_average(query))]
            for metric in query.metrics
        ]  # fmt: skip
    return lines + [_labelled(line) for line in found.receipt if not line.startswith("Who may see it")]  # of the message


def _labelled(line: str) -> list[Cell]:
    label, _, text = line.partition(": ")
    return [safe(label), safe(text)]
