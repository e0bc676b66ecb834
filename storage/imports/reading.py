"""A CSV file's rows, checked value by value, into the scratch database; what cannot be understood is kept out."""

from pathlib import Path

from storage.imports.kinds import FileKind, Values, key_text
from storage.imports.report import Quarantined, Tally
from storage.imports.runs import Context
from storage.imports.source import CsvSource, Record
from storage.imports.staging import Staging

_TELL_EVERY = 5000


def read_into(context: Context, kind: FileKind, path: Path, staging: Staging, tally: Tally) -> list[Record]:
    """Stage every good row; the records that were kept out, without the values that could be read. Raises Refused."""
    source = CsvSource(path, kind.names, kind.required)
    kept_out: list[Record] = []
    for number, record in enumerate(source.records(), start=1):
        if number % _TELL_EVERY == 0:
            context.tell(f"reading {source.name}", source.position, source.size)
        tally.read += 1
        values = read_row(kind, source.name, record)
        if isinstance(values, Quarantined):
            tally.quarantine(values)
            staging.quarantine(values, record.values)
            if kind.kind == "seats":
                kept_out.append(record)
        else:
            staging.add(key_text(kind, values), record.line, values)
    tally.notes += source.notes
    double = tally.read - tally.quarantined_count - len(staging)
    if double:
        tally.unchanged += double
        tally.notes.append(f"{double} rows of {source.name} were replaced by a later row with the same key")
    return kept_out


def read_row(kind: FileKind, file: str, record: Record) -> Values | Quarantined:
    """The row's values by attribute, or why it is kept out."""
    if record.problem is not None:
        return Quarantined(file, record.line, None, record.values.get("", "")[:500], record.problem)
    values: Values = {}
    for column in kind.columns:
        cell = record.values.get(column.name, "")
        if not cell:
            if column.filled:
                return Quarantined(file, record.line, column.name, "", "empty, but required")
            values[column.target] = column.empty
            continue
        try:
            values[column.target] = column.read(cell)
        except ValueError as error:
            return Quarantined(file, record.line, column.name, cell, str(error))
    complaint = kind.check(values)
    if complaint is None:
        return values
    return Quarantined(file, record.line, complaint[0], record.values.get(complaint[0], ""), complaint[1])
