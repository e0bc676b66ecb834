"""Alembic's environment: the engine is handed over by `storage.schema.upgrade`."""

from alembic import context
from sqlmodel import SQLModel

import storage.models  # noqa: F401

engine = context.config.attributes["engine"]

with engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        render_as_batch=True,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()
