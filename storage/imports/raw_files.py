"""Cost files as they came, compressed and named by their import, for audit and re-derivation."""

import gzip
import shutil
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

PACKED = (".gz", ".parquet")


class RawCopies:
    """Copies made beside the load (compressing needs no interpreter lock, so it has the second core); `keep` them when
    the import becomes current, else `discard` them."""

    def __init__(self, folder: Path, import_id: str, files: Iterable[Path]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="raw-files")
        self._copies: list[tuple[Future[None], Path, Path]] = []
        for number, path in enumerate(files, start=1):
            name = f"{import_id}-{number}-{path.name}"
            target = folder / (name if path.suffix.lower() in PACKED else f"{name}.gz")
            part = target.with_name(f"{target.name}.part")
            self._copies.append((self._pool.submit(copy, path, part), part, target))

    def keep(self) -> None:
        """Waits for the last one. Raises OSError when one could not be written."""
        self._pool.shutdown()
        for copied, part, target in self._copies:
            copied.result()
            part.replace(target)

    def discard(self) -> None:
        self._pool.shutdown(cancel_futures=True)
        for _, part, _ in self._copies:
            part.unlink(missing_ok=True)


def copy(path: Path, target: Path) -> None:
    """What is compressed already is copied as it is."""
    if path.suffix.lower() in PACKED:
        shutil.copyfile(path, target)
        return
    with path.open("rb") as raw, target.open("wb") as file, gzip.GzipFile(path.name, "wb", 1, file) as packed:
        shutil.copyfileobj(raw, packed, 1 << 20)
