"""Brings a database to the newest schema; loads Alembic only when there is something to do."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Engine, inspect, text

if TYPE_CHECKING:
    from alembic.config import Config

UPGRADE_LOCK = 0x62757273  # "burs"
VERSIONS = Path(__file__).parent / "migrations" / "versions"


def head_revision() -> str | None:
    """The newest revision: files are named `0001_words.py`, and the number is the revision's id."""
    names = sorted(path.name for path in VERSIONS.glob("[0-9]*.py"))
    return names[-1].split("_")[0] if names else None


def current_revision(engine: Engine) -> str | None:
    """The revision the database is at, None for an empty one."""
    if not inspect(engine).has_table("alembic_version"):
        return None
    with engine.connect() as connection:
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def ensure_schema(engine: Engine) -> None:
    """Upgrade to the newest revision. Raises RuntimeError when the database is from a newer Bursar."""
    head, current = head_revision(), current_revision(engine)
    if current is not None and head is not None and current > head:
        raise RuntimeError(f"The database is at revision {current}, this Bursar knows up to {head}: upgrade Bursar.")
    if head is None:
        from sqlmodel import SQLModel

        import storage.models  # noqa: F401

        SQLModel.metadata.create_all(engine)
        return
    if current != head:
        with _alone(engine):
            upgrade(engine, "head")


@contextmanager
def _alone(engine: Engine) -> Iterator[None]:
    """Replicas that start together upgrade one after the other (PostgreSQL; SQLite serves one process)."""
    if engine.dialect.name != "postgresql":
        yield
        return
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": UPGRADE_LOCK})
        try:
            yield
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": UPGRADE_LOCK})


def alembic_config(engine: Engine) -> "Config":
    """Alembic's settings for `engine`; files are named by number and words."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(VERSIONS.parent))
    config.set_main_option("path_separator", "os")
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes["engine"] = engine
    return config


def upgrade(engine: Engine, revision: str) -> None:
    """Run Alembic's upgrades up to `revision`."""
    from alembic import command

    command.upgrade(alembic_config(engine), revision)
