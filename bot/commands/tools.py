"""`bursar tools`: the one inventory, with where each tool was seen."""

import argparse
from dataclasses import asdict
from datetime import date
from typing import Any

from bot.commands.common import Refused, add_common, open_store, print_json, print_table
from storage.types import ToolStatus
from workflows.inventory import InventoryRow, Sighting, inventory

COLUMNS = ("tool", "slug", "vendor", "status", "how", "seen in", "last seen", "owner", "seats", "idle", "contract until")


def configure(parser: argparse.ArgumentParser) -> None:
    add_common(parser)
    parser.add_argument("--state", choices=[str(status) for status in ToolStatus], help="only tools of this status")


def run(options: argparse.Namespace) -> int:
    store = open_store(options)
    with store.read() as uow:
        rows = inventory(uow, options.state)
    if options.json:
        print_json([as_json(row) for row in rows])
    elif rows:
        print_table(COLUMNS, map(cells, rows))
    elif options.state:
        print(f"No tool is {options.state}.")
    else:
        raise Refused("no tool is known yet; import catalog.yaml or any other file first")
    return 0


def as_json(row: InventoryRow) -> dict[str, Any]:
    return {**asdict(row), "last_seen": row.last_seen}


def cells(row: InventoryRow) -> tuple[object, ...]:
    ends = [terms.end_date for terms in row.contracts if terms.end_date]
    seats = f"{row.seats_assigned}" if row.seats_assigned is not None else ""
    if row.seats_purchased is not None:
        seats = f"{seats or '?'} of {row.seats_purchased}"
    return (
        row.name, row.slug, row.vendor, row.status, ", ".join(row.kinds), ", ".join(map(seen, row.sightings)),
        row.last_seen, row.owner_email, seats, row.seats_idle, max(ends) if ends else None,
    )  # fmt: skip


def seen(sighting: Sighting) -> str:
    first, last = sighting.first_seen, sighting.last_seen
    return f"{sighting.source} {span(first, last)}".strip()


def span(first: date | None, last: date | None) -> str:
    if first is None or first == last:
        return str(last or "")
    return f"{first}…{last or ''}"
