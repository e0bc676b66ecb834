"""`bursar export audit`: the trail as JSON lines, verifiable offline. FOCUS and journal files come with chargeback."""

import argparse
import sys
from pathlib import Path
from typing import TextIO

from sqlmodel import col, select

from bot.commands.common import Refused, add_common, open_store
from storage.models import AuditRow
from storage.unit_of_work import Store
from workflows.audit.trail import canonical


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", choices=["audit", "focus", "journal"])
    parser.add_argument("--to", metavar="FILE", type=Path, help="default: standard output")
    add_common(parser)


def run(options: argparse.Namespace) -> int:
    if options.what != "audit":
        raise Refused(f"export {options.what} is not in this release; `bursar ask … --json` gives the numbers meanwhile")
    store = open_store(options)
    if options.to is None:
        export_audit(store, sys.stdout)
        return 0
    with options.to.open("w", encoding="utf-8") as file:
        count = export_audit(store, file)
    print(f"{count} rows written to {options.to}")
    return 0


def export_audit(store: Store, file: TextIO) -> int:
    """One canonical JSON object a row, in order, with its hashes; how many."""
    count = 0
    with store.read() as uow:
        table = AuditRow.__table__  # type: ignore[attr-defined]
        stream = uow.session.connection().execution_options(stream_results=True, yield_per=5000)
        with stream.execute(select(*table.columns).order_by(col(AuditRow.seq))) as rows:
            for row in rows.mappings():
                file.write(canonical(dict(row)) + "\n")
                count += 1
    return count
