"""Writes the sample company: about 300 people, 20 tools and 18 months of spend that end the day before `today`.

The same seed and day give the same files, byte for byte. `python -m manifests.demo.generate FOLDER [TODAY]` writes them.
"""

import csv
import shutil
import sys
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path

from manifests.demo import books, people_file
from manifests.demo import seats as seat_files
from manifests.demo.company import CAST, PERSON, Company
from manifests.demo.ledger import Ledger

__all__ = ["CAST", "PERSON", "generate"]

MONTHS = 18
SEED = 20
CONFIGURATION = ("org.yaml", "catalog.yaml", "policy.yaml")


def first_day(today: date) -> date:
    """The first day of the ledger: 18 months, the one of yesterday included."""
    yesterday = today - timedelta(days=1)
    index = yesterday.year * 12 + yesterday.month - MONTHS
    return date(index // 12, index % 12 + 1, 1)


def settings_text() -> str:
    """The company's org.yaml."""
    return Path(__file__).with_name("org.yaml").read_text(encoding="utf-8")


def generate(folder: Path, today: date, seed: int = SEED) -> None:
    """Fill `folder` (made when missing) with every kind of import file and the configuration."""
    folder.mkdir(parents=True, exist_ok=True)
    first = first_day(today)
    company = Company(seed, today, MONTHS)
    seats = seat_files.Seats(company, seed, first)
    ledger = Ledger(company, seats, seed, first)
    for name in CONFIGURATION:
        shutil.copyfile(Path(__file__).with_name(name), folder / name)
    write(folder / "people.csv", people_file.HEADER, people_file.rows(company))
    for statement in ledger.statements.values():
        statement.write(folder)
    for day in seat_files.snapshot_days(first, today - timedelta(days=1)):
        write(folder / f"seats-{day}.csv", seat_files.SEATS_HEADER, seat_files.snapshot(seats, day))
    write(folder / "usage.csv", seat_files.USAGE_HEADER, [*ledger.usage_rows, *seat_files.usage(seats, seed)])
    write(folder / "contracts.csv", books.CONTRACTS_HEADER, books.contracts(seats, today))
    write(folder / "expenses.csv", books.EXPENSES_HEADER, books.expenses(company, ledger, seed))
    write(folder / "budgets.csv", books.BUDGETS_HEADER, books.budgets(ledger, today))
    write(folder / "rates.csv", books.RATES_HEADER, books.rates(today, first, seed))
    write(folder / "outcomes.csv", books.OUTCOMES_HEADER, books.outcomes(ledger))
    write(folder / "grants.csv", books.GRANTS_HEADER, books.grants(company, seed))
    write(folder / "visits.csv", books.VISITS_HEADER, books.visits(company, seed))


def write(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


if __name__ == "__main__":
    generate(Path(sys.argv[1]), date.fromisoformat(sys.argv[2]) if len(sys.argv) > 2 else date(2026, 11, 25))
