"""Whether conditions can hold at all, and whether one holds whenever another does. Pure, and careful: in doubt no."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from storage.types import Money
from workflows.policy.fields import FIELDS
from workflows.policy.model import AllOf, AnyOf, Compare, Condition, Not

_MIRROR = {"lt": "gte", "lte": "gt", "gt": "lte", "gte": "lt", "eq": "ne", "ne": "eq", "in": "not_in", "not_in": "in",
           "min": "lt", "max": "gt"}  # fmt: skip


def joined(conditions: Sequence[Condition]) -> Condition:
    return AllOf(tuple(conditions))


def atoms(condition: Condition) -> list[Compare] | None:
    """The comparisons that must all hold; None when the condition is not such a plain conjunction."""
    if isinstance(condition, Compare):
        return [condition]
    if isinstance(condition, Not):
        return _negated(condition.part)
    if isinstance(condition, AnyOf) and len(condition.parts) > 1:
        return None
    found: list[Compare] = []
    for part in condition.parts:
        inner = atoms(part)
        if inner is None:
            return None
        found += inner
    return found


def _negated(part: Condition) -> list[Compare] | None:
    if isinstance(part, Not):
        return atoms(part.part)
    if isinstance(part, Compare):
        if part.operator == "is_known":
            return [Compare(part.field, "is_known", not part.value)]
        if part.operator in _MIRROR and not (part.operator in ("eq", "ne") and FIELDS[part.field].type == "classes"):
            return [Compare(part.field, _MIRROR[part.operator], part.value)]
    if isinstance(part, AnyOf):
        inner = [_negated(one) for one in part.parts]
        return None if any(one is None for one in inner) else [atom for one in inner for atom in one or []]
    return None


@dataclass
class _Range:
    """What comparisons of one field leave: bounds (value, inclusive) and values it must or must not be."""

    low: tuple[Any, bool] | None = None
    high: tuple[Any, bool] | None = None
    allowed: set[Any] | None = None
    barred: set[Any] = field(default_factory=set)
    known: set[bool] = field(default_factory=set)

    def narrow(self, operator: str, value: Any) -> None:
        if operator == "is_known":
            self.known.add(bool(value))
            return
        self.known.add(True)
        if operator in ("gt", "gte") and (self.low is None or (value, operator == "gt") > (self.low[0], not self.low[1])):
            self.low = (value, operator == "gte")
        elif operator in ("lt", "lte") and (self.high is None or (value, operator == "lte") < self.high):
            self.high = (value, operator == "lte")
        elif operator in ("eq", "in"):
            values = set(value) if operator == "in" else {value}
            self.allowed = values if self.allowed is None else self.allowed & values
        elif operator in ("ne", "not_in"):
            self.barred |= set(value) if operator == "not_in" else {value}

    def fits(self, value: Any) -> bool:
        above = self.low is None or value > self.low[0] or (value == self.low[0] and self.low[1])
        below = self.high is None or value < self.high[0] or (value == self.high[0] and self.high[1])
        return above and below and value not in self.barred

    def is_empty(self) -> bool:
        if self.known == {True, False}:
            return True
        if self.allowed is not None:
            return not any(self.fits(value) for value in self.allowed)
        if self.low is None or self.high is None:
            return False
        return self.low[0] > self.high[0] or (self.low[0] == self.high[0] and not (self.low[1] and self.high[1]))


def _ranges(comparisons: Sequence[Compare], data_classes: tuple[str, ...]) -> dict[tuple[str, str], _Range]:
    """By field, and for money by currency; comparisons that cannot be ordered are left out."""
    ranges: dict[tuple[str, str], _Range] = defaultdict(_Range)
    for one in comparisons:
        key, operator, value = _ordered(one, data_classes)
        if operator:
            ranges[key].narrow(operator, value)
    return ranges


def _ordered(one: Compare, data_classes: tuple[str, ...]) -> tuple[tuple[str, str], str, Any]:
    """(key, operator, comparable value); operator "" when it says nothing about an order or a set of values."""
    kind = FIELDS[one.field].type
    if one.operator == "is_known":
        return (one.field, ""), "is_known", one.value
    if isinstance(one.value, Money):
        return (one.field, one.value.currency), one.operator, one.value.nanos
    if kind == "classes":
        operator = {"min": "gte", "max": "lte"}.get(one.operator, one.operator)
        if operator not in ("lt", "lte", "gt", "gte"):
            return (one.field, ""), "", None
        return (one.field, ""), operator, data_classes.index(str(one.value))
    if one.operator in ("contains", "contains_any"):
        return (one.field, ""), "", None
    return (one.field, ""), one.operator, one.value


def contradiction(condition: Condition, data_classes: tuple[str, ...]) -> str:
    """Why it can never be true, or "" (also when that is not easily seen)."""
    comparisons = atoms(condition)
    if comparisons is None:
        parts = condition.parts if isinstance(condition, AllOf) else ()
        plain = [part for part in parts if atoms(part) is not None]
        return contradiction(AllOf(tuple(plain)), data_classes) if plain else ""
    for (name, _), found in _ranges(comparisons, data_classes).items():
        values = FIELDS[name].values
        if values and found.allowed is None and found.barred >= set(values):
            return f"no value of {name} is left"
        if found.known == {False} and FIELDS[name].always_known:
            return f"{name} is always known"
        if found.is_empty():
            return f"its conditions on {name} exclude each other"
    return ""


def implies(strong: Condition, weak: Condition, data_classes: tuple[str, ...]) -> bool:
    """Whether `weak` is true whenever `strong` is. False when that is not easily seen."""
    if isinstance(weak, AnyOf):
        return any(implies(strong, part, data_classes) for part in weak.parts)
    if isinstance(weak, AllOf):
        return all(implies(strong, part, data_classes) for part in weak.parts)
    have, need = atoms(strong), atoms(weak)
    if have is None and isinstance(strong, AllOf):
        have = [atom for part in strong.parts for atom in atoms(part) or []]
    if not have or not need:
        return False
    return all(one in have or _refuted(have, one, data_classes) for one in need)


def _refuted(have: list[Compare], one: Compare, data_classes: tuple[str, ...]) -> bool:
    """`have` and the opposite of `one` exclude each other."""
    opposite = _negated(one)
    if not opposite or one.operator == "is_known":
        return False
    key, operator, _ = _ordered(opposite[0], data_classes)
    about = [atom for atom in have if _ordered(atom, data_classes)[0] == key and _ordered(atom, data_classes)[1]]
    if not operator or not about:
        return False
    return _ranges([*about, opposite[0]], data_classes)[key].is_empty()
