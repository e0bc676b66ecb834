"""What every command shares: the database and clock options, JSON output, one clear line on failure."""

import argparse
import json
import os
import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Engine

from storage.database import default_url, open_engine
from storage.schema import ensure_schema
from storage.unit_of_work import Store
from workflows.ports import Clock, fixed_clock, random_id, system_clock

_opened: list[Engine] = []


class Refused(Exception):
    """A command's one clear line: what happened and what to do. Ends with exit status 1."""


def add_common(parser: argparse.ArgumentParser) -> None:
    """`--database`, `--now`, `--json`."""
    parser.add_argument("--database", metavar="URL", help="default: BURSAR_DATABASE_URL, else SQLite in the data folder")
    parser.add_argument("--now", metavar="INSTANT", help="fix the clock, e.g. 2026-11-23T12:00:00Z (or BURSAR_NOW)")
    parser.add_argument("--json", action="store_true", help="for machines")


def clock_of(options: argparse.Namespace) -> Clock:
    text = options.now or os.environ.get("BURSAR_NOW")
    if not text:
        return system_clock
    try:
        return fixed_clock(datetime.fromisoformat(text))
    except ValueError as error:
        raise Refused(f"--now {text!r} is not an instant with a zone, like 2026-11-23T12:00:00Z") from error


def open_store(options: argparse.Namespace) -> Store:
    """The database of `--database` or the environment, at the newest schema. Raises Refused."""
    url = options.database or os.environ.get("BURSAR_DATABASE_URL") or default_url()
    try:
        engine = open_engine(url)
        ensure_schema(engine)
    except Exception as error:
        reason = str(error).strip().splitlines()[0]
        raise Refused(f"cannot open the database {hide_password(url)}: {reason}") from error
    _opened.append(engine)
    return Store(engine, clock_of(options), random_id)


def close_stores() -> None:
    """Close the connections of every database this process opened for a command."""
    while _opened:
        _opened.pop().dispose()


def hide_password(url: str) -> str:
    from sqlalchemy.engine import make_url

    try:
        return make_url(url).render_as_string(hide_password=True)
    except Exception:
        return "(unreadable URL)"


def print_json(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False, default=str))


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Aligned columns on a terminal, tab-separated when piped."""
    cells = [list(columns)] + [["" if cell is None else str(cell) for cell in row] for row in rows]
    if not sys.stdout.isatty():
        for row in cells:
            print("\t".join(row))
        return
    widths = [max(len(row[index]) for row in cells) for index in range(len(columns))]
    for row in cells:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
