"""How a plan that is asked again and again moves with the calendar: never into another question, never silently.

Where the question's own words gave the plan, they are read anew on the day; fixed dates stay and "last month" moves by
itself. Where the plan was reached in another way (a follow-up, a button), only its days move: as far from the day as they
were. Pure: whoever asks brings the reading of the words.
"""

import re
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any, Literal

from storage.spend_query import Frozen, Period, SpendQuery
from workflows.asking.comparisons import unit_before, year_before
from workflows.asking.draft import direction
from workflows.asking.fiscal import Unit, add_months
from workflows.asking.followup import reading_of
from workflows.asking.parsed import Answerable, Clarify, Parsed, Scope, Unsupported
from workflows.asking.period_types import FIRST_DAY, PeriodContext, Reading
from workflows.asking.previous import period_before
from workflows.asking.subscription_times import Cadence

_UNITS: tuple[Unit, ...] = ("week", "month", "quarter", "half", "year")
_MOST = 13  # "the last N months" further back than this is a fixed span
_NO_DAYS = Period(start=FIRST_DAY, end=FIRST_DAY)
_NO_CHANGE = frozenset(
    ["renewals", "run_rate", "tools", "tools_held", "pending_approvals", "access_requests", "budget", "budget_used",
     "budget_left_share", "budget_remaining"])  # fmt: skip


class Moving(Frozen):
    """`text`: the words give the whole plan, as the `picked`-th of `alike` readings. `period`: they give its days. `unit`:
    `count` units from the `first`-th after the day's own; `to_date` ends them with the day. `fixed`: the days stay.

    `compare`: how the days to compare with follow from the plan's, where the words do not give them.
    """

    kind: Literal["text", "period", "unit", "fixed"]
    picked: int = 0
    alike: int = 1
    unit: Unit = "day"
    first: int = 0
    count: int = 1
    to_date: bool = False
    compare: Literal["period before", "unit before", "year before"] | None = None


class Recipe(Frozen):
    """What a subscription keeps: the plan on the day it was asked, the words it is read from, and how its days move."""

    query: SpendQuery
    text: str
    moving: Moving


def texts_of(question: str) -> list[str]:
    """The question, and without the label of a choice that was put behind it: "copilot spend (GitHub Copilot (tool))"."""
    cut = [question[: found.start()] for found in re.finditer(r" \(", question)] if question.endswith(")") else []
    return [question, *reversed(cut)]


def readings_of(parsed: Parsed) -> list[Answerable]:
    """What a text can mean: its one reading, or the choices that it offers."""
    if isinstance(parsed, Answerable):
        return [parsed]
    choices = parsed.choices if isinstance(parsed, Clarify | Unsupported) else ()
    return [Answerable(choice.query, scope=choice.scope) for choice in choices if choice.query is not None]


def recipe_of(
    query: SpendQuery,
    scope: Scope | None,
    question: str,
    read: Callable[[str], Parsed],
    settled: Callable[[Answerable], SpendQuery | None],
    ctx: PeriodContext,
) -> Recipe:
    """How `query`, asked on the day of `ctx`, is to be asked again. `read` reads a text on that day without context;
    `settled` gives what the asker was shown for a reading (their rights may narrow it), None when refused."""
    for text in texts_of(question):
        parsed = read(text)
        found = readings_of(parsed)
        whole = next((one for one in found if one.scope == scope and settled(one) == query), None)
        if whole is not None:
            alike = [one for one in found if _content(one) == _content(whole)]
            return Recipe(query=whole.query, text=text,
                          moving=Moving(kind="text", picked=alike.index(whole), alike=len(alike)))  # fmt: skip
        compare, follows = _compare_rule(ctx, query)
        if follows and isinstance(parsed, Answerable) and _names_days(parsed) and parsed.query.period == query.period:
            return Recipe(query=query, text=text, moving=Moving(kind="period", compare=compare))
    return Recipe(query=query, text=question, moving=_by_distance(ctx, query))


def fixed(recipe: Recipe) -> Recipe:
    """The same with its days as they are."""
    return recipe.model_copy(update={"moving": Moving(kind="fixed")})


def anew(recipe: Recipe, scope: Scope | None, read: Callable[[str], Parsed], ctx: PeriodContext) -> Answerable | None:
    """The plan on the day of `ctx`; None when the words no longer give that one plan."""
    query, moving = recipe.query, recipe.moving
    if moving.kind == "fixed":
        return Answerable(query, scope=scope)
    if moving.kind == "unit":
        return Answerable(_with_days(ctx, query, moving, _days(ctx, moving)), scope=scope)
    parsed = read(recipe.text)
    if moving.kind == "period":
        if not isinstance(parsed, Answerable) or not _names_days(parsed):
            return None
        return Answerable(_with_days(ctx, query, moving, parsed.query.period), parsed.assumptions, scope)
    wanted = _content(Answerable(query, scope=scope))
    alike = [one for one in readings_of(parsed) if _content(one) == wanted]
    return alike[moving.picked] if len(alike) == moving.alike else None


def _content(answerable: Answerable) -> Any:
    """Everything but the days, how finely they are cut, and the asker's address, which may change."""
    query = answerable.query
    own = answerable.scope == "me"
    bare = query.model_copy(
        update={
            "period": _NO_DAYS,
            "compare": _NO_DAYS if isinstance(query.compare, Period) else query.compare,
            "grain": "day" if query.grain else None,
            "filters": tuple(part for part in query.filters if not (own and part.dimension == "person")),
        }
    )
    return answerable.scope, bare


def same_wish(one: Recipe, other: Recipe, scope: Scope | None) -> bool:
    """Whether two recipes ask the same again and again, also when they were made on different days."""
    if one.moving != other.moving:
        return False
    if one.query == other.query:
        return True
    alike = _content(Answerable(one.query, scope=scope)) == _content(Answerable(other.query, scope=scope))
    by_words = one.moving.kind in ("text", "period") and one.text.casefold() == other.text.casefold()
    return alike and (by_words or one.moving.kind == "unit")


def _names_days(parsed: Answerable) -> bool:
    return not any(note.startswith("no period given") for note in parsed.assumptions)


# -- As far from the day as they were ----------------------------------------------------------------------------------


def _by_distance(ctx: PeriodContext, query: SpendQuery) -> Moving:
    """By units where the plan's days are some, else by days; a span that does not touch the day stays."""
    period = query.period
    compare, follows = _compare_rule(ctx, query)
    if not follows or period.start == FIRST_DAY:
        return Moving(kind="fixed")
    for unit in _UNITS:
        found = _in_units(ctx, unit, period)
        if found is not None:
            return found.model_copy(update={"compare": compare})
    first, days = (period.start - ctx.today).days, (period.end - period.start).days
    if period.end in (ctx.today, ctx.tomorrow) or period.start in (ctx.today, ctx.tomorrow):
        return Moving(kind="unit", first=first, count=days, compare=compare)
    return Moving(kind="fixed")


def _in_units(ctx: PeriodContext, unit: Unit, period: Period) -> Moving | None:
    """The present unit, whole or to date; the next; the last few."""
    start, end = ctx.calendar.containing(unit, ctx.today)
    if period.start == start and period.end in (end, ctx.tomorrow):
        return Moving(kind="unit", unit=unit, to_date=period.end != end)
    if period.start == end and period.end == ctx.calendar.containing(unit, end)[1]:
        return Moving(kind="unit", unit=unit, first=1)
    if period.end != start:
        return None
    back = (n for n in range(1, _MOST) if ctx.calendar.containing(unit, ctx.today, -n)[0] == period.start)
    count = next(back, None)
    return None if count is None else Moving(kind="unit", unit=unit, first=-count, count=count)


def _days(ctx: PeriodContext, moving: Moving) -> Period:
    start, end = ctx.calendar.run(moving.unit, ctx.today, moving.first, moving.count)
    end = ctx.tomorrow if moving.to_date else end
    name = ctx.calendar.label(moving.unit, start)
    if moving.count > 1 or (moving.unit == "day" and moving.first):
        name = f"{start} to {end - timedelta(days=1)}"
    return Period(start=start, end=end, label=f"{name} to date" if moving.to_date else name)


def _with_days(ctx: PeriodContext, query: SpendQuery, moving: Moving, period: Period) -> SpendQuery:
    changes: dict[str, object] = {"period": period}
    if moving.compare is not None:
        changes["compare"] = _befores(ctx, period)[moving.compare]
    return query.model_copy(update=changes)


def _befores(ctx: PeriodContext, period: Period) -> dict[str, Period]:
    reading: Reading = reading_of(ctx, period)
    return {
        "period before": period_before(period),
        "unit before": unit_before(ctx, reading).period,
        "year before": year_before(ctx, reading).period,
    }


def _compare_rule(ctx: PeriodContext, query: SpendQuery) -> tuple[Any, bool]:
    """How the days compared with follow from the plan's, and whether they do."""
    if not isinstance(query.compare, Period):
        return None, True
    days = (query.compare.start, query.compare.end)
    found = (name for name, other in _befores(ctx, query.period).items() if (other.start, other.end) == days)
    rule = next(found, None)
    return rule, rule is not None


# -- In words, and the change since -----------------------------------------------------------------------------------


def moving_words(moving: Moving) -> str:
    """the month before · the last 3 months · this month so far · the 7 days before"""
    unit, count, first = moving.unit, moving.count, moving.first
    if unit == "day":
        return _window_words(first, count)
    if moving.to_date:
        return f"this {unit} so far"
    if first > 0:
        return f"the {unit} after"
    if not first:
        return f"this {unit}"
    units = "halves" if unit == "half" else f"{unit}s"
    return f"the {unit} before" if count == 1 else f"the last {count} {units}"


def _window_words(first: int, count: int) -> str:
    if first == 0:
        return "that day" if count == 1 else f"the next {count} days"
    if count == 1:
        return "the day before" if first < 0 else "the day after"
    return f"the {count} days before" if first < 0 else f"the {count} days after"


def with_change(query: SpendQuery, cadence: Cadence) -> SpendQuery:
    """A single number also with the one of the period before; a count on a day, with the one a day, week or month ago."""
    parts: Sequence[object] = (query.compare, query.grain, query.group_by, query.having, query.share_of, query.aggregate,
                               query.transform, query.explain, query.limit)  # fmt: skip
    if any(parts) or len(query.metrics) > 1 or query.metrics[0] in _NO_CHANGE or query.period.start == FIRST_DAY:
        return query
    if direction(query.metrics) != "stock":
        return query.model_copy(update={"compare": period_before(query.period)})
    return query.model_copy(update={"compare": _ago(query.period, cadence)})


def _ago(period: Period, cadence: Cadence) -> Period:
    back: dict[Cadence, date] = {"day": period.end - timedelta(days=2), "week": period.end - timedelta(days=8),
                                 "month": add_months(period.end - timedelta(days=1), -1)}  # fmt: skip
    day = back[cadence]
    return Period(start=day, end=day + timedelta(days=1), label=f"{day}")
