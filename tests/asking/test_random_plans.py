"""Random plans of every metric give the numbers that a second computation over the files' rows gives, on both databases.

`python -m tests.bench.prove_numbers` does the same with as many plans as you like.
"""

from pathlib import Path

import pytest

from storage.unit_of_work import Store
from tests.asking.oracle_plans import DIMENSIONS
from tests.asking.oracle_random import Bench, cases

pytestmark = pytest.mark.timeout(300)  # each imports a company, on a busy machine too
PLANS, SEED = 100, 5


def test_random_plans_of_all_metrics(store: Store, tmp_path: Path) -> None:
    bench = Bench.load(store, tmp_path / "company")
    with store.read() as uow:
        for case in cases(SEED, PLANS):
            assert bench.check(uow.session, case) == [], case


def test_the_plans_ask_for_everything() -> None:
    asked = [case.query for case in cases(SEED, PLANS)]
    assert {query.metrics[0] for query in asked} == {*DIMENSIONS}
    assert {part.op for query in asked for part in query.filters} == {"in", "ne", "is_null", "contains"}
    assert {len(query.group_by) for query in asked} == {0, 1, 2}
    assert {query.grain for query in asked} >= {"week", "month", "quarter", "year"}
    for name in ("compare", "having", "share_of", "limit", "order", "aggregate", "transform"):
        assert any(getattr(query, name) for query in asked), name
