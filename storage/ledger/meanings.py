"""What charge keys mean: tool, owner, person and project per day range (spec/formats.md, How a cost row finds its owner)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Protocol

from storage.ledger.people import FIRST_DAY, LAST_DAY, NOBODY, People, Unit
from storage.ledger.tools import ToolFinder, ToolKey
from storage.org import OrgSettings, SubAccount


@dataclass(frozen=True)
class Meaning:
    """True on the days [from_day, to_day)."""

    from_day: int
    to_day: int
    tool_id: int
    unit: Unit
    person_id: int | None
    project: str
    basis: str  # user, department, cost_center, sub_account, split, none
    disagrees: bool = False


@dataclass(frozen=True)
class KeyTags:
    """The tags of a key that say whose it is, by the tag names of org.yaml; "" = not tagged."""

    user: str
    department: str
    cost_center: str
    project: str

    @classmethod
    def of(cls, tags: dict[str, Any], org: OrgSettings) -> "KeyTags":
        lowered = {str(key).casefold(): value for key, value in sorted(tags.items())}

        def value(name: str) -> str:
            found = tags.get(name, lowered.get(name.casefold()))
            return "" if found is None or isinstance(found, dict | list) else str(found).strip()

        names = org.tags
        return cls(value(names.user), value(names.department), value(names.cost_center), value(names.project))


class AttributedKey(ToolKey, Protocol):
    """The dimensions of a charge key that tell its tool and owner."""

    @property
    def sub_account_name(self) -> str: ...
    @property
    def tags(self) -> dict[str, Any]: ...


class MeaningFinder:
    """Derives meanings from today's org settings, people and catalogue."""

    def __init__(self, org: OrgSettings, people: People, tools: ToolFinder) -> None:
        self._org = org
        self._people = people
        self._tools = tools
        self._sub_accounts = {name.casefold(): entry for name, entry in org.sub_accounts.items()}

    def of_key(self, key: AttributedKey) -> list[Meaning]:
        """The key's meanings in order of days, without gaps; empty when its tool has to be discovered first."""
        tool_id = self._tools.of_key(key)
        if tool_id is None:
            return []
        tags = KeyTags.of(key.tags, self._org)
        sub_account = self._sub_account(key)
        return list(
            _joined(self._on(tool_id, tags, sub_account, start, end) for start, end in self._ranges(tags, sub_account))
        )

    def _sub_account(self, key: AttributedKey) -> SubAccount:
        for name in (key.sub_account, key.sub_account_name):
            if name and name.casefold() in self._sub_accounts:
                return self._sub_accounts[name.casefold()]
        return SubAccount()

    def _ranges(self, tags: KeyTags, sub_account: SubAccount) -> Iterator[tuple[int, int]]:
        days: set[int] = set(self._people.breaks_of_email(tags.user)) if tags.user else set()
        for department, cost_center in (
            (tags.department, tags.cost_center),
            (sub_account.department or "", sub_account.cost_center or ""),
        ):
            if department or cost_center:
                days.update(self._people.breaks_of_unit(Unit(department, cost_center)))
        bounds = [FIRST_DAY, *sorted(days), LAST_DAY]
        yield from pairwise(bounds)

    def _on(self, tool_id: int, tags: KeyTags, sub_account: SubAccount, start: int, end: int) -> Meaning:
        project = tags.project or sub_account.project or ""
        person_id = self._people.person_at(tags.user, start) if tags.user else None
        tagged = self._people.completed(Unit(tags.department, tags.cost_center), start)
        if person_id is not None:
            unit = self._people.unit_of_person(person_id, start)
            disagrees = bool(tags.department) and tagged.department != unit.department
            return Meaning(start, end, tool_id, unit, person_id, project, "user", disagrees)
        basis, unit = self._owner(tool_id, tags, tagged, sub_account, start)
        return Meaning(start, end, tool_id, unit, None, project, basis)

    def _owner(self, tool_id: int, tags: KeyTags, tagged: Unit, sub_account: SubAccount, day: int) -> tuple[str, Unit]:
        if tags.department or tags.cost_center:
            return "department" if tags.department else "cost_center", tagged
        if sub_account.department or sub_account.cost_center:
            mapped = Unit(sub_account.department or "", sub_account.cost_center or "")
            return "sub_account", self._people.completed(mapped, day)
        return ("split" if self._tools.split_of(tool_id) else "none"), NOBODY


def _joined(meanings: Iterable[Meaning]) -> Iterator[Meaning]:
    """Neighbours that mean the same become one."""
    last: Meaning | None = None
    for meaning in meanings:
        if last and _same(last, meaning):
            last = Meaning(**{**vars(last), "to_day": meaning.to_day})
            continue
        if last:
            yield last
        last = meaning
    if last:
        yield last


def _same(one: Meaning, other: Meaning) -> bool:
    return vars(one) | {"from_day": 0, "to_day": 0} == vars(other) | {"from_day": 0, "to_day": 0}
