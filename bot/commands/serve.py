"""`bursar serve`: Slack and Teams in one process."""

import argparse
import asyncio
import contextlib
import gc
import ipaddress
import logging
import os
import signal

from aiohttp import web
from pydantic import ValidationError

from bot.bootstrap import App, NothingToServe, build
from bot.commands.common import Refused
from bot.redaction import install_redaction
from bot.settings import Settings


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--database", metavar="URL", help="default: BURSAR_DATABASE_URL, else SQLite in the data folder")
    parser.add_argument("--web", action="store_true", help="also the browser channel, on loopback only, without a login")
    parser.add_argument(
        "--insecure-teams", action="store_true",
        help="Teams without secrets and tokens, on loopback only (for the Microsoft 365 Agents Playground)",
    )  # fmt: skip
    parser.add_argument("--verbose", action="store_true", help="log every step")


def run(options: argparse.Namespace) -> int:
    if os.environ.get("BURSAR_NOW"):
        raise Refused("BURSAR_NOW fixes the clock; `serve` runs by the real one. Unset it.")
    logging.basicConfig(
        level=logging.DEBUG if options.verbose else logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    for name in ("apscheduler", "alembic"):  # they tell of every tick and step
        logging.getLogger(name).setLevel(logging.DEBUG if options.verbose else logging.WARNING)
    for name in ("httpx", "httpcore"):  # they tell of every call, with addresses that are secrets (files of Teams)
        logging.getLogger(name).setLevel(logging.WARNING)
    settings = read_settings(options.database)
    install_redaction(settings)
    if options.web and not is_loopback(settings.host):
        raise Refused(f"--web has no login and is served on loopback only; BURSAR_HOST is {settings.host}")
    if options.insecure_teams and not is_loopback(settings.host):
        raise Refused(f"--insecure-teams believes everybody and is served on loopback only; BURSAR_HOST is {settings.host}")
    try:
        app = build(settings, web_channel=options.web, insecure_teams=options.insecure_teams)
    except NothingToServe as error:
        raise Refused(str(error)) from error
    import_configuration(app, settings)
    asyncio.run(listen(app, settings.host, settings.port))
    return 0


def read_settings(database: str | None) -> Settings:
    """Raises Refused naming the setting that cannot be used."""
    try:
        return Settings(database_url=database) if database else Settings()
    except ValidationError as error:
        first = error.errors()[0]
        raise Refused(f"BURSAR_{'_'.join(map(str, first['loc'])).upper()}: {first['msg']}") from error


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def import_configuration(app: App, settings: Settings) -> None:
    """The configuration folder becomes a new version when its hash differs; a bad file is refused with its line."""
    if settings.config_dir is None:
        return
    from bot.commands.import_files import check_policy, check_synonyms
    from storage.imports import load_config_folder
    from storage.imports.source import Refused as NotLoaded
    from storage.yaml_source import SourceErrors
    from workflows.imports import record_imports

    try:
        reports = load_config_folder(app.store, settings.config_dir, check_policy, check_synonyms)
    except (SourceErrors, NotLoaded, TimeoutError) as error:
        raise Refused(str(error)) from error
    with app.store.write() as uow:
        record_imports(uow, reports)


async def listen(app: App, host: str, port: int) -> None:
    """Serve until SIGTERM or Ctrl-C, then finish what is under way."""
    runner = web.AppRunner(app.http(), access_log=None, shutdown_timeout=2)
    await runner.setup()
    try:
        gc.collect()
        gc.freeze()  # what stands at the start is never garbage: collections stay short while clicks wait
        await web.TCPSite(runner, host, port).start()
        logging.getLogger("bursar").info("listening on http://%s:%d", host, port)
        stopped = asyncio.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            with contextlib.suppress(NotImplementedError):
                asyncio.get_running_loop().add_signal_handler(name, stopped.set)
        await stopped.wait()
    finally:
        await runner.cleanup()
