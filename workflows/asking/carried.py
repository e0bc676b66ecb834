"""What a follow-up keeps of the plan before it when it asks for another measure, other days or other rows: kept where it has
one meaning, asked about where it has several, never dropped in silence."""

from typing import Literal

from storage.spend_query import SpendQuery
from workflows.asking.chart import Item
from workflows.asking.comparisons import cut_at_today, unit_before, year_before
from workflows.asking.draft import Draft, Option, Sentence, Unclear, decide, direction
from workflows.asking.period_types import FIRST_DAY, Direction, PeriodContext, Reading, of_unit

_WHOLE_UNITS = ("week", "month", "quarter", "half", "year")


def carry_days(draft: Draft, before: Reading, ctx: PeriodContext, kinds: tuple[Direction, Direction]) -> None:
    """The days of a plan of one kind for a measure of another: actuals, stocks of a day, plans and contracts."""
    old, new = kinds
    if before.start == FIRST_DAY:
        return
    if new == "plan" and old in ("flow", "event") and not before.moment:
        draft.reading = _whole(ctx, before)
    elif new == "stock" and old in ("flow", "plan") and before.end <= ctx.today:
        draft.note("counted today, not in the days before")
    elif new == "event" and old == "plan":
        draft.reading = before
    elif new == "event" and old == "flow" and draft.contracts != "in_force" and not _to_date(ctx, before):
        _ask_days(draft, ctx, before)
    elif new == "flow" and (old == "event" or (old == "stock" and before.end <= ctx.today)):
        raise Unclear("period", "Over which days?", before.label)


def _whole(ctx: PeriodContext, before: Reading) -> Reading:
    """A budget is of whole spans: this quarter so far → this quarter."""
    unit = before.unit
    return of_unit(ctx, unit, before.start) if before.to_date and unit is not None and unit in _WHOLE_UNITS else before


def _to_date(ctx: PeriodContext, before: Reading) -> bool:
    """The month to date, which is what no days at all mean."""
    return before.end == ctx.tomorrow and before.start == of_unit(ctx, "month", ctx.today).start


def _ask_days(draft: Draft, ctx: PeriodContext, before: Reading) -> None:
    whole = _whole(ctx, before)
    options = [
        Option(whole.label, lambda d: setattr(d, "reading", whole)),
        Option("the next 90 days", lambda d: setattr(d, "reading", None)),
    ]
    decide(draft, "period", "days before", "In which days?", options, before.label)


def carry_comparison(
    draft: Draft, before: Reading, compare: Reading | Literal["budget"] | None, ctx: PeriodContext, new_period: bool
) -> None:
    """Against the budget stays so; against other days is asked when the days are new, and would move with them."""
    if not isinstance(compare, Reading) or not new_period or draft.reading is None:
        draft.compare = compare
        return
    reading = cut_at_today(ctx, draft.reading)
    other = before
    if _same(unit_before(ctx, before), compare):
        other = unit_before(ctx, reading)
    elif _same(year_before(ctx, before), compare):
        other = year_before(ctx, reading)
    options = [
        Option(f"{reading.label} against {other.label}", lambda d: setattr(d, "compare", other)),
        Option(f"{reading.label} alone", lambda d: None),
    ]
    decide(draft, "period", "compared days", "Compared again, or alone?", options, reading.label)


def _same(left: Reading, right: Reading) -> bool:
    return (left.start, left.end) == (right.start, right.end)


def carry_form(s: Sentence, draft: Draft, query: SpendQuery, same_metric: bool) -> None:
    """Conditions, shares and averages of another measure; a series that is cut into rows."""
    if not same_metric and query.having and not draft.having:
        raise Unclear("modifier", "The condition before was on another measure. Please say it for this one.", _said(s))
    if not same_metric and ((query.share_of and not draft.share) or (query.transform and not draft.transform)):
        raise Unclear(
            "modifier", "That was a share or a running figure of another measure. Please ask for the whole.", _said(s)
        )
    if not same_metric and query.aggregate and not draft.aggregate:
        if direction(draft.metrics) != direction(list(query.metrics)):
            raise Unclear("modifier", "That was an average of another measure. Please ask for the whole.", _said(s))
        draft.aggregate = query.aggregate
    cut = bool(draft.group_by) and not any(item.has("instead") for item in s.chart.items)
    if cut and query.grain is not None and draft.grain is None and draft.compare is None:
        grain = query.grain

        def each(d: Draft) -> None:
            d.grain = grain

        options = [Option(f"each {grain} apart", each), Option("the whole span", lambda d: None)]
        decide(draft, "dimension", "series of rows", f"For each {grain}, or for the whole span?", options, _said(s))


def _said(s: Sentence) -> str:
    said: list[Item] = s.seq or s.chart.items
    return " ".join(item.text for item in said[:4])
