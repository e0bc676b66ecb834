"""Files into personal chats, with the person's consent: Teams makes a place in their OneDrive, Bursar fills it.

learn.microsoft.com, "Send and receive files using bots": only in personal chats, and not in the clouds of GCC High and
DoD. The card that asks carries the key of the outbox row that offered the file; the file itself is made when it is
stored, with the rights of then.
"""

import logging
from collections.abc import Mapping
from typing import Any
from urllib.parse import SplitResult

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col, select, update

from bot.channels.base import SendDoubtful, SendFailed
from bot.channels.plainly import trim
from bot.channels.teams_limits import LIMITS
from bot.channels.teams_outbound import Connector, TeamsConfig, clean_url, is_loopback
from bot.interaction import Conversation
from bot.message import Attachment, text_message
from storage.models import OutboxItem, PostedMessage
from storage.unit_of_work import Store, UnitOfWork
from workflows.asking.export import NOTICE

log = logging.getLogger(__name__)

CONSENT = "application/vnd.microsoft.teams.card.file.consent"
INFO = "application/vnd.microsoft.teams.card.file.info"
HOSTS = {"sharepoint.com", "1drv.com", "graph.microsoft.com", "microsoftgraph.chinacloudapi.cn"}
DOMAINS = (".sharepoint.com", ".sharepoint.cn", ".1drv.com")
ANSWER = "file:"  # keys of outbox rows that answer a consent
AGAIN_SOON = 5.0
NOT_MINE = "this card is not of a file that Bursar offers you"

DECLINED = "Then I do not send the file. Press Export CSV once more if you change your mind."
FOREIGN = "I store files in OneDrive only, and this was another address. Nothing was sent. Try it in Teams itself."
NOT_TAKEN = "Your OneDrive did not take the file ({}). Press Export CSV once more, or ask for the file in Slack."
UPDATE_APP = "Ask an administrator to upload Bursar's newest package to Teams: this one has no files."


def may_be_stored_at(url: str, config: TeamsConfig) -> bool:
    """Microsoft's file hosts over https; the loopback where the Bot Connector itself is configured to be there."""
    parts = clean_url(url)
    if parts is None:
        return False
    host = (parts.hostname or "").lower()
    if is_loopback(host):
        return config.insecure or _origin(parts) == _origin(clean_url(config.service_url))
    return parts.scheme == "https" and parts.port in (None, 443) and (host in HOSTS or host.endswith(DOMAINS))


def _origin(parts: SplitResult | None) -> str | None:
    return f"{parts.scheme}://{parts.netloc.lower()}" if parts is not None else None


def consent_activity(file: Attachment, key: str, about: str) -> dict[str, Any]:
    """Asks whether Bursar may put the file into the person's OneDrive; `key` is the outbox row's."""
    context = {"bursar": {"file": key}}
    content = {
        "description": trim(about, LIMITS["fact"]), "sizeInBytes": len(file.data),
        "acceptContext": context, "declineContext": context,
    }  # fmt: skip
    return _with(about, {"contentType": CONSENT, "name": file.name, "content": content})


def info_activity(upload: Mapping[str, str]) -> dict[str, Any]:
    """The stored file, to open and to download."""
    content = {"uniqueId": upload.get("uniqueId", ""), "fileType": upload.get("fileType", "")}
    name = upload.get("name") or "file"
    return _with(name, {"contentType": INFO, "contentUrl": upload["contentUrl"], "name": name, "content": content})


def _with(summary: str, attachment: dict[str, Any]) -> dict[str, Any]:
    return {"type": "message", "summary": trim(summary, LIMITS["summary"]), "attachments": [attachment]}


def queue_answer(
    store: Store, config: TeamsConfig, value: Mapping[str, Any], person_id: int | None, to: Conversation, card: str | None
) -> None:
    """What `fileConsent/invoke` says (`value`) becomes one outbox row, however often it is said. `card` is the message
    that asked, where Teams names it: the row's thread. Raises ValueError for an answer to no offer to this person."""
    context = value.get("context")
    memory = context.get("bursar") if isinstance(context, dict) else None
    key = memory.get("file") if isinstance(memory, dict) else None
    with store.write() as uow:
        offer = uow.session.exec(select(OutboxItem).where(OutboxItem.key == key)).first() if isinstance(key, str) else None
        if offer is None or offer.kind != NOTICE or person_id is None or offer.person_id != person_id:
            raise ValueError(NOT_MINE)
        if uow.session.exec(select(OutboxItem.id).where(OutboxItem.key == ANSWER + offer.key)).first() is not None:
            return
        to = to.model_copy(update={"thread_id": card or _card_of(uow, offer.key)})
        row = {
            "lane": offer.lane, "conversation": to.model_dump(mode="json"), "person_id": person_id, "at_most_once": False,
            "status": "new", "attempts": 0, "created_at": uow.now, **_answer(value, offer, config),
        }  # fmt: skip
        insert = sqlite.insert if store.is_sqlite else postgresql.insert
        uow.session.execute(insert(OutboxItem).on_conflict_do_nothing(index_elements=["key"]), [row])


def _answer(value: Mapping[str, Any], offer: OutboxItem, config: TeamsConfig) -> dict[str, Any]:
    """The part of the row that says what comes of it; what was declined can still be had."""
    if value.get("action") != "accept":
        return _words(f"{ANSWER}{offer.key}:declined", DECLINED)
    given = value.get("uploadInfo")
    names = ("uploadUrl", "contentUrl", "name", "uniqueId", "fileType")
    upload = {name: str(given[name]) for name in names if given.get(name)} if isinstance(given, dict) else {}
    if not all(may_be_stored_at(upload.get(name, ""), config) for name in ("uploadUrl", "contentUrl")):
        log.warning("Teams: a file was to be stored outside of Microsoft's hosts")
        return _words(f"{ANSWER}{offer.key}:foreign", FOREIGN)
    return {"key": ANSWER + offer.key, "kind": offer.kind, "subject": offer.subject, "payload": {"upload": upload}}


def _words(key: str, text: str) -> dict[str, Any]:
    return {"key": key, "kind": "message", "subject": None, "payload": text_message(text).model_dump(mode="json")}


def _card_of(uow: UnitOfWork, key: str) -> str | None:
    return uow.session.exec(select(PostedMessage.message_id).where(PostedMessage.outbox_key == key)).first()


def upload_of(store: Store, key: str) -> dict[str, str]:
    """Where an accepted file goes, as Teams words it; without `uploadUrl` once it is stored, empty for other rows."""
    with store.read() as uow:
        payload = uow.session.exec(select(OutboxItem.payload).where(OutboxItem.key == key)).first() or {}
    return dict(payload.get("upload") or {})


def note_stored(store: Store, key: str, upload: Mapping[str, str]) -> None:
    """The address to write to is used once and then forgotten."""
    left = {name: value for name, value in upload.items() if name != "uploadUrl"}
    with store.write() as uow:
        uow.session.exec(update(OutboxItem).where(col(OutboxItem.key) == key).values(payload={"upload": left}))


async def store_file(connector: Connector, url: str, data: bytes) -> None:
    """Put the bytes there, without Bursar's token. Writing them twice is writing them once. Raises SendFailed."""
    if not may_be_stored_at(url, connector.config):
        raise SendFailed("no address for files", retry_after=None)
    headers = {"Content-Type": "application/octet-stream", "Content-Range": f"bytes 0-{len(data) - 1}/{len(data)}"}
    try:
        status = await connector.put_bytes(url, data, headers)
    except SendDoubtful as error:
        raise SendFailed(str(error), retry_after=AGAIN_SOON) from error
    if status not in (200, 201):
        raise SendFailed(f"status {status}", retry_after=AGAIN_SOON if status in (408, 429) or status >= 500 else None)
