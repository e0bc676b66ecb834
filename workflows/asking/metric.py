"""Which metric a sentence asks for: words that combine (idle … seats, budget … left), words that need settling (savings,
usage, users, requests), and what is meant without any."""

from itertools import pairwise

from storage.spend_query import Filter
from workflows.asking.budget_words import budget
from workflows.asking.contract_words import contracts
from workflows.asking.draft import SEAT_METRICS, Draft, Option, Sentence, Unclear, decide, use
from workflows.asking.inventory_words import about_tools, listed_paid
from workflows.asking.metric_choice import ask_metric
from workflows.asking.metric_combined import combine, paces
from workflows.asking.ranks import plural_group
from workflows.asking.seat_words import both_held, not_used, seats

_PER = {
    "head": "cost_per_head",
    "employee": "cost_per_head",
    "capita": "cost_per_head",
    "fte": "cost_per_head",
    "seat": "cost_per_seat",
    "licence": "cost_per_seat",
    "license": "cost_per_seat",
    "user": "cost_per_active_user",
    "active user": "cost_per_active_user",
    "active users": "cost_per_active_user",
    "active person": "cost_per_active_user",
    "request": "cost_per_request",
    "call": "cost_per_request",
    "api call": "cost_per_request",
    "api request": "cost_per_request",
    "model call": "cost_per_request",
    "headcount": "cost_per_head",
    "staff member": "cost_per_head",
    "per million tokens": "cost_per_million_tokens",
}
_PRICED = ("cheapest", "most expensive", "priciest", "costliest", "least expensive", "most costly", "least costly")
NO_METRIC = "missing"  # the question back to a text in which nothing to compute was found
_MONEY_WORDS = ("spend", "billed", "paid")


def metrics(s: Sentence, draft: Draft) -> None:
    """Fills draft.metrics. Raises Unclear when the words allow several that differ."""
    growth(s, draft)
    _who(s, draft)
    for rule in (_token_sides, both_held, seats, budget, _savings, not_used, _using, _requests, contracts, _adoption):
        rule(s, draft)
    _named(s, draft)
    _bare(s, draft)
    combine(s, draft)


def growth(s: Sentence, draft: Draft) -> None:
    for item in list(s.open("percentgrowth")):
        use(item)
        if item.text.lower() in _IN_PERCENT and not (s.any("growth") or s.any("fast") or draft.compare):
            _in_percent(draft, item.text)
        else:
            draft.growth = True
    for item in list(s.open("fast")):
        use(item)
        draft.growth = True
        draft.order = "desc" if item.kinds["fast"] == "fast" else "asc"
        draft.limit = draft.limit or (5 if plural_group(s, draft) else 1) if draft.group_by else draft.limit
    several = next((f.dimension for f in draft.filters if f.op == "in" and len(f.values) > 1), None)
    for item in list(s.open("growth")):
        if item.entities:
            continue
        use(item)
        if item.text.lower() == "up" and s.word_before(item) in ("used", "eaten"):
            continue  # the budget is used up
        if several and item.text.lower() in ("more expensive", "cheaper", "higher"):
            draft.group(several)
            continue
        draft.growth = True
    for item in list(s.open("explain")):
        use(item)
        draft.explain = True


_IN_PERCENT = ("in percent", "in percentage terms", "percentage wise")


def _in_percent(draft: Draft, words: str) -> None:
    """Of the total, or of the time before?"""
    options = [
        Option("each as a share of the total", lambda d: setattr(d, "share", True)),
        Option("the change from the time before", lambda d: setattr(d, "growth", True)),
    ]
    decide(draft, "modifier", "in percent", "In percent of what?", options, words)


def unit_costs(s: Sentence, draft: Draft) -> None:
    """spend on AI per employee, cost … for each seat: the unit cost, where the words stand apart. Seats per person."""
    seat = s.first("seat")
    for item in list(s.open("by")):
        after = s.after(item)
        if (
            seat is not None
            and after is not None
            and after.has("dim", "person")
            and item.text.lower() == "per"
            and not (s.any("metric"))
        ):
            use(item, after, seat)
            draft.aggregate = "per_person_avg"
            draft.measure("seats_assigned")
            return
    money = (
        s.first("metric", "spend")
        or s.first("metric", "paid")
        or next((i for i in s.seq if i.text.lower().split()[0] in ("cheaper", "more", "pricier", "price")), None)
    )
    money = money or next((i for i in s.seq if i.has("rank") and i.text.lower().removeprefix("the ") in _PRICED), None)
    if money is None and "spend" not in draft.inherited_metrics:
        return
    for item in list(s.open("by")):
        after = s.after(item)
        if after is None or after.used or item.text.lower() == "by" or after.text.lower() not in _PER:
            continue
        use(item, after, *([money] if money is not None and (money.has("metric") or money.has("unknown")) else []))
        draft.measure(_PER[after.text.lower()])


def _who(s: Sentence, draft: Draft) -> None:
    """Who spends the most, which people cost most: by person; who is over budget is about departments (below)."""
    who = next((i for i in s.open("which") if i.kinds["which"] == "who"), None)
    spending = s.any("metric", "spend") or s.any("metric", "tokens") or s.any("metric", "requests")
    if (
        who is not None
        and not draft.group_by
        and (draft.order or draft.bounded)
        and spending
        and not any(i.has("dim") and not i.used for i in s.seq)
    ):
        use(who)
        if draft.limit == 1 and "people" in who.text.lower():
            draft.limit = 5
        draft.group("person")
        draft.note("“who” = which people")


def _token_sides(s: Sentence, draft: Draft) -> None:
    """input vs output tokens, cached and input tokens."""
    if not any(str(i.kinds["metric"]).endswith("tokens") for i in s.seq if i.has("metric")):
        return None
    if draft.share and (cached := s.first("tokenside", "cached_input_tokens")) is not None:
        use(cached, *s.open("metric", "tokens"), *s.open("metric", "input_tokens"))
        draft.share = False
        return draft.measure("cache_hit_share")
    for item in list(s.open("tokenside")):
        use(item)
        draft.measure(str(item.kinds["tokenside"]))
    return None


# -- Words that need settling -----------------------------------------------------------------------------------------------


def _savings(s: Sentence, draft: Draft) -> None:
    """Bare savings ask which, unless the sentence says discount or reclaim."""
    word = s.first("savings")
    discount, reclaim = s.first("discountword"), s.first("reclaimword")
    named = [i for i in s.open("metric") if i.kinds["metric"] in ("discount_savings", "reclaimed_savings", "idle_seat_cost")]
    if word is None:
        if reclaim is not None and not named:
            use(reclaim)
            draft.measure("reclaimed_savings")
        return None
    use(word)
    if named:
        return None
    idle = s.any("notused") or s.any("metric", "seats_idle")
    if idle and any(token.text in _MAYBE for token in s.chart.tokens):
        use(*[i for i in s.seq if i.text.lower() in _MAYBE])
        return draft.measure("idle_seat_cost")
    if discount or reclaim:
        use(discount, reclaim)
        return draft.measure("discount_savings" if discount else "reclaimed_savings")
    ask_metric(draft, "savings", "Which savings?", ["discount_savings", "reclaimed_savings"], word.text)
    return None


_MAYBE = frozenset(["possible", "potential", "could", "can", "might", "available"])


def _using(s: Sentence, draft: Draft) -> None:
    """who uses Cursor, how many people in Data use Claude: active users."""
    word = s.first("using")
    if word is None:
        return None
    counted_tools = any(i.has("howmany") and (near := s.after(i)) is not None and near.has("dim", "tool") for i in s.seq)
    if counted_tools and not s.any("metric"):
        return use(word)  # how many tools does each department use
    people = list(s.open("dim", "person"))
    who = s.first("which", "who")
    if draft.order and not s.any("metric"):
        use(word)
        if any(i.has("rank") and i.text.lower().removeprefix("the ") in _PRICED for i in s.seq):
            return draft.measure("spend")  # the cheapest tool we use
        return ask_metric(
            draft, "used", "Used by which measure?", ["active_users", "requests", "tokens", "spend"], word.text
        )
    tools = [i for i in s.seq if i.kinds.get("dim") == "tool" and "tool" in (i.kinds["dim"], *draft.group_by)]
    if people or who or any(g in ("department", "person", "division") for g in draft.group_by):
        use(word, *people)
        if who is not None:
            use(who)
            draft.group("person")
        elif people and not s.any("howmany") and "tool" not in draft.group_by:
            draft.group("person")
        return draft.measure("active_users")
    counted = any(i.has("metric") and i.kinds["metric"] not in _MONEY_WORDS for i in s.seq)
    named = any(i.kinds.get("dim") in ("model", "vendor") for i in s.seq)
    if tools or named or counted:
        use(word)
    return None


def _requests(s: Sentence, draft: Draft) -> None:
    """Requests: pending ones are approvals; about a tool, model or tokens API requests; otherwise asked."""
    noun = s.first("requestword", "request")
    if noun is None:
        return None
    pending = s.first("requestword", "pending")
    if pending is None and _awaits(s):
        return draft.measure("pending_approvals")
    filed = s.first("requestword", "filed")
    if filed is not None:
        use(noun, filed)
        return draft.measure("access_requests")
    others = [i for k in ("approved", "denied") for i in s.open("requestword", k)]
    use(noun)
    if pending is not None:
        use(pending)
        return draft.measure("pending_approvals")
    if others:
        raise Unclear("modifier", "I count access requests made and pending ones, not by outcome.", others[0].text)
    about = any(
        f.dimension in ("tool", "vendor", "model", "project", "category") for f in (*draft.filters, *draft.inherited)
    )
    about = about or any(g in ("model", "vendor", "project") for g in draft.group_by)
    if about or any(str(i.kinds["metric"]) in ("tokens", "input_tokens", "output_tokens") for i in s.seq if i.has("metric")):
        draft.note("requests = API requests")
        return draft.measure("requests")
    ask_metric(draft, "requests", "API requests or access requests?", ["requests", "access_requests"], noun.text)
    return None


def _awaits(s: Sentence) -> bool:
    """Requests (are) waiting for approval: one phrase of the measure."""
    named = s.first("metric", "pending_approvals")
    use(named, *(s.open("requestword") if named else ()))
    return named is not None


def _adoption(s: Sentence, draft: Draft) -> None:
    word = s.first("adoption")
    if word is not None:
        use(word)
        ask_metric(
            draft, "adoption", "Adoption by which measure?", ["utilisation", "active_users", "seats_assigned"], word.text
        )


def _named(s: Sentence, draft: Draft) -> None:
    """Metric words as they stand. "What drove the spend" and "cost of idle seats" have their own rule or phrase."""
    listed_paid(s, draft)
    paces(s, draft)
    for item in list(s.open("metric")):
        use(item)
        draft.measure(str(item.kinds["metric"]))
    use(*s.open("actual"))
    if "billed" in draft.metrics:
        _internal_bill(s, draft)
    if "usage_cost" in draft.metrics:
        _usage_cost(s, draft)
    if draft.metrics[:1] == ["seats_idle"] and not (
        draft.filters or draft.group_by or draft.scope or draft.inherited or draft.grain or draft.merged or s.any("howmany")
    ):
        draft.group_by.append("tool")
    draft.metrics.sort(key=lambda name: _place(s, name))


def _usage_cost(s: Sentence, draft: Draft) -> None:
    """A person's cost without seats; of a company or department the words can mean two things."""
    people = any(f.dimension == "person" and f.op == "in" for f in (*draft.filters, *draft.inherited))
    if people or draft.scope is not None or "person" in draft.group_by:
        return

    def metered(d: Draft) -> None:
        d.metrics = ["spend"]
        d.filters.append(Filter(dimension="billing_model", values=("per_token",)))

    def people_cost(d: Draft) -> None:
        d.group("person")

    options = [Option("spend on tools billed by use", metered), Option("people's cost without seats", people_cost)]
    decide(draft, "metric", "usage cost", "Which usage cost?", options, "usage cost")


def _internal_bill(s: Sentence, draft: Draft) -> None:
    """Nobody invoices a department or explains an invoice: there the bill is what was spent."""
    owner = any(f.dimension in ("department", "division", "cost_center", "person", "project") for f in draft.filters)
    only_bill = all(i.text.lower() in ("bill", "bills") for i in s.seq if i.has("metric", "billed"))
    if only_bill and (owner or draft.explain):
        draft.metrics = ["spend" if m == "billed" else m for m in draft.metrics]
        draft.note("“bill” = what was spent" + (", invoices are not kept by owner" if owner else ""))


def _place(s: Sentence, name: str) -> int:
    """Where in the sentence a metric is named."""
    named = [i.start for i in s.seq if i.has("metric", name) or i.has("tokenside", name)]
    seats = [i.start for i in s.seq if i.has("seat")] if name in SEAT_METRICS else []
    if name == "seats_purchased":
        named += [i.start for i in s.seq if i.has("have") and i.text.lower() == "bought"]
    return min([*named, *seats], default=len(s.chart.tokens))


# -- What is meant without a metric word ------------------------------------------------------------------------------------


def _bare(s: Sentence, draft: Draft) -> None:
    if draft.metrics:
        return None
    paying = next((i for i in s.open("have") if "pay" in i.text.lower().split() or "paying" in i.text.lower().split()), None)
    if paying is not None and not draft.order and not s.any("dim"):
        use(paying)
        return draft.measure("paid")
    usage = s.first("usage")
    if usage is not None:
        use(usage)
        return ask_metric(draft, "usage", "Which usage?", ["active_users", "tokens", "requests", "spend"], usage.text)
    if about_tools(s, draft):
        return draft.measure("tools")
    person = s.first("dim", "person")
    if person is not None and not draft.order and not draft.having:
        if s.any("howmany"):
            use(person)
            if any(f.dimension in ("tool", "vendor", "model") for f in draft.filters):
                return ask_metric(draft, "users", "Which users?", ["active_users", "seats_assigned"], person.text)
            return draft.measure("headcount")
        use(person)
        return ask_metric(draft, "users", "Which users?", ["active_users", "seats_assigned"], person.text)
    return _default(s, draft)


def _default(s: Sentence, draft: Draft) -> None:
    """A ranking, a comparison, a share, a condition or a period without a metric speaks of spend; a bare name is asked."""
    bounds = any(i.has("op") for i in s.seq)
    if draft.bound_metric:
        return draft.measure(draft.bound_metric)
    if draft.order in ("desc", "asc") and any(i.kinds.get("rank") in ("best", "worst") for i in s.seq):
        return ask_metric(draft, "best", "Best by which measure?", ["utilisation", "cost_per_active_user", "active_users"])
    if s.any("using"):
        return ask_metric(draft, "used", "Which usage?", ["active_users", "tokens", "seats_assigned", "spend"])
    shaped = (
        draft.order or draft.group_by or draft.growth or draft.share or draft.explain or draft.trend or draft.grain or bounds
    )
    if shaped or s.any("period") or s.any("money") or (draft.filters and s.any("payment")):
        if not (draft.growth or draft.explain or s.any("money")):
            draft.note("no measure named: by spend" if draft.order else "no measure named: spend")
        return draft.measure("spend")
    if draft.filters and _asks_how_much(s):
        draft.note("no measure named: spend")
        return draft.measure("spend")
    names = (
        ["spend", "seats_assigned", "active_users", "renewals"]
        if draft.filters
        else ["spend", "seats_idle", "pending_approvals", "renewals"]
    )
    return ask_metric(draft, NO_METRIC, "What would you like to know?", names)


def _asks_how_much(s: Sentence) -> bool:
    """How much is Cursor: money, where nothing else is said."""
    tokens = s.chart.tokens
    asked = any(a.text == "how" and b.text == "much" for a, b in pairwise(tokens))
    return asked and not any(i.has("howmuchof") or i.has("share") for i in s.seq)
