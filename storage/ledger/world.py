"""Today's reference data, loaded once for a derivation, and the ids of owner units."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlmodel import Session, select

from storage.ledger.conversion import RateTable
from storage.ledger.meanings import MeaningFinder
from storage.ledger.people import People, Unit
from storage.ledger.splits import Reading, Splits, Weights
from storage.ledger.tools import ToolFinder
from storage.models import OwnerUnit
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
    """Everything a derivation depends on beside the stored rows. Holds no session: a long read would keep SQLite's log
    from being reset."""

    org: OrgSettings
    people: People
    tools: ToolFinder
    rates: RateTable
    splits: Splits
    finder: MeaningFinder

    @classmethod
    def load(cls, reading: Reading) -> "World":
        with reading() as session:
            org = load_org(session)
            people = People(session)
            tools = ToolFinder(session)
            rates = RateTable(Rates.load(session), org.base_currency)
        return cls(org, people, tools, rates, Splits(reading, people), MeaningFinder(org, people, tools))

    def weights(self, tool_id: int, day: int) -> Weights:
        split = self.tools.split_of(tool_id)
        return self.splits.weights(tool_id, split, day) if split else []


def reading_of(store: Store) -> Reading:
    """Short reads of their own."""

    @contextmanager
    def reading() -> Iterator[Session]:
        with store.read() as uow:
            yield uow.session

    return reading
