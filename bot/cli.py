"""The `bursar` command. A command's module is imported only when it is called, so that `bursar ask` starts fast."""

import argparse
import gc
import importlib
import sys
from collections.abc import Sequence

COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("bot.commands.demo", "a sample company in the browser, with its own throw-away database"),
    "serve": ("bot.commands.serve", "Slack and Teams, one process; settings from the environment (BURSAR_*)"),
    "import": ("bot.commands.import_files", "load files or a folder of files"),
    "sync": ("bot.commands.sync", "fetch from vendor connectors"),
    "ask": ("bot.commands.ask", "ask about AI spend in plain words"),
    "tools": ("bot.commands.tools", "the one inventory, with where each tool was seen"),
    "policy": ("bot.commands.policy", "lint, explain, test, replay or print the schema of the policy"),
    "seats": ("bot.commands.seats", "seats, and which lie idle"),
    "requests": ("bot.commands.requests", "access requests and where they stand"),
    "audit": ("bot.commands.audit", "verify the audit trail"),
    "doctor": ("bot.commands.doctor", "check database, settings, tokens, manifests, clock and policy"),
    "export": ("bot.commands.export", "FOCUS rows, journals or the audit trail as files"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Exit status 0 done, 1 refused or failed with one clear line, 2 wrong use (spec/formats.md)."""
    options = parsed(list(sys.argv[1:] if argv is None else argv))
    from bot.commands.common import Refused, close_stores

    try:
        return int(importlib.import_module(COMMANDS[options.command][0]).run(options) or 0)
    except Refused as error:
        print(f"bursar {options.command}: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        return 1
    except KeyboardInterrupt:
        return 130
    finally:
        close_stores()


def parsed(arguments: list[str]) -> argparse.Namespace:
    """Imports the chosen command's module, without collecting garbage meanwhile: imports make none."""
    parser = argparse.ArgumentParser(prog="bursar", description="Runs a company's AI licences and spend, in chat.")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    chosen = next((word for word in arguments if not word.startswith("-")), None)
    gc.disable()
    try:
        for name, (module, summary) in COMMANDS.items():
            command = commands.add_parser(name, help=summary, description=summary)
            if name == chosen:
                importlib.import_module(module).configure(command)
    finally:
        gc.enable()
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
