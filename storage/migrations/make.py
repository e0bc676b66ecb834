"""Writes the next migration from the difference between the models and the newest revision:
`python -m storage.migrations.make "words of the change"`. Read what it wrote before committing it."""

import sys
import tempfile
from pathlib import Path

from alembic import command

from storage.database import open_engine
from storage.schema import VERSIONS, alembic_config, ensure_schema, head_revision


def make(message: str) -> None:
    """One numbered file in `versions/`."""
    number = f"{int(head_revision() or 0) + 1:04d}"
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite:///{folder}/empty.db")
        if head_revision() is not None:
            ensure_schema(engine)
        command.revision(alembic_config(engine), message=message, autogenerate=True, rev_id=number)
        engine.dispose()
    print(next(iter(sorted(Path(VERSIONS).glob(f"{number}_*.py")))))


if __name__ == "__main__":
    make(" ".join(sys.argv[1:]) or "change")
