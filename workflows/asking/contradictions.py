"""What the words say and the reading does not, or the other way round: asked about before an answer is given.

The rules look at the finished draft and the sentence together, whatever rule read what: names that rule each other out,
"who" without people, a ranking by how many, rows without a measure, a verb that is a word of measures elsewhere.
"""

from decimal import Decimal

from storage.spend_query import Having
from workflows.asking.draft import SEAT_METRICS, Draft, Option, Sentence, Unclear, decide, direction

_OWNED = frozenset(["department", "division", "cost_center", "project", "person"])
_MOST = frozenset(["most", "fewest", "least"])


def check(s: Sentence, draft: Draft) -> None:
    """Raises Unclear. Runs before the days are cut to what can be answered."""
    _ruled_out(draft)
    _needed(s)
    _renewed(s, draft)
    _use_what(s, draft)
    _no_measure(s, draft)
    _by_measure(s, draft)
    _verbs(s, draft)
    _people_or_seats(s, draft)
    _all_or_any(s, draft)
    _names_please(s, draft)
    _why_not(s, draft)
    _called_like_a_word(s)
    _tools_of_owners(draft)
    _most_of_what(s, draft)


def check_last(s: Sentence, draft: Draft) -> None:
    """Raises Unclear. Runs when the plan is whole."""
    _no_people(s, draft)
    _not_which(s, draft)


def _ruled_out(draft: Draft) -> None:
    """Cursor but not Windsurf: nobody's row is both, so "not" would change nothing; who has the one alone is not counted."""
    for part in draft.filters:
        taken = next((f for f in draft.filters if f.op == "in" and f.dimension == part.dimension), None)
        if part.op == "ne" and taken is not None and part.dimension != "person":
            words = f"{', '.join(taken.values)} but not {', '.join(part.values)}"
            raise Unclear(
                "modifier", f"I cannot read “{words}” together: I give what is of one name, or of all but one.", words
            )


def _needed(s: Sentence) -> None:
    """How many seats do we need: what is needed is not what there is. "I need the spend" is politeness."""
    words = [token.text for token in s.chart.tokens]
    need = next((n for n, word in enumerate(words) if word in ("need", "needs", "needed", "require", "required")), None)
    if need and need > 1 and words[0] in ("how", "what", "which", "who", "do", "does", "where"):
        raise Unclear("modifier", "What is needed I do not know, only what there is.", words[need])


def _renewed(s: Sentence, draft: Draft) -> None:
    """Which contracts did we renew: contracts are kept with their end, not with what was done about it."""
    if draft.metrics != ["renewals"] or "did" not in {token.text for token in s.chart.tokens}:
        return
    word = next((token.text for token in s.chart.tokens if token.text in ("renew", "extend", "sign")), None)
    if word is not None:
        raise Unclear("modifier", "I know when contracts end, not which were renewed.", word)


def _use_what(s: Sentence, draft: Draft) -> None:
    """What do people in Training use: which tools, not how many people."""
    words = [token.text for token in s.chart.tokens]
    which = len(s.seq) > 1 and s.seq[0].has("which") and s.seq[1].has("dim") and s.seq[1].start == 1
    object_asked = words[:1] in (["what"], ["whats"]) and not which
    if object_asked and draft.metrics == ["active_users"] and {"use", "uses", "using"} & set(words):
        raise Unclear("metric", "Which tools they use, by active people or by seats?", "use")


def _no_measure(s: Sentence, draft: Draft) -> None:
    """Tools by department, which teams have Hex: without a measure, days, a ranking or a comparison it may be anything."""
    if draft.metrics != ["spend"] or draft.merged or not any(n.startswith("no measure named") for n in draft.assumptions):
        return
    nouns = [i for i in s.seq if i.has("dim") and not i.entities]
    left_out = next((i for i in nouns if i.kinds["dim"] not in draft.group_by and i.kinds["dim"] != "person"), None)
    plain = not (draft.order or draft.having or draft.share or draft.growth or draft.compare or draft.explain or draft.limit)
    said = ("period", "compare", "versus", "money", "trend", "x")
    bare = plain and draft.reading is None and not any(s.any(kind) for kind in said)
    asked = bare and bool(nouns) and (s.seq[0].has("which") or s.seq[0].has("dim"))
    if not asked and (left_out is None or not plain):
        return

    def measure(metric: str) -> Option:
        def apply(d: Draft) -> None:
            d.metrics = [metric]

        return Option({"spend": "spend", "seats_assigned": "assigned seats", "active_users": "active users"}[metric], apply)

    options = [measure("spend"), measure("seats_assigned"), measure("active_users")]
    decide(draft, "metric", "no measure", "Which measure do you mean?", options, nouns[0].text if nouns else "")


def _by_measure(s: Sentence, draft: Draft) -> None:
    """Coding assistants by seats: rows, but of what?"""
    rows = draft.group_by or draft.grain or draft.metrics[0] in ("renewals", "tools")
    for item in s.seq:
        after = s.after(item)
        if item.has("by") and item.text.lower() == "by" and after is not None and after.has("seat") and not rows:
            raise Unclear("dimension", f"Rows of what, by {after.text}?", f"by {after.text}")


def _all_or_any(s: Sentence, draft: Draft) -> None:
    """Who has Tabnine and Copilot: both of them, or one or the other?"""
    tools = next((f for f in draft.filters if f.dimension == "tool" and f.op == "in" and len(f.values) > 1), None)
    people = "person" in draft.group_by and "tool" not in draft.group_by and not draft.having
    if tools is None or not people or draft.metrics[0] not in ("seats_assigned", "active_users") or draft.merged:
        return
    said = [i for i in s.seq if i.has("and") and i.text.lower() in ("and", "&", "as well as", "together with", "plus")]
    if not said:
        return

    def both(d: Draft) -> None:
        d.metrics = ["tools_held"]
        d.having.append(Having(metric="tools_held", op="gte", value=Decimal(len(tools.values))))

    options = [Option(f"people with {' or '.join(tools.values)}", lambda d: None)]
    if draft.metrics[0] == "seats_assigned":
        options.append(Option(f"people with all of {', '.join(tools.values)}", both))
    if len(options) == 1 and "all or any" not in draft.answers:
        raise Unclear("modifier", "I can show who uses one or the other, not who uses both.", said[0].text, "all or any",
                      (options[0].label,))  # fmt: skip
    decide(draft, "modifier", "all or any", "All of these tools, or one or the other?", options, said[0].text)


def _names_please(s: Sentence, draft: Draft) -> None:
    """Idle seats in Brand, names please: by person."""
    if any(i.has("follow", "they") for i in s.seq) and not draft.merged and "person" not in draft.group_by:
        draft.group_by.insert(0, "person")


def _verbs(s: Sentence, draft: Draft) -> None:
    """Which departments share Jasper, which seats are wasted, the smallest team: words of measures that are none here."""
    for item in s.seq:
        before, after = s.before(item), s.after(item)
        rows = before is not None and before.has("dim") and not before.entities and before.end == item.start
        if item.has("share") and item.text.lower() == "share" and rows and any(i.has("which") for i in s.seq):
            raise Unclear("modifier", "I could not tell what is shared here.", item.text)
        if item.has("which", "which") and after is not None and after.has("seat") and draft.metrics == ["idle_seat_cost"]:
            raise Unclear("metric", "Idle seats, or what they cost?", f"{item.text} {after.text}")
        size = item.has("rank") and item.text.lower().removeprefix("the ") in ("smallest", "largest")
        units = after is not None and str(after.kinds.get("dim")) in ("department", "division") and not after.entities
        if size and units and "no measure named: by spend" in draft.assumptions:
            options = [_as_measure(name) for name in ("spend", "headcount")]
            decide(
                draft,
                "metric",
                "size",
                f"The {item.text.lower().removeprefix('the ')} by which measure?",
                options,
                item.text,
            )


def _as_measure(metric: str) -> Option:
    return Option(f"by {metric}", lambda d: setattr(d, "metrics", [metric]))


def _people_or_seats(s: Sentence, draft: Draft) -> None:
    """How many people are idle: one may have several idle seats."""
    named = [value for f in draft.filters if f.dimension == "tool" and f.op == "in" for value in f.values]
    people = next((i for i in s.seq if i.has("howmany") and (a := s.after(i)) is not None and a.has("dim", "person")), None)
    if people is None or draft.metrics[0] not in SEAT_METRICS or len(named) == 1 or draft.merged or draft.aggregate:
        return
    if "tool" not in draft.group_by and "person" not in draft.group_by:
        raise Unclear(
            "modifier", "I count seats here, and a person may hold several. Name one tool, or ask by person.", people.text
        )


def _why_not(s: Sentence, draft: Draft) -> None:
    """Why did spend rise can be taken apart; why somebody has a seat cannot."""
    if draft.explain and direction(draft.metrics) != "flow" and not draft.growth and draft.compare is None:
        raise Unclear("modifier", "I can show what changed between two times, not why something is so.", "why")


def _called_like_a_word(s: Sentence) -> None:
    """Bill and Frank's spend, what did May spend: a name that is also a word, standing where people stand."""
    for item in s.seq:
        if item.entities or item.end - item.start != 1 or item.has("unknown") or not item.used:
            continue
        people = s.vocabulary.person_named(s.chart.tokens[item.start].text)
        if not people:
            continue
        joint, before = s.after(item), s.before(item)
        beside = s.after(joint) if joint is not None and joint.has("and") else None
        joined = beside is not None and any(e.dimension == "person" for e in beside.entities)
        third = s.before(before) if before is not None and before.has("and") else None
        joined |= third is not None and any(e.dimension == "person" for e in third.entities)
        token = s.chart.tokens[item.start]
        subject = s.word_before(item) in ("did", "does", "has") or token.possessive
        named = token.raw[:1].isupper() and item.start > 0 and item.reading is None and not s.shouted()
        if joined or subject or named:
            text = f"Do you mean {people[0].label} by “{item.text}”? Please write the whole name."
            raise Unclear("entity", text, item.text)


def _tools_of_owners(draft: Draft) -> None:
    """The inventory belongs to nobody: what a department uses is seen in its seats, its active people and its spend."""
    owned = [f.dimension for f in draft.filters if f.dimension in _OWNED]
    owned += [g for g in draft.group_by if g in _OWNED]
    if draft.metrics != ["tools"] or not (owned or draft.scope):
        return

    def by_tool(metric: str) -> Option:
        def apply(d: Draft) -> None:
            d.metrics = [metric]
            d.group("tool")

        return Option({"seats_assigned": "assigned seats by tool", "spend": "spend by tool"}[metric], apply)

    decide(draft, "metric", "tools of owners", "What tools somebody uses shows in seats or in spend. Which do you want?",
           [by_tool("seats_assigned"), by_tool("spend")], "tools")  # fmt: skip


def _most_of_what(s: Sentence, draft: Draft) -> None:
    """Who has the most tools, which vendor has the fewest models: how many there are, not what they cost."""
    for item in s.seq:
        after = s.after(item)
        if not item.has("rank") or after is None or item.text.lower().removeprefix("the ") not in _MOST:
            continue
        counted = after.has("dim") and not after.entities and after.start == item.end and after.text.lower().endswith("s")
        if counted and draft.metrics[0] == "spend" and not s.any("metric"):
            raise Unclear("modifier", f"I do not rank by how many {after.text} there are.", f"{item.text} {after.text}")


def _no_people(s: Sentence, draft: Draft) -> None:
    """ "Who" is answered with people (departments where budgets are kept)."""
    who = next((i for i in s.seq if i.has("which", "who") and not i.entities), None)
    if who is None or "person" in draft.group_by or draft.explain:
        return
    if (
        draft.metrics[0].startswith("budget")
        or draft.compare == "budget"
        or draft.metrics[0] in ("active_users", "headcount")
    ):
        return
    rows = any(i.has("dim") and not i.entities and i.kinds["dim"] in draft.group_by for i in s.seq)
    if rows and draft.order and s.word_after(who) in ("are", "is", "re", "s"):
        return  # who are our biggest vendors
    if "who" in draft.answers or any(key.startswith("spenders") for key in draft.answers):
        return
    raise Unclear("dimension", "Who: I could not tell which people that is about.", who.text)


def _not_which(s: Sentence, draft: Draft) -> None:
    """ "Which tools …" is answered with tools."""
    for item in s.seq:
        after = s.after(item)
        if not item.has("which", "which") or after is None or after.start != item.end or after.entities:
            continue
        wanted = after.kinds.get("dim")
        listed = wanted in draft.group_by or (wanted == "tool" and draft.metrics[0] in ("renewals", "tools", "tools_held"))
        if wanted is not None and not listed and wanted not in ("plan", "category"):
            raise Unclear("dimension", f"I could not tell which {after.text} that is about.", f"{item.text} {after.text}")
