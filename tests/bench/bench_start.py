"""Start-up time of `bursar ask`: `python -m tests.bench.bench_start`. Aim: under one second."""

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PEOPLE = "employee_id,work_email,display_name,department\n1,ada@acme.example,Ada,Engineering\n"


def bursar(database: str, *arguments: str) -> float:
    """Seconds from start to exit; the command must produce an answer."""
    started = time.perf_counter()
    subprocess.run([sys.executable, "-m", "bot", *arguments, "--database", database], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        database = f"sqlite:///{folder}/bench.db"
        people = Path(folder) / "people.csv"
        people.write_text(PEOPLE)
        bursar(database, "import", str(people))
        times = [bursar(database, "ask", "my cost last month", "--as", "ada@acme.example", "--json") for _ in range(11)][1:]
    print(
        f"bursar ask, from start to exit: median {statistics.median(times):.2f} s, worst {max(times):.2f} s of {len(times)}"
    )


if __name__ == "__main__":
    main()
