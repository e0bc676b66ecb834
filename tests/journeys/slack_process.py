"""Bursar as a process of its own that tests can kill: `python -m tests.journeys.slack_process PORT INSTANT`."""

import sys
from datetime import datetime

from aiohttp import web

from bot.bootstrap import build
from bot.settings import Settings
from workflows.ports import fixed_clock


def main() -> None:
    app = build(Settings(), clock=fixed_clock(datetime.fromisoformat(sys.argv[2])))
    web.run_app(app.http(), host="127.0.0.1", port=int(sys.argv[1]), print=None)


if __name__ == "__main__":
    main()
