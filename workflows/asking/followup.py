"""A text that edits the previous question: what it names replaces what was there, the rest stays."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from storage.spend_query import Filter, Period, SpendQuery
from workflows.asking.carried import carry_comparison, carry_days, carry_form
from workflows.asking.chart import Item, Number
from workflows.asking.comparisons import unit_before, year_before
from workflows.asking.draft import SEAT_METRICS, Draft, Option, Sentence, Unclear, decide, direction, use
from workflows.asking.fiscal import Unit
from workflows.asking.normalise import fold, squash, tokenise
from workflows.asking.parsed import Choice, Clarify
from workflows.asking.period_types import FIRST_DAY, PeriodContext, Reading, of_unit
from workflows.asking.vocabulary import Vocabulary

_FAMILIES = (("tool", "vendor", "category", "model"), ("department", "division", "cost_center", "person"), ("project",))
_UNGROUPED = ("renewals", "tools", "pending_approvals", "access_requests", "run_rate")
_UNITS: tuple[Unit, ...] = ("day", "week", "month", "quarter", "half", "year")
_UNIT = "(day|week|month|quarter|half|year|period)"
_BEFORE = re.compile(
    rf"^(and )?(what about |how about )?(in |for )?(the )?(one |{_UNIT}s? )(before|earlier|prior)( that)?$|"
    rf"^(and )?(the )?(previous|prior|preceding) (one|{_UNIT})$"
)
_SPAN_BEFORE = re.compile(rf"(one|{_UNIT}) (before|earlier|prior)$|(previous|prior|preceding|last) (one|period)$")
_SAME_A_YEAR_AGO = re.compile(
    rf"^(?:and )?(?:for |in |during )?(?:the )?same {_UNIT} "
    r"(?:of |in )?(?:last year|the (?:previous|prior) year|the year before|a year (?:ago|earlier|before))$"
)
_WHOLE = re.compile(r"\b(whole|entire) (company|organi[sz]ation|firm|business)\b|\bcompany ?wide\b|\ball departments\b")
_YEAR_BEFORE = re.compile(
    r"(same (period|time|month|quarter|week|days) )?(last year|a year (ago|earlier|before)|year before)$|"
    r"previous year$|prior year$"
)


@dataclass(frozen=True, slots=True)
class Previous:
    """The plan before and the day it is read on."""

    query: SpendQuery
    ctx: PeriodContext

    def reading(self) -> Reading:
        return reading_of(self.ctx, self.query.period)

    def of_a_day(self) -> bool:
        """A count on a day, of which there is no series."""
        days = (self.query.period.end - self.query.period.start).days
        return direction(list(self.query.metrics)) == "stock" and days == 1

    def compared(self) -> Reading | Literal["budget"] | None:
        compare = self.query.compare
        return reading_of(self.ctx, compare) if isinstance(compare, Period) else compare


def reading_of(ctx: PeriodContext, period: Period) -> Reading:
    """A plan's period as a span of units again, so that "the month before" can be found."""
    for unit in _UNITS:
        if period.start == FIRST_DAY:
            break
        start, end = ctx.calendar.containing(unit, period.start)
        to_date = period.end == ctx.tomorrow and start == period.start and end > ctx.tomorrow
        if start == period.start and (end == period.end or (to_date and unit != "day" and unit[0:4] in period.label)):
            return Reading(period.start, period.end, period.label, unit, to_date=end != period.end)
    if period.end == ctx.tomorrow and period.start != FIRST_DAY:
        for unit in _UNITS[2:]:
            if ctx.calendar.containing(unit, ctx.today)[0] == period.start:
                return Reading(period.start, period.end, period.label, unit, to_date=True)
    return Reading(period.start, period.end, period.label, "day")


def is_followup(s: Sentence, named: bool) -> bool:
    """Nothing but a part of a question, or a part that says it goes on: "and …", "same but …", "what about …"."""
    if not named or refers(s):
        return True
    if len(s.seq) == 1 and s.seq[0].has("metric"):
        return True
    if _elliptic(s) or (len(s.seq) == 2 and any(_so_far(item) for item in s.seq)):
        return True
    first = s.chart.items[0] if s.chart.items else None
    if len(s.seq) <= 5 and any(item.has("follow", "instead") for item in s.chart.items):
        return True
    starts = first is not None and (
        first.has("follow")
        or (first.has("and") and first.text.lower() in ("and", "plus"))
        or (len(s.seq) <= 4 and any(first.has(k) for k in ("versus", "only", "not", "by", "compare", "grain", "share")))
    )
    return starts and not (first is not None and first.has("follow", "show") and len(s.seq) > 5)


def _so_far(item: Item) -> bool:
    """ "spent so far": of the days before."""
    return item.reading is not None and item.text.lower() in ("so far", "to date", "until now")


def _elliptic(s: Sentence) -> bool:
    """ "how many are idle": of the seats spoken of before."""
    said = [item for item in s.seq if item.has("metric")]
    if len(said) != 1 or said[0].kinds["metric"] not in SEAT_METRICS or s.any("seat") or len(s.seq) > 3:
        return False
    bare = not any(item.entities or (item.has("dim") and not item.entities) for item in s.seq)
    return bare and not any(word in said[0].text.lower() for word in ("seat", "licen"))


def refers(s: Sentence) -> bool:
    """they, those, it: what the question before was about."""
    return any(
        token.text in ("they", "them", "those", "these", "it", "that", "their", "theirs") and token.raw != "IT"
        for token in s.chart.tokens
    )


def before_that(s: Sentence, draft: Draft, previous: Previous, text: str) -> None:
    """and the month before? compare with the week before."""
    plain = fold(text).strip(" ?!.")
    if _BEFORE.match(plain):
        draft.reading = _span_before(draft, previous, plain)
        use(*[item for item in s.seq if item.reading is not None or item.has("unknown") or item.has("unit")])
    elif (same := _SAME_A_YEAR_AGO.match(plain)) and same[1] == previous.reading().unit:
        draft.reading = year_before(previous.ctx, previous.reading())
        use(*s.seq)
    versus = re.match(r"^(and )?(now )?(compare[d]? (it |that |this )?(with|to)|vs\.?|versus|against) (the )?(.*)$", plain)
    if versus:
        other = _other(draft, previous, versus[7])
        if other is not None:
            draft.reading, draft.compare = previous.reading(), other
            use(*s.seq)


def _span_before(draft: Draft, previous: Previous, words: str) -> Reading:
    """The unit before; a unit that is not the plan's own may mean two spans (the year before August)."""
    reading, ctx = previous.reading(), previous.ctx
    said = re.search(_UNIT, words)
    if reading.to_date and "year" in words and of_unit(ctx, "year", reading.start).start == reading.start:
        return year_before(ctx, reading)
    if said is None or said[1] in ("period", "day", reading.unit) or reading.unit is None or reading.start == FIRST_DAY:
        return unit_before(ctx, reading)
    if said[1] != "year":
        raise Unclear("period", f"The {said[1]} before what? The question before was about {reading.label}.", words)

    def taking(span: Reading) -> Option:
        return Option(span.label, lambda d: setattr(d, "reading", span))

    same, whole = year_before(ctx, reading), of_unit(ctx, "year", reading.start, -1)
    decide(draft, "period", "year before", "Which year before?", [taking(same), taking(whole)], words)
    return draft.reading or same


def _other(draft: Draft, previous: Previous, words: str) -> Reading | None:
    reading = previous.reading()
    if _SPAN_BEFORE.match(words):
        return year_before(previous.ctx, reading) if "year" in words else _span_before(draft, previous, words)
    if _YEAR_BEFORE.match(words):
        return year_before(previous.ctx, reading)
    return None


def merge(s: Sentence, draft: Draft, previous: Previous) -> None:
    """The previous plan with what the draft names put in."""
    query = previous.query
    draft.merged = True
    draft.contracts = query.contracts if draft.contracts == "ends" else draft.contracts
    _left_of_it(s, draft, query)
    _just_now(s, draft)
    _that_many(s, draft, query)
    same_metric = not draft.metrics or tuple(draft.metrics) == query.metrics
    if draft.refers and not same_metric and (query.limit or query.having or query.metrics[0] == "renewals"):
        raise Unclear("modifier", "I cannot carry those rows over to another measure: please name them.", "them")
    draft.idle_days = draft.idle_days or (query.idle_days if same_metric else None)
    kinds = (direction(list(query.metrics)), direction(draft.metrics))
    changed_kind = bool(draft.metrics) and kinds[0] != kinds[1] and kinds != ("plan", "flow")
    draft.metrics = draft.metrics or list(query.metrics)
    new_period = draft.reading is not None
    if not new_period and not changed_kind and not (previous.of_a_day() and (draft.grain or draft.trend)):
        draft.reading = previous.reading()
    if not new_period and changed_kind:
        carry_days(draft, previous.reading(), previous.ctx, kinds)
    if draft.compare is None and query.compare is not None and not changed_kind:
        carry_comparison(draft, previous.reading(), previous.compared(), previous.ctx, new_period)
    carry_form(s, draft, query, same_metric)
    _every_group(draft, query)
    kept = [part for part in query.filters if part.dimension != draft.freed]
    if whole_company(" ".join(token.text for token in s.chart.tokens)):
        kept = [part for part in kept if part.dimension not in _FAMILIES[1]]
    _too(s, draft, query)
    if s.chart.items[0].text.lower() == "plus":
        draft.filters = [_added(part, kept) for part in draft.filters]
    draft.filters = _merged(kept, draft.filters)
    own_groups = bool(draft.group_by)
    draft.inherits_rows = not (own_groups or draft.grain)
    if any(item.has("follow", "they") for item in s.seq):
        draft.group_by = ["person", *(g for g in query.group_by if g != "person")]
        own_groups = True
    elif not own_groups and (same_metric or draft.metrics[0] not in _UNGROUPED):
        draft.group_by = list(query.group_by)
    draft.grain = draft.grain or (query.grain if not own_groups else None)
    if not own_groups and (same_metric or draft.metrics[0] not in _UNGROUPED):
        draft.order = draft.order or query.order
        draft.offset = draft.offset or (query.offset if draft.limit is None else 0)
        draft.limit = draft.limit or query.limit
    if same_metric:
        draft.having = draft.having or list(query.having)
        draft.explain = draft.explain or query.explain
        draft.aggregate = draft.aggregate or query.aggregate
        draft.transform = draft.transform or (query.transform if draft.grain else None)
    draft.share = draft.share or (query.share_of is not None and same_metric)
    use(*s.open("only"), *s.open("follow"), *list(s.open("and")))


def _too(s: Sentence, draft: Draft, query: SpendQuery) -> None:
    """Loom too: beside what was there, or the same question for it?"""
    word = next((token.text for token in s.chart.tokens if token.text in ("too", "also")), None)
    same = [
        (new, old) for new in draft.filters for old in query.filters if new.dimension == old.dimension and new.op == "in"
    ]
    if word is None or not same or same[0][1].op != "in":
        return
    new, old = same[0]

    def both(d: Draft) -> None:
        d.filters = [_added(part, (old,)) if part == new else part for part in d.filters]

    only = ", ".join(new.values)
    options = [Option(f"{', '.join(old.values)} and {only} together", both), Option(f"only {only}", lambda d: None)]
    decide(draft, "entity", "too", f"{only} alone, or together?", options, f"{only} {word}")


def whole_company(text: str) -> bool:
    """Whether a text takes back a narrowing to somebody: "same for the whole company"."""
    return _WHOLE.search(text.casefold()) is not None


def _that_many(s: Sentence, draft: Draft, query: SpendQuery) -> None:
    """ "make it 5" after a top 3."""
    item = s.first("number")
    number = item.kinds["number"] if item is not None else None
    if query.limit and isinstance(number, Number) and not number.unit and not draft.metrics and len(s.seq) <= 3:
        use(item)
        draft.limit = draft.limit or int(number.value) or None


def _just_now(s: Sentence, draft: Draft) -> None:
    """ "now by vendor": go on, not the days until now."""
    if draft.reading is not None and any(_so_far(item) and draft.reading is item.reading for item in s.seq):
        draft.reading = None
        draft.assumptions = [note for note in draft.assumptions if "first day" not in note]
    first = s.chart.items[0]
    if first.text.lower() == "now" and draft.reading is not None and draft.reading is first.reading and len(s.seq) > 1:
        draft.reading = None
        draft.assumptions = [note for note in draft.assumptions if note != first.reading.note]


def _left_of_it(s: Sentence, draft: Draft, query: SpendQuery) -> None:
    """How much of it is left, after a question about a budget."""
    used = s.first("used")
    if used is not None and not draft.metrics and query.metrics[0] in ("budget", "budget_left_share", "budget_remaining"):
        use(used)
        draft.metrics, draft.share = ["budget_used"], False
    left = s.first("left")
    if left is not None and not draft.metrics and query.metrics[0] in ("budget", "budget_used", "budget_remaining"):
        use(left)
        draft.metrics, draft.share = ["budget_remaining"], False


def _every_group(draft: Draft, query: SpendQuery) -> None:
    """ "by department" after a question about one department: of all of them, or just a row for that one?"""
    for part in query.filters:
        renamed = any(new.dimension == part.dimension for new in draft.filters)
        if part.op != "in" or part.dimension not in draft.group_by or len(part.values) > 1 or renamed:
            continue
        name = part.dimension.replace("_", " ")

        def every(d: Draft, dimension: str = part.dimension) -> None:
            d.freed = dimension

        options = [Option(f"every {name}", every), Option(f"only {part.values[0]}", lambda d: None)]
        decide(draft, "scope", f"every {name}", f"By {name}: every {name}, or only {part.values[0]}?", options, f"by {name}")


def _added(part: Filter, old: Sequence[Filter]) -> Filter:
    """ "plus Design": beside what was there."""
    same = next((f for f in old if f.dimension == part.dimension and f.op == part.op == "in"), None)
    return part if same is None else part.model_copy(update={"values": tuple(dict.fromkeys((*same.values, *part.values)))})


def changes_nothing(s: Sentence, query: SpendQuery, before: SpendQuery) -> bool:
    """A text that leaves the plan as it was, other than "the same again"."""
    said = any(item.has("follow", "same") or item.has("rank") or item.has("team") for item in s.chart.items)
    return _unlabelled(query) == _unlabelled(before) and not said


def _unlabelled(query: SpendQuery) -> SpendQuery:
    """The same days are the same, whatever they were called."""
    compare = query.compare.model_copy(update={"label": ""}) if isinstance(query.compare, Period) else query.compare
    return query.model_copy(update={"period": query.period.model_copy(update={"label": ""}), "compare": compare})


def _merged(old: Sequence[Filter], new: Sequence[Filter]) -> list[Filter]:
    """A new name replaces those of its family; an exclusion is added."""
    kept = list(old)
    for part in new:
        if part.op == "in":
            family = next((f for f in _FAMILIES if part.dimension in f), (part.dimension,))
            kept = [f for f in kept if f.dimension not in family or f.op != "in"]
    return [*kept, *(part for part in new if part not in kept)]


# -- An answer to a question back --------------------------------------------------------------------------------------


def pick(text: str, pending: Clarify, vocabulary: Vocabulary) -> Choice | None:
    """The choice that a short text names: its label or a part of it, a vendor of its tool, "the first"."""
    plain = re.sub(r"^(the|no,?|i meant?|just|only|oh|yes,?|it'?s) ", "", fold(text).strip(" ?!."))
    plain = re.sub(r"^(the|i meant?) ", "", plain).removesuffix(" one").removesuffix(" please").strip()
    numbered = {"first": 0, "1": 0, "second": 1, "2": 1, "third": 2, "3": 2, "fourth": 3, "4": 3}.get(plain)
    if numbered is not None and numbered < len(pending.choices):
        return pending.choices[numbered]
    key = squash(plain)
    if not key:
        return None
    said = {token.text for token in tokenise(plain)}
    hits = [choice for choice in pending.choices if said <= {token.text for token in tokenise(choice.label)}]
    if len(hits) != 1:
        vendors = {e.value for e in vocabulary.exact.get(key, ()) if e.dimension == "vendor"}
        hits = [
            c
            for c in pending.choices
            if c.query
            and any(
                f.dimension == "tool"
                and any(vocabulary.tools[v].vendor in vendors for v in f.values if v in vocabulary.tools)
                for f in c.query.filters
            )
        ]
    return hits[0] if len(hits) == 1 and hits[0].query is not None else None
