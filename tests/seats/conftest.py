import pytest

from storage.unit_of_work import Store
from tests.conftest import TestClock
from tests.seats.company import Company, found_company


@pytest.fixture
def acme(store: Store, clock: TestClock) -> Company:
    return found_company(store, clock)
