"""Scores the question parser against a file of questions with their meaning.

    python -m tests.bench.score_questions QUESTIONS.jsonl VOCAB.json [--today 2026-11-23] [--show wrong,ask,miss]

A line: {id, text, context, asker {role, team, channel}, category, accept_actions, meaning {action, metric, filters
[{dim, op, value}], group_by, period {start, end} or {as_of}, compare, grain, limit, order, …}}. VOCAB: {teams, vendors,
tools {name: vendor}, ambiguous_names {word: [meanings]}, models, projects, cost_centers, people}. Right +1, needless
question 0, wrong −c: RS(c). What is right only by rights (refused) is not the parser's and counts by its plan or as skipped.
"""

import argparse
import json
import time
from collections import Counter, defaultdict
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from storage.org import OrgSettings
from storage.spend_query import SpendQuery
from workflows.asking.parse import parse_after
from workflows.asking.parsed import Action, Answerable, AskerFacts, Clarify, Help, Parsed, SmallTalk, Unsupported
from workflows.asking.vocabulary import PersonEntry, ToolEntry, Vocabulary, VocabularyLists

_METRIC = {
    "billed_cost": "billed",
    "list_cost": "list_price",
    "savings_realised": "reclaimed_savings",
    "spend_per_head": "cost_per_head",
    "cost_per_1m_tokens": "cost_per_million_tokens",
    "budget_used_pct": "budget_used",
    "contract_value": "renewals",
    "persons": "tools_held",
    "count_distinct(tool)": "tools_held",
}
# How our plans say that a number is just so.
_OPS = {("count_distinct(tool)", "eq"): ("gte",), ("headcount", "eq"): ("gte", "lte")}
_LATER = {
    "forecast_spend",
    "roi",
    "value_delivered",
    "shadow_tools",
    "commitment_remaining",
    "cost_per_outcome",
    "approval_cycle_time_hours",
    "approvals_decided",
    "auto_approved_share",
    "list_cost_per_seat",
}
_EXTRA = ("derive", "transform", "params", "offset")
_SLOT = {"aggregate": "modifier", "logic": "modifier", "text": "modifier", "language": "modifier", "group_by": "dimension"}


def vocabulary_of(raw: dict[str, Any]) -> Vocabulary:
    aliases: dict[str, list[str]] = defaultdict(list)
    for word, meanings in raw["ambiguous_names"].items():
        for tool in meanings:
            aliases[tool].append(word)
    tools = tuple(
        ToolEntry(name, vendor, raw.get("categories", {}).get(name), _billing(name), "approved", tuple(aliases[name]))
        for name, vendor in raw["tools"].items()
    )
    people = tuple(PersonEntry(name, f"{name.lower().replace(' ', '.')}@company.example") for name in raw["people"])
    return Vocabulary.build(
        VocabularyLists(
            departments=tuple(raw["teams"]),
            cost_centers=tuple(raw["cost_centers"]),
            tools=tools,
            vendors=tuple(raw["vendors"]),
            categories=("coding_assistant", "image"),
            models=tuple(raw["models"]),
            projects=tuple(raw["projects"]),
            people=people,
        )
    )


def _billing(tool: str) -> str:
    return "per_token" if "API" in tool or tool in ("Bedrock", "Vertex AI", "Azure OpenAI") else "per_seat"


def expected_action(meaning: dict[str, Any]) -> str:
    """answer, ask or refuse as far as a parser decides it."""
    wanted = meaning.get("metric")
    first = wanted[0] if isinstance(wanted, list) else wanted
    every = wanted if isinstance(wanted, list) else [wanted]
    if meaning["action"] == "answer" and (first in _LATER or _LATER & set(every)):
        return "later"
    return str(meaning["action"])


def judge(line: dict[str, Any], parsed: Parsed, me: str) -> tuple[str, str]:
    """(right, ask, wrong or skip; why)."""
    meaning = line["meaning"]
    action, accepted = expected_action(meaning), set(line["accept_actions"])
    if action == "refuse" and meaning["refuse"]["reason"] == "not_permitted":
        return ("skip", "rights") if not isinstance(parsed, Unsupported) else ("right", "")
    if isinstance(parsed, Answerable):
        if action != "answer":
            return "wrong", f"answered, expected {action}"
        problems = differences(meaning, parsed.query, me)
        return ("wrong", "; ".join(problems)) if problems else ("right", "")
    if isinstance(parsed, Clarify):
        if action == "ask" or "ask" in accepted:
            slot = meaning.get("ask", {}).get("slot", parsed.slot)
            return "right", "" if _SLOT.get(slot, slot) == parsed.slot else f"slot {parsed.slot}, expected {slot}"
        return "ask", parsed.question
    if isinstance(parsed, Unsupported):
        good = action in ("refuse", "later") or "refuse" in accepted or line["category"] == "roi"
        return ("right", "") if good else ("ask", f"unsupported: {parsed.reason}")
    kinds = {Action: "act", Help: "help", SmallTalk: "smalltalk"}
    got = kinds[type(parsed)]
    return (
        ("right", "")
        if action == got or (got == "act" and action == "answer" and line["category"] == "approvals")
        else ("ask", f"{got}, expected {action}")
    )


def differences(meaning: dict[str, Any], query: SpendQuery, me: str) -> list[str]:
    found = []
    wanted = meaning["metric"] if isinstance(meaning["metric"], list) else [meaning["metric"]]
    wanted = [_METRIC.get(m, m) for m in wanted]
    budget = (meaning.get("compare") or {}).get("to") == "budget"
    if budget:
        wanted = ["spend"]
    alike = {("billed", "paid"), ("spend", "billed")}
    got = list(query.metrics)
    if sorted(got) != sorted(wanted) and not (len(got) == 1 == len(wanted) and (wanted[0], got[0]) in {("billed", "paid")}):
        found.append(f"metric {got}, expected {wanted}" if tuple(got + wanted) not in alike else "")
    period = meaning.get("period", {})
    start = (
        date.fromisoformat(period["as_of"])
        if "as_of" in period
        else date.min
        if period.get("start") == "min"
        else (date.fromisoformat(period["start"]))
    )
    end = start + timedelta(days=1) if "as_of" in period else date.fromisoformat(period["end"])
    if (query.period.start, query.period.end) != (start, end):
        found.append(f"period {query.period.start}..{query.period.end}, expected {start}..{end}")
    wanted_filters = {_plain_filter(f, me) for f in meaning.get("filters") or [] if not _is_implied(f)}
    got_filters = {(f.dimension, f.op, tuple(sorted(f.values))) for f in query.filters}
    if wanted_filters != got_filters:
        found.append(f"filters {sorted(got_filters)}, expected {sorted(wanted_filters)}")
    groups = {
        "billing_model" if any(f[0] == "billing_model" for f in wanted_filters) and g == "category" else _dim(g)
        for g in meaning.get("group_by") or []
    }
    if groups != set(query.group_by) and wanted != ["renewals"] and not meaning.get("select"):
        found.append(f"group_by {list(query.group_by)}, expected {meaning.get('group_by')}")
    for name in ("grain", "limit"):
        if meaning.get(name) != getattr(query, name):
            found.append(f"{name} {getattr(query, name)}, expected {meaning.get(name)}")
    return found + _more(meaning, query, budget)


def _more(meaning: dict[str, Any], query: SpendQuery, budget: bool) -> list[str]:
    found = []
    compare = meaning.get("compare")
    got = (
        query.compare
        if query.compare in (None, "budget")
        else {"start": str(query.compare.start), "end": str(query.compare.end)}
    )  # type: ignore[union-attr]
    if got != ("budget" if budget else compare):
        found.append(f"compare {got}, expected {compare}")
    if query.limit and meaning.get("order") and query.order != meaning["order"]["dir"]:
        found.append(f"order {query.order}, expected {meaning['order']}")
    if bool(query.share_of) != bool(meaning.get("share_of")):
        found.append(f"share {query.share_of}, expected {meaning.get('share_of')}")
    having = {
        (_bound(h["metric"], meaning), op, float(h["value"]))
        for h in meaning.get("having") or []
        for op in _OPS.get((h["metric"], h["op"]), (h["op"],))
    }
    if having != {(h.metric, h.op, float(h.value)) for h in query.having}:
        found.append(f"having {[(h.metric, h.op, str(h.value)) for h in query.having]}, expected {meaning.get('having')}")
    wanted = {"avg_of_days": "avg_per_day"}.get(meaning.get("aggregate"), meaning.get("aggregate"))
    if (wanted or None) not in (query.aggregate, "annualised"):
        found.append(f"aggregate {query.aggregate}, expected {meaning.get('aggregate')}")
    shown = meaning.get("derive") == "seats_purchased - seats_assigned"  # both are given
    shown |= query.idle_days is not None and (meaning.get("params") or {}).get("idle_days") == query.idle_days
    shown |= (meaning.get("params") or {}).get("date_field") == "notice_date" and query.contracts == "notice"
    found += [
        f"{name} expected: {meaning[name]}"
        for name in _EXTRA
        if meaning.get(name) and not getattr(query, name, None) and not shown
    ]
    return found


def _bound(metric: str, meaning: dict[str, Any]) -> str:
    """Of tools, how many there are is the metric itself; of people, how many they hold."""
    if metric == "count_distinct(tool)" and meaning["metric"] == "tools":
        return "tools"
    return _METRIC.get(metric, metric)


def _is_implied(part: dict[str, Any]) -> bool:
    """What the metric or the asker's rights already say."""
    return part["value"] in ("seat_reclaim", "@my_scope")


def _plain_filter(part: dict[str, Any], me: str) -> tuple[str, str, tuple[str, ...]]:
    """In the contract's names: categories api and seat are billing models, unapproved is not approved."""
    values = _values(part, me)
    if part["dim"] == "category" and set(values) <= {"api", "seat"}:
        return "billing_model", _op(part), tuple(sorted({"api": "per_token", "seat": "per_seat"}[v] for v in values))
    if values == ("unapproved",):
        return "tool_status", "ne", ("approved",)
    return _dim(part["dim"]), _op(part), values


def _dim(name: str) -> str:
    return {"team": "department"}.get(name, name)


def _op(part: dict[str, Any]) -> str:
    return {"eq": "in"}.get(part["op"], str(part["op"]))


def _values(part: dict[str, Any], me: str) -> tuple[str, ...]:
    if part["op"] == "is_null":
        return ()
    values = part["value"] if isinstance(part["value"], list) else [part["value"]]
    return tuple(sorted(me if v == "@me" else {True: "yes", False: "no"}.get(v, str(v)) for v in values))


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("questions", type=Path)
    options.add_argument("vocabulary", type=Path)
    options.add_argument("--today", type=date.fromisoformat, default=date(2026, 11, 23))
    options.add_argument("--show", default="wrong")
    arguments = options.parse_args()
    vocabulary = vocabulary_of(json.loads(arguments.vocabulary.read_text()))
    me = AskerFacts("asker@company.example", "Asker")
    outcome: Counter[str] = Counter()
    by_category: dict[str, Counter[str]] = defaultdict(Counter)
    slots, times, answerable = Counter[str](), [], Counter[str]()
    for text in arguments.questions.read_text().splitlines():
        line = json.loads(text)
        begin = time.perf_counter()
        parsed = parse_after(
            line["text"], line["context"], vocabulary=vocabulary, org=OrgSettings(), today=arguments.today, asker=me
        )
        times.append(time.perf_counter() - begin)
        verdict, why = judge(line, parsed, me.email)
        outcome[verdict] += 1
        by_category[line["category"]][verdict] += 1
        if expected_action(line["meaning"]) == "answer":
            answerable[verdict] += 1
        if line["meaning"]["action"] == "ask":
            slots["named" if verdict == "right" and not why else "not named"] += 1
        if verdict in arguments.show.split(",") or (why and "slot" in arguments.show and verdict == "right"):
            after = f" after {line['context']!r}" if line["context"] else ""
            print(f"{verdict:5} {line['id']} {line['text'][:90]!r}{after}: {why}")
    _report(outcome, by_category, answerable, slots, times)


def _report(
    outcome: Counter[str],
    by_category: dict[str, Counter[str]],
    answerable: Counter[str],
    slots: Counter[str],
    times: list[float],
) -> None:
    judged = sum(outcome.values()) - outcome["skip"]
    print("\n".join(f"{name:16} {dict(counts)}" for name, counts in sorted(by_category.items())))
    counts = {"right": "right", "ask": "needless question", "wrong": "wrong", "skip": "rights only"}
    print(", ".join(f"{label} {outcome[name]}" for name, label in counts.items()))
    print(f"coverage {answerable['right'] / max(1, sum(answerable.values())):.1%} of {sum(answerable.values())} answerable")
    for penalty in (0, 5, 10):
        print(f"RS({penalty}) = {100 * (outcome['right'] - penalty * outcome['wrong']) / judged:.1f}")
    times.sort()
    p50, p99 = times[len(times) // 2], times[int(len(times) * 0.99)]
    print(f"slot named {dict(slots)}; parse p50 {p50 * 1000:.1f} ms, p99 {p99 * 1000:.1f} ms")


if __name__ == "__main__":
    main()
