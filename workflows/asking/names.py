"""Names into filters: which of a name's meanings the sentence settles, lists, negation, the asker and their team."""

from typing import Literal

from storage.spend_query import Filter
from workflows.asking.chart import Item
from workflows.asking.draft import SEAT_METRICS, Draft, Option, Sentence, Unclear, decide, use
from workflows.asking.vocabulary import Entity

_DIMENSION_WORDS = {
    "department": "department",
    "cost_center": "cost centre",
    "division": "division",
    "vendor": "vendor",
    "tool": "tool",
    "model": "model",
    "project": "project",
    "person": "person",
    "category": "category",
}
_GENERIC_HEADS = (
    "tool",
    "vendor",
    "person",
    "project",
    "department",
    "model",
    "plan",
    "category",
    "cost_center",
    "division",
)
_NEEDS_SEATS = SEAT_METRICS | {"utilisation", "idle_seat_cost", "cost_per_seat"}


def label_of(entity: Entity) -> str:
    """With its kind, so that two of the same name can be told apart."""
    return f"{entity.label} ({_DIMENSION_WORDS.get(entity.dimension, entity.dimension)})"


# -- What an item is: a name, a dimension, a metric -----------------------------------------------------------------------


def settle_words(s: Sentence) -> None:
    """Items that are a name and also a common word (People, Product, Support) become one of them."""
    for item in s.seq:
        before = s.before(item)
        if item.text.lower() in _AFTER_BY and item.has("dim") and not item.entities and not (before and before.has("by")):
            item.kinds = {"unknown": ""}
        if not item.entities or len(item.kinds) == 1:
            continue
        others = set(item.kinds) - {"entity", "filler"}
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


# Words that are dimensions only where something is grouped by them.
_AFTER_BY = frozenset(["prod", "cc", "function", "platform", "status", "source", "service", "individual"])


def _is_grouping(s: Sentence, item: Item) -> bool:
    """by product, which platform, how many people, top 5 products, for each product."""
    word = item.text.lower()
    if word in ("people", "ppl", "staff", "folks", "users"):
        return not (
            s.word_before(item) in ("in", "for", "of", "by", "at", "from", "did")
            or s.chart.tokens[item.start].possessive
            or (s.word_after(item) in ("team", "department", "dept", "org", "spend", "ai", "cost", "costs", "spending"))
        )
    before = s.before(item)
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
        if item.has("op") and after is not None and after.entities and not after.has("number"):
            item.kinds = {"versus": item.text}  # cheaper than Tabnine
        if len(item.entities) > 1:
            _keep(item, _by_head_word(s, item))
            _keep(item, [e for e in item.entities if e.dimension != "category"])
            _keep(item, _subject(s, item))
            _keep(item, _same_name(s, item))
            _keep(item, _with_seats(s, item))
            _keep(item, _by_company(s, item))
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
        if entity.dimension not in ("tool", "vendor", "model") or (
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


def _use_heads(s: Sentence, item: Item) -> None:
    """The dimension word beside a name says nothing more: "the tool Cursor", "the design team", "cursor subscription"."""
    dimensions = {e.dimension for e in item.entities}
    for near in _neighbours(s, item):
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


# -- Filters ---------------------------------------------------------------------------------------------------------------


def asker_words(s: Sentence, draft: Draft) -> None:
    """my team → scope; my, I → the asker's own rows."""
    for item in s.open("team"):
        use(item)
        draft.scope = "my_team"
    _own_department(s, draft)
    mine = [
        item
        for item in s.open("me")
        if item.text.lower() in ("my", "mine", "my own", "personally", "myself")
        or (item.text.lower() in ("i", "ive", "i personally") and s.word_before(item) not in _ASKING)
    ]
    if mine and draft.scope is None:
        draft.scope = "me"
        draft.filters.append(Filter(dimension="person", values=(s.asker.email.lower(),)))
    for item in list(s.open("me")):
        use(item)


_ASKING = ("can", "could", "may", "should", "might", "if", "when", "as", "before", "so", "and", "")


def _own_department(s: Sentence, draft: Draft) -> None:
    for item in list(s.open("own")):
        use(item)
        if s.asker.department is None:
            raise Unclear("entity", "I do not know your department. Which one do you mean?", item.text)
        draft.filters.append(Filter(dimension="department", values=(s.asker.department,)))
        draft.note(f"your department = {s.asker.department}")


def which_name(s: Sentence, draft: Draft) -> None:
    """Asks for every name that can still mean several things. Raises Unclear."""
    for item in s.seq:
        if len(item.entities) > 1:
            decide(
                draft,
                "entity",
                f"entity {item.start}",
                f"Which “{item.text}” do you mean?",
                [_meaning(item, entity) for entity in item.entities[:4]],
                item.text,
            )


def _meaning(item: Item, entity: Entity) -> Option:
    def apply(draft: Draft) -> None:
        item.kinds["entity"] = (entity,)

    return Option(label_of(entity), apply)


def filters(s: Sentence, draft: Draft) -> None:
    """Runs of names joined by and, or, commas; each run under a negation or not."""
    runs = _runs(s)
    for negated, items in runs:
        _add_run(s, draft, negated, items)
    for item in list(s.open("null")):
        use(item)
        draft.filters.append(Filter(dimension=str(item.kinds["null"]), op="is_null"))
        draft.note(f"“{item.text}” = without a {str(item.kinds['null']).replace('_', ' ')}")


def _runs(s: Sentence) -> list[tuple[bool, list[Item]]]:
    runs: list[tuple[bool, list[Item]]] = []
    items = [item for item in s.seq if not (item.used and item.has("filler"))]
    place = 0
    while place < len(items):
        item = items[place]
        negated = item.has("not") and not item.used
        start = place + 1 if negated else place
        if negated and start < len(items) and items[start].has("dim") and items[start].used:
            start += 1
        if start >= len(items) or not items[start].entities or items[start].used:
            place += 1
            continue
        if negated:
            use(item)
        run = [items[start]]
        end = start + 1
        while end < len(items):
            joint = end
            while joint < len(items) and (items[joint].has("and") or (items[joint].used and not items[joint].entities)):
                joint += 1
            if (
                joint >= len(items)
                or not items[joint].entities
                or (joint == end and not _adjacent(s, run[-1], items[joint]))
            ):
                break
            if any(items[n].has("and", "or") for n in range(end, joint)) and negated is False:
                pass
            use(*items[end:joint])
            run.append(items[joint])
            end = joint + 1
        runs.append((negated, run))
        place = end
    return runs


def _adjacent(s: Sentence, left: Item, right: Item) -> bool:
    """Names with nothing but a slash between them are a list too."""
    return left.end == right.start and s.chart.tokens[right.start].glue in ("/",)


def _add_run(s: Sentence, draft: Draft, negated: bool, items: list[Item]) -> None:
    use(*items)
    by_dimension: dict[str, list[str]] = {}
    for item in items:
        draft.note(item.note)
        entity = item.entities[0]
        by_dimension.setdefault(entity.dimension, []).extend(entity.values)
    words = " ".join(item.text for item in items)
    if len(by_dimension) > 1 and len(items) > 1:
        _mixed(s, draft, negated, items, words)
        return
    for dimension, values in by_dimension.items():
        unique = tuple(dict.fromkeys(values))
        if negated:
            draft.filters.append(Filter(dimension=dimension, op="ne", values=unique))
        else:
            _add_positive(draft, dimension, unique)
    if len(items) > 1 and not negated and (s.any("compare") or len(items) > 2):
        draft.group_by.append(next(iter(by_dimension)))


def _add_positive(draft: Draft, dimension: str, values: tuple[str, ...]) -> None:
    same = next((f for f in draft.filters if f.dimension == dimension and f.op == "in"), None)
    if same is None:
        draft.filters.append(Filter(dimension=dimension, values=values))
    else:
        draft.filters.remove(same)
        draft.filters.append(Filter(dimension=dimension, values=tuple(dict.fromkeys((*same.values, *values)))))


def _mixed(s: Sentence, draft: Draft, negated: bool, items: list[Item], words: str) -> None:
    """Names of different kinds in one list: tools and vendors are asked about, "excluding engineering and api" too."""
    kinds = [(item.entities[0].dimension, item.entities[0].value, item.entities[0].label) for item in items]
    if not negated and {dimension for dimension, *_ in kinds} == {"tool", "vendor"}:
        return _tools_and_vendors(s, draft, kinds)
    names = [label for *_, label in kinds]

    op: Literal["ne", "in"] = "ne" if negated else "in"

    def taking(chosen: list[tuple[str, str, str]]) -> Option:
        def apply(d: Draft) -> None:
            d.filters += [Filter(dimension=dimension, op=op, values=(value,)) for dimension, value, _ in chosen]

        if len(chosen) == 1:
            return Option(f"{'all but' if negated else 'only'} {chosen[0][2]}", apply)
        return Option(f"neither {' nor '.join(names)}" if negated else f"what is {' and '.join(names)} at once", apply)

    decide(
        draft,
        "modifier",
        f"mixed {words}",
        f"“{words}” can be read in several ways. Which one?",
        [taking(kinds), *(taking([kind]) for kind in kinds[:3])],
        words,
    )
    return None


def _tools_and_vendors(s: Sentence, draft: Draft, kinds: list[tuple[str, str, str]]) -> None:
    """Cursor and OpenAI: a vendor in a list of tools stands for all its tools."""
    values: list[str] = []
    for dimension, value, label in kinds:
        if dimension == "tool":
            values.append(value)
        else:
            own = [t.name for t in s.vocabulary.lists.tools if t.vendor == value]
            values += own
            draft.note(f"{label} = {', '.join(own)}")
    _add_positive(draft, "tool", tuple(dict.fromkeys(values)))
    if len(kinds) > 2 or s.any("compare"):
        draft.group_by.append("tool")
