"""The coverage check: every word that says something must have been used, else it is asked about. Nothing is dropped."""

from collections.abc import Sequence

from workflows.asking.chart import Item
from workflows.asking.draft import Draft, Sentence, Unread, use
from workflows.asking.normalise import squash

_HARMLESS = frozenset(
    [
        "and",
        "only",
        "howmany",
        "which",
        "follow",
        "oftotal",
        "noun",
        "me",
        "actual",
        "trend",
    ]
)
# "spend on tools", "our AI vendors" say nothing more than spend.
_PLAIN = frozenset(
    [
        "tool",
        "tools",
        "app",
        "apps",
        "software",
        "product",
        "products",
        "service",
        "services",
        "subscription",
        "subscriptions",
        "vendor",
        "vendors",
        "supplier",
        "suppliers",
        "provider",
        "providers",
        "application",
        "applications",
    ]
)
_ARTICLES = frozenset(["the", "our", "a", "an", "of", "all", "their", "its", "my", "ai", "total", "overall"])
_BEFORE_PLAIN = frozenset(
    ["on", "for", "of", "with", "from", "our", "all", "the", "these", "those", "any", "in", "to", "ai", "are", "every", "is",
     "using", "their", "your", "external", "do", "did", "which", "what", "no", "or", "many"]
)  # fmt: skip
_QUALIFIERS = frozenset(
    [
        "weekends",
        "weekdays",
        "weekend",
        "nights",
        "prod",
        "production",
        "staging",
        "refunds",
        "refund",
        "holidays",
        "evenings",
        "dev",
        "test",
    ]
)
_LEADS_A_NAME = (
    "on",
    "for",
    "of",
    "with",
    "from",
    "to",
    "named",
    "called",
    "by",
    "at",
    "in",
    "using",
    "about",
    "and",
    "project",
    "tool",
    "vendor",
    "team",
    "department",
    "model",
    "did",
    "does",
    "has",
)


def check(s: Sentence, draft: Draft) -> None:
    """Raises Unread for the first words that no rule used."""
    _forgive(s, draft)
    left = [item for item in s.seq if not item.used and not (set(item.kinds) <= _HARMLESS | {"filler"})]
    left = [item for item in left if not (_harmless_mix(item))]
    if not left or draft.answers.get("ignore") == 0:
        return
    first = next((item for item in left if item.has("unknown")), left[0])
    words = _phrase(s, left[left.index(first) :])
    if first.has("unknown") and _is_name(s, first, left):
        raise Unread(
            "entity", f"I know no tool, vendor, department, project or person called “{words}”." + _nearest(s, words), words
        )
    raise Unread(
        "modifier",
        f"I do not know what “{words}” should change here, so I have not answered without it.",
        words,
        "ignore",
        (f"without “{words}”",),
    )


def _harmless_mix(item: Item) -> bool:
    """A word that is a filler in one of its senses, where the other found no use."""
    return (
        item.has("filler")
        and not item.has("entity")
        and not item.has("unknown")
        and not (set(item.kinds) & {"avg", "not", "growth", "share", "period", "metric"})
    )


def _forgive(s: Sentence, draft: Draft) -> None:
    """Words that say nothing more beside what was read."""
    if draft.explain:
        use(*s.open("level"))
    if s.any("versus") or draft.compare is not None:
        use(*s.open("more"))
    whole_year = draft.reading is None or draft.reading.unit in (None, "year")  # "so far" is none of them
    if draft.metrics and (
        draft.metrics[0] == "run_rate"
        or (whole_year and (draft.metrics[0].startswith("budget") or draft.compare == "budget"))
    ):
        use(*s.open("annual"))
    if draft.metrics and draft.metrics[0] == "renewals":
        use(*s.open("soon"), *s.open("annual"))
    for item in list(s.open("by")):
        after = s.after(item)
        rows = after is not None and bool(after.entities) and bool({"each", "every", "per"} & set(item.text.lower().split()))
        if after is not None and (after.used or after.has("metric")) and not rows and _leads_to(s, item, after):
            use(item)
    for item in list(s.open("have")):
        if item.text.lower().split()[0] in ("do", "we", "have", "are", "did"):
            use(item)
    for item in list(s.open("dim")):
        if (
            (
                item.text.lower().removeprefix("ai ") in _PLAIN
                and not item.has("entity")
                and _says_no_more(s, item)
                and not (draft.metrics and draft.metrics[0].endswith(("tokens", "requests")))  # tokens with tools on
                and not draft.merged
            )
            or (item.kinds["dim"] in draft.group_by and not draft.inherits_rows)
            or (
                item.kinds["dim"] == "person"
                and draft.metrics
                and draft.metrics[0] in ("active_users", "headcount", "cost_per_head")
            )
        ):
            use(item)
    for item in list(s.open("versus")):
        before, after = s.before(item), s.after(item)
        if before is not None and after is not None and before.used and after.used:
            use(item)
            _side_by_side(draft, before, after)
            _both_sides(draft, after)
    for item in list(s.open("not")):
        after = s.after(item)
        if item.text.lower() == "no" and (after is None or item is s.seq[0]):
            use(item)
        elif s.word_after(item) in ("nothing", "none"):
            use(item)
            for near in s.seq:
                if near.text.lower() in ("nothing", "none"):
                    use(near)


def _side_by_side(draft: Draft, before: Item, after: Item) -> None:
    """Cursor vs Copilot: both names, shown apart."""
    if before.entities and after.entities and before.entities[0].dimension == after.entities[0].dimension:
        dimension = before.entities[0].dimension
        if dimension not in draft.group_by:
            draft.group_by.insert(0, dimension)


def _both_sides(draft: Draft, after: Item) -> None:
    """Did marketing spend more than sales: the two are never added up."""
    for part in draft.filters:
        several = part.op == "in" and len(part.values) > 1 and any(e.dimension == part.dimension for e in after.entities)
        if several and part.dimension not in draft.group_by:
            draft.group_by.insert(0, part.dimension)


def _leads_to(s: Sentence, item: Item, after: Item) -> bool:
    """Nothing but articles stands between: "by marketing", not "per too last month", where a word may be mistyped."""
    return all(token.text in _ARTICLES for token in s.chart.tokens[item.end : after.start])


def _says_no_more(s: Sentence, item: Item) -> bool:
    """ "spend on tools", "our vendors", "tool spend": not "spend last month vendor", where rows may be meant."""
    after = s.after(item)
    beside = (
        after is not None
        and after.start == item.end
        and not after.has("period")
        and s.word_before(item) not in ("and", "or", ",")
    )
    return not _qualified(s, item) and (beside or _opens(s, item) or s.word_before(item) in _BEFORE_PLAIN)


def _opens(s: Sentence, item: Item) -> bool:
    """ "tools: spend last month"; not "vendors with falling spend", where rows are meant."""
    return item is s.seq[0] and s.word_after(item) not in ("with", "where", "whose", "who", "which", "that")


def _qualified(s: Sentence, item: Item) -> bool:
    before = s.before(item)
    return before is not None and not before.used and before.has("unknown")


def _phrase(s: Sentence, left: Sequence[Item]) -> str:
    """The first unread words, with those right beside them that go along."""
    start, end = left[0].start, left[0].end
    for item in s.seq[: s.seq.index(left[0])][::-1]:
        if item.used or item.end != start or not (item.has("dim") or item.has("unknown") or item.has("have")):
            break
        start = item.start
    for item in left[1:]:
        if item.start - end <= 1:
            end = item.end
    return " ".join(token.raw for token in s.chart.tokens[start:end])


def _is_name(s: Sentence, first: Item, left: Sequence[Item]) -> bool:
    """Something after on, for, of … that looks like a name: written with a capital or digits, or the last word."""
    raw = s.chart.tokens[first.start].raw
    before = _word_before(s, first)
    if before in ("named", "called"):
        return True
    if first.text.lower() in _QUALIFIERS or (len(left) > 3 and not first.text[0].isupper()):
        return False
    looks = raw[0].isupper() or any(c.isdigit() for c in raw)
    last = first.end >= len(s.chart.tokens)
    follows = s.after(first)
    if follows is not None and follows.start == first.end and (follows.has("dim") or follows.has("unknown")) and not looks:
        return False
    return (before in _LEADS_A_NAME and (looks or last or (follows is not None and follows.has("period")))) or (
        looks and first.start > 0 and raw[0].isupper() and not raw.isupper()
    )


def _word_before(s: Sentence, item: Item) -> str:
    """The last word before it, over marks."""
    return next((t.text for t in reversed(s.chart.tokens[: item.start]) if t.is_word), "")


def _nearest(s: Sentence, words: str) -> str:
    """The closest names, if any comes near."""
    from rapidfuzz import fuzz, process

    lists = s.vocabulary.lists
    names = [*lists.departments, *lists.vendors, *lists.models, *lists.projects, *s.vocabulary.tools]
    hits = process.extract(words, names, scorer=fuzz.ratio, processor=squash, score_cutoff=70, limit=3)
    near = sorted({str(hit[0]) for hit in hits})
    return f" Did you mean {', '.join(near)}?" if near else ""
