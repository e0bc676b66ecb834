"""A question's text → one typed reading, a question back, or what it is instead. Pure: no session, no clock, no model.

Every reading is tried: where a name or word can mean several things, the sentence is read once for each, plans that are
the same are one, and plans that differ are asked about. Text never gets into a plan: filters hold names of the vocabulary.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

from storage.org import OrgSettings
from storage.spend_query import SpendQuery
from workflows.asking import (
    average_words,
    bounds,
    contradictions,
    followup,
    leftover,
    metric,
    names,
    nuances,
    overasked,
    ranks,
    seat_words,
    settle,
    shape,
    stocks,
    timing,
    unseen,
)
from workflows.asking.chart import Chart, build
from workflows.asking.draft import Draft, NotSaid, Sentence, Unclear, Unread, direction
from workflows.asking.fiscal import FiscalCalendar
from workflows.asking.guards import guard
from workflows.asking.locales import day_first
from workflows.asking.normalise import MAX_LENGTH, clean, tokenise, too_long
from workflows.asking.parsed import Action, Answerable, AskerFacts, Choice, Clarify, Parsed, Unsupported
from workflows.asking.period_types import Direction, PeriodContext, Reading
from workflows.asking.vocabulary import Vocabulary
from workflows.business_time import public_holidays

_MAX_CHOICES = 4
_PAST = frozenset(["did", "was", "were", "had", "overspent", "underspent", "overran", "exceeded", "blew", "stayed"])
_GLUED = re.compile(r"\b(top|bottom)(\d{1,3})\b", re.IGNORECASE)
_MENTION = re.compile(r"^@[\w.-]+[,:]?\s+")


@dataclass(frozen=True)
class _Job:
    """What one text is read with."""

    text: str
    chart: Chart
    ctx: PeriodContext
    vocabulary: Vocabulary
    asker: AskerFacts
    base_currency: str
    idle_days: int
    previous: followup.Previous | None


def parse(
    text: str,
    *,
    vocabulary: Vocabulary,
    org: OrgSettings,
    today: date,
    asker: AskerFacts,
    previous: SpendQuery | None = None,
    pending: Clarify | None = None,
    is_holiday: Callable[[date], bool] | None = None,
) -> Parsed:
    """`previous` is the plan of the same person's and thread's last answer, `pending` the question back that is open there.

    The plan's period starts on date.min for "the first day with data".
    """
    if too_long(text):
        return Clarify("modifier", f"That is too long for me: please ask in at most {MAX_LENGTH} characters.")
    text = _GLUED.sub(r"\1 \2", _MENTION.sub("", clean(text)))
    found = guard(text, _without_names(text, vocabulary))
    if found is not None:
        return _with_subject(found, text, vocabulary, previous)
    if pending is not None and (chosen := followup.pick(text, pending, vocabulary)) and chosen.query:
        return Answerable(chosen.query, _scope_notes(chosen), chosen.scope)
    job = _job(text, vocabulary, org, today, asker, previous, is_holiday)
    return _resolve(job, {})


def parse_after(text: str, context: str | None, **arguments: object) -> Parsed:
    """`parse` of a text that follows the question `context`: its plan is edited, or its question back is answered."""
    before = parse(context, **arguments) if context else None  # type: ignore[arg-type]
    query = before.query if isinstance(before, Answerable) else None
    pending = before if isinstance(before, Clarify) else None
    return parse(text, previous=query, pending=pending, **arguments)  # type: ignore[arg-type]


def _scope_notes(choice: Choice) -> tuple[str, ...]:
    return (f"read as {choice.label}",)


def _job(
    text: str,
    vocabulary: Vocabulary,
    org: OrgSettings,
    today: date,
    asker: AskerFacts,
    previous: SpendQuery | None,
    is_holiday: Callable[[date], bool] | None,
) -> _Job:
    """The chart is built for actuals and again when the metric's words look ahead or at a day."""
    ctx = PeriodContext(today, FiscalCalendar.of(org), day_first=day_first(org.holidays))
    if is_holiday is None and org.holidays is not None:
        is_holiday = partial(_is_public_holiday, org.holidays)
    if is_holiday is not None:
        ctx = replace(ctx, is_holiday=is_holiday)
    tokens, words = tokenise(text), vocabulary.phrases
    chart = build(tokens, words, vocabulary, ctx)
    kind = _direction(chart, previous)
    if kind != "flow":
        ctx = replace(ctx, kind=kind)
        chart = build(tokens, words, vocabulary, ctx)
    before = followup.Previous(previous, ctx) if previous is not None else None
    return _Job(text, chart, ctx, vocabulary, asker, org.base_currency, org.default_idle_days, before)


def _is_public_holiday(code: str, day: date) -> bool:
    return day in public_holidays(code, day.year)


def _direction(chart: Chart, previous: SpendQuery | None) -> Direction:
    found = [str(item.kinds["metric"]) for item in chart.items if item.has("metric")]
    if any(item.has("noticeword") or item.has("auto") or item.has("ended") or item.has("contract") for item in chart.items):
        past = any(item.has("ended") for item in chart.items) or any(t.text in ("did", "were", "had") for t in chart.tokens)
        return "flow" if past else "event"
    joined = len(found) > 1 and any(item.has("and") for item in chart.items)
    if joined and (direction(found[:1]) == "flow" or direction(found) == "flow"):
        return "flow"
    if any(item.has("overbudget") for item in chart.items) or "budget" in found:
        against = any(item.has("versus") for item in chart.items)
        past = any(t.text in _PAST for t in chart.tokens)
        return "flow" if past or against or "spend" in found or any(item.has("actual") for item in chart.items) else "plan"
    if found[:1] == ["renewals"] and any(t.text in ("did", "were", "had") for t in chart.tokens):
        return "flow"  # did anything lapse in January
    if found:
        return next((k for m in found if (k := direction([m])) != "flow"), "flow")
    if any(item.has("seat") or item.has("notused") for item in chart.items):
        return "stock"
    return direction(list(previous.metrics)) if previous is not None else "flow"


# -- One reading or several --------------------------------------------------------------------------------------------


def _resolve(job: _Job, answers: dict[str, int]) -> Parsed:
    try:
        return _read(job, answers)
    except NotSaid as known:
        return Unsupported(known.reason, known.text, known.offer)
    except Unclear as unclear:
        return _ask(job, answers, unclear)


def _ask(job: _Job, answers: dict[str, int], unclear: Unclear) -> Parsed:
    """The choices with their plans; when all of them lead to the same plan it is no question at all."""
    readings: list[tuple[str, Answerable | None]] = []
    for number, label in enumerate(unclear.labels[:_MAX_CHOICES]):
        readings.append((label, _try(job, {**answers, unclear.key: number})))
    plans = {reading.query.digest: reading for _, reading in readings if reading is not None}
    complete = all(reading is not None for _, reading in readings)
    if len(plans) == 1 and complete and len(readings) > 1:
        return next(iter(plans.values()))
    choices = tuple(Choice(label, reading.query if reading else None, reading.scope if reading else None)
                    for label, reading in readings)  # fmt: skip
    unread = isinstance(unclear, Unread) or unclear.key == metric.NO_METRIC
    return Clarify(unclear.slot, unclear.question, choices, tuple(w for w in [unclear.words] if w), unread)


def _try(job: _Job, answers: dict[str, int]) -> Answerable | None:
    try:
        return _read(job, answers)
    except (Unclear, NotSaid):
        return None


# -- Reading -----------------------------------------------------------------------------------------------------------


def _read(job: _Job, answers: dict[str, int]) -> Answerable:
    """Raises Unclear and NotSaid."""
    chart = job.chart.with_item(job.chart.items[0], job.chart.items[0].kinds) if job.chart.items else job.chart
    s = Sentence(chart, job.ctx, job.vocabulary, job.asker, job.base_currency, job.idle_days)
    before = job.previous.query if job.previous else None
    draft = Draft(
        summed=any(t.text == "sum" for t in chart.tokens),
        answers=dict(answers),
        inherited=before.filters if before else (),
        inherited_metrics=before.metrics if before else (),
        refers=followup.refers(s),
    )
    settle.settle_words(s)
    settle.settle_names(s)
    names.which_name(s, draft)
    if job.previous is not None:
        followup.before_that(s, draft, job.previous, clean(job.text))
    names.asker_words(s, draft)
    found = bounds.conditions(s, draft)
    names.filters(s, draft)
    shape.word_filters(s, draft)
    metric.unit_costs(s, draft)
    shape.grains(s, draft)
    shape.groups(s, draft)
    ranks.ranking(s, draft)
    ranks.rows_by_measure(s, draft)
    seat_words.idle_window(s, draft)
    shape.shares(s, draft)
    timing.trailing_comparison(s, draft, job.previous.reading() if job.previous else None)
    timing.periods(s, draft)
    _metrics(s, draft, job.previous)
    bounds.having(draft, found, s)
    shape.share_base(draft)
    average_words.averages(s, draft)
    unseen.check(s, draft)
    nuances.check(s, draft)
    overasked.check(s, draft)
    leftover.check(s, draft)
    shape.explained(draft)
    shape.own_tools(s, draft)
    ranks.ranked_rows(s, draft)
    shape.share_of_something(s, draft)
    _typos(s, draft)
    contradictions.check(s, draft)
    stocks.check(s, draft)
    timing.finish(job.ctx, draft)
    contradictions.check_last(s, draft)
    stocks.check_last(draft)
    answerable = _answerable(draft)
    if draft.merged and before is not None and followup.changes_nothing(s, answerable.query, before):
        raise Unclear("modifier", "I do not see what that changes in the question before.", clean(job.text))
    return answerable


def _metrics(s: Sentence, draft: Draft, previous: followup.Previous | None) -> None:
    """The metric of this text, or the previous plan with this text's changes."""
    named = any(
        not item.used
        and any(
            item.has(k)
            for k in (
                *("metric", "seat", "savings", "usage", "overbudget", "requestword", "adoption", "notused"),
                *("contract", "noticeword", "auto", "ended"),
            )
        )
        for item in s.seq
    )
    if previous is None or (named and not followup.is_followup(s, named)):
        metric.metrics(s, draft)
        return
    draft.merged = True
    if named:
        metric.metrics(s, draft)
    else:
        metric.growth(s, draft)
    followup.merge(s, draft, previous)


def _typos(s: Sentence, draft: Draft) -> None:
    for item in s.chart.items:
        if item.used:
            draft.note(item.note)


def _answerable(draft: Draft) -> Answerable:
    reading = draft.reading
    assert reading is not None
    compare = draft.compare.period if isinstance(draft.compare, Reading) else draft.compare
    order = draft.order or ("desc" if draft.group_by and not draft.grain and draft.metrics[0] != "renewals" else None)
    query = SpendQuery(
        metrics=tuple(draft.metrics),
        filters=tuple(draft.filters),
        period=reading.period,
        compare=compare,
        group_by=tuple(draft.group_by),
        grain=draft.grain,
        having=tuple(draft.having),
        share_of="total" if draft.share else None,
        share_base=draft.share_base,
        aggregate=draft.aggregate,
        transform=draft.transform,
        explain=draft.explain,
        order=order,
        limit=draft.limit,
        offset=draft.offset,
        idle_days=draft.idle_days,
        contracts=draft.contracts,
    )
    private = "person" in draft.group_by
    return Answerable(query, tuple(draft.assumptions), draft.scope, private)


def _without_names(text: str, vocabulary: Vocabulary) -> str:
    """The text with tools, vendors, models and projects taken out."""
    tokens = tokenise(text)
    at = 0
    while at < len(tokens):
        hits = vocabulary.lookup(tokens, at)[:1]
        count = hits[0][0] if hits and any(e.dimension in ("tool", "vendor", "model", "project") for e in hits[0][1]) else 0
        if count and not (at + count < len(tokens) and tokens[at + count].glue == "-"):  # GPT-6 is not GPT
            name = r"[^\w]*".join(re.escape(token.raw) for token in tokens[at : at + count])
            text = re.sub(rf"(?<!\w){name}(?!\w)", "it", text, count=1)
        at += count or 1
    return text


def _with_subject(found: Parsed, text: str, vocabulary: Vocabulary, previous: SpendQuery | None) -> Parsed:
    """An action with the tool it names and the answer it is about."""
    if not isinstance(found, Action):
        return found
    tokens = tokenise(text)
    hits = [(at, e) for at in range(len(tokens)) for _, entities in vocabulary.lookup(tokens, at)[:1] for e in entities]
    tools = [e.value for at, e in hits if e.dimension == "tool" and (at or len(tokens) == 1)]  # reclaim is a verb there
    tool = next(iter(tools), None)
    query = previous if found.command in ("export", "subscribe", "remind") else None
    return replace(found, tool=tool, query=query)


__all__ = ["parse", "parse_after"]
