"""Whose chat account this is: accounts are matched to people by e-mail, in one place for all channels."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, func, or_, select, update

from bot.interaction import Actor, Conversation
from storage.directory import person_id_of
from storage.models import ChatAccount, PersonEmail
from storage.org import load_org, today
from storage.unit_of_work import Store, UnitOfWork

USE_NOTED_EVERY = timedelta(minutes=5)


def account_for(store: Store, channel: str, workspace: str, external_id: str) -> ChatAccount | None:
    """The known account, or None when the platform has to be asked who it is.

    The person is looked up again each time, because people arrive, leave and hand on addresses after the account was
    linked. `link_account` without an e-mail makes an account that is never matched.
    """
    with store.read() as uow:
        account, owner = _seen(uow, channel, workspace, external_id)
    if account is None or account.person_id == owner:
        return account
    with store.write() as uow:
        account = _find(uow.session, channel, workspace, external_id)
        if account is not None:
            account.person_id = _owner_of(uow, account.email)
        return account


def link_account(
    store: Store, *, channel: str, workspace: str, external_id: str, email: str | None, timezone: str | None, now: datetime,
    address: str | None = None,
) -> ChatAccount:  # fmt: skip
    """Record what the platform says about an account. Pass no e-mail for bots, guests and people of other companies."""
    _ensure_row(store, channel, workspace, external_id, now)
    with store.write() as uow:
        account = _find(uow.session, channel, workspace, external_id)
        if account is None:
            raise LookupError(f"the account {external_id} was removed while it was linked")
        account.email = email.strip().lower() if email else None
        account.person_id = _owner_of(uow, account.email)
        account.timezone = timezone
        account.address = address
        account.last_seen_at = now
        return account


def direct_of(uow: UnitOfWork, actor: Actor) -> Conversation | None:
    """The account's direct conversation with Bursar, as far as it is known."""
    account = _find(uow.session, actor.channel, actor.workspace, actor.external_id)
    if account is None or not account.direct_conversation:
        return None
    return Conversation(channel=actor.channel, workspace=actor.workspace, id=account.direct_conversation, kind="direct")


def remember_direct(store: Store, account_id: int, conversation_id: str) -> None:
    """Keep the id of the account's direct conversation with Bursar."""
    with store.write() as uow:
        account = uow.session.get(ChatAccount, account_id)
        if account is not None:
            account.direct_conversation = conversation_id


def note_use(uow: UnitOfWork, actor: Actor) -> None:
    """Somebody did something with that account: things are told there until they use another one."""
    uow.session.exec(
        update(ChatAccount)
        .where(
            col(ChatAccount.channel) == actor.channel,
            col(ChatAccount.workspace) == actor.workspace,
            col(ChatAccount.external_id) == actor.external_id,
            or_(col(ChatAccount.last_used_at).is_(None), col(ChatAccount.last_used_at) < uow.now - USE_NOTED_EVERY),
        )
        .values(last_used_at=uow.now)
    )


def external_ids(store: Store, channel: str, workspace: str, person_ids: Iterable[int]) -> dict[int, str]:
    """What each person is called by in a workspace (the address, else the account); people without one are left out."""
    wanted = set(person_ids)
    if not wanted:
        return {}
    with store.read() as uow:
        rows = uow.session.exec(
            select(ChatAccount.person_id, func.coalesce(ChatAccount.address, ChatAccount.external_id)).where(
                ChatAccount.channel == channel, ChatAccount.workspace == workspace, col(ChatAccount.person_id).in_(wanted)
            )
        ).all()
    return {person_id: external_id for person_id, external_id in rows if person_id is not None}


def _seen(uow: UnitOfWork, channel: str, workspace: str, external_id: str) -> tuple[ChatAccount | None, int | None]:
    """The account and who has its address today, in one query: every click begins with it."""
    rows = uow.session.exec(
        select(ChatAccount, PersonEmail.person_id)
        .outerjoin(PersonEmail, col(PersonEmail.email) == ChatAccount.email)
        .where(ChatAccount.channel == channel, ChatAccount.workspace == workspace, ChatAccount.external_id == external_id)
    ).all()
    if not rows:
        return None, None
    account, only_owner = rows[0]
    return account, only_owner if len(rows) == 1 else _owner_of(uow, account.email)


def _ensure_row(store: Store, channel: str, workspace: str, external_id: str, now: datetime) -> None:
    """Two replicas may meet a newcomer at once: the second insert is refused and the row is there."""
    account = ChatAccount(channel=channel, workspace=workspace, external_id=external_id, last_seen_at=now)
    try:
        with store.write() as uow:
            if _find(uow.session, channel, workspace, external_id) is None:
                uow.session.add(account)
    except IntegrityError:
        return


def _find(session: Session, channel: str, workspace: str, external_id: str) -> ChatAccount | None:
    return session.exec(
        select(ChatAccount).where(
            ChatAccount.channel == channel, ChatAccount.workspace == workspace, ChatAccount.external_id == external_id
        )
    ).first()


def _owner_of(uow: UnitOfWork, email: str | None) -> int | None:
    if email is None:
        return None
    return person_id_of(uow.session, email, today(load_org(uow.session), uow.now))
