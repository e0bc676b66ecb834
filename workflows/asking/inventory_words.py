"""Questions about the inventory: what tools do we have, how many, is Jasper approved."""

from storage.spend_query import Filter
from workflows.asking.draft import Draft, Sentence, use


def about_tools(s: Sentence, draft: Draft) -> bool:
    """what tools do we have, how many tools, is Jasper approved, my tools: the inventory."""
    if _is_approved(s, draft):
        return True
    status = any(f.dimension == "tool_status" for f in draft.filters)
    noun = next((i for i in s.seq if i.kinds.get("dim") == "tool" and not i.entities), None)
    if status and not s.any("unknown"):
        if noun is not None:
            use(noun)
            if not s.any("howmany"):
                draft.group("tool")
        if noun is None and any(f.dimension == "tool" for f in draft.filters):
            draft.group("tool")
        return not money_hint(s, draft)
    if noun is None or draft.order or draft.having or money_hint(s, draft) or draft.growth:
        return False
    if (
        set(draft.group_by)
        and set(draft.group_by) <= {"tool_status", "category", "vendor", "billing_model"}
        and s.seq[0] is noun
    ):
        use(noun)
        return True
    counted = s.any("howmany")
    listed = any(i.has("which") for i in s.seq) or draft.scope is not None or s.any("using") or s.any("have")
    if not (counted or listed) or (draft.group_by and draft.group_by != ["tool"] and not counted):
        return False
    use(noun, *s.open("using"), *s.open("have"))
    if not counted:
        draft.group("tool")
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


def money_hint(s: Sentence, draft: Draft) -> bool:
    return (
        bool(draft.bounded)
        or any(i.has("money") or i.has("payment") or i.has("billing") for i in s.seq)
        or draft.share
        or draft.explain
    )
