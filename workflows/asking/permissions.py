"""Who may see what (spec/asking.md): from a plan and its asker to the rows it may read, or a refusal that says what
may be asked instead."""

from dataclasses import dataclass

from storage.spend_query import Filter, RowScope, SpendQuery
from workflows.asking.parsed import Scope
from workflows.asking.rights import UNIT_DIMENSIONS, Rights

PUBLIC_METRICS = frozenset({"tools"})
BUDGET_METRICS = frozenset({"budget", "budget_remaining", "budget_used", "budget_left_share"})
BUDGET_DIMENSIONS = (*UNIT_DIMENSIONS, "tool", "vendor", "project")
COMPANY = ("", "company")


@dataclass(frozen=True)
class Granted:
    """`scope` bounds every row read. `personal`: about people one by one, so never for a channel."""

    query: SpendQuery
    scope: RowScope
    personal: bool = False
    public: bool = False  # the catalogue: open to everyone everywhere
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Denied:
    """`offer` is what this person may ask instead."""

    text: str
    offer: str


Verdict = Granted | Denied


def authorise(rights: Rights, query: SpendQuery, declared: Scope | None = None, company: str = "") -> Verdict:
    """`declared`: the question says "my cost" or "my team"; `company` is the company's name, as a budget scope."""
    if {*query.metrics, *(part.metric for part in query.having)} <= PUBLIC_METRICS and query.compare is None:
        return Granted(query, RowScope(everything=True), public=True)
    if query.share_of and not rights.everything and not _whole_is_theirs(rights, query, declared, company):
        return Denied("A share of the company's total would give the total away, which finance and administrators see.",
                      _offer(rights))  # fmt: skip
    if declared == "me":
        return Granted(query, RowScope(person_ids=frozenset({rights.person_id})), personal=True)
    if declared == "my_team":
        return _team(rights, query)
    if rights.everything:
        return Granted(query, RowScope(everything=True), personal=_names_people(query))
    if _names_people(query):
        return _people(rights, query)
    return _units(rights, query) or _budget(rights, query, company) or _grouped(rights, query) or _refusal(rights, query)


def _whole_is_theirs(rights: Rights, query: SpendQuery, declared: Scope | None, company: str) -> bool:
    """A share tells the whole: they must be allowed to see that too, and within the same bound."""
    if not query.share_base:
        return False
    whole = query.model_copy(update={"filters": query.share_base, "share_of": None, "share_base": (), "group_by": ()})
    part = query.model_copy(update={"share_of": None, "share_base": ()})
    seen = [authorise(rights, one, declared, company) for one in (whole, part)]
    return (
        all(isinstance(one, Granted) for one in seen) and len({one.scope for one in seen if isinstance(one, Granted)}) == 1
    )


def _names_people(query: SpendQuery) -> bool:
    return "person" in query.group_by or any(part.dimension == "person" for part in query.filters)


def _team(rights: Rights, query: SpendQuery) -> Verdict:
    """Themselves and all people below them, as the tree stands today, also for past periods."""
    if not rights.below:
        return Denied("Nobody reports to you in the company directory, so there is no team of yours to add up.",
                      _offer(rights))  # fmt: skip
    note = f"my team = you and the {len(rights.below)} people below you, as the directory stands today"
    return Granted(query, RowScope(person_ids=rights.team), personal=_names_people(query), notes=(note,))


def _people(rights: Rights, query: SpendQuery) -> Verdict:
    """Figures of named people: only one's own and those below."""
    named = [part for part in query.filters if part.dimension == "person"]
    if any(part.op != "in" for part in named):
        return Denied("Figures of other people are for their managers and finance.", _offer(rights))
    if named and all(set(part.values) <= rights.emails for part in named):
        return Granted(query, RowScope(person_ids=frozenset({rights.person_id})), personal=True)
    if not rights.below or not all(set(part.values) <= rights.team_emails for part in named):
        return Denied("Figures of other people are for their managers and finance.", _offer(rights))
    note = () if named else ("limited to you and the people below you",)
    return Granted(query, RowScope(person_ids=rights.team), personal=True, notes=note)


def _units(rights: Rights, query: SpendQuery) -> Granted | None:
    """A department, cost centre or division that the asker owns; all else in the plan narrows it further."""
    for part in query.filters:
        owned = rights.owned(part.dimension)
        if part.op == "in" and part.values and set(part.values) <= owned:
            return Granted(query, _only(part))
    return None


def _only(part: Filter) -> RowScope:
    """Just the units that the filter names."""
    names = frozenset(part.values)
    return {
        "department": RowScope(departments=names),
        "cost_center": RowScope(cost_centers=names),
        "division": RowScope(divisions=names),
    }[part.dimension]


def _budget(rights: Rights, query: SpendQuery, company: str) -> Granted | None:
    """The budget, actual and remaining of a scope that the asker answers for; nothing else of it, and no breakdown."""
    actual = set(query.metrics) <= BUDGET_METRICS | {"spend"}
    if not rights.budgets or not actual or query.having or len(query.filters) > 1:
        return None
    if not query.filters:
        names = {*COMPANY, company.casefold()}
        owns = bool(names & rights.budgets)
        return Granted(query, RowScope(everything=True)) if owns and not query.group_by else None
    part = query.filters[0]
    owned = (
        part.op == "in"
        and part.dimension in BUDGET_DIMENSIONS
        and {value.casefold() for value in part.values} <= rights.budgets
    )
    if not owned or set(query.group_by) - {part.dimension}:
        return None
    return Granted(query, _only(part) if part.dimension in UNIT_DIMENSIONS else RowScope(everything=True))


def _grouped(rights: Rights, query: SpendQuery) -> Granted | None:
    """ "By department" without naming one: cut down to what the asker owns, else to their team, and said so."""
    if any(part.dimension in UNIT_DIMENSIONS for part in query.filters):
        return None
    for dimension in query.group_by:
        owned = rights.owned(dimension)
        if owned:
            part = Filter(dimension=dimension, values=tuple(sorted(owned)))
            narrowed = query.model_copy(update={"filters": (*query.filters, part)})
            return Granted(narrowed, _only(part), notes=(f"limited to what you own: {', '.join(sorted(owned))}",))
    team_can = not (set(query.metrics) & (BUDGET_METRICS | {"renewals", "seats_purchased"})) and query.compare != "budget"
    if rights.below and team_can and set(query.group_by) & set(UNIT_DIMENSIONS):
        note = "limited to you and the people below you, as the directory stands today"
        return Granted(query, RowScope(person_ids=rights.team), notes=(note,))
    return None


def _refusal(rights: Rights, query: SpendQuery) -> Denied:
    units = [value for part in query.filters if part.dimension in UNIT_DIMENSIONS for value in part.values]
    if units:
        text = f"Figures of {', '.join(units)} are for its owner, finance and administrators."
    else:
        text = "Company totals are for finance and administrators."
    return Denied(text, _offer(rights))


def _offer(rights: Rights) -> str:
    """What they may ask, by example."""
    options = ["what do I cost?"]
    if rights.below:
        options.append("what did my team spend last month?")
    units = [*sorted(rights.divisions), *sorted(rights.departments), *sorted(rights.cost_centers)]
    options += [f"what did {unit} spend last month?" for unit in units[:2]]
    options += [f"how much of the {scope} budget is left?" for scope in sorted(rights.budgets)[:1] if scope not in COMPANY]
    return "You can ask: " + " · ".join(f"“{option}”" for option in options)
