"""`bursar demo`: a sample company in the browser, with a throw-away database and data that ends yesterday."""

import argparse
import asyncio
import contextlib
import errno
import logging
import os
import signal
import tempfile
import time
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

from aiohttp import web

from bot.bootstrap import App, build
from bot.commands.common import Refused, add_common, clock_of
from bot.commands.import_files import check_policy, check_synonyms
from bot.settings import Settings
from storage.database import open_engine
from storage.org import parse_org, today
from storage.schema import ensure_schema
from storage.unit_of_work import Store
from workflows.ports import Clock, random_id, system_clock

HOST = "127.0.0.1"
FIRST_PORT = 3978
PORTS_TRIED = 50
SHUTDOWN_SECONDS = 1.0  # open pages hold a connection; they are not waited for


def configure(parser: argparse.ArgumentParser) -> None:
    add_common(parser)
    parser.add_argument("--port", type=int, default=FIRST_PORT, help=f"default: the next free one from {FIRST_PORT}")
    parser.add_argument("--keep", metavar="FOLDER", type=Path, help="leave the generated files and the database there")


def run(options: argparse.Namespace) -> int:
    if options.database:
        raise Refused("the demo makes its own throw-away database; leave --database out (--keep FOLDER keeps it)")
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    clock = moving_clock(options)
    with workshop(options.keep) as folder:
        os.environ["BURSAR_AUDIT_DIR"] = str(folder / "audit")  # nothing of the demo lands among the user's own files
        os.environ["BURSAR_AUDIT_KEY_FILE"] = str(folder / "audit-key.pem")
        settings = Settings(_env_file=None, database_url=f"sqlite:///{folder / 'bursar.db'}", slack_bot_token=None)
        prepare(settings.database_url, folder / "company", clock)
        app = build(settings, clock=clock, web_channel=True)
        suggest_cast(app)
        asyncio.run(serve(app, options.port))
    return 0


def moving_clock(options: argparse.Namespace) -> Clock:
    """The real clock; with `--now` one that starts there and goes on."""
    clock = clock_of(options)
    if clock is system_clock:
        return clock
    offset = clock() - system_clock()
    return lambda: system_clock() + offset


@contextlib.contextmanager
def workshop(keep: Path | None) -> Iterator[Path]:
    """A folder that is gone afterwards, unless one to keep is named."""
    if keep is not None:
        if keep.exists() and any(keep.iterdir()):
            raise Refused(f"{keep} is not empty; name a new folder")
        keep.mkdir(parents=True, exist_ok=True)
        yield keep
        return
    with tempfile.TemporaryDirectory(prefix="bursar-demo-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def prepare(database_url: str, folder: Path, clock: Clock) -> None:
    """Generate the company, import it and let some things have happened; says what it is doing."""
    from bot.channels.web_store import link_everybody
    from bot.demo_story import Story
    from manifests.demo.company import DOMAIN
    from manifests.demo.generate import generate
    from storage.imports import load

    engine = open_engine(database_url)
    ensure_schema(engine)
    store = Store(engine, clock, random_id)
    with step("Inventing a company"):
        generate(folder, company_day(clock()))
    with step("Importing its people, seats and 18 months of cost"):
        reports = load(store, [folder], check_policy=check_policy, check_synonyms=check_synonyms)
    refused = [report.refused for report in reports if report.refused]
    if refused:
        raise Refused(f"the sample company could not be imported: {refused[0]}")
    with step("Letting a few things happen"):
        link_everybody(store)
        Story(store, clock(), DOMAIN).tell()
    engine.dispose()


def company_day(now: datetime) -> date:
    """The company's own day, so that its data ends on its yesterday."""
    from manifests.demo.generate import settings_text

    return today(parse_org(settings_text()), now)


@contextlib.contextmanager
def step(what: str) -> Iterator[None]:
    began = time.monotonic()
    print(f"{what} … ", end="", flush=True)
    yield
    print(f"{time.monotonic() - began:.1f} s", flush=True)


def suggest_cast(app: App) -> None:
    from bot.channels.web import WebChannel
    from bot.channels.web_viewer import Suggested
    from manifests.demo.company import CAST

    for channel in app.channels:
        if isinstance(channel, WebChannel):
            channel.suggest([Suggested(member.email, member.about) for member in CAST])


async def serve(app: App, port: int) -> None:
    """Until Ctrl-C or SIGTERM."""
    runner = web.AppRunner(app.http(), access_log=None, shutdown_timeout=SHUTDOWN_SECONDS)
    await runner.setup()
    try:
        address = f"http://{HOST}:{await listen(runner, port)}"
        print(f"\nBursar is at {address}\nCtrl-C ends it; nothing is kept.", flush=True)
        stopped = asyncio.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            with contextlib.suppress(NotImplementedError):  # Windows
                asyncio.get_running_loop().add_signal_handler(name, stopped.set)
        await stopped.wait()
    finally:
        await runner.cleanup()


async def listen(runner: web.AppRunner, first: int) -> int:
    """The first free port from `first`. Raises Refused when none of fifty is."""
    for port in range(first, min(first + PORTS_TRIED, 65536)):
        try:
            await web.TCPSite(runner, HOST, port).start()
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise Refused(f"cannot listen on {HOST}:{port}: {error.strerror}") from error
        else:
            return port
    raise Refused(f"no port is free from {first} on; give another one with --port")
