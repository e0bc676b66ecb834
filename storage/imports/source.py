"""CSV files as they come: plain or .gz, UTF-8 with or without BOM, `,` `;` or tab, a half-written end.

Every record is read by itself, so that one that cannot be read is reported with its line and the rest is still loaded.
"""

import csv
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from storage.yaml_source import nearest

DELIMITERS = (",", ";", "\t")
_CHUNK = 1 << 16
_LONGEST_RECORD = 200  # lines that a quoted field may span; beyond, the quote is taken for a mistake


class Refused(ValueError):
    """The whole file is refused; nothing of it was loaded. Says why and what to do."""


@dataclass(frozen=True)
class Record:
    """One record: its first line (from 1) and its values by column, or the `problem` that kept it from being read."""

    line: int
    values: dict[str, str]
    problem: str | None = None


@dataclass(frozen=True)
class RawLine:
    number: int
    text: bytes
    cut: bool = False  # the file broke off within or right after it


class CsvSource:
    """One file's header, checked on opening, and its records. Raises Refused when the header cannot be used."""

    def __init__(self, path: Path, columns: Sequence[str], required: Sequence[str]) -> None:
        self.path = path
        self.name = path.name
        self.size = path.stat().st_size
        self.position = 0  # bytes of the file read so far
        self.notes: list[str] = []
        self._lines = self._read_lines()
        self._pushed: list[RawLine] = []
        self._open_header(list(columns), list(required))

    def _read_lines(self) -> Iterator[RawLine]:
        with self.path.open("rb") as raw:
            packed = raw.peek(2)[:2] == b"\x1f\x8b"
            texts = unpacked_lines(raw) if packed else ((text, False) for text in raw)
            for number, (text, cut) in enumerate(texts, start=1):
                self.position = raw.tell()
                yield RawLine(number, text, cut)

    def _next_line(self) -> RawLine | None:
        return self._pushed.pop() if self._pushed else next(self._lines, None)

    def _open_header(self, columns: list[str], required: list[str]) -> None:
        first = self._next_line()
        while first is not None and not first.text.strip():
            first = self._next_line()
        if first is None:
            raise Refused(f"{self.name} is empty; the first line must name the columns: {', '.join(required)}, …")
        if first.text[:2] in (b"\xff\xfe", b"\xfe\xff"):
            raise Refused(f"{self.name} is UTF-16; save it as CSV in UTF-8")
        try:
            text = first.text.decode("utf-8-sig").rstrip("\r\n")
        except UnicodeDecodeError as error:
            raise Refused(f"{self.name}:{first.number}: the header is not UTF-8; save the file as CSV in UTF-8") from error
        self.delimiter, names = best_header(text, columns)
        self._check_header(first.number, names, columns, required)
        known = {column.casefold(): column for column in columns}
        self.header = [known.get(name.casefold()) for name in names]
        unknown = [name for name, column in zip(names, self.header, strict=True) if column is None and name]
        if unknown:
            self.notes.append(f"columns not used: {', '.join(unknown)}")

    def _check_header(self, line: int, names: list[str], columns: list[str], required: list[str]) -> None:
        present = [name.casefold() for name in names]
        for column in columns:
            if present.count(column.casefold()) > 1:
                raise Refused(f"{self.name}:{line}: the column {column!r} appears twice; keep one")
        missing = [column for column in required if column.casefold() not in present]
        if not missing:
            return
        known = {column.casefold() for column in columns}
        spare = [name for name in names if name and name.casefold() not in known]
        parts = []
        for column in missing:
            close = nearest(column, spare)
            parts.append(f"the column {column!r} is missing" + (f"; is it {close!r}? Rename that column" if close else ""))
        raise Refused(f"{self.name}:{line}: {'; '.join(parts)}. Columns found: {', '.join(filter(None, names)) or 'none'}")

    def records(self) -> Iterator[Record]:
        """Every record after the header; blank lines are passed over."""
        while (line := self._next_line()) is not None:
            if line.cut:
                self.notes.append(f"{self.name} is cut off or damaged at line {line.number}; the rest of it is missing")
                shown = line.text.decode("utf-8", "replace")
                yield Record(line.number, {"": shown}, "the file is cut off in the middle of this line")
            elif line.text.strip():
                yield self._record(line)

    def _record(self, line: RawLine) -> Record:
        try:
            text = line.text.decode("utf-8")
        except UnicodeDecodeError as error:
            shown = line.text.decode("utf-8", "replace").rstrip("\r\n")
            return Record(line.number, {"": shown}, f"byte {error.start + 1} of the line is not UTF-8")
        if '"' not in text:
            fields = text.rstrip("\r\n").split(self.delimiter)
        else:
            read = self._quoted(line, text)
            if isinstance(read, str):
                return Record(line.number, {"": text.rstrip("\r\n")}, read)
            fields = read
        return self._by_column(line, fields)

    def _quoted(self, line: RawLine, text: str) -> list[str] | str:
        """The fields of a record with quotes, which may go on over the next lines; or what is wrong with it."""
        more: list[RawLine] = []
        while True:
            try:
                # csv wants lines; strict makes it tell an unfinished quote from a finished one.
                return next(csv.reader(text.splitlines(keepends=True), delimiter=self.delimiter, strict=True))
            except csv.Error as error:
                following = self._next_line() if "unexpected end" in str(error) and len(more) < _LONGEST_RECORD else None
                if following is None or following.cut:
                    self._pushed.extend(reversed([*more, following] if following else more))
                    unfinished = "unexpected end" in str(error)
                    return "a quote is opened and not closed" if unfinished else f"the quotes do not pair ({error})"
                more.append(following)
                text += following.text.decode("utf-8", "replace")

    def _by_column(self, line: RawLine, fields: list[str]) -> Record:
        header = self.header
        if len(fields) != len(header):
            if len(fields) > len(header) and not any(field.strip() for field in fields[len(header) :]):
                fields = fields[: len(header)]
            else:
                problem = f"the line has {len(fields)} fields, the header {len(header)}"
                if not line.text.endswith(b"\n"):
                    problem = f"the file ends in the middle of this line ({problem})"
                return Record(line.number, {"": self.delimiter.join(fields)}, problem)
        return Record(line.number, {name: value.strip() for name, value in zip(header, fields, strict=True) if name})


def unpacked_lines(raw: IO[bytes]) -> Iterator[tuple[bytes, bool]]:
    """(line, False) as far as a gzip file can be unpacked; where it breaks off, the begun line and True."""
    rest = b""
    for chunk in unpacked_chunks(raw):
        if chunk is None:
            yield rest, True
            return
        *lines, rest = (rest + chunk).split(b"\n")
        yield from ((line + b"\n", False) for line in lines)
    if rest:
        yield rest, False


def unpacked_chunks(raw: IO[bytes]) -> Iterator[bytes | None]:
    """The contents of all members; None where the file breaks off or is damaged."""
    unpacker = None
    data = raw.read(_CHUNK)
    while data:
        unpacker = unpacker or zlib.decompressobj(zlib.MAX_WBITS | 16)
        try:
            yield unpacker.decompress(data)
        except zlib.error:
            yield None
            return
        data = b""
        if unpacker.eof:
            data, unpacker = unpacker.unused_data.lstrip(b"\0"), None
        data = data or raw.read(_CHUNK)
    if unpacker is not None:
        yield None


def best_header(text: str, columns: Sequence[str]) -> tuple[str, list[str]]:
    """(delimiter, names): the delimiter under which most known columns appear."""
    known = {column.casefold() for column in columns}

    def names(delimiter: str) -> list[str]:
        return [name.strip() for name in next(csv.reader([text], delimiter=delimiter))]

    best = max(DELIMITERS, key=lambda mark: (sum(name.casefold() in known for name in names(mark)), text.count(mark)))
    return best, names(best)
