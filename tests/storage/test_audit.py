"""The audit trail finds what was done to it."""

from pathlib import Path

import pytest
from sqlalchemy import text

from storage.models import AuditRow
from storage.unit_of_work import Store
from workflows.audit.checkpoint import (
    Checkpoint,
    public_key_of,
    read_checkpoints,
    signing_key,
    take_checkpoint,
    write_checkpoint,
)
from workflows.audit.trail import append, row_hash
from workflows.audit.verify import Verification, verify


def fill(store: Store, count: int = 5) -> None:
    for number in range(count):
        with store.write() as uow:
            append(uow, "request.created", subject=f"request:{number}", actor=None, payload={"n": number, "å": ["b", None]})


def checked(store: Store, checkpoints: list[Checkpoint], key: str | None = None) -> Verification:
    with store.read() as uow:
        return verify(uow.session, checkpoints, key)


def sql(store: Store, statement: str) -> None:
    with store.write() as uow:
        uow.session.execute(text(statement))


def test_an_untouched_trail_is_intact(store: Store) -> None:
    fill(store)
    result = checked(store, [])
    assert result.intact
    assert result.rows == 5


@pytest.mark.parametrize(
    ("tampering", "found"),
    [
        ("UPDATE auditrow SET subject = 'request:9' WHERE seq = 3", "row 3"),
        ("UPDATE auditrow SET at = '2020-01-01 00:00:00' WHERE seq = 2", "row 2"),
        ("DELETE FROM auditrow WHERE seq = 3", "row 3 is missing"),
        ("DELETE FROM auditrow WHERE seq = 1", "row 1 is missing"),
        ("UPDATE auditrow SET prev_hash = 'x' WHERE seq = 4", "row 4"),
        ("DELETE FROM auditrow WHERE seq = 5", "tail was cut"),
        ("UPDATE auditrow SET seq = 99 WHERE seq = 5", "row 5 is missing"),
    ],
)
def test_tampering_is_found(store: Store, tampering: str, found: str) -> None:
    fill(store)
    sql(store, tampering)
    result = checked(store, [])
    assert not result.intact
    assert found in result.problems[0]


def test_a_cut_tail_with_a_mended_head_needs_a_checkpoint(store: Store, tmp_path: Path) -> None:
    fill(store)
    key = signing_key(tmp_path / "key.pem")
    with store.write() as uow:
        checkpoint = take_checkpoint(uow, key)
    assert checkpoint is not None
    write_checkpoint(checkpoint, tmp_path / "out")
    sql(store, "DELETE FROM auditrow WHERE seq = 5")
    sql(store, "UPDATE audithead SET seq = 4, hash = (SELECT hash FROM auditrow WHERE seq = 4)")
    assert checked(store, []).intact
    result = checked(store, read_checkpoints([tmp_path / "out"]), public_key_of(key))
    assert "saw row 5, the trail ends at row 4" in result.problems[0]


def test_a_rewritten_history_and_a_forged_checkpoint_are_found(store: Store, tmp_path: Path) -> None:
    fill(store, 3)
    key = signing_key(tmp_path / "key.pem")
    with store.write() as uow:
        checkpoint = take_checkpoint(uow, key)
    assert checkpoint is not None
    assert checked(store, [checkpoint], public_key_of(key)).compared == 1
    other = public_key_of(signing_key(tmp_path / "other.pem"))
    assert not checked(store, [checkpoint], other).intact
    forged = Checkpoint(**(checkpoint.__dict__ | {"head_hash": "0" * 64}))
    assert not checked(store, [forged], public_key_of(key)).intact


def test_a_row_rewritten_with_its_own_new_hash_breaks_the_next(store: Store) -> None:
    fill(store)
    with store.write() as uow:
        third, fourth = (uow.session.get(AuditRow, seq) for seq in (3, 4))
        assert third is not None and fourth is not None
        third.subject = "request:9"
        third.hash = row_hash(third)
        fourth.prev_hash = third.hash
        uow.session.add_all([third, fourth])
    assert "row 4" in checked(store, []).problems[0]
