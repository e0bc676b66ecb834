"""Questions about the inventory: what tools do we have, how many, is Jasper approved."""

from decimal import Decimal

from storage.spend_query import Filter, Having
from workflows.asking.draft import Draft, Sentence, use
from workflows.asking.ranks import is_plural


def about_tools(s: Sentence, draft: Draft) -> bool:
    """what tools do we have, how many tools, is Jasper approved, my tools: the inventory."""
    if _is_approved(s, draft):
        return True
    status = any(f.dimension == "tool_status" for f in draft.filters)
    if _overlapping(s, draft) or _category_listed(s, draft) or _suppliers(s, draft):
        return True
    noun = next((i for i in s.seq if i.kinds.get("dim") == "tool" and not i.entities), None)
    if status and not s.any("unknown"):
        if noun is not None:
            use(noun)
            if not s.any("howmany"):
                draft.group("tool")
        which = any(i.has("which") for i in s.seq) and not s.any("howmany")
        if noun is None and (which or any(f.dimension == "tool" for f in draft.filters)):
            draft.group("tool")
        return not money_hint(s, draft)
    if noun is None or draft.order or draft.having or money_hint(s, draft) or draft.growth:
        return False
    if (
        set(draft.group_by)
        and set(draft.group_by) <= {"tool_status", "category", "vendor", "billing_model", "tool"}
        and (s.seq[0] is noun or (s.seq[0].has("which", "list") and s.seq[1:2] == [noun]))
    ):
        use(noun)
        return True
    counted = s.any("howmany")
    named_any = s.word_before(noun) in ("any", "are", "have") or s.word_after(noun) == "from"
    listed = any(i.has("which") for i in s.seq) or draft.scope is not None or s.any("using") or s.any("have") or named_any
    if not (counted or listed) or (draft.group_by and draft.group_by != ["tool"] and not counted):
        return False
    use(noun, *s.open("using"), *s.open("have"), *[i for i in s.open("assigned") if i.text.lower() == "in use"])
    if not counted:
        draft.group("tool")
    return True


def _overlapping(s: Sentence, draft: Draft) -> bool:
    """Tools that do the same job: categories with more than one."""
    word = s.first("overlap")
    if word is None or draft.group_by or draft.order or any(f.dimension in ("tool", "vendor") for f in draft.filters):
        return False
    use(*s.open("overlap"), *s.open("which"), *s.open("have"), *s.open("using"))
    use(*[i for i in s.open("dim", "tool") if not i.entities])
    draft.group("category")
    draft.having.append(Having(metric="tools", op="gt", value=Decimal(1)))
    draft.note("overlapping = more than one tool of a category")
    return True


def _category_listed(s: Sentence, draft: Draft) -> bool:
    """Which coding assistants do we have, list of chat tools: tools of that kind."""
    named = next((i for i in s.seq if i.entities and i.entities[0].dimension == "category"), None)
    if named is None or not is_plural(named) or draft.order or draft.having or draft.growth or money_hint(s, draft):
        return False
    counted = s.any("howmany")
    listed = any(i.has("which") for i in s.seq) or s.any("using") or s.any("have")
    if not (counted or listed) or draft.group_by or s.any("seat") or any(i.has("dim", "person") for i in s.seq):
        return False
    use(*s.open("using"), *s.open("have"), *s.open("which"), *[i for i in s.open("assigned") if i.text.lower() == "in use"])
    if not counted:
        draft.group("tool")
    return True


def _suppliers(s: Sentence, draft: Draft) -> bool:
    """Which vendors do we use: those of the tools."""
    asked = any(i.has("which") for i in s.seq) or s.any("howmany")
    vendors = draft.group_by == ["vendor"] and not draft.filters
    if not (asked and vendors and (s.any("using") or s.any("have"))) or draft.order or draft.having or draft.growth:
        return False
    if (
        money_hint(s, draft)
        or draft.compare
        or draft.reading is not None
        or any(word in ("pay", "paying") for i in s.seq if i.has("have") for word in i.text.lower().split())
    ):
        return False
    use(*s.open("using"), *s.open("have"))
    return True


def _is_approved(s: Sentence, draft: Draft) -> bool:
    """Is Jasper approved? The tool with its status, whatever that is."""
    status = next((f for f in draft.filters if f.dimension == "tool_status"), None)
    named = next((f for f in draft.filters if f.dimension in ("tool", "vendor")), None)
    if status is None or named is None or any(i.has("which") for i in s.seq) or s.any("howmany"):
        return False
    draft.filters.remove(status)
    if named.dimension == "vendor":
        own = tuple(t.name for t in s.vocabulary.lists.tools if t.vendor in named.values)
        draft.filters[draft.filters.index(named)] = Filter(dimension="tool", values=own)
    draft.assumptions = [note for note in draft.assumptions if "tool status" not in note]
    draft.group_by = ["tool", "tool_status"]
    return True


def listed_paid(s: Sentence, draft: Draft) -> None:
    """Unapproved tools paid by card: a list of them, each with its amount."""
    paid = [item for item in s.seq if item.has("metric")]
    noun = s.before(paid[0]) if len(paid) == 1 and paid[0].text.lower() == "paid" else None
    if noun is None or draft.group_by or draft.share or noun.entities or not is_plural(noun):
        return
    if noun.kinds.get("dim") in ("tool", "vendor"):
        use(noun)
        draft.group(str(noun.kinds["dim"]))


def money_hint(s: Sentence, draft: Draft) -> bool:
    return (
        bool(draft.bounded)
        or any(i.has("money") or i.has("payment") or i.has("billing") for i in s.seq)
        or draft.share
        or draft.explain
    )
