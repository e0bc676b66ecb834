"""Contracts: which of them a sentence is about."""

from storage.spend_query import Filter
from workflows.asking.chart import Item
from workflows.asking.draft import Draft, Sentence, Unclear, use

_DATES = frozenset(["when", "date", "deadline"])


def contracts(s: Sentence, draft: Draft) -> None:
    """Contracts: that end (in a period), have ended, are in force, renew by themselves, or need notice."""
    auto, notice, ended = s.first("auto"), s.first("noticeword"), s.first("ended")
    named_so = list(s.open("contract"))
    named = s.any("metric", "renewals")
    if not (named_so or named or auto or notice) or (ended and not (named_so or named)):
        return
    ends = [i for i in s.seq if i.has("ends") or i.text.lower() in ("expire", "expires")]
    if auto is not None:
        before = s.before(auto)
        negated = before is not None and before.has("not") and not before.used
        use(auto, before if negated else None)
        draft.filters.append(Filter(dimension="auto_renew", values=("no" if negated else "yes",)))
    if notice is not None:
        draft.contracts = "notice"
    draft.past = ended is not None
    if auto is not None and s.chart.tokens[0].text in ("is", "does", "will", "do") and draft.filters[:-1]:
        when_one = draft.reading is None
    else:
        when_one = False
    if {"missed", "miss"} & {token.text for token in s.chart.tokens} and draft.reading is None:
        draft.past = True
        draft.contracts = "notice" if notice is not None else "lapsed"
    when = any(token.text in _DATES for token in s.chart.tokens)
    in_force = not (ends or named or auto or notice or ended) and _worth(s, named_so)
    if in_force and draft.reading is not None:
        raise Unclear("period", "I know the contracts in force today and those that end in a period. Which do you mean?",
                      draft.reading.label)  # fmt: skip
    one = bool(draft.filters or draft.inherited) and notice is not None and not draft.merged
    if in_force or one or when_one or (when and bool(draft.filters or draft.inherited) and not ended):
        draft.contracts = "in_force" if draft.reading is None else draft.contracts
    elif not (ends or named or auto or notice or ended):
        return
    current = [i for i in s.seq if i.text.lower() in ("active", "current", "running", "worth")] if in_force else []
    use(*s.open("when"), *[i for i in s.seq if i.text.lower() == "worth"])
    use(*named_so, *ends, notice, ended, *current, *(s.open("have") if in_force else ()))
    draft.measure("renewals")


def _worth(s: Sentence, contracts: list[Item]) -> bool:
    """The value of contracts, or what contracts there are: those in force."""
    words = {token.text for token in s.chart.tokens}
    value = any("value" in item.text.lower() for item in contracts) or words & {"value", "worth"}
    ours = any({"have", "we"} & set(item.text.lower().split()) for item in s.seq if item.has("have"))
    listed = ours or words & {"active", "current", "running", "force"}
    return bool(contracts) and bool(value or (listed and not s.any("metric")))
