"""`bursar sync`: fetch from vendor connectors. This release has none; the command says what to do instead."""

import argparse

from bot.commands.common import Refused, add_common


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("connectors", nargs="*", metavar="CONNECTOR")
    parser.add_argument("--since", metavar="DATE")
    add_common(parser)


def run(options: argparse.Namespace) -> int:
    """Always refuses, so that a cron job notices."""
    asked = f"no connector {', '.join(options.connectors)}" if options.connectors else "no vendor connectors"
    raise Refused(f"this release has {asked}; import the vendor's export instead: bursar import FILE")
