"""`bursar ask … --csv FILE` and `--chart FILE.png`: the answer's rows and its picture as files."""

import argparse
from pathlib import Path

from bot.answer_message import answer_chart
from bot.chart_image import chart_png
from bot.commands.common import Refused
from storage.directory import person_id_of
from storage.org import load_org, today
from storage.unit_of_work import Store
from workflows.asking.answer_object import Answer
from workflows.asking.export import Export, csv_file, record_export


def add_file_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--csv", metavar="FILE", type=Path, help="write the answer's rows there")
    parser.add_argument("--chart", metavar="FILE.png", type=Path, help="draw the answer there (needs the extra [charts])")


def write_files(store: Store, options: argparse.Namespace, found: Answer) -> None:
    """Raises Refused where there is nothing to write or the file cannot be written."""
    if options.csv is None and options.chart is None:
        return
    if found.status != "answered" or found.query is None or found.result is None:
        raise Refused(f"there is no answer to write to a file: {found.headline or found.text}")
    if options.csv is not None:
        made = Export(options.csv.name, csv_file(found), len(found.result.rows), found.query)
        _write(options.csv, made.content)
        _record(store, options.asker, made)
    if options.chart is not None:
        _write(options.chart, _picture(found))


def _picture(found: Answer) -> bytes:
    chart = answer_chart(found)
    if chart is None:
        raise Refused("there is nothing to draw: a chart needs at least two rows, so ask by tool or by month")
    picture = chart_png(chart)
    if picture is None:
        raise Refused("pictures need the extra: pip install 'bursar[charts]'")
    return picture


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise Refused(f"cannot write {path}: {error.strerror or error}") from error


def _record(store: Store, asker: str, made: Export) -> None:
    """Whoever may read the database may write a file; it is written down all the same."""
    with store.write() as uow:
        person_id = person_id_of(uow.session, asker, today(load_org(uow.session), uow.now))
        if person_id is not None:
            record_export(uow, made, subject=f"plan:{made.plan.digest}", person_id=person_id, channel="cli")
