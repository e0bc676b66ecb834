"""A small company for tests of requests: Eve works for Mia, who works for Cleo; roles, owners, one priced tool."""

from datetime import date
from decimal import Decimal
from itertools import count

from sqlmodel import col, select

from storage.models import AuditRow, Contract, OutboxItem, Person, Request
from storage.types import Money
from storage.unit_of_work import Store, UnitOfWork
from tests.builders import add_config, add_person, add_tool
from workflows.requests.create import create
from workflows.requests.draft import Draft

ORG = """\
name: Acme
base_currency: USD
timezone: UTC
roles:
  finance: [fay@acme.example, fin@acme.example, fox@acme.example]
  admin: [ann@acme.example]
  security: [sid@acme.example]
  procurement: [pat@acme.example]
  legal: [lea@acme.example]
owners:
  department: {Marketing: cleo@acme.example}
  cost_center: {CC-10: cora@acme.example}
"""
_keys = count(1)


class World:
    """People by first name (`world.eve` is an id), the tool `cursor`, and short ways to act."""

    def __init__(self, store: Store, policy: str | None = None, org: str = ORG) -> None:
        self.store = store
        self.ids: dict[str, int] = {}
        self.people: dict[str, Person] = {}
        with store.write() as uow:
            cleo = self._person(uow, "cleo", department="Executive")
            mia = self._person(uow, "mia", department="Marketing", manager=cleo, cost_center="CC-10")
            for name in ("eve", "bob"):
                self._person(uow, name, department="Marketing", manager=mia, cost_center="CC-10")
            for name in ("cora", "fay", "fin", "fox", "ann", "sid", "pat", "lea", "tor", "zoe"):
                self._person(uow, name, department="Operations", manager=cleo)
            add_config(uow, "org", org)
            if policy:
                add_config(uow, "policy", policy)
            tool = add_tool(uow, "cursor", vendor="Anysphere", category="coding", owner="tor@acme.example")
            self.tool = tool.id or 0

    def _person(self, uow: UnitOfWork, name: str, **more: object) -> Person:
        person = add_person(uow, name, **more)  # type: ignore[arg-type]
        self.people[name] = person
        self.ids[name] = person.id or 0
        return person

    def __getattr__(self, name: str) -> int:
        try:
            return self.ids[name]
        except KeyError as error:
            raise AttributeError(name) from error

    def price(self, yearly: str, currency: str = "USD", seats: int | None = None) -> None:
        """A contract for Cursor at `yearly` a seat and year."""
        with self.store.write() as uow:
            uow.session.add(Contract(
                contract_id=f"C{next(_keys)}", tool_name="Cursor", tool_id=self.tool, billing_model="per_seat",
                unit_price=Decimal(yearly), billing_interval="year", currency=currency, seats_purchased=seats,
                start_date=date(2026, 1, 1), end_date=date(2026, 12, 31),
            ))  # fmt: skip

    def draft(self, who: str = "eve", **more: object) -> Draft:
        values: dict[str, object] = {"tool_id": self.tool, "data_classes": ("internal",), "reason": "to write code"} | more
        return Draft(requester_id=self.ids[who], **values)  # type: ignore[arg-type]

    def ask(self, who: str = "eve", key: str | None = None, **more: object) -> Request:
        with self.store.write() as uow:
            return create(uow, self.draft(who, **more), self.ids[who], key or f"key{next(_keys)}")

    def request(self, request_id: str) -> Request:
        with self.store.read() as uow:
            found = uow.session.get(Request, request_id)
            assert found is not None
            return found

    def notices(self, kind: str | None = None) -> list[OutboxItem]:
        with self.store.read() as uow:
            rows = uow.session.exec(select(OutboxItem).order_by(col(OutboxItem.id))).all()
            return [row for row in rows if kind is None or row.kind == kind]

    def events(self) -> list[str]:
        return [str(row.payload.get("event")) for row in self.notices("request_update")]

    def actions(self) -> list[str]:
        with self.store.read() as uow:
            return list(uow.session.exec(select(AuditRow.action).order_by(col(AuditRow.seq))).all())


def usd(amount: str) -> Money:
    return Money.of(amount, "USD")
