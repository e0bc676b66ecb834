from decimal import Decimal

import pytest
from sqlmodel import select

from storage.models import Budget, Person
from storage.unit_of_work import Store


def test_a_failed_unit_of_work_leaves_nothing(store: Store) -> None:
    with pytest.raises(RuntimeError), store.write() as uow:
        uow.session.add(Person(employee_id="1"))
        uow.session.flush()
        raise RuntimeError
    with store.read() as uow:
        assert uow.session.exec(select(Person)).all() == []


def test_money_keeps_every_digit(store: Store) -> None:
    amount = Decimal("1234567890.123456789")
    with store.write() as uow:
        uow.session.add(Budget(period="2026", scope_type="company", scope="", amount=amount, currency="USD"))
    with store.read() as uow:
        assert uow.session.exec(select(Budget.amount)).one() == amount
