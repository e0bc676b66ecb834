"""Checkpoints: signed statements of the trail's head, kept outside the database, because a chain alone cannot show that
its tail was cut off.

A checkpoint is one JSON object: seq, head_hash, created_at, public_key, signature (Ed25519 over the first three).
"""

import base64
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from platformdirs import user_data_path

from storage.models import AuditCheckpoint, AuditHead
from storage.unit_of_work import UnitOfWork
from workflows.audit.trail import canonical


@dataclass(frozen=True)
class Checkpoint:
    """`public_key` and `signature` in base64."""

    seq: int
    head_hash: str
    created_at: str
    public_key: str
    signature: str

    @property
    def statement(self) -> bytes:
        return canonical({"seq": self.seq, "head_hash": self.head_hash, "created_at": self.created_at}).encode()

    def is_signed_by(self, public_key: str) -> bool:
        """False for another key's or a forged signature."""
        if self.public_key != public_key:
            return False
        try:
            key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public_key))
            key.verify(base64.b64decode(self.signature), self.statement)
        except (InvalidSignature, ValueError):
            return False
        return True

    def as_json(self) -> str:
        return json.dumps(self.__dict__, sort_keys=True)


def default_key_file() -> Path:
    """Beside no database: `BURSAR_AUDIT_KEY_FILE`, else the user's data folder."""
    configured = os.environ.get("BURSAR_AUDIT_KEY_FILE")
    return Path(configured) if configured else user_data_path("bursar", ensure_exists=True) / "audit-key.pem"


def signing_key(path: Path) -> Ed25519PrivateKey:
    """Read from `path`, made there (mode 600) when missing. Raises ValueError when the file is no Ed25519 key."""
    if not path.exists():
        key = Ed25519PrivateKey.generate()
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(pem)
        return key
    loaded = load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(loaded, Ed25519PrivateKey):
        raise ValueError(f"{path} is not an Ed25519 private key")
    return loaded


def public_key_of(key: Ed25519PrivateKey) -> str:
    return base64.b64encode(key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()


def take_checkpoint(uow: UnitOfWork, key: Ed25519PrivateKey) -> Checkpoint | None:
    """Sign the head as it stands; None while the trail is empty. The row in the database is for reference only."""
    head = uow.session.get(AuditHead, 1)
    if head is None or head.seq == 0:
        return None
    unsigned = Checkpoint(head.seq, head.hash, uow.now.isoformat(), public_key_of(key), "")
    signature = base64.b64encode(key.sign(unsigned.statement)).decode()
    checkpoint = Checkpoint(**(unsigned.__dict__ | {"signature": signature}))
    uow.session.add(
        AuditCheckpoint(
            seq=head.seq, head_hash=head.hash, created_at=uow.now, signature=signature, public_key=checkpoint.public_key
        )
    )
    return checkpoint


def write_checkpoint(checkpoint: Checkpoint, folder: Path) -> Path:
    """One file a checkpoint, named by day and seq, never overwritten."""
    folder.mkdir(parents=True, exist_ok=True)
    day = datetime.fromisoformat(checkpoint.created_at).date().isoformat()
    path = folder / f"audit-{day}-{checkpoint.seq:09d}.json"
    if not path.exists():
        temporary = path.with_suffix(".tmp")
        temporary.write_text(checkpoint.as_json() + "\n")
        temporary.replace(path)
    return path


def read_checkpoints(paths: Iterable[Path]) -> list[Checkpoint]:
    """From files or folders of them. Raises ValueError naming a file that is no checkpoint."""
    found = []
    for path in paths:
        for file in sorted(path.glob("audit-*.json")) if path.is_dir() else [path]:
            try:
                found.append(Checkpoint(**json.loads(file.read_text())))
            except (TypeError, json.JSONDecodeError, UnicodeDecodeError) as error:
                raise ValueError(f"{file} is not an audit checkpoint") from error
    return sorted(found, key=lambda checkpoint: checkpoint.seq)
