"""A company for parser tests: names, a fiscal year from July, one Monday. Nothing of it comes from a database."""

from datetime import date

from storage.org import FiscalYear, OrgSettings
from storage.spend_query import SpendQuery
from storage.vocabulary import PersonEntry, ToolEntry, VocabularyLists
from workflows.asking.parse import parse_after
from workflows.asking.parsed import Answerable, AskerFacts, Clarify, Parsed
from workflows.asking.vocabulary import Vocabulary

TODAY = date(2026, 11, 23)
ORG = OrgSettings(base_currency="EUR", fiscal_year=FiscalYear(start_month=7))  # FY27 = July 2026 to June 2027
ASKER = AskerFacts("tomas.pena@fjord.example", "Tomás Peña", "IT")


def _tool(name: str, vendor: str, category: str, billing: str = "per_seat", *aliases: str) -> ToolEntry:
    return ToolEntry(name, vendor, category, billing, "approved", aliases)


LISTS = VocabularyLists(
    departments=(
        "Research & Development",
        "Growth Marketing",
        "Customer Success",
        "People Operations",
        "Finance",
        "Field Sales",
        "Legal & Compliance",
        "IT",
        "Design",
        "Support",
        "Hermes Lab",
    ),
    cost_centers=("4010", "CC-77"),
    divisions=("EMEA", "Americas"),
    tools=(
        _tool("Codeium", "Exafunction", "coding_assistant"),
        _tool("Tabnine", "Tabnine", "coding_assistant"),
        _tool("GitHub Copilot", "GitHub", "coding_assistant", "per_seat", "copilot"),
        _tool("Microsoft 365 Copilot", "Microsoft", "assistant", "per_seat", "copilot"),
        _tool("Claude Team", "Anthropic", "chat", "per_seat", "claude"),
        _tool("Anthropic API", "Anthropic", "model_api", "per_token"),
        _tool("Runway", "Runway", "video", "credits"),
        _tool("Synthesia", "Synthesia", "video", "flat"),
        _tool("Otter.ai", "Otter", "transcription", "per_seat", "otter"),
        _tool("Glean", "Glean", "search"),
        _tool("Writer", "Writer", "writing"),
    ),
    models=("claude-sonnet-4-5", "claude-haiku-4-5", "codestral-25"),
    projects=("Hermes", "Aurora", "Support Revamp"),
    people=(
        PersonEntry("Ingrid Solheim", "ingrid.solheim@fjord.example", "Finance"),
        PersonEntry("Tomás Peña", "tomas.pena@fjord.example", "IT"),
        PersonEntry("Ingrid Aas", "ingrid.aas@fjord.example", "Design"),
    ),
)
_SIGNS = {"in": "=", "ne": "!=", "is_null": " is null", "contains": "~"}
VOCABULARY = Vocabulary.build(LISTS)


def ask(text: str, context: str | None = None) -> Parsed:
    return parse_after(text, context, vocabulary=VOCABULARY, org=ORG, today=TODAY, asker=ASKER)


def plan(text: str, context: str | None = None) -> SpendQuery:
    found = ask(text, context)
    assert isinstance(found, Answerable), (text, found)
    return found.query


def clarify(text: str, context: str | None = None) -> Clarify:
    found = ask(text, context)
    assert isinstance(found, Clarify), (text, found)
    return found


def told(query: SpendQuery) -> str:
    """A plan in one line: metrics | filters | days | comparison | the rest that is not default, sorted."""
    filters = [f"{part.dimension}{_SIGNS[part.op]}{','.join(part.values)}" for part in query.filters]
    compare = query.compare if query.compare in (None, "budget") else f"{query.compare.start}..{query.compare.end}"  # type: ignore[union-attr]
    rest = []
    if query.group_by:
        rest.append("by " + ",".join(query.group_by))
    if query.grain:
        rest.append(f"each {query.grain}")
    if query.limit:
        rest.append(f"{query.order} {query.limit}" + (f" after {query.offset}" if query.offset else ""))
    rest += [f"{part.metric} {part.op} {part.value.normalize():f}" for part in query.having]
    if query.share_of:
        rest.append("share" + (f" of {','.join(query.share_base[0].values)}" if query.share_base else ""))
    if query.aggregate:
        rest.append(query.aggregate)
    if query.explain:
        rest.append("why")
    days = f"{query.period.start}..{query.period.end}"
    parts = [",".join(query.metrics), " & ".join(sorted(filters)), days, f"vs {compare}" if compare else "", "; ".join(rest)]
    return " | ".join(part for part in parts if part)
