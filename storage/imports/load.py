"""`bursar import`: which files in which order, each by the loader of its kind, then what they touch is derived."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from sqlalchemy import update
from sqlmodel import col, select

from storage.imports.costs import load_costs
from storage.imports.documents import KINDS as DOCUMENTS
from storage.imports.documents import load_document
from storage.imports.kinds import ORDER, TABLES
from storage.imports.people import load_people
from storage.imports.rates_file import load_rates
from storage.imports.rederive import everything, rederive
from storage.imports.report import ImportReport
from storage.imports.runs import Changes, CheckDocument, Context, Progress, import_lock, sweep
from storage.imports.seats import load_seats
from storage.imports.source import Refused
from storage.imports.tables import load_table
from storage.models import ImportRun
from storage.unit_of_work import Store
from storage.yaml_source import SourceErrors, nearest

SUFFIXES = (".csv", ".csv.gz", ".parquet", ".tsv", ".txt", ".yaml", ".yml")


def kind_of(path: Path) -> str | None:
    """`costs-2026-10.csv` → costs: the stem up to the first `.` or `-`; the ECB's own file name is known too."""
    stem = path.name.lower().replace("-", ".").split(".")[0]
    if stem in ORDER:
        return stem
    return "rates" if path.name.lower().startswith("eurofxref") else None


def find_files(paths: Sequence[Path], kind: str | None) -> list[tuple[str, Path]]:
    """(kind, file) in order of dependence, each file once. Raises Refused for what cannot be told or is not there."""
    found: list[tuple[str, Path]] = []
    for path in paths:
        if path.is_dir():
            found += files_of_folder(path, kind)
        elif not path.is_file():
            raise Refused(f"{path}: no such file or folder")
        else:
            found.append((kind or told_kind(path), path))
    once = {path.resolve(): (name, path) for name, path in found}
    return sorted(once.values(), key=lambda item: (ORDER.index(item[0]), item[1].name, str(item[1])))


def told_kind(path: Path) -> str:
    found = kind_of(path)
    if found is None:
        stem = path.name.lower().replace("-", ".").split(".")[0]
        close = nearest(stem, ORDER)
        hint = f"; did you mean {close}?" if close else ""
        raise Refused(
            f"{path.name}: no kind of import is called {stem!r}{hint} Rename the file or give --kind: {', '.join(ORDER)}"
        )
    return found


def files_of_folder(folder: Path, kind: str | None) -> list[tuple[str, Path]]:
    """The files of known kinds; others lie there for other reasons. Raises Refused when there is none."""
    files = [path for path in sorted(folder.iterdir()) if path.is_file() and path.name.lower().endswith(SUFFIXES)]
    found = [(kind or name, path) for path in files if (name := kind_of(path) or kind)]
    if not found:
        raise Refused(f"{folder}: no file of a known kind ({', '.join(ORDER)}) in this folder")
    return found


def load(
    store: Store,
    paths: Sequence[Path],
    *,
    kind: str | None = None,
    dry_run: bool = False,
    accept: bool = False,
    replace: bool = False,
    append: bool = False,
    check_policy: CheckDocument | None = None,
    progress: Progress | None = None,
    raw_dir: Path | None = None,
    check_synonyms: CheckDocument | None = None,
) -> list[ImportReport]:
    """Import files and folders; a report for each file, cost files together making one.

    A file that is refused leaves the others alone and says why in its report. Raises Refused when a path or its kind is
    unknown (then nothing was imported) and TimeoutError when another import does not end.
    """
    files = find_files(paths, kind)
    context = Context(store, dry_run, accept, replace, append, check_policy, progress, raw_dir, check_synonyms)
    if dry_run:
        return run(context, files)
    with import_lock(store):
        catch_up(context)
        reports = run(context, files)
        settle(context)
    return reports


def run(context: Context, files: Iterable[tuple[str, Path]]) -> list[ImportReport]:
    ordered = list(files)
    reports: list[ImportReport] = []
    costs = [path for name, path in ordered if name == "costs"]
    for name, path in ordered:
        if name == "costs":
            if path == costs[0]:
                reports.append(guarded("costs", costs, lambda: load_cost_files(context, costs)))
        else:
            reports.append(guarded(name, [path], lambda name=name, path=path: load_one(context, name, path)))  # type: ignore[misc]
    return reports


def guarded(kind: str, paths: list[Path], loader: Callable[[], ImportReport]) -> ImportReport:
    """The loader's report, or one that says why the file was refused."""
    try:
        return loader()
    except (Refused, SourceErrors, OSError) as error:
        return ImportReport(kind, tuple(path.name for path in paths), "refused", refused=str(error))


def load_one(context: Context, kind: str, path: Path) -> ImportReport:
    if kind in DOCUMENTS:
        return load_document(context, kind, path)
    if kind in TABLES:
        return load_table(context, TABLES[kind], path)
    return {"people": load_people, "seats": load_seats, "rates": load_rates}[kind](context, path)


def load_cost_files(context: Context, paths: list[Path]) -> ImportReport:
    settle(context)  # what the files before them mean, so that costs find people and tools at once
    report = load_costs(
        context.store, paths, replace=context.replace, append=context.append, dry_run=context.dry_run,
        progress=context.progress, raw_dir=context.raw_dir,
    )  # fmt: skip
    context.changes.anything |= report.changed_something and not context.dry_run
    return report


def settle(context: Context) -> None:
    """Derive what the files changed; then the runs are done."""
    if context.dry_run:
        return
    if context.changes.anything:
        rederive(context, context.changes)
    context.changes = Changes()
    with context.store.write() as uow:
        done = update(ImportRun).where(col(ImportRun.status) == "current", col(ImportRun.derived).is_(False))
        uow.session.execute(done.values(derived=True))


def catch_up(context: Context) -> None:
    """Sweep what an import that died left behind, and derive what it had loaded."""
    sweep(context.store)
    with context.store.read() as uow:
        pending = select(ImportRun.id).where(ImportRun.status == "current", col(ImportRun.derived).is_(False))
        if uow.session.exec(pending).first() is not None:
            context.changes = everything(context.store)


def load_config_folder(
    store: Store, folder: Path, check_policy: CheckDocument | None = None, check_synonyms: CheckDocument | None = None
) -> list[ImportReport]:
    """org.yaml, policy.yaml, catalog.yaml and synonyms.yaml of the folder as new versions, where their hash differs.

    Raises SourceErrors for the first bad file, after the good ones were imported; of the bad one the last good version
    stays in force. Raises Refused when the folder is not there.
    """
    if not folder.is_dir():
        raise Refused(f"{folder}: no such folder")
    kinds = ("org", "catalog", "policy", "synonyms")
    files = [(kind, folder / f"{kind}.yaml") for kind in kinds if (folder / f"{kind}.yaml").is_file()]
    context = Context(store, check_policy=check_policy, check_synonyms=check_synonyms)
    failed: SourceErrors | None = None
    reports: list[ImportReport] = []
    with import_lock(store):
        catch_up(context)
        for kind, path in files:
            try:
                reports.append(load_document(context, kind, path))
            except SourceErrors as error:
                failed = failed or error
        settle(context)
    if failed:
        raise failed
    return reports
