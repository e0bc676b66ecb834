"""Today's reference data, loaded once for a derivation, and the meanings it gives to the charge keys."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlmodel import Session, col, select

from storage.ledger.conversion import RateTable
from storage.ledger.meanings import Meaning, MeaningFinder
from storage.ledger.people import People, Unit
from storage.ledger.splits import Splits, Weights
from storage.ledger.tools import ToolFinder
from storage.models import ChargeKey, KeyMeaning, OwnerUnit
from storage.org import OrgSettings, load_org
from storage.rates import Rates
from storage.unit_of_work import Store


class Units:
    """Ids of owner units; asking for an unknown one adds it, in a transaction of its own."""

    def __init__(self, store: Store) -> None:
        self._store = store
        with store.read() as uow:
            self._ids = {_unit(row): row.id or 0 for row in uow.session.exec(select(OwnerUnit))}

    def id_of(self, unit: Unit) -> int:
        if unit not in self._ids:
            self._ids[unit] = self._add(unit)
        return self._ids[unit]

    def _add(self, unit: Unit) -> int:
        with self._store.write() as uow:
            same = select(OwnerUnit).where(
                OwnerUnit.department == unit.department, OwnerUnit.cost_center == unit.cost_center,
                OwnerUnit.division == unit.division,
            )  # fmt: skip
            row = uow.session.exec(same).first()
            if row is None:
                row = OwnerUnit(department=unit.department, cost_center=unit.cost_center, division=unit.division)
                uow.session.add(row)
                uow.session.flush()
            return row.id or 0


def _unit(row: OwnerUnit) -> Unit:
    return Unit(row.department, row.cost_center, row.division)


@dataclass(frozen=True)
class World:
    """Everything a derivation depends on beside the stored rows."""

    org: OrgSettings
    people: People
    tools: ToolFinder
    rates: RateTable
    splits: Splits
    finder: MeaningFinder

    @classmethod
    def load(cls, session: Session) -> "World":
        org = load_org(session)
        people = People(session)
        tools = ToolFinder(session)
        rates = RateTable(Rates.load(session), org.base_currency)
        return cls(org, people, tools, rates, Splits(session, people), MeaningFinder(org, people, tools))

    def weights(self, tool_id: int, day: int) -> Weights:
        split = self.tools.split_of(tool_id)
        return self.splits.weights(tool_id, split, day) if split else []


def meanings_of(world: World, keys: list[ChargeKey]) -> dict[int, list[Meaning]]:
    """By key id. `world.tools.missing` holds the services whose tool must be discovered before they mean anything."""
    return {key.id or 0: world.finder.of_key(key) for key in keys}


Row = tuple[int, int, int, int, int, int | None, str, str, bool]


def row_of(key_id: int, meaning: Meaning, unit_id: Callable[[Unit], int]) -> Row:
    return (
        key_id, meaning.from_day, meaning.to_day, meaning.tool_id, unit_id(meaning.unit), meaning.person_id,
        meaning.project, meaning.basis, meaning.disagrees,
    )  # fmt: skip


ROW_COLUMNS = ("key_id", "from_day", "to_day", "tool_id", "unit_id", "person_id", "project", "basis", "disagrees")


def stored_rows(session: Session) -> dict[int, list[Row]]:
    """The meanings in force, by key id, in order of days."""
    columns = [getattr(KeyMeaning, name) for name in ROW_COLUMNS]
    found: dict[int, list[Row]] = {}
    for row in session.exec(select(*columns).order_by(col(KeyMeaning.key_id), col(KeyMeaning.from_day))):
        found.setdefault(row[0], []).append(tuple(row))
    return found
