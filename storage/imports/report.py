"""What an import says about itself when it ends."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Quarantined:
    """A row kept out: where it stands, what is wrong with which value."""

    file: str
    line: int
    column: str | None
    value: str | None
    reason: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}"
        what = f" {self.column} = {self.value!r}:" if self.column else ""
        return f"{where}:{what} {self.reason}"


@dataclass(frozen=True)
class ImportReport:
    """One import of one kind. rows_read = new + changed + unchanged + quarantined.

    `status`: imported, unchanged, waiting (for `--accept`), refused (`refused` says why and what to do), checked (dry run).
    """

    kind: str
    files: tuple[str, ...]
    status: str = "imported"
    rows_read: int = 0
    rows_new: int = 0
    rows_changed: int = 0
    rows_unchanged: int = 0
    rows_quarantined: int = 0
    notes: tuple[str, ...] = ()
    quarantined: tuple[Quarantined, ...] = ()
    refused: str | None = None
    import_id: str | None = None

    @property
    def changed_something(self) -> bool:
        return self.status in ("imported", "waiting") and bool(self.rows_new or self.rows_changed)

    def as_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind, "files": list(self.files), "status": self.status, "import_id": self.import_id,
            "read": self.rows_read, "new": self.rows_new, "changed": self.rows_changed,
            "unchanged": self.rows_unchanged, "quarantined": self.rows_quarantined, "notes": list(self.notes),
            "quarantined_rows": [vars(row) for row in self.quarantined], "refused": self.refused,
        }  # fmt: skip

    def lines(self, most: int = 20) -> list[str]:
        """For people: one line of counts, then notes and at most `most` quarantined rows."""
        head = f"{self.kind}: {', '.join(self.files)}"
        if self.refused is not None:
            return [f"{head}: refused, nothing was loaded", *(f"  {line}" for line in self.refused.splitlines())]
        counts = (
            f"{self.rows_read} rows read, {self.rows_new} new, {self.rows_changed} changed, "
            f"{self.rows_unchanged} unchanged, {self.rows_quarantined} quarantined"
        )
        ending = {"checked": " (dry run: nothing was written)", "waiting": " (waiting for --accept)"}.get(self.status, "")
        shown = [f"  quarantined {row}" for row in self.quarantined[:most]]
        if len(self.quarantined) > most:
            shown.append(f"  … and {len(self.quarantined) - most} more quarantined rows (--json shows them)")
        return [f"{head}: {counts}{ending}", *(f"  note: {note}" for note in self.notes), *shown]


@dataclass
class Tally:
    """The counts of a running import; becomes its report."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    read: int = 0
    notes: list[str] = field(default_factory=list)
    quarantined: list[Quarantined] = field(default_factory=list)
    quarantined_count: int = 0

    MOST_KEPT = 1000  # quarantined rows shown in a report; the database has them all

    def quarantine(self, row: Quarantined) -> None:
        self.quarantined_count += 1
        if len(self.quarantined) < self.MOST_KEPT:
            self.quarantined.append(row)
