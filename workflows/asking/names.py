"""Names into filters: lists, negation, the asker and their team."""

from typing import Literal

from storage.spend_query import Filter
from workflows.asking.chart import Item
from workflows.asking.draft import Draft, Option, Sentence, Unclear, decide, use
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


def label_of(entity: Entity) -> str:
    """With its kind, so that two of the same name can be told apart."""
    return f"{entity.label} ({_DIMENSION_WORDS.get(entity.dimension, entity.dimension)})"


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
        or (item.text.lower() == "me" and s.word_before(item) == "by")
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
    _unjoined(s, runs)
    for negated, items in runs:
        _add_run(s, draft, negated, items)
    _tool_beside_vendor(s, draft)
    if s.any("compare"):
        for part in [f for f in draft.filters if f.op == "in" and len(f.values) > 1]:
            draft.group(part.dimension)  # compare Cursor with Copilot
    for item in list(s.open("null")):
        use(item)
        draft.filters.append(Filter(dimension=str(item.kinds["null"]), op="is_null"))
        draft.note(f"“{item.text}” = without a {str(item.kinds['null']).replace('_', ' ')}")


def _tool_beside_vendor(s: Sentence, draft: Draft) -> None:
    """Langdock vs Anthropic: a tool and another vendor at once is nothing; set side by side, the vendor is its tools."""
    tools = next((f for f in draft.filters if f.dimension == "tool" and f.op == "in"), None)
    vendors = next((f for f in draft.filters if f.dimension == "vendor" and f.op == "in"), None)
    if tools is None or vendors is None:
        return
    known = s.vocabulary.tools
    if any(known[name].vendor in vendors.values for name in tools.values if name in known):
        return
    words = f"{', '.join(tools.values)} / {', '.join(vendors.values)}"
    if not (s.any("versus") or s.any("compare") or s.any("and")):
        raise Unclear("entity", f"{tools.values[0]} is not from {vendors.values[0]}. Which of them do you mean?", words)
    draft.filters = [f for f in draft.filters if f not in (tools, vendors)]
    own = [t.name for t in s.vocabulary.lists.tools if t.vendor in vendors.values]
    draft.note(f"{', '.join(vendors.values)} = {', '.join(own)}")
    _add_positive(draft, "tool", (*tools.values, *own))
    draft.group("tool")


def _unjoined(s: Sentence, runs: list[tuple[bool, list[Item]]]) -> None:
    """Two names of a kind with nothing that joins them are not added up in silence: "marketing sales spend"."""
    if any(item.has(kind) for item in s.seq for kind in ("and", "versus", "compare", "op", "x")):
        return
    firsts = [items[0] for negated, items in runs if not negated]
    for place, item in enumerate(firsts[1:], 1):
        twin = next((i for i in firsts[:place] if i.entities[0].dimension == item.entities[0].dimension), None)
        if twin is not None and twin.entities[0] != item.entities[0]:
            words = f"{twin.text} … {item.text}"
            raise Unclear("entity", f"Do you mean {twin.text}, {item.text}, or both together?", words)


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
                or not (any(items[n].has("and") for n in range(end, joint)) or _adjacent(s, run[-1], items[joint]))
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
