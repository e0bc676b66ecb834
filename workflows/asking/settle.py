"""Which meaning of a name or word the sentence settles."""

from workflows.asking.chart import Item
from workflows.asking.draft import SEAT_METRICS, Sentence, Unclear, use
from workflows.asking.vocabulary import Entity

_NEEDS_SEATS = SEAT_METRICS | {"utilisation", "idle_seat_cost", "cost_per_seat"}


# -- What an item is: a name, a dimension, a metric -----------------------------------------------------------------------


def settle_words(s: Sentence) -> None:
    """Items that are a name and also a common word (People, Product, Support) become one of them."""
    _broken_down(s)
    for item in s.seq:
        before = s.before(item)
        if item.has("metric", "spend") and item.text.lower().startswith("drop") and _other_metric(s, item):
            item.kinds = {"growth": "fall"}  # spend dropped on Monday
        if item.text.lower() in _AFTER_BY and item.has("dim") and not item.entities and not (before and before.has("by")):
            item.kinds = {"unknown": ""}
        if not item.entities or len(item.kinds) == 1:
            continue
        others = set(item.kinds) - {"entity", "filler"}
        if (not others or others & _MOVES) and not _placed_like_name(s, item):
            label = item.entities[0].label
            named = f"{label} {_KIND.get(item.entities[0].dimension, '')}".strip()
            raise Unclear("entity", f"Do you mean {label} by “{item.text}”, or just the word? Write “{named}”.", item.text)
        if not others:
            item.kinds = {"entity": item.entities}
        elif others & {"dim"} and _is_grouping(s, item):
            item.kinds.pop("entity")
        elif "number" in others and _is_code(s, item):
            item.kinds = {"entity": item.entities}
        elif others & {"metric", "period", "number", "requestword", "usage", "savings"} and not _looks_like_name(s, item):
            item.kinds.pop("entity")
        else:
            item.kinds = {"entity": item.entities}


_MOVES = frozenset(["growth", "trend", "fast", "level", "more", "peaks", "usage", "share", "left", "used"])
_KIND = {"department": "team", "division": "division", "project": "project", "vendor": "vendor", "tool": "seats"}
_BEFORE_NAME = frozenset(
    ["did", "does", "has", "is", "for", "by", "of", "in", "on", "with", "and", "or", "vs", "versus", "to", "at", "except",
     "excluding", "without", "team", "project", "tool", "vendor", "than"]
)  # fmt: skip
_AFTER_NAME = frozenset(
    ["team", "teams", "department", "dept", "division", "project", "spend", "spends", "spent", "spending", "cost", "costs",
     "budget", "seats", "licences", "licenses", "tokens", "and", "vs", "versus", "bill"]
)  # fmt: skip


def _placed_like_name(s: Sentence, item: Item) -> bool:
    """ "data's spend", "for data", "did make cost", "growth spend": not "spend growth", "show the data for October"."""
    token = s.chart.tokens[item.start]
    if token.possessive or (token.raw[0].isupper() and item.start > 0):
        return True
    before, after = s.word_before(item), s.word_after(item)
    if before and after in ("vs", "versus", "and") and before not in _BEFORE_NAME - {"in"}:
        return False  # spend in October growth vs September
    return (before in _BEFORE_NAME and after not in ("of", "for", "in")) or (
        after in _AFTER_NAME and before not in ("the", "show", "me", "any", "your", "this", "spend", "cost", "costs", "our")
    )


def _other_metric(s: Sentence, item: Item) -> bool:
    return any(other is not item and (other.has("metric") or other.has("seat")) for other in s.seq)


def _broken_down(s: Sentence) -> None:
    """Break October down by team: the two words are one, whatever stands between them."""
    verb = next((i for i in s.seq if i.text.lower() in ("break", "breaking") and not i.entities), None)
    down = next((i for i in s.seq if verb is not None and i.start > verb.end and i.text.lower() == "down"), None)
    by = s.after(down) if down is not None else None
    if verb is not None and down is not None and by is not None and by.has("by"):
        verb.kinds, down.kinds = {"filler": ""}, {"filler": ""}
        use(verb, down)


# Words that are dimensions only where something is grouped by them.
_AFTER_BY = frozenset(["prod", "cc", "function", "platform", "status", "source", "service", "individual"])


_WITHIN = frozenset(["in", "from", "at", "within", "for", "of"])


def _is_grouping(s: Sentence, item: Item) -> bool:
    """by product, which platform, how many people, top 5 products, for each product."""
    word = item.text.lower()
    if word in ("people", "ppl", "staff", "folks", "users"):
        return s.word_after(item) in ("in", "from", "within", "who", "that") or not (
            s.word_before(item) in ("in", "for", "of", "by", "at", "from", "did")
            or s.chart.tokens[item.start].possessive
            or (s.word_after(item) in ("team", "department", "dept", "org", "spend", "ai", "cost", "costs", "spending"))
        )
    named = s.after(item)
    if named is not None and named.start == item.end and any(e.dimension == item.kinds["dim"] for e in named.entities):
        return True  # of cc CC-77
    if s.word_before(item) in _WITHIN and not word.endswith("s"):
        return False  # who in Platform
    before = s.before(item)
    if before is not None and before.has("which") and s.word_before(item) in ("did", "does", "has", "do", "is"):
        return False  # what did Product spend
    if before is not None and any(before.has(k) for k in ("by", "which", "howmany", "rank", "number", "ordinal", "x")):
        return not (before.has("by") and s.word_after(item) in ("team", "department", "dept", "org"))
    after = s.after(item)
    plural = word.endswith("s")
    if after is not None and after.has("entity") and not after.has("dim"):
        return any(e.dimension == item.kinds["dim"] for e in after.entities)
    return plural and item.entities[0].label.lower() != word and item.entities[0].dimension != "department"


def _is_code(s: Sentence, item: Item) -> bool:
    """A cost centre that is written in digits, where no amount is meant."""
    before = s.before(item)
    return before is None or not any(before.has(k) for k in ("op", "rank", "period"))


def _looks_like_name(s: Sentence, item: Item) -> bool:
    """A word of metrics is a name only where it is written like one and something else is the metric."""
    raw = s.chart.tokens[item.start].raw
    others = any(other is not item and (other.has("metric") or other.has("seat")) for other in s.seq)
    return others and ((raw[0].isupper() and item.start > 0) or s.word_after(item) in ("team", "department", "dept"))


def settle_names(s: Sentence) -> None:
    """Drops meanings that the rest of the sentence rules out."""
    for item in s.seq:
        after = s.after(item)
        spans = [other for other in s.seq if other.reading is not None]
        if item.has("op") and after is not None and after.reading is not None and len(spans) == 2:
            item.kinds = {"versus": item.text}  # is April higher than March
        if item.has("op") and after is not None and after.entities and not after.has("number"):
            item.kinds = {"versus": item.text}  # cheaper than Tabnine
        if len(item.entities) > 1:
            _keep(item, _by_head_word(s, item))
            _keep(item, [e for e in item.entities if e.dimension != "category"])
            _keep(item, _subject(s, item))
            _keep(item, _same_name(s, item))
            _keep(item, _with_seats(s, item))
            _keep(item, _by_company(s, item))
            _keep(item, _like_sibling(s, item))
            _keep(item, _same_category(s, item))
        if item.entities:
            _use_heads(s, item)


def _keep(item: Item, entities: list[Entity]) -> None:
    if entities and len(item.entities) > 1:
        item.kinds["entity"] = tuple(entities)


def _neighbours(s: Sentence, item: Item) -> list[Item]:
    before, after = s.before(item), s.after(item)
    near = []
    if before is not None and before.has("dim") and not before.entities and not _grouped_by(s, before):
        near.append(before)
    if after is not None and (after.has("dim") or after.has("noun")) and not after.entities:
        near.append(after)
    return near


def _grouped_by(s: Sentence, item: Item) -> bool:
    before = s.before(item)
    return before is not None and any(before.has(k) for k in ("by", "rank", "x", "number"))


def _by_head_word(s: Sentence, item: Item) -> list[Entity]:
    """project Orion, the platform team, cost centre 4010."""
    wanted = {str(n.kinds.get("dim") or n.kinds.get("noun")) for n in _neighbours(s, item)}
    return [e for e in item.entities if e.dimension in wanted]


def _subject(s: Sentence, item: Item) -> list[Entity]:
    """ "did marketing spend", "marketing's spend": who spends is a department, a division or a person, never a project."""
    token = s.chart.tokens[item.end - 1]
    asked = s.word_before(item) in ("did", "does", "do", "has", "is", "have")
    if token.possessive or asked:
        return [e for e in item.entities if e.dimension in ("department", "division", "person", "cost_center")]
    return []


def _same_name(s: Sentence, item: Item) -> list[Entity]:
    """A tool and its vendor of one name are the tool, unless the vendor has other tools."""
    tools = [e for e in item.entities if e.dimension == "tool"]
    vendors = [e for e in item.entities if e.dimension == "vendor"]
    if len(tools) == 1 and len(vendors) == 1 and len(item.entities) == 2:
        siblings = [t for t in s.vocabulary.lists.tools if t.vendor == vendors[0].value]
        if len(siblings) == 1 and siblings[0].name == tools[0].value:
            return tools
    departments = [e for e in item.entities if e.dimension == "department"]
    divisions = [e for e in item.entities if e.dimension == "division"]
    if departments and divisions and len(item.entities) == 2:
        return []
    return []


def _with_seats(s: Sentence, item: Item) -> list[Entity]:
    """For seats, only tools that have seats; tokens and requests rule nothing out."""
    metrics = {str(i.kinds["metric"]) for i in s.seq if i.has("metric")}
    if not (metrics & _NEEDS_SEATS or s.any("seat")):
        return []
    kept = []
    for entity in item.entities:
        tool = s.vocabulary.tools.get(entity.value) if entity.dimension == "tool" else None
        if entity.dimension not in ("tool", "vendor", "model", "project") or (
            tool and tool.billing_model in (None, "per_seat", "embedded", "flat")
        ):
            kept.append(entity)
    return kept


def _by_company(s: Sentence, item: Item) -> list[Entity]:
    """copilot (github), github's copilot: the vendor beside it says which."""
    for near in (s.before(item), s.after(item)):
        if near is None or near.used or len(near.entities) != 1 or near.entities[0].dimension != "vendor":
            continue
        if abs(near.start - item.end) > 1 and abs(item.start - near.end) > 1:
            continue
        kept = [
            e
            for e in item.entities
            if e.dimension == "tool" and s.vocabulary.tools[e.value].vendor == near.entities[0].value
        ]
        if kept:
            use(near)
            near.kinds = {"filler": ""}
            return kept
    return []


def _like_sibling(s: Sentence, item: Item) -> list[Entity]:
    """Warehouse vs Claims: of the kind of the name it is joined to."""
    for step in (s.before, s.after):
        joint = step(item)
        beside = step(joint) if joint is not None and (joint.has("and") or joint.has("versus")) else None
        if beside is not None and len(beside.entities) == 1:
            kept = [e for e in item.entities if e.dimension == beside.entities[0].dimension]
            if len(kept) == 1:
                return kept
    return []


def _same_category(s: Sentence, item: Item) -> list[Entity]:
    """ "duplicate licences: who has both copilot and cursor": tools that do the same job are meant."""
    if not (
        s.any("duplicate") or any(i.text.lower() in ("both", "duplicate", "overlap", "overlapping") for i in s.chart.items)
    ):
        return []
    categories = {
        s.vocabulary.tools[other.entities[0].value].category
        for other in s.seq
        if other is not item and len(other.entities) == 1 and other.entities[0].dimension == "tool"
    }
    return [
        e for e in item.entities if e.dimension == "tool" and s.vocabulary.tools[e.value].category in categories - {None}
    ]


def _counts_people(s: Sentence, near: Item, name: Item) -> bool:
    """ "how many people in sales use it": the people are counted, sales is where they are."""
    inside = near.start < name.start and s.word_before(name) in ("in", "of", "from", "at", "within")
    return inside and near.has("dim", "person") and (s.any("howmany") or s.any("using") or s.any("notused"))


def _use_heads(s: Sentence, item: Item) -> None:
    """The dimension word beside a name says nothing more: "the tool Cursor", "the design team", "cursor subscription"."""
    dimensions = {e.dimension for e in item.entities}
    for near in _neighbours(s, item):
        if _counts_people(s, near, item):
            continue
        word = near.kinds.get("dim") or near.kinds.get("noun")
        named = near.kinds.get("noun") if "department" in dimensions else None
        same = (
            word in dimensions
            or (named and "department" in dimensions)
            or (word in ("tool", "vendor") and dimensions <= {"tool", "vendor", "category"})
            or (near.has("noun") and dimensions & {"department", "division"})
        )
        after = s.after(near)
        if same and not (
            near.start < item.start
            and near.text.lower().endswith("s")
            and s.any("rank")
            and len(s.seq) > 2
            and (after is not item)
        ):
            use(near)
