"""The answer object of spec/formats.md: what `bursar ask --json` prints and the chat renders."""

from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from storage.spend_query import METRICS, QueryResult, ResultRow, SpendQuery
from workflows.asking.parsed import Choice, Scope, Slot
from workflows.asking.phrases import is_average, rounded

Status = Literal["answered", "clarify", "refused", "unsupported", "no_data"]
RARE = ("share_base", "offset", "idle_days", "transform")  # of a plan: only where they say something
OPTIONAL = ("slot", "values")  # keys that stand there only where they say something


class Answer(BaseModel):
    """The fields of the contract; those below are for the chat and are not printed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str | None = None
    status: Status
    question: str
    text: str
    plan: dict[str, Any] | None = None
    unit: str | None = None
    value: str | None = None
    previous: str | None = None
    values: dict[str, str | None] | None = None
    rows: list[dict[str, Any]] = []
    assumptions: list[str] = []
    data_through: dict[str, str] = {}
    coverage: str | None = None
    slot: Slot | None = None
    choices: list[str] = []
    delivery: Literal["channel", "private"] = "channel"

    headline: str = Field(default="", exclude=True)
    receipt: list[str] = Field(default=[], exclude=True)
    query: SpendQuery | None = Field(default=None, exclude=True)
    scope: Scope | None = Field(default=None, exclude=True)
    result: QueryResult | None = Field(default=None, exclude=True)
    may_post: bool = Field(default=False, exclude=True)
    next_steps: tuple[str, ...] = Field(default=(), exclude=True)  # of `next_steps.LABELS`
    readings: tuple[Choice, ...] = Field(default=(), exclude=True)
    unread: tuple[str, ...] | None = Field(default=None, exclude=True)  # not understood: the words nobody read, if named
    command: str | None = Field(default=None, exclude=True)  # of `parsed.Action`, or "help": the chat offers its buttons
    tool: str | None = Field(default=None, exclude=True)  # that the command is about

    def printed(self) -> dict[str, Any]:
        """The object as it is printed, without the keys that say nothing here."""
        shown = self.model_dump(mode="json")
        return {key: value for key, value in shown.items() if key not in OPTIONAL or value is not None}


def plan_of(query: SpendQuery) -> dict[str, Any]:
    """The plan as the contract writes it."""
    plan = query.model_dump(mode="json")
    plan["having"] = [{**part, "value": _plain(Decimal(part["value"]))} for part in plan["having"]]
    for name in RARE:
        if not plan[name]:
            del plan[name]
    if query.contracts == "ends":
        del plan["contracts"]
    return plan


def _plain(value: Decimal) -> str:
    """12 instead of 1.2E+1, without trailing zeros."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def number(metric: str, value: Decimal | None, averaged: bool = False) -> str | None:
    shown = rounded(metric, value, averaged)
    return None if shown is None else _ratio_text(metric, shown)


def _ratio_text(metric: str, value: Decimal) -> str:
    return _plain(value) if METRICS.get(metric, "ratio") == "ratio" else f"{value:f}"


def row_of(query: SpendQuery, row: ResultRow) -> dict[str, Any]:
    """A row of the answer object: its keys, `value`, `previous` when comparing, `values` of several metrics."""
    metric, averaged = query.metrics[0], is_average(query)
    shown: dict[str, Any] = {} if row.others else {**row.keys, **_details(query, row)}
    if row.others:
        shown["others"] = True
    shown["value"] = number(metric, row.values.get(metric), averaged)
    shown["previous"] = number(metric, row.previous.get(metric), averaged)
    if len(query.metrics) > 1:
        shown["values"] = {name: number(name, row.values.get(name), averaged) for name in query.metrics}
    return shown


def _details(query: SpendQuery, row: ResultRow) -> dict[str, str | None]:
    wanted = ("tool", "contract_id", "end_date", "notice_by") if query.metrics[0] == "renewals" else ()
    return {name: row.details.get(name) for name in wanted}
