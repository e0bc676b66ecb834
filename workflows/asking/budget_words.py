"""Budgets: the amount, what is left, the share used, actual against budget, and who is over it."""

from decimal import Decimal

from storage.spend_query import Having
from workflows.asking.chart import Item
from workflows.asking.draft import Draft, Sentence, Unclear, use
from workflows.asking.metric_choice import ask_metric
from workflows.asking.period_types import Reading

_MONEY_WORDS = ("spend", "billed", "paid")


def budget(s: Sentence, draft: Draft) -> None:
    over = s.first("overbudget")
    if over is not None:
        return _over_budget(s, draft, over)
    budget = s.first("metric", "budget")
    if budget is None:
        return _allowed(s, draft)
    bound = s.before(budget)
    if bound is not None and bound.has("op") and not bound.used:
        use(bound)
        draft.growth = False
        return _against_budget(s, draft, [budget, *[i for i in s.open("metric") if i.kinds["metric"] in _MONEY_WORDS]])
    money = [i for i in s.open("metric") if i.kinds["metric"] in _MONEY_WORDS]
    if not money and not s.any("actual") and _names_compared(s, draft):
        use(budget, *s.open("versus"), *s.open("compare"), *s.open("have"))
        return draft.measure("budget")
    versus = s.any("versus") or s.any("compare") or s.joins_metrics()
    actual = s.first("actual")
    _changed(s, draft, budget, money)
    if (
        actual is not None
        or ((versus or draft.growth) and (money or not s.any("left")))
        or any(i.text.lower() == "variance" for i in s.seq)
    ):
        return _against_budget(s, draft, [budget, *money, *([actual] if actual else [])])
    if (left := s.first("left")) is not None:
        use(budget, left, *money, *s.open("have"))
        return draft.measure("budget_remaining")
    if s.any("howmuchof") and not money and not any(s.any(kind) for kind in ("used", "using", "usage", "share")):
        draft.share = False
        use(budget)
        return ask_metric(draft, "part of budget", "What is left or what is used?", ["budget_remaining", "budget_used"])
    used = s.first("used") or s.first("using") or (s.first("usage"))
    if (
        used is not None
        or draft.share
        or draft.bounded == "%"
        or any(i.has("number") and not i.used and i.kinds["number"].unit == "%" for i in s.seq)
    ):
        use(budget, *([used] if used else []), *money)
        share_word = s.first("share")
        use(share_word)
        alone = draft.share and used is None and not money and draft.bounded != "%"
        draft.share = False
        if alone:
            return ask_metric(draft, "share of budget", "Which share of the budget?", ["budget_used", "budget_left_share"])
        return draft.measure("budget_used")
    if money:
        return _against_budget(s, draft, [budget, *money])
    use(budget, *s.open("have"))
    return draft.measure("budget")


def _names_compared(s: Sentence, draft: Draft) -> bool:
    """The budget of Studio vs Tech, compare the budgets of Studio and Tech: names, not budget and actual."""
    several = next((f for f in draft.filters if f.op == "in" and len(f.values) > 1), None)
    joints = [i for i in s.seq if i.has("versus")]
    between = any(
        (before := s.before(i)) is not None and (after := s.after(i)) is not None and before.entities and after.entities
        for i in joints
    )
    if several is None or not (between or (not joints and s.any("compare"))):
        return False
    draft.group(several.dimension)
    return True


def _changed(s: Sentence, draft: Draft, budget: Item, money: list[Item]) -> None:
    """Did the budget change, how much did the budget grow: the budgets in force are kept, not their history."""
    words = [i for i in s.seq if i.has("growth") and i.text.lower() not in _DIFFERENCE]
    if draft.growth and words and not money and not s.any("actual") and not s.any("versus"):
        raise Unclear("modifier", "I keep the budgets in force, not how they changed.", f"{budget.text} {words[0].text}")


_DIFFERENCE = ("difference", "delta", "differ", "differs", "variance between", "movement", "swing")


def _allowed(s: Sentence, draft: Draft) -> None:
    """How much can Digital still spend: what is left of the budget."""
    tokens = [token.text for token in s.chart.tokens]
    modal = next((i for i in s.open("modal") if i.text.lower() in ("can", "may i")), None)
    spend = s.first("metric", "spend")
    if modal is None or spend is None or tokens[max(0, modal.start - 2) : modal.start] != ["how", "much"]:
        return
    use(modal, spend, *s.open("left"), *s.open("more"))
    draft.measure("budget_remaining")
    draft.note("what can still be spent = what is left of the budget")


def _over_budget(s: Sentence, draft: Draft, over: Item) -> None:
    """Which teams are over budget: a condition on the share used; for one scope: actual against budget."""
    use(over, *[i for i in s.open("metric") if i.kinds["metric"] in ("spend", "budget")])
    who = s.first("which", "who")
    if who is not None or any(i.has("which", "who") for i in s.seq):
        use(who)
        if not draft.group_by:
            draft.group_by.append("department")
            draft.note("“who” = which departments")
    plural = list(s.open("dim"))
    if plural and not draft.group_by:
        use(plural[0])
        draft.group_by.append(str(plural[0].kinds["dim"]))
    if draft.group_by:
        draft.measure("budget_used")
        draft.having.append(
            Having(metric="budget_used", op="gt" if over.kinds["overbudget"] == "gt" else "lte", value=Decimal(1))
        )
        return
    draft.measure("spend")
    draft.compare = "budget"


def _against_budget(s: Sentence, draft: Draft, items: list[Item]) -> None:
    """Actual against budget. A period to compare with besides is one comparison too many."""
    for item in s.seq:
        after = s.after(item)
        if item.has("versus") and after is not None and after.reading is not None:
            raise Unclear("modifier", "I make one comparison at a time: with the budget or with another period?", item.text)
    if isinstance(draft.compare, Reading) or sum(i.reading is not None for i in s.seq) > 1:
        word = next((i.text for i in s.seq if i.has("versus") or i.has("compare")), items[0].text)
        raise Unclear("modifier", "I make one comparison at a time: with the budget or with another period?", word)
    first = next((str(i.kinds["metric"]) for i in items if i.has("metric") and i.kinds["metric"] != "budget"), "spend")
    use(
        *items,
        *s.open("versus"),
        *s.open("compare"),
        *[i for i in s.open("and") if _between(s, i)],
        *[i for i in s.seq if i.text.lower() == "variance"],
    )
    draft.measure(first)
    draft.compare = "budget"


def _between(s: Sentence, item: Item) -> bool:
    before, after = s.before(item), s.after(item)
    return bool(before and after and before.has("metric") and (after.has("metric") or after.has("actual")))
