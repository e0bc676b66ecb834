"""`bursar import PATH…`: files and folders into the database, with a report for each."""

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from bot.commands.common import Refused, add_common, open_store, print_json

if TYPE_CHECKING:
    from tqdm import tqdm

    from storage.imports import ImportReport

BAR_AFTER_SECONDS = 2.0


def configure(parser: argparse.ArgumentParser) -> None:
    from storage.imports.kinds import ORDER

    add_common(parser)
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="a file, or a folder of files")
    parser.add_argument(
        "--kind", choices=ORDER, help="when the file's name does not tell: costs, people, seats, …", metavar="K"
    )
    parser.add_argument("--dry-run", action="store_true", help="check and compare, write nothing")
    parser.add_argument(
        "--accept", action="store_true", help="accept a seat snapshot that loses more than 10 %% of its seats"
    )
    statements = parser.add_mutually_exclusive_group()
    statements.add_argument(
        "--replace", action="store_true",
        help="let a cost statement end earlier than the one loaded; make a seats file the whole of its snapshots",
    )  # fmt: skip
    statements.add_argument("--append", action="store_true", help="add cost rows to a statement without replacing it")


def check_policy(text: str, file: str) -> list[str]:
    """Its doubtful places, for the report. Raises SourceErrors for a policy that cannot be used.

    Roles, people and tools are not looked up: they may come with a later file (`bursar policy lint` looks them up).
    """
    from storage.yaml_source import SourceError, SourceErrors
    from workflows.policy.lint import lint

    findings = lint(text, file)
    errors = [finding for finding in findings if finding.severity == "error"]
    if errors:
        raise SourceErrors([SourceError(one.file, one.line, one.column, one.message) for one in errors])
    return [str(finding) for finding in findings]


def check_synonyms(text: str, file: str) -> list[str]:
    """Nothing to warn of; raises SourceErrors for a file that is not understood or changes what a word means."""
    from workflows.asking.taught import check_file

    check_file(text, file)
    return []


def run(options: argparse.Namespace) -> int:
    """0 when every file was imported, 1 when one was refused."""
    from storage.imports import load
    from storage.imports.source import Refused as FileRefused
    from workflows.imports import record_imports

    store = open_store(options)
    bar = Bar()
    try:
        reports = load(
            store, options.paths, kind=options.kind, dry_run=options.dry_run, accept=options.accept,
            replace=options.replace, append=options.append, check_policy=check_policy, progress=bar,
            raw_dir=raw_folder(store.engine.url.database, store.is_sqlite), check_synonyms=check_synonyms,
        )  # fmt: skip
    except (FileRefused, TimeoutError) as error:
        raise Refused(str(error)) from error
    finally:
        bar.close()
    if not options.dry_run:
        with store.write() as uow:
            record_imports(uow, reports)
    show(reports, options.json)
    return int(any(report.refused is not None for report in reports))


def raw_folder(database: str | None, is_sqlite: bool) -> Path:
    """Where cost files are kept as they came: beside the SQLite file, else in the user's data folder."""
    from platformdirs import user_data_path

    if is_sqlite and database and database != ":memory:":
        return Path(database).resolve().parent / "raw"
    return user_data_path("bursar") / "raw"


def show(reports: "list[ImportReport]", as_json: bool) -> None:
    if as_json:
        totals = {
            name: sum(getattr(report, f"rows_{name}") for report in reports)
            for name in ("read", "new", "changed", "unchanged", "quarantined")
        }
        print_json({"reports": [report.as_json() for report in reports], "totals": totals})
        return
    for report in reports:
        stream = sys.stdout if report.refused is None else sys.stderr
        for line in report.lines():
            print(line, file=stream)


class Bar:
    """A progress bar on a terminal, from the third second on."""

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._bar: tqdm[None] | None = None
        self._what = ""

    def __call__(self, what: str, done: int, total: int) -> None:
        if not sys.stderr.isatty() or time.monotonic() - self._started < BAR_AFTER_SECONDS:
            return
        if what != self._what:
            self.close()
        if self._bar is None:
            from tqdm import tqdm

            self._bar, self._what = tqdm(desc=what, total=total, leave=False, file=sys.stderr), what
        self._bar.total = total
        self._bar.update(done - self._bar.n)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None
