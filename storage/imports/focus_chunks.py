"""FOCUS files as frames of text, a few megabytes at a time: CSV (plain or .gz) and Parquet.

Every frame has the used columns (missing ones as nulls) and `line`; a record that cannot be split into fields comes
out as a `Broken`. Lines count from 1 with the header; rows of Parquet files count from 1.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from storage.imports.focus_columns import USED, columns_of, note_of_unused
from storage.imports.source import Refused, best_header, unpacked_chunks

BLOCK = 8 << 20
PARQUET_ROWS = 50_000
_END = b"\x02"  # put at the end of every line, so that a line with too few or too many fields shows
_LONGEST = 200  # lines that a quoted field may span; beyond, the quote is taken for a mistake


@dataclass(frozen=True)
class Broken:
    """A record that could not be read."""

    line: int
    text: str
    reason: str


@dataclass
class Chunk:
    frame: pl.DataFrame
    broken: list[Broken]


class FocusFile:
    """One file's header, checked on opening, and its chunks. Raises Refused when the header cannot be used."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = path.name
        self.size = path.stat().st_size
        self.position = 0
        self._parquet = path.suffix.lower() == ".parquet" or _starts_with(path, b"PAR1")
        self.header = self._read_header()
        self.places = columns_of(self.name, self.header)
        self.note = note_of_unused(self.header)

    def _read_header(self) -> list[str]:
        if self._parquet:
            try:
                return list(pl.read_parquet_schema(self.path))
            except (pl.exceptions.PolarsError, OSError) as error:
                raise Refused(f"{self.name} is not a readable Parquet file: {error}") from error
        head = b""
        for block in self._blocks():
            head += block or b""
            if b"\n" in head.lstrip(b"\r\n") or block is None:
                break
        if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
            raise Refused(f"{self.name} is UTF-16; save it as CSV in UTF-8")
        bare = head.removeprefix(b"\xef\xbb\xbf")
        first = bare.lstrip(b"\r\n").split(b"\n", 1)[0]
        if not first.strip():
            raise Refused(f"{self.name} is empty; the first line must name the columns of a FOCUS file")
        self._skip = len(head) - len(bare) + bare.index(first) + len(first) + 1
        self._first_line = head[: self._skip].count(b"\n") + 1
        try:
            text = first.decode("utf-8").rstrip("\r")
        except UnicodeDecodeError as error:
            raise Refused(f"{self.name}:1: the header is not UTF-8; save the file as CSV in UTF-8") from error
        self.delimiter, names = best_header(text, USED)
        return names

    def _blocks(self) -> Iterator[bytes | None]:
        """The file's bytes, unpacked; None where a .gz breaks off."""
        with self.path.open("rb") as raw:
            if raw.peek(2)[:2] == b"\x1f\x8b":
                for block in unpacked_chunks(raw):
                    self.position = raw.tell()
                    yield block
                return
            while block := raw.read(BLOCK):
                self.position = raw.tell()
                yield block

    def chunks(self) -> Iterator[Chunk]:
        """All records after the header."""
        yield from self._parquet_chunks() if self._parquet else self._csv_chunks()

    def _parquet_chunks(self) -> Iterator[Chunk]:
        rows = pl.scan_parquet(self.path).select(self.header[place] for place in self.places.values())
        start = 0
        for batch in rows.collect_batches(chunk_size=PARQUET_ROWS, maintain_order=True):
            texts = batch.rename(dict(zip(batch.columns, self.places, strict=True)))
            frame = texts.select(_as_text(texts[name]) for name in texts.columns)
            yield Chunk(_completed(frame.with_row_index("line", start + 1)), [])
            start += batch.height

    def _csv_chunks(self) -> Iterator[Chunk]:
        line, rest, skip = self._first_line, b"", self._skip
        for block in self._whole_blocks():
            if block is None:
                text = rest.decode("utf-8", "replace")
                yield Chunk(
                    _no_rows(), [Broken(line, text[:500], "the file is cut off or damaged here; the rest is missing")]
                )
                return
            data = rest + block
            if skip:
                data, skip = data[skip:], max(0, skip - len(data))
            cut = record_end(data, self.delimiter)
            piece, rest = data[:cut], data[cut:]
            if piece:
                yield self._parse(piece, line)
                line += piece.count(b"\n")
        if rest.strip():
            yield self._parse(rest, line)

    def _whole_blocks(self) -> Iterator[bytes | None]:
        """Blocks of about BLOCK bytes."""
        gathered: list[bytes] = []
        size = 0
        for block in self._blocks():
            if block is None:
                if gathered:
                    yield b"".join(gathered)
                yield None
                return
            gathered.append(block)
            size += len(block)
            if size >= BLOCK:
                yield b"".join(gathered)
                gathered, size = [], 0
        if gathered:
            yield b"".join(gathered)

    def _parse(self, piece: bytes, line: int) -> Chunk:
        if b"\r" in piece:
            piece = piece.replace(b"\r\n", b"\n")
        return self._fast(piece, line) or self._slow(piece, line)

    def _fast(self, piece: bytes, line: int) -> Chunk | None:
        """None when some record is out of shape or goes over several lines."""
        lines = piece.count(b"\n")
        if not piece.endswith(b"\n"):
            piece, lines = piece + b"\n", lines + 1
        marked = piece.replace(b"\n", self.delimiter.encode() + _END + b"\n")
        width = len(self.header)
        wanted = sorted({0, *self.places.values(), width})
        try:
            frame = pl.read_csv(
                io.BytesIO(marked), separator=self.delimiter, has_header=False, columns=wanted, truncate_ragged_lines=True,
                schema={str(index): pl.String for index in range(width + 1)},
            )  # fmt: skip
        except pl.exceptions.PolarsError:
            return None
        if frame.height != lines or not bool((frame[str(width)] == _END.decode()).fill_null(False).all()):
            return None
        names = {str(place): name for name, place in self.places.items()}
        numbered = frame.with_row_index("line", line)
        return Chunk(_completed(numbered.select("line", *(pl.col(old).alias(new) for old, new in names.items()))), [])

    def _slow(self, piece: bytes, line: int) -> Chunk:
        """Record by record."""
        kept: list[tuple[int, list[str]]] = []
        broken: list[Broken] = []
        for record in split_records(piece, line, self.delimiter):
            if isinstance(record, Broken):
                broken.append(record)
                continue
            number, fields, ended = record
            if len(fields) == len(self.header):
                kept.append((number, fields))
            elif any(field.strip() for field in fields):
                broken.append(Broken(number, self.delimiter.join(fields)[:500], self._misfit(len(fields), ended)))
        data = {name: [fields[place] or None for _, fields in kept] for name, place in self.places.items()}
        lines = pl.Series("line", [number for number, _ in kept], dtype=pl.UInt32)
        frame = pl.DataFrame({"line": lines, **data}, schema_overrides=dict.fromkeys(data, pl.String))
        return Chunk(_completed(frame), broken)

    def _misfit(self, found: int, ended: bool) -> str:
        problem = f"the line has {found} fields, the header {len(self.header)}"
        return problem if ended else f"the file ends in the middle of this line ({problem})"


def record_end(data: bytes, delimiter: str) -> int:
    """Where the last whole record of `data` ends: after a line break that no quote encloses; 0 when there is none."""
    end = data.rfind(b"\n") + 1
    if data.count(b'"', 0, end) % 2 == 0:
        return end
    lines, index, offset = data[:end].split(b"\n")[:-1], 0, 0  # a field goes on, or a quote stands alone somewhere
    while index < len(lines):
        fields, taken = _record(lines, index, delimiter)
        if fields is None and index + _LONGEST > len(lines):
            return offset
        offset += sum(len(line) + 1 for line in lines[index : index + taken])
        index += taken
    return end


def split_records(piece: bytes, line: int, delimiter: str) -> Iterator[tuple[int, list[str], bool] | Broken]:
    """(first line, fields, whether a line break ended it) of each record; a quote never closed breaks one line only."""
    lines = piece.split(b"\n")
    ended = lines[-1] == b""
    if ended:
        lines.pop()
    index = 0
    while index < len(lines):
        fields, taken = _record(lines, index, delimiter)
        closed = ended or index + taken < len(lines)
        if fields is None:
            reason = "the quotes do not pair" if closed else "the file ends in the middle of this line"
            yield Broken(line + index, lines[index].decode("utf-8", "replace")[:500], reason)
        elif isinstance(fields, str):
            yield Broken(line + index, lines[index].decode("utf-8", "replace")[:500], fields)
        elif lines[index].strip():
            yield line + index, fields, closed
        index += taken


def _record(lines: Sequence[bytes], index: int, delimiter: str) -> tuple[list[str] | str | None, int]:
    """The fields of the record that begins at `index` and how many lines it takes; None when its quotes do not pair."""
    for taken in range(1, min(_LONGEST, len(lines) - index) + 1):
        try:
            text = b"\n".join(lines[index : index + taken]).decode("utf-8")
            return next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True), []), taken
        except UnicodeDecodeError:
            return "the line is not UTF-8", 1
        except csv.Error as error:
            if "unexpected end" not in str(error):
                return None, 1
    return None, 1


def _starts_with(path: Path, magic: bytes) -> bool:
    with path.open("rb") as raw:
        return raw.read(len(magic)) == magic


def _as_text(column: pl.Series) -> pl.Series:
    """A Parquet column as a CSV file would write it."""
    kind = column.dtype
    if isinstance(kind, pl.Datetime):
        return column.dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(kind, pl.List | pl.Struct | pl.Array):
        return pl.Series(column.name, [_json(value) for value in column.to_list()], dtype=pl.String)
    return column.cast(pl.String)


def _json(value: object) -> str | None:
    import json

    if value is None:
        return None
    if isinstance(value, list) and all(isinstance(item, dict) and {"key", "value"} <= set(item) for item in value):
        return json.dumps({item["key"]: item["value"] for item in value})
    return json.dumps(value, default=str)


def _completed(frame: pl.DataFrame) -> pl.DataFrame:
    missing = [pl.lit(None, pl.String).alias(name) for name in USED if name not in frame.columns]
    return frame.with_columns(missing).select(pl.col("line").cast(pl.Int64), *USED)


def _no_rows() -> pl.DataFrame:
    return pl.DataFrame(schema={"line": pl.Int64, **dict.fromkeys(USED, pl.String)})
