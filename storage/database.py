"""One database URL, SQLite (WAL, one file) or PostgreSQL, made into an engine with the settings each needs."""

from pathlib import Path
from typing import Any

from platformdirs import user_data_path
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.pool import StaticPool

PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "cache_size=-65536",
    "mmap_size=1073741824",
)


def default_url() -> str:
    """SQLite in the user's data folder, which is made when missing."""
    return f"sqlite:///{user_data_path('bursar', ensure_exists=True) / 'bursar.db'}"


def normalise_url(url: str) -> URL:
    """`postgresql://` becomes psycopg 3's dialect. Raises ValueError for any other database."""
    parsed = make_url(url)
    backend = parsed.get_backend_name()
    if backend == "postgresql":
        return parsed.set(drivername="postgresql+psycopg")
    if backend == "sqlite":
        return parsed.set(drivername="sqlite")
    raise ValueError(f"{backend} is not supported; use a sqlite:/// or postgresql:// URL")


def open_engine(url: str) -> Engine:
    """An engine whose SQLite connections are WAL, durable on power loss (synchronous FULL) and wait up to 10 s for a lock.

    SQLite transactions begin only where `UnitOfWork` begins them (driver autocommit), so that writers begin IMMEDIATE.
    """
    parsed = normalise_url(url)
    if parsed.get_backend_name() == "postgresql":
        return create_engine(parsed, pool_size=10, max_overflow=10, pool_pre_ping=True)
    options: dict[str, Any] = {"connect_args": {"check_same_thread": False, "timeout": 10}}
    if parsed.database in (None, "", ":memory:"):
        options["poolclass"] = StaticPool
    else:
        Path(str(parsed.database)).parent.mkdir(parents=True, exist_ok=True)
        options |= {"pool_size": 20, "max_overflow": 20}
    engine = create_engine(parsed, **options)

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in PRAGMAS:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        immediate = connection.get_execution_options().get("bursar_write", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    return engine
