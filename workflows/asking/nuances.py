"""Small words that change a question although the words beside them were read: each is asked about, never left out."""

from workflows.asking.chart import Item
from workflows.asking.draft import Draft, Sentence, Unclear, direction
from workflows.asking.words import english

_LOOSE = frozenset(["around", "roughly", "approximately", "approx", "circa", "near", "nearly", "almost", "by"])
_PEOPLE = frozenset(["employees", "employee", "staff", "team", "teams", "people", "office", "workers", "users", "engineers"])
_SPANS = frozenset(["period", "time", "day", "days", "week", "month", "quarter", "year", "point", "span"])
_BETTER = frozenset(["cheaper", "higher", "lower", "more", "less", "bigger", "smaller", "larger", "costlier", "pricier"])
_INSTEAD = frozenset(["instead of", "place of", "rather than", "opposed to", "addition to", "top of"])
_DANGLING = frozenset(["it", "them", "these", "those", "that", "this", "both", "either"])
_EDITS = frozenset(["same", "the same", "same as", "instead", "rather", "make it", "make that", "change it to", "switch to",
                    "change that to", "wrong", "correction", "change to", "as before"])  # fmt: skip
_SOME = frozenset(["a", "an", "these", "those", "some", "any", "no", "more", "other"])
_LINKS = frozenset(["of", "on", "for", "with", "from", "in", "by", "about", "to"])
_ASKING_OF_IT = frozenset(["did", "does", "do", "has", "is", "was", "will", "would", "much", "what", "how", "and"])


def check(s: Sentence, draft: Draft) -> None:
    """Raises Unclear. Runs when everything else is read."""
    _loose_days(s)
    _so_far_on(s, draft)
    _same_span(s)
    _overdue(s, draft)
    _us_people(s)
    _whole_or_part(s, draft)
    _points_nowhere(s, draft)
    _plain_words(s, draft)
    _still_to_pay(s, draft)
    _without_any(draft)
    _tools_not_used(s, draft)
    _spend_of_contracts(s, draft)


def _loose_days(s: Sentence) -> None:
    """Around the end of September, by mid October: neither is exactly those days. "by October spend" orders rows."""
    for item in s.seq:
        inside = item.text.lower().split()[0]
        word = (
            inside if inside in _LOOSE and item.reading is not None and item.reading.grain is None else _word_before(s, item)
        )
        counted = word == "about" and s.chart.tokens[item.start].text.isdigit()  # about 10 days ago
        if item.reading is None or not item.used or not (word in _LOOSE or counted):
            continue
        after = s.after(item)
        measured = after is not None and after.start == item.end and (after.has("metric") or after.has("seat"))
        if word != "by" or not measured:
            raise Unclear("period", f"Which days exactly do you mean by “{word} {item.text}”?", f"{word} {item.text}")


def _word_before(s: Sentence, item: Item) -> str:
    """The last word before it, over "the"."""
    return next((token.text for token in reversed(s.chart.tokens[: item.start]) if token.text != "the"), "")


def _so_far_on(s: Sentence, draft: Draft) -> None:
    """Spend as of 15 October is what was spent up to it, but since when?"""
    for item in s.seq:
        if (
            item.reading is not None
            and item.used
            and item.text.lower().startswith("as of")
            and direction(draft.metrics) == "flow"
        ):
            raise Unclear("period", "Spent from when to when? Name both days, please.", item.text)


def _same_span(s: Sentence) -> None:
    """The same period last year is the counterpart of a span that is not named."""
    for item in s.chart.items:
        if "same" in item.text.lower().split() and item.reading is None and s.word_after(item) in _SPANS:
            raise Unclear("period", "The same as which days? Name the period, please.", f"{item.text} {s.word_after(item)}")


def _overdue(s: Sentence, draft: Draft) -> None:
    """Contracts can be overdue; what is paid of an invoice is not in the data."""
    item = next((i for i in s.seq if i.reading is not None and i.reading.special == "overdue"), None)
    if item is not None and draft.metrics[0] != "renewals":
        raise Unclear("modifier", "I know which contracts are overdue, nothing else.", item.text)


def _whole_or_part(s: Sentence, draft: Draft) -> None:
    """The cheaper of two, tools like Cursor, spend but Design, it spend: none is the spend of the names that are said."""
    for item in s.seq:
        near = s.before(item)
        read = near is not None and near.end == item.start  # "all but", IT
        before, after = "" if read else s.word_before(item), s.word_after(item)
        if item.has("grain") and item.text.lower() in ("a quarter", "quarter") and after == "of":
            raise Unclear("modifier", "I do not compute parts of an amount.", f"{item.text} of")
        if item.text.lower() in _BETTER and after == "of":
            raise Unclear("modifier", "I can show both, not choose the one of them.", f"{item.text} of")
        if item.entities and " ".join(t.text for t in s.chart.tokens[max(0, item.start - 2) : item.start]) in _INSTEAD:
            raise Unclear("modifier", f"Do you mean all but {item.text}, or something else?", f"instead of {item.text}")
        if item.entities and before in ("like", "but") and not draft.merged:
            raise Unclear(
                "modifier", f"What does “{before}” change here: {item.text}, or all but it?", f"{before} {item.text}"
            )
        alone = s.chart.tokens[item.start - 2].text not in _ASKING_OF_IT if item.start > 1 else True
        if before == "it" and alone and item.has("metric") and not draft.merged:
            raise Unclear("entity", "Which department, tool or vendor do you mean by “it”?", f"it {item.text}")


def _points_nowhere(s: Sentence, draft: Draft) -> None:
    """Spent on it, of these tools, for both, the same as yesterday: on what? In a follow-up the plan before says so."""
    tokens = s.chart.tokens
    if draft.inherited_metrics:
        return
    if len(tokens) > 3 and tokens[-2].text in _LINKS and tokens[-1].text in ("what", "whom", "who", "which"):
        raise Unclear("dimension", "By department, tool, vendor or project?", f"{tokens[-2].text} {tokens[-1].text}")
    for place, token in enumerate(tokens):
        ends = place + 1 == len(tokens) or any(i.start == place + 1 and i.reading is not None for i in s.seq)
        inside = any(i.start <= place < i.end for i in s.seq)
        if token.text not in _DANGLING or inside or not place or tokens[place - 1].text not in _LINKS:
            continue
        named = sum(len(part.values) for part in draft.filters if part.op == "in")
        if token.text in ("both", "either"):
            ends = ends and named < 2
        if ends or token.text in ("it", "them", "these", "those"):
            words = f"{tokens[place - 1].text} {token.raw}"
            raise Unclear("entity", f"What do you mean by “{words}”? Name it, please.", words)
    for item in s.chart.items:
        if item.has("follow") and not item.entities and item.text.lower() in _EDITS and not draft.merged:
            raise Unclear("modifier", f"“{item.text}”: I have no answer before to change. Ask in full, please.", item.text)


def _plain_words(s: Sentence, draft: Draft) -> None:
    """A success, the core of October: names that are written as words. Every October, unit cost, under 5k or over 10k."""
    for item in s.seq:
        before, after = s.word_before(item), s.word_after(item)
        token = s.chart.tokens[item.start]
        common = item.entities and item.end == item.start + 1 and token.raw in english() and not token.possessive
        if common and (before in _SOME or (before == "the" and after in ("of", "for"))):
            raise Unclear("entity", f"Do you mean {item.entities[0].label}, or just the word?", f"{before} {item.text}")
        if (
            item.entities
            and token.raw == "people"
            and not token.possessive
            and after in ("cost", "costs", "spend", "spending")
        ):
            raise Unclear("entity", f"Do you mean the {item.entities[0].label} team, or people in general?", item.text)
        month = item.reading is not None and item.reading.unit == "month" and item.reading.grain is None
        if month and item.used and before in ("every", "each", "all", "any") and item.text.lower().isalpha():
            raise Unclear("period", f"Which {item.text}?", f"{before} {item.text}")
        if item.text.lower() in ("unit", "area", "function") and not item.used and not item.entities:
            raise Unclear("modifier", f"I do not know what “{item.text}” should change here.", item.text)
        if item.has("and", "or") and not item.used:
            raise Unclear("modifier", "I read conditions together, not one or the other.", item.text)


def _still_to_pay(s: Sentence, draft: Draft) -> None:
    """To pay, to be billed: what is to come is not what was."""
    for item in s.seq:
        before = s.word_before(item)
        open_bill = (
            item.has("metric") and item.kinds["metric"] in ("paid", "billed") and draft.metrics[0] in ("paid", "billed")
        )
        if open_bill and before in ("to", "be", "still", "yet"):
            raise Unclear("modifier", "I know what was billed, not what is still to be.", f"{before} {item.text}")


def _tools_not_used(s: Sentence, draft: Draft) -> None:
    """Spend on tools that Finance does not use is others' spend, not the price of Finance's idle seats."""
    item = next((i for i in s.seq if i.has("notused")), None)
    before = s.before(item) if item is not None else None
    if item is None or before is None or draft.metrics != ["idle_seat_cost"] or s.any("seat"):
        return
    if any(entity.dimension in ("department", "division", "person") for entity in before.entities):
        raise Unclear("metric", "Do you mean idle seats, or what others spend?", f"{before.text} {item.text}")


def _without_any(draft: Draft) -> None:
    """Without an owner and of Sales at once is nothing."""
    for part in draft.filters:
        if part.op == "is_null" and any(f.op == "in" and f.dimension == part.dimension for f in draft.filters):
            what = part.dimension.replace("_", " ")
            raise Unclear("modifier", f"Without a {what}, or of one? Both at once is nothing.", what)


def _us_people(s: Sentence) -> None:
    """Us employees are those of a country, which is not in the data."""
    for item in s.chart.items:
        if item.text.lower() in ("us", "by us", "for us") and s.word_after(item) in _PEOPLE:
            raise Unclear("modifier", "Spend is not recorded by country.", f"{item.text} {s.word_after(item)}")


def _spend_of_contracts(s: Sentence, draft: Draft) -> None:
    """Spend in the month of the renewal is spend; spend on renewals is what they are worth."""
    for item in s.seq:
        after = s.after(item)
        if draft.metrics[0] != "renewals" or not item.has("metric", "spend"):
            continue
        if after is not None and not (after.has("metric") or after.has("contract") or after.has("soon")):
            raise Unclear("metric", "Do you mean what was spent, or contracts and their value?", item.text)
