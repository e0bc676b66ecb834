"""A computed result made into an answer object: the sentence, the rows, the receipt."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlmodel import Session, col, select

from storage.metrics import freshness
from storage.models import Tool
from storage.spend_query import QueryResult, SpendQuery
from workflows.asking import phrases, wording
from workflows.asking.answer_object import Answer, number, plan_of, row_of
from workflows.asking.delivery import ChannelContext, Delivery
from workflows.asking.headline import headline, share_headline
from workflows.asking.naming import named
from workflows.asking.parsed import Answerable
from workflows.asking.permissions import Granted

SHOWN_ROWS = 10  # in the text; the answer object holds all


@dataclass(frozen=True)
class Found:
    """Everything an answer is made of. `part` is the share where one was asked for."""

    question: str
    parsed: Answerable
    granted: Granted
    result: QueryResult
    part: Decimal | None
    delivery: Delivery
    channel: ChannelContext

    @property
    def query(self) -> SpendQuery:
        return self.granted.query


def is_empty(result: QueryResult) -> bool:
    """Nothing recorded, which is not the same as 0."""
    known = [*result.values.values(), *(value for row in result.rows for value in row.values.values())]
    return all(value is None for value in known) and not result.unpriced


def no_data(session: Session, found: Found) -> Answer:
    """Understood and allowed, but nothing is recorded: said with what there is."""
    query, _ = named(session, found.query, found.result, found.parsed.scope)
    if query.metrics == ("tools",):
        return _no_such_tool(session, found)
    head = f"Nothing is recorded for {phrases.subject(query, inside=True)}. That is not the same as 0."
    first = freshness.first_day(session, query.metrics[0])
    if first and query.period.end <= first:
        head += f" The first day with data is {phrases.plain_day(first)}."
    return _dressed(session, found, head, {"status": "no_data", "coverage": None})


def _no_such_tool(session: Session, found: Found) -> Answer:
    """The inventory is complete, so none is 0; of a tool that was named, what it is instead."""
    names = [name for part in found.query.filters if part.dimension == "tool" and part.op == "in" for name in part.values]
    tools = session.exec(select(Tool).where(col(Tool.name).in_(names)).order_by(col(Tool.name))).all()
    stands = "; ".join(f"{tool.name} is {tool.status.replace('_', ' ')}" for tool in tools)
    head = f"No: {stands}." if stands else f"0 tools: {phrases.subject(found.query)}."
    return _dressed(session, found, head, {"status": "answered", "unit": "tools", "value": "0"})


def nothing_meets(session: Session, found: Found) -> Answer:
    """There are amounts, but none that meets the condition."""
    query, _ = named(session, found.query, found.result, found.parsed.scope)
    word = phrases.dimension_word(query.group_by[0] if query.group_by else query.grain or "row")
    return _dressed(session, found, f"No {word} meets that: {phrases.subject(query)}.", {"status": "answered"})


def answered(session: Session, found: Found) -> Answer:
    query, result, metric = found.query, found.result, found.query.metrics[0]
    averaged = phrases.is_average(query)
    fields: dict[str, Any] = {
        "status": "answered",
        "unit": phrases.unit_of(query, result.currency),
        "value": number(metric, result.values.get(metric), averaged),
        "previous": number(metric, result.previous.get(metric), averaged),
        "rows": [row_of(query, row) for row in result.rows],
    }
    head = headline(*named(session, query, result, found.parsed.scope))
    if query.share_of:
        head = share_headline(*named(session, query, result, found.parsed.scope), found.part)
        fields["value"] = number("utilisation", found.part)
    if len(query.metrics) > 1:
        fields["values"] = {name: number(name, result.values.get(name), averaged) for name in query.metrics}
    return _dressed(session, found, head, fields)


def _dressed(session: Session, found: Found, head: str, fields: Mapping[str, Any]) -> Answer:
    """The answer with its rows in words and its receipt."""
    result = found.result
    if fields["status"] == "no_data":
        result = result.model_copy(update={"coverage": None})
    query, shown = named(session, found.query, result, found.parsed.scope)
    said = list(dict.fromkeys((*found.parsed.assumptions, *found.granted.notes, *result.assumptions)))
    lines = wording.receipt(query, shown, who=_who(found), assumptions=said, sources=result.data_through)
    rows = [f"• {wording.row_words(query, row, result.currency)}" for row in shown.rows[:SHOWN_ROWS]]
    if len(shown.rows) > SHOWN_ROWS:
        rows.append(f"• and {len(shown.rows) - SHOWN_ROWS} more rows")
    return Answer.model_validate(
        {
            "question": found.question,
            "text": "\n".join([head, *rows, *lines]),
            "plan": plan_of(found.query),
            "assumptions": said,
            "data_through": {source: day.isoformat() for source, day in result.data_through.items()},
            "coverage": number("utilisation", result.coverage),
            "delivery": found.delivery.place,
            "headline": head,
            "receipt": lines,
            "query": found.query,
            "scope": found.parsed.scope,
            "result": shown,
            "may_post": found.delivery.may_post,
            **fields,
        }
    )


def _who(found: Found) -> str:
    if found.granted.public:
        return "everyone"
    if found.channel.alone:
        return "you, here between the two of us"
    if found.delivery.place == "channel":
        return "everybody in this channel"
    return f"only you ({found.delivery.reason})"
