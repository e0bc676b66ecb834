"""`bursar audit verify` and `bursar audit checkpoint`."""

import argparse
import os
from pathlib import Path

from bot.commands.common import Refused, add_common, open_store, print_json
from workflows.audit.checkpoint import (
    default_key_file,
    public_key_of,
    read_checkpoints,
    signing_key,
    take_checkpoint,
    write_checkpoint,
)
from workflows.audit.verify import verify


def configure(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    check = actions.add_parser("verify", help="find any edit or deletion of the audit trail")
    check.add_argument(
        "--checkpoints", metavar="PATH", type=Path, action="append",
        help="checkpoint files or folders of them (default: BURSAR_AUDIT_DIR)",
    )  # fmt: skip
    check.add_argument("--public-key", metavar="BASE64", help="the key to trust (default: this machine's audit key)")
    take = actions.add_parser("checkpoint", help="sign the head of the trail now")
    take.add_argument("--to", metavar="FOLDER", type=Path, help="default: BURSAR_AUDIT_DIR")
    for action in (check, take):
        add_common(action)


def run(options: argparse.Namespace) -> int:
    return _verify(options) if options.action == "verify" else _checkpoint(options)


def _audit_dir() -> Path | None:
    configured = os.environ.get("BURSAR_AUDIT_DIR")
    return Path(configured) if configured else None


def _verify(options: argparse.Namespace) -> int:
    folder = _audit_dir()
    paths = options.checkpoints or ([folder] if folder else [])
    try:
        checkpoints = read_checkpoints(paths)
    except (OSError, ValueError) as error:
        raise Refused(str(error)) from error
    trusted = options.public_key
    if trusted is None and default_key_file().exists():
        trusted = public_key_of(signing_key(default_key_file()))
    with open_store(options).read() as uow:
        result = verify(uow.session, checkpoints, trusted)
    if options.json:
        print_json(result.__dict__ | {"intact": result.intact, "checkpoints": len(checkpoints)})
        return 0 if result.intact else 1
    for problem in result.problems:
        print(f"BROKEN: {problem}")
    if result.intact:
        print(f"intact: {result.rows} rows, head {result.head[:16]}…")
    if checkpoints:
        print(f"compared with {result.compared} of {len(checkpoints)} checkpoints")
    else:
        print(
            "no checkpoint to compare with: a cut tail cannot be ruled out. "
            "Set BURSAR_AUDIT_DIR, or name checkpoint files with --checkpoints."
        )
    if checkpoints and trusted is None:
        print("no trusted key on this machine: signatures were checked against the key each checkpoint names")
    return 0 if result.intact else 1


def _checkpoint(options: argparse.Namespace) -> int:
    folder = options.to or _audit_dir()
    if folder is None:
        raise Refused("no folder for the checkpoint; set BURSAR_AUDIT_DIR or name one with --to")
    with open_store(options).write() as uow:
        checkpoint = take_checkpoint(uow, signing_key(default_key_file()))
    if checkpoint is None:
        print("the audit trail is empty; nothing to sign")
        return 0
    print(f"row {checkpoint.seq} signed: {write_checkpoint(checkpoint, folder)}")
    return 0
