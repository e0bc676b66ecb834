"""Acknowledgement latency under an open-loop load of signed clicks: `python -m tests.bench.bench_ack --rate 200`.

The app runs in its own process behind a fake Slack; `--importing FILE` loads a cost file into the same database at the
same time. Aim: p99 ≤ 50 ms at 200 requests a second, ≤ 500 ms during an import of ten million rows.
"""

import argparse
import asyncio
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlencode

from aiohttp import ClientSession, TCPConnector

from tests.fake_slack import BOT_TOKEN, SECRET, TEAM, FakeSlack
from tests.slack_client import sign

PEOPLE = "employee_id,work_email,display_name,department\n1,ada@acme.example,Ada,Engineering\n"


def click(number: int) -> str:
    """A click nobody made before, as Slack's form body."""
    payload = {
        "type": "block_actions",
        "team": {"id": TEAM, "domain": "acme"},
        "user": {"id": "U0ADA", "team_id": TEAM},
        "api_app_id": "A0",
        "container": {"type": "message", "message_ts": f"{number}.000100", "channel_id": "D0ADA", "is_ephemeral": False},
        "trigger_id": f"t{number}",
        "channel": {"id": "D0ADA", "name": "directmessage"},
        "message": {"ts": f"{number}.000100", "text": "x"},
        "response_url": "https://hooks.slack.test/x",
        "actions": [
            {
                "type": "button", "action_id": "act:0:bench", "block_id": "b", "action_ts": f"{number}.000200",
                "value": json.dumps({"i": "bench_unknown", "a": {"n": str(number)}}),
            }
        ],
    }  # fmt: skip
    return urlencode({"payload": json.dumps(payload)})


async def load(url: str, rate: float, seconds: float) -> tuple[list[float], int]:
    """Latencies in seconds of every request, sent by a Poisson process whatever the answers; failures counted."""
    latencies: list[float] = []
    failures = 0

    async def one(http: ClientSession, number: int) -> None:
        nonlocal failures
        body = click(number)
        headers = {"Content-Type": "application/x-www-form-urlencoded", **sign(body)}
        started = time.perf_counter()
        try:
            async with http.post(url, data=body, headers=headers) as response:
                await response.read()
                failures += response.status != 200
        except OSError:
            failures += 1
        latencies.append(time.perf_counter() - started)

    async with ClientSession(connector=TCPConnector(limit=0)) as http:
        tasks = []
        started = due = time.perf_counter()
        number = int(time.time() * 1000)
        while due - started < seconds:
            due += random.expovariate(rate)
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            number += 1
            tasks.append(asyncio.create_task(one(http, number)))
        await asyncio.gather(*tasks)
    return latencies, failures


async def wait_until_ready(url: str) -> float:
    started = time.perf_counter()
    async with ClientSession() as http:
        while time.perf_counter() - started < 30:
            try:
                async with http.get(url) as response:
                    if response.status == 200:
                        return time.perf_counter() - started
            except OSError:
                await asyncio.sleep(0.05)
    raise RuntimeError("the app did not start")


async def measure(options: argparse.Namespace) -> None:
    slack = await FakeSlack().start()
    slack.add_user("ada")
    port = random.randint(20000, 40000)
    with tempfile.TemporaryDirectory() as folder:
        database = options.database or f"sqlite:///{folder}/bench.db"
        (Path(folder) / "people.csv").write_text(PEOPLE)
        environment = os.environ | {
            "BURSAR_DATABASE_URL": database, "BURSAR_PORT": str(port), "BURSAR_SLACK_BOT_TOKEN": BOT_TOKEN,
            "BURSAR_SLACK_SIGNING_SECRET": SECRET, "BURSAR_SLACK_API_URL": slack.url,
        }  # fmt: skip
        bursar = [sys.executable, "-m", "bot"]
        subprocess.run([*bursar, "import", f"{folder}/people.csv"], env=environment, check=True, stdout=subprocess.DEVNULL)
        log = Path(folder) / "serve.log"
        with log.open("w") as output:
            server = subprocess.Popen([*bursar, "serve"], env=environment, stderr=output, stdout=output)
            importer = None
            try:
                ready = await wait_until_ready(f"http://127.0.0.1:{port}/healthz")
                print(f"ready after {ready:.2f} s")
                if options.importing:
                    importer = subprocess.Popen(
                        [*bursar, "import", options.importing, "--kind", "costs"], env=environment, stdout=subprocess.DEVNULL
                    )
                url = f"http://127.0.0.1:{port}/slack/events"
                await load(url, 20, 2)
                latencies, failures = await load(url, options.rate, options.seconds)
                report(latencies, failures, options.rate, importer is not None and importer.poll() is None)
            finally:
                for process in (importer, server):
                    if process is not None:
                        process.terminate()
                        process.wait()
    await slack.stop()


def report(latencies: list[float], failures: int, rate: float, importing: bool) -> None:
    ordered = sorted(latencies)

    def at(share: float) -> float:
        return 1000 * ordered[min(len(ordered) - 1, int(len(ordered) * share))]

    print(
        f"{len(ordered)} requests at {rate:.0f}/s{', importing' if importing else ''}: p50 {at(0.5):.1f} ms, "
        f"p99 {at(0.99):.1f} ms, p99.9 {at(0.999):.1f} ms, max {1000 * ordered[-1]:.1f} ms, failures {failures}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, default=200)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--database", help="default: a fresh SQLite file")
    parser.add_argument("--importing", help="a FOCUS file to import meanwhile")
    asyncio.run(measure(parser.parse_args()))


if __name__ == "__main__":
    main()
