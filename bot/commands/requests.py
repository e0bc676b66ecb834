"""`bursar requests [--state …]`: access requests and where they stand."""

import argparse
from typing import Any

from bot.commands.common import add_common, open_store, print_json, print_table

STATES = ("pending", "approved", "denied", "expired", "cancelled", "fulfilled")


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--state", choices=STATES, help="only these")
    add_common(parser)


def run(options: argparse.Namespace) -> int:
    from workflows.requests.lists import RequestRow, list_requests

    with open_store(options).read() as uow:
        rows = list_requests(uow, options.state)

    def as_json(row: RequestRow) -> dict[str, Any]:
        return {
            "id": row.request_id, "request": f"R-{row.number}", "kind": row.kind, "tool": row.tool,
            "requester": row.requester, "for": row.beneficiary, "seats": row.seats, "state": row.status,
            "where": row.status_line, "annual": str(row.annual.rounded()) if row.annual else None,
            "currency": row.annual.currency if row.annual else None, "reason": row.reason,
            "created_at": row.created_at.isoformat(), "decided_at": row.decided_at.isoformat() if row.decided_at else None,
        }  # fmt: skip

    if options.json:
        print_json([as_json(row) for row in rows])
        return 0
    if not rows:
        print("no requests" + (f" that are {options.state}" if options.state else " yet"))
        return 0
    print_table(
        ("request", "state", "tool", "for", "by", "a year", "where"),
        [
            (
                f"R-{row.number}",
                row.status,
                row.tool,
                row.beneficiary,
                row.requester,
                row.annual or "unknown",
                row.status_line,
            )
            for row in rows
        ],
    )
    return 0
