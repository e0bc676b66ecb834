"""Which days: the span a sentence names, what it is compared with, and the house defaults where it names none."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta

from workflows.asking.chart import Item
from workflows.asking.comparisons import cut_at_today, like_for_like, unit_before, year_before
from workflows.asking.draft import Draft, NotSaid, Option, Sentence, Unclear, decide, direction, use
from workflows.asking.fiscal import add_months
from workflows.asking.normalise import Token
from workflows.asking.parsed import Slot
from workflows.asking.period_types import FIRST_DAY, PeriodContext, Reading, of_unit
from workflows.asking.period_units import complete, to_date
from workflows.asking.periods import comparison_after
from workflows.asking.stocks import latest_pace

_PERIOD: Slot = "period"


def periods(s: Sentence, draft: Draft) -> None:
    """Sets draft.reading and draft.compare from the sentence's spans. Raises Unclear."""
    found = [item for item in s.seq if item.reading is not None and not item.used]
    kept = _drop_negated(s, _drop_so_far(_drop_now(found)))
    use(*kept)
    for item in kept:
        _settled(draft, item)
    spans = [item for item in kept if item.reading is not None]
    if spans:
        _first(draft, spans[0])
    _comparison(s, draft, spans)


def _settled(draft: Draft, item: Item) -> None:
    """Asks about a span that is not clear."""
    reading = item.reading
    if reading is None or not reading.ask:
        return
    options = [Option(choice.label, _choose(item, choice)) for choice in reading.choices[:4]]
    if not options:
        raise Unclear(_PERIOD, reading.ask, item.text)
    if len(options) == 1 and f"period {item.start}" not in draft.answers:
        raise Unclear(_PERIOD, reading.ask, item.text, f"period {item.start}", (options[0].label,))
    decide(draft, _PERIOD, f"period {item.start}", reading.ask, options, item.text)


def _choose(item: Item, choice: Reading) -> Callable[[Draft], None]:
    def apply(draft: Draft) -> None:
        item.kinds["period"] = choice

    return apply


def _drop_now(found: list[Item]) -> list[Item]:
    """ "the January bill, now": at once, beside other days."""
    now = [item for item in found if item.text.lower() in ("now", "right now")]
    if len(found) == len(now):
        return found
    use(*now)
    return [item for item in found if item not in now]


def _drop_so_far(found: list[Item]) -> list[Item]:
    """ "this month's bill so far": the days of a span that is running end today anyway."""

    def runs(other: Item, end: date) -> bool:
        return other.reading is not None and other.reading.start < end <= other.reading.end

    said = [item for item in found if item.reading is not None and item.text.lower() in ("so far", "to date", "until now")]
    said = [i for i in said if i.reading and any(runs(other, i.reading.end) for other in found if other is not i)]
    use(*said)
    return [item for item in found if item not in said]


def _drop_negated(s: Sentence, found: list[Item]) -> list[Item]:
    """Not in October but in September."""
    kept = []
    for item in found:
        before = s.before(item)
        if before is not None and before.has("not") and not before.used and len(found) > 1:
            if any(_overlap(item.reading, other.reading) for other in found if other is not item):
                words = f"{before.text} {item.text}"
                raise Unclear("modifier", "I cannot leave days out of a period.", words, "ignore", (f"without “{words}”",))
            if not before.text.lower().startswith(("not", "no")):
                words = f"{before.text} {item.text}"
                raise Unclear("modifier", "I cannot take one period from another.", words)
            use(before, item)
        else:
            kept.append(item)
    return kept


def _overlap(left: Reading | None, right: Reading | None) -> bool:
    return left is not None and right is not None and left.start < right.end and right.start < left.end


def _first(draft: Draft, item: Item) -> None:
    reading = item.reading
    if reading is None:
        return
    draft.reading = reading
    draft.note(reading.note)
    draft.grain = draft.grain or reading.grain
    draft.compare = draft.compare or reading.compare
    draft.growth = draft.growth or reading.growth
    if reading.special == "peak":
        draft.order, draft.limit = "desc", 1
    elif reading.special == "overdue":
        draft.contracts = "lapsed"
    elif reading.special:
        draft.transform = "rolling_avg_3"


def _comparison(s: Sentence, draft: Draft, spans: list[Item]) -> None:
    """A second span is what the first is compared with; "vs the month before" depends on the first."""
    if len(spans) == 2 and not s.any("versus") and not s.any("compare") and _with_and(s, spans) and _union(s, draft, spans):
        return
    if len(spans) == 2 and (s.any("versus") or s.any("compare") or draft.growth or _up_on(s, spans)):
        use(*s.open("versus"), *s.open("compare"))
        left, right = spans[0].reading, spans[1].reading
        if left is not None and right is not None:
            _versus(s, draft, left, right, spans[1])
        return
    if len(spans) > 1:
        raise Unclear(_PERIOD, "Which of these periods?", " / ".join(item.text for item in spans))
    for item in list(s.open("versus")):
        _relative(s, draft, item)


def _up_on(s: Sentence, spans: list[Item]) -> bool:
    """Is October up on September."""
    between = [i for i in s.seq if i.has("growth") and spans[0].end <= i.start and i.end == spans[1].start]
    return bool(between) and s.chart.tokens[spans[1].start].text in ("on", "from", "over")


def _with_and(s: Sentence, spans: list[Item]) -> bool:
    return any(i.has("and") and spans[0].end <= i.start < spans[1].start for i in s.seq)


def _union(s: Sentence, draft: Draft, spans: list[Item]) -> bool:
    """Yesterday and today: neighbours become one span, shown apart."""
    left, right = spans[0].reading, spans[1].reading
    if left is None or right is None or left.end != right.start or left.unit != right.unit or left.unit in (None, "half"):
        return False
    draft.reading = Reading(left.start, right.end, f"{left.label} and {right.label}", left.unit, 2)
    draft.grain = left.unit  # type: ignore[assignment]
    return True


def _versus(s: Sentence, draft: Draft, left: Reading, right: Reading, item: Item) -> None:
    ctx = s.ctx
    tail = comparison_after(s.chart.tokens, item.start, ctx, left)
    if tail is not None and not tail[2].ask:
        use(*[near for near in s.seq if near.start >= item.end and near.end <= tail[0]])
        draft.reading, draft.compare = tail[1], tail[2]
    else:
        draft.reading, draft.compare = like_for_like(ctx, left, right)


def _relative(s: Sentence, draft: Draft, item: Item) -> None:
    """vs last month without a first span; vs the month before; more than this time last year."""
    ctx = s.ctx
    base = draft.reading or of_unit(ctx, "month", ctx.today)
    if tail := comparison_after(s.chart.tokens, item.end, ctx, base):
        done, reading, other = tail
        if other.ask and not other.choices:
            raise Unclear(_PERIOD, other.ask, item.text)
        use(item)
        for near in s.seq:
            if near.start >= item.end and near.end <= done:
                use(near)
        draft.reading, draft.compare = reading, other


def trailing_comparison(s: Sentence, draft: Draft, base: Reading | None = None) -> None:
    """Spans after "than" and "vs" are the comparison when only they are named: this year against them, like for like.

    `base` is the span of the question before: "vs December" after it compares that span.
    """
    item = next((i for i in s.open("versus")), None) or next((i for i in s.open("op")), None) or _moved_from(s)
    if item is None and base is not None and s.seq and s.seq[0].has("compare"):
        item = s.seq[0]  # compare that to March
    if item is None:
        return
    after = s.after(item)
    if after is None or after.reading is None or after.used or after.reading.ask:
        return
    others = [i for i in s.seq if i.reading is not None and i is not after and not i.used]
    if others:
        return
    use(item, after)
    draft.growth = True
    if base is not None and s.seq[0] in (item, after) and base.start not in (FIRST_DAY, after.reading.start):
        draft.reading, draft.compare = like_for_like(s.ctx, base, after.reading)
        return
    _against(s.ctx, draft, s.chart.tokens[after.start : after.end], after.reading)


def _moved_from(s: Sentence) -> Item | None:
    """Up on last month, a rise from September: what follows is what it is compared with; "growth over the last 3 months"
    is the span itself."""
    for item in s.open("growth"):
        after = s.after(item)
        if item.entities or after is None or after.reading is None or after.used:
            continue
        if {"to", "through", "until"} & set(after.text.lower().split()):
            continue  # from September to October
        link = s.chart.tokens[item.end].text if item.end < after.end else ""
        plain = s.chart.tokens[item.end + 1].text != "the" if item.end + 1 < after.end else False
        if link in ("on", "from") or (link == "over" and plain and item.text.lower() in _UP_OR_DOWN):
            return item
    return None


_UP_OR_DOWN = frozenset(["up", "down", "higher", "increase", "increased", "rise", "decrease"])


def _against(ctx: PeriodContext, draft: Draft, tokens: Sequence[Token], other: Reading) -> None:
    text = " ".join(token.text for token in tokens)
    if "time last year" in text or "year ago" in text or other.unit == "year":
        now = to_date(ctx, of_unit(ctx, "year", ctx.today))
        draft.reading, draft.compare = now, year_before(ctx, now)
        draft.note("this year to date against the same days of last year")
        return
    if other.unit in ("week", "month", "quarter", "half") and other.count == 1 and other.end <= ctx.today:
        now = of_unit(ctx, other.unit, ctx.today)
        last = of_unit(ctx, other.unit, ctx.today, -1)
        if (last.start, last.end) == (other.start, other.end):
            draft.reading, draft.compare = like_for_like(ctx, now, other)
            return
        year_back = of_unit(ctx, other.unit, ctx.today, {"month": -12, "quarter": -4, "half": -2}.get(other.unit, -52))
        if (year_back.start, year_back.end) == (other.start, other.end):
            draft.reading, draft.compare = like_for_like(ctx, now, other)
            return
        after = of_unit(ctx, other.unit, other.end)
        draft.reading, draft.compare = like_for_like(ctx, after, other)
        return
    if other.unit == "day":
        start = other.end
        draft.reading = Reading(start, start + timedelta(days=other.days), f"{start}", "day")
        draft.compare = other
        return
    raise Unclear(_PERIOD, "Compared with which days?", text)


# -- Defaults and the final cut ----------------------------------------------------------------------------------------


def default_period(ctx: PeriodContext, draft: Draft) -> Reading:
    """What is meant without a period: to date for actuals, now for stocks, 90 days for renewals, the year for budgets."""
    metric = draft.metrics[0]
    kind = direction(draft.metrics)
    if metric == "run_rate":
        return of_unit(ctx, "month", ctx.today, -1)
    stepped = draft.trend or draft.grain in ("month", "quarter") or draft.aggregate == "avg_per_month"
    if stepped and kind not in ("event", "plan"):
        return complete(ctx, "month", 12).noted("the last 12 complete months")
    if draft.grain == "year" and kind == "flow":
        _which_year(ctx, draft)
        if draft.reading is not None:
            return draft.reading
    if draft.grain == "week" or draft.aggregate == "avg_per_week":
        last = complete(ctx, "week", 4 if kind == "flow" else 12)
        return last.noted(f"no period given: the {last.label}")
    if kind == "event" and draft.contracts == "in_force":
        return Reading(ctx.today, ctx.tomorrow, "today", "day", moment=True)
    if kind == "event" and draft.past:
        return Reading(FIRST_DAY, ctx.today, "before today")
    if kind == "event":
        return Reading(
            ctx.today, ctx.today + timedelta(days=90), "next 90 days", "day", note="no period given: the next 90 days"
        )
    if kind == "plan":
        whole = of_unit(ctx, "year", ctx.today)
        return whole.noted(
            "no period given: this fiscal year" if not ctx.calendar.is_calendar_year else "no period given: this year"
        )
    if kind == "stock":
        return Reading(ctx.today, ctx.tomorrow, "now", "day", moment=True)
    if draft.compare == "budget":
        return to_date(ctx, of_unit(ctx, "year", ctx.today)).noted(
            "no period given: the year to date against the budget to date"
        )
    if metric == "active_users" and not draft.growth:
        return complete(ctx, "day", 30).noted("no period given: the last 30 days")
    last_unit = draft.answers.get("last_unit")
    if last_unit:
        unit = {1: "week", 2: "month", 3: "quarter", 4: "year"}[last_unit]
        return of_unit(ctx, unit, ctx.today, -1)  # type: ignore[arg-type]
    return cut_at_today(ctx, of_unit(ctx, "month", ctx.today)).noted("no period given: month to date")


def _which_year(ctx: PeriodContext, draft: Draft) -> None:
    """Yearly cost: which twelve months?"""

    def taking(reading: Reading) -> Option:
        def apply(d: Draft) -> None:
            d.reading, d.grain = reading, None

        return Option(reading.label, apply)

    spans = [complete(ctx, "month", 12), of_unit(ctx, "year", ctx.today, -1), to_date(ctx, of_unit(ctx, "year", ctx.today))]
    decide(draft, _PERIOD, "which year", "Which year?", [taking(reading) for reading in spans])


def finish(ctx: PeriodContext, draft: Draft) -> None:
    """The final span and comparison: actuals end today, stocks are as of a day, growth is measured against something."""
    if draft.reading is not None and draft.reading.start == FIRST_DAY and direction(draft.metrics) == "plan":
        draft.reading = None
        draft.assumptions = [note for note in draft.assumptions if "first day with data" not in note]
    if draft.metrics[0] == "run_rate":
        latest_pace(ctx, draft)
    reading = draft.reading or default_period(ctx, draft)
    draft.note(reading.note)
    kind = direction(draft.metrics)
    if kind == "stock" and reading.days > 1 and draft.summed:
        raise Unclear("modifier", "Seat counts are not added over days; I can give the count on a day, or by month.", "sum")
    if kind == "stock" and draft.trend and draft.grain is None:
        draft.grain = "month"
    if kind == "stock" and draft.aggregate is None and draft.grain is None:
        return _as_of(ctx, draft, reading)
    if kind == "flow":
        if reading.start > ctx.today:
            raise NotSaid(
                "forecast",
                f"{reading.label} has not begun, and forecasts are not there yet.",
                "I can give the run rate (the last complete month × 12), the budget and what is left of it.",
            )
        reading = cut_at_today(ctx, reading) if reading.start != FIRST_DAY else reading
    if kind == "stock" and draft.grain is not None and reading.start <= ctx.today and reading.start != FIRST_DAY:
        reading = cut_at_today(ctx, reading)
    if kind == "flow" and reading.moment and reading.start != ctx.today:
        reading = replace(reading, moment=False)
    elif kind == "flow" and reading.moment and draft.grain in ("month", "quarter"):
        draft.reading = None
        reading = default_period(ctx, draft)
        draft.note(reading.note)
    elif kind == "flow" and reading.moment:
        reading = cut_at_today(ctx, of_unit(ctx, "month", ctx.today)).noted("“now” read as month to date")
        draft.note(reading.note)
    draft.reading = reading
    if draft.trend and draft.grain is None:
        draft.grain = "month" if reading.start == FIRST_DAY or reading.days > 62 else "day" if reading.days <= 31 else "week"
    if draft.growth and _cheaper(draft):
        draft.growth, draft.grain = False, "month"
        return None
    if (draft.growth or draft.explain) and draft.compare is None and draft.grain is None:
        _measure_against(ctx, draft, reading)
    return None


def _cheaper(draft: Draft) -> bool:
    """Did it get cheaper per request: the months of the span side by side."""
    return (
        draft.metrics[0].startswith("cost_per")
        and draft.reading is not None
        and draft.reading.days > 62
        and not draft.compare
    )


def _measure_against(ctx: PeriodContext, draft: Draft, reading: Reading) -> None:
    if reading.unit in ("month", "quarter", "week") and reading.count == 2 and not reading.to_date:
        first = of_unit(ctx, reading.unit, reading.start)
        if first.start != reading.start and reading.unit == "month":  # calendar months in a year of weeks
            middle = add_months(reading.start, 1)
            first = Reading(reading.start, middle, f"{reading.start} to {middle - timedelta(days=1)}", "month")
            draft.reading, draft.compare = replace(reading, start=middle, count=1, label=f"from {middle}"), first
            return
        draft.reading, draft.compare = of_unit(ctx, reading.unit, reading.end - timedelta(days=1)), first
        return
    if reading.start == FIRST_DAY:
        raise Unclear(_PERIOD, "Growth over which days?", reading.label)
    if reading.label.startswith("since ") and reading.note.startswith("from ") and reading.unit is None:
        month = of_unit(ctx, "month", reading.start)
        if month.start == reading.start and month.end <= ctx.today < of_unit(ctx, "month", reading.start, 1).end:
            draft.reading, draft.compare = like_for_like(ctx, of_unit(ctx, "month", ctx.today), month)
            return
    draft.compare = unit_before(ctx, reading)


def _as_of(ctx: PeriodContext, draft: Draft, reading: Reading) -> None:
    """A stock is looked at on a day: the span's last, at most today."""
    if reading.start == FIRST_DAY and reading.to_date:
        reading = Reading(ctx.today, ctx.tomorrow, "now", "day", moment=True)
    last = min(reading.end - timedelta(days=1), max(ctx.today, reading.start))
    day = Reading(last, last + timedelta(days=1), reading.label if reading.moment else f"as of {last}", "day", moment=True)
    if not reading.moment and reading.days > 1:
        draft.note(f"a count on a day, never added over days: as of {last}")
    draft.reading = day
    if isinstance(draft.compare, Reading):
        whole = draft.compare
        if whole.unit not in (None, "day") and whole.to_date:
            whole = of_unit(ctx, whole.unit, whole.start)
        end = whole.end - timedelta(days=1)
        draft.compare = Reading(end, end + timedelta(days=1), f"as of {end}", "day")
    elif draft.growth and draft.compare is None:
        before = of_unit(ctx, "month", last, -1).end - timedelta(days=1)
        draft.compare = Reading(before, before + timedelta(days=1), f"as of {before}", "day")
        draft.note(f"compared with the end of the month before, {before}")
