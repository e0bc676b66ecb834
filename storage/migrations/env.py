"""Alembic's environment: the engine is handed over by `storage.schema.upgrade`."""

from typing import Literal

from alembic import context
from sqlalchemy import JSON
from sqlmodel import SQLModel

import storage.models  # noqa: F401
from storage.types import Amount

engine = context.config.attributes["engine"]


def render_item(kind: str, item: object, autogen_context: object) -> str | Literal[False]:
    """Money columns are written as what the database holds, so that a migration depends on none of our code; JSON
    columns as the models have them."""
    if kind == "type" and isinstance(item, Amount):
        return "sa.BigInteger()"
    if kind == "type" and isinstance(item, JSON):
        return 'sa.JSON().with_variant(postgresql.JSONB(), "postgresql")'
    return False


with engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        render_as_batch=True,
        render_item=render_item,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()
