"""`bursar ask --verify FILE`: a company's own questions with the answers that finance has checked, as a regression suite."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.commands.common import Refused, print_json
from bot.commands.verified_file import BadFile, Case, Expected, Verified, amount, read_verified, write_expectations
from storage.spend_query import SpendQuery
from storage.unit_of_work import Store, UnitOfWork
from workflows.asking.answer_object import Answer
from workflows.ports import fixed_clock

_AMOUNTS = ("value", "previous")


@dataclass(frozen=True)
class Difference:
    what: str
    expected: Any
    came: Any

    def __str__(self) -> str:
        return f"{self.what}: expected {_shown(self.expected)}, came {_shown(self.came)}"


@dataclass
class Outcome:
    """Of a file: what differed by question, and what was recorded for those that expected nothing."""

    cases: list[Case]
    failures: list[tuple[Case, list[Difference]]] = field(default_factory=list)
    unchecked: list[Case] = field(default_factory=list)
    recorded: dict[int, dict[str, Any]] = field(default_factory=dict)

    @property
    def passed(self) -> int:
        return len(self.cases) - len(self.failures) - len(self.unchecked)


def verify(store: Store, file: str, record: bool, as_json: bool) -> int:
    """0 when every answer is as expected, 1 when one is not, 2 for a file that cannot be understood."""
    path = Path(file)
    try:
        outcome = Outcome(read_verified(path))
    except BadFile as error:
        print(error, file=sys.stderr)
        return 2
    for case in outcome.cases:
        _check(store, case, record, outcome)
    if outcome.recorded:
        try:
            write_expectations(path, outcome.recorded)
        except OSError as error:
            raise Refused(f"the answers cannot be written into {path}: {error}") from error
    print_json(_as_json(path, outcome)) if as_json else _print(path, outcome)
    return 1 if outcome.failures else 0


def _check(store: Store, case: Case, record: bool, outcome: Outcome) -> None:
    question = case.question
    at = Store(store.engine, fixed_clock(question.now), lambda: "") if question.now else store
    with at.read() as uow:
        now = uow.now
        try:
            printed = _answer(uow, question).printed()
        except Refused as error:
            outcome.failures.append((case, [Difference("answer", "one", str(error))]))
            return
    if question.expect is not None:
        if found := list(differences(question.expect, printed)):
            outcome.failures.append((case, found))
        return
    outcome.unchecked.append(case)
    if record:  # with its day: "last month" means the same month when it is asked again
        outcome.recorded[case.place] = {"now": now.isoformat(), "expect": expectation(printed)}


def _answer(uow: UnitOfWork, question: Verified) -> Answer:
    from bot.commands.ask import ask_one

    return ask_one(uow, question.text, question.asker, question.channel, question.members, question.context)


def expectation(printed: Mapping[str, Any]) -> dict[str, Any]:
    """The present answer as what to expect: everything that says something."""
    kept = {name: printed.get(name) for name in ("status", "slot", "plan", "unit", "value", "previous", "rows")}
    return {name: value for name, value in kept.items() if value or (name == "value" and printed["plan"])}


# -- Comparing ---------------------------------------------------------------------------------------------------------


def differences(expected: Expected, printed: Mapping[str, Any]) -> Iterator[Difference]:
    """What of the given parts is not so. Amounts are compared as decimals, 100 is 100.00; the order of rows counts."""
    for name in ("status", "slot", "unit"):
        if name in expected.model_fields_set and getattr(expected, name) != printed.get(name):
            yield Difference(name, getattr(expected, name), printed.get(name))
    for name in _AMOUNTS:
        if name in expected.model_fields_set and not _same_amount(getattr(expected, name), printed.get(name)):
            yield Difference(name, getattr(expected, name), printed.get(name))
    if expected.plan is not None:
        yield from _plan(expected.plan, printed.get("plan"))
    if expected.rows is not None:
        yield from _rows(expected.rows, printed.get("rows") or [])
    wanted = expected.text_contains or []
    for words in [wanted] if isinstance(wanted, str) else wanted:
        if words.casefold() not in str(printed["text"]).casefold():
            yield Difference("text", f"with {words!r}", printed["text"])


def _same_amount(expected: Any, came: Any) -> bool:
    if expected is None or came is None:
        return expected is None and came is None
    return amount(expected) == amount(came)


def _plan(expected: Mapping[str, Any], came: Mapping[str, Any] | None) -> Iterator[Difference]:
    if came is None:
        yield Difference("plan", expected, None)
        return
    for name, wanted in expected.items():
        default = SpendQuery.model_fields[name].default  # parts that say nothing are not printed
        found = came.get(name, list(default) if isinstance(default, tuple) else default)
        if not _part_of(_unordered(name, wanted), _unordered(name, found)):
            yield Difference(f"plan.{name}", wanted, found)


def _unordered(name: str, value: Any) -> Any:
    """Filters mean the same in any order, and so do their values."""
    if name not in ("filters", "share_base") or not isinstance(value, list):
        return value
    parts = [
        {**part, "values": sorted(map(str, part.get("values", [])))} if isinstance(part, dict) else part for part in value
    ]
    return sorted(
        parts, key=lambda part: (str(part.get("dimension")), part["values"]) if isinstance(part, dict) else ("", [])
    )


def _part_of(expected: Any, came: Any) -> bool:
    """Objects may be partial, lists are whole."""
    if isinstance(expected, Mapping):
        return isinstance(came, Mapping) and all(
            name in came and (_same_number(value, came[name]) if name in _AMOUNTS else _part_of(value, came[name]))
            for name, value in expected.items()
        )
    if isinstance(expected, list):
        return isinstance(came, list) and len(expected) == len(came) and all(map(_part_of, expected, came))
    return bool(expected == came)


def _same_number(expected: Any, came: Any) -> bool:
    try:
        return _same_amount(expected, came)
    except ValueError:
        return bool(expected == came)


def _rows(expected: Sequence[Mapping[str, Any]], came: Sequence[Mapping[str, Any]]) -> Iterator[Difference]:
    if len(expected) != len(came):
        yield Difference("rows", f"{len(expected)} rows", f"{len(came)} rows")
        return
    for number, (wanted, found) in enumerate(zip(expected, came, strict=True)):
        for key, value in wanted.items():
            if key == "values" and isinstance(value, Mapping):
                alike = all(name in found.get(key, {}) and _same_number(v, found[key][name]) for name, v in value.items())
            else:
                alike = key in found and (_same_amount(value, found[key]) if key in _AMOUNTS else value == found[key])
            if not alike:
                yield Difference(f"rows[{number}].{key}", value, found.get(key))


# -- Telling -----------------------------------------------------------------------------------------------------------


def _shown(value: Any) -> str:
    return "nothing" if value is None else str(value)


def _print(path: Path, outcome: Outcome) -> None:
    for case, found in outcome.failures:
        name = "" if case.question.id is None else f" {case.question.id}"
        print(f"{path}:{case.line}{name}: {'; '.join(map(str, found))} (“{case.question.text}”)")
    print(_summary(outcome))


def _summary(outcome: Outcome) -> str:
    parts = [f"{outcome.passed} as expected", f"{len(outcome.failures)} not"]
    if outcome.recorded:
        parts.append(f"{len(outcome.recorded)} recorded")
    elif outcome.unchecked:
        parts.append(f"{len(outcome.unchecked)} without an expectation (--record writes today's answers)")
    return f"{len(outcome.cases)} question{'s' * (len(outcome.cases) > 1)}: {', '.join(parts)}"


def _as_json(path: Path, outcome: Outcome) -> dict[str, Any]:
    failures = [
        {"line": case.line, "id": case.question.id, "text": case.question.text,
         "differences": [vars(difference) for difference in found]}
        for case, found in outcome.failures
    ]  # fmt: skip
    return {
        "file": str(path), "questions": len(outcome.cases), "passed": outcome.passed, "failed": len(failures),
        "without_expectation": len(outcome.unchecked), "recorded": len(outcome.recorded), "failures": failures,
    }  # fmt: skip
