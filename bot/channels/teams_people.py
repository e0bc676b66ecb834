"""Teams accounts as people: who acted, and who is in the teams and chats where Bursar is.

An account is matched by the e-mail address or the user principal name that Teams gives for a member of the own tenant.
Guests, bots and people of other tenants stay unmatched.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from sqlalchemy.exc import IntegrityError
from sqlmodel import col, or_, select

from bot.accounts import account_for, link_account, remember_direct
from bot.channels.base import SendDoubtful, SendFailed
from bot.channels.teams_outbound import Connector
from bot.channels.teams_places import base_id, roster_was_read, rosters_to_read, service_url_of
from bot.interaction import Actor
from storage.directory import person_id_of
from storage.models import ChatAccount, ChatPlace
from storage.org import load_org, today
from storage.unit_of_work import Store
from workflows.ports import Clock

log = logging.getLogger(__name__)

ASK_AGAIN_AFTER = timedelta(hours=24)  # guests become members, addresses change
UNMATCHED_ASK_AGAIN_AFTER = timedelta(minutes=1)
ROSTER_PATIENCE = timedelta(hours=6)
ROSTER_PATIENCE_WHEN_MISSED = timedelta(minutes=10)
PAGE_SIZE = 200
MOST_PAGES = 500


@dataclass(frozen=True)
class TeamsUser:
    """Who an activity is from. `address` is `from.id`, `object_id` is `from.aadObjectId`; `timezone` an IANA name."""

    tenant: str
    address: str
    object_id: str | None = None
    timezone: str | None = None

    @property
    def external_id(self) -> str:
        return self.object_id or self.address


class TeamsPeople:
    """One per process. `tenant` is the company's own; empty (insecure mode only) = everybody's."""

    def __init__(self, connector: Connector, store: Store, clock: Clock) -> None:
        self._connector = connector
        self._store = store
        self._clock = clock
        self._tenant = connector.config.tenant_id.lower()
        self._reading = asyncio.Lock()

    async def account(self, user: TeamsUser, conversation_id: str) -> ChatAccount:
        """Who acted in a conversation, as known; Teams is asked about newcomers and now and then again. When it cannot be
        asked about a newcomer there (a message extension where Bursar is not installed), the account is not matched.
        Raises SendFailed, SendDoubtful when Teams cannot be asked now."""
        account = await asyncio.to_thread(account_for, self._store, "teams", user.tenant, user.external_id)
        if account is not None and not self._to_ask_again(account, user):
            return account
        if not self._is_ours(user.tenant):
            return await self._link(user, None)
        try:
            return await self._link(user, await self._member(user, conversation_id))
        except (SendFailed, SendDoubtful) as error:
            if account is not None:
                log.warning("Teams could not be asked about %s again: %s", user.external_id, error)
                return account
            if isinstance(error, SendFailed) and error.elsewhere:
                return await self._link(user, None)
            raise

    async def remember_direct(self, account: ChatAccount, conversation_id: str) -> None:
        """Keep the personal chat that an activity came from."""
        if account.id is not None and account.direct_conversation != conversation_id:
            await asyncio.to_thread(remember_direct, self._store, account.id, conversation_id)

    async def find(self, email: str) -> ChatAccount | None:
        """The matched account of an address, looked for in the rosters when it is not known. Raises SendFailed."""
        async with self._reading:  # who waits here finds what the first one reads
            found = await asyncio.to_thread(self._known, email)
            if found is not None or not await self._read(ROSTER_PATIENCE_WHEN_MISSED):
                return found
            return await asyncio.to_thread(self._known, email)

    async def read_rosters(self) -> None:
        """Link everybody in the teams and group chats with Bursar, each roster every six hours. Raises SendFailed."""
        async with self._reading:
            await self._read(ROSTER_PATIENCE)

    def _to_ask_again(self, account: ChatAccount, user: TeamsUser) -> bool:
        if account.timezone is None and user.timezone:  # found in a roster, speaks for the first time
            return True
        patience = ASK_AGAIN_AFTER if account.person_id is not None else UNMATCHED_ASK_AGAIN_AFTER
        return self._clock() - account.last_seen_at >= patience

    def _is_ours(self, tenant: str | None) -> bool:
        if not self._tenant:
            return self._connector.config.insecure
        return bool(tenant) and str(tenant).lower() == self._tenant

    async def _member(self, user: TeamsUser, conversation_id: str) -> Mapping[str, Any]:
        path = f"v3/conversations/{quote(base_id(conversation_id), safe='')}/members/{quote(user.address, safe='')}"
        service_url = await self._service_url(user.tenant, conversation_id)
        return await self._connector.call("GET", service_url, path, lane=conversation_id)

    async def _service_url(self, tenant: str, conversation_id: str) -> str:
        known = await asyncio.to_thread(service_url_of, self._store, tenant, conversation_id)
        return known or self._connector.config.service_url

    async def _read(self, patience: timedelta) -> bool:
        """Read every roster not read for that long; whether there was one."""
        places = await asyncio.to_thread(rosters_to_read, self._store, self._tenant or None, self._clock() - patience)
        for place in places:
            await self._read_roster(place)
        return bool(places)

    async def _read_roster(self, place: ChatPlace) -> None:
        """All members, then the mark: a roster read in part is read again."""
        try:
            async for members in self._pages(place):
                await asyncio.to_thread(self._link_members, place.workspace, members)
        except SendDoubtful as error:
            raise SendFailed(str(error), retry_after=5.0) from error
        except SendFailed as error:
            if error.retry_after is not None:
                raise
            log.warning("the members of %s cannot be read: %s", place.name or place.conversation_id, error)
        await asyncio.to_thread(roster_was_read, self._store, place.id, self._clock())

    async def _pages(self, place: ChatPlace) -> AsyncIterator[list[Mapping[str, Any]]]:
        query = {"pageSize": str(PAGE_SIZE)}
        path = f"v3/conversations/{quote(place.conversation_id, safe='')}/pagedmembers"
        for _ in range(MOST_PAGES):
            page = await self._connector.call("GET", place.service_url, path, lane=place.conversation_id, query=query)
            yield [member for member in page.get("members") or [] if isinstance(member, dict)]
            if not page.get("continuationToken"):
                return
            query["continuationToken"] = str(page["continuationToken"])

    async def _link(self, user: TeamsUser, member: Mapping[str, Any] | None) -> ChatAccount:
        return await asyncio.to_thread(self._link_now, user, member)

    def _link_now(self, user: TeamsUser, member: Mapping[str, Any] | None) -> ChatAccount:
        return link_account(
            self._store,
            channel="teams",
            workspace=user.tenant,
            external_id=user.external_id,
            email=self._email_of(member) if member is not None else None,
            timezone=user.timezone,
            now=self._clock(),
            address=user.address,
        )

    def _link_members(self, tenant: str, members: list[Mapping[str, Any]]) -> None:
        """Of a roster: whom the directory knows and who is not linked yet, together. Others are not kept."""
        rows = list(self._unlinked(tenant, members))
        try:
            with self._store.write() as uow:
                uow.session.add_all(ChatAccount.model_validate(row.model_dump()) for row in rows)
        except IntegrityError:  # one of them acted before without being matched, or another replica was faster
            for row in rows:
                link_account(
                    self._store, channel=row.channel, workspace=tenant, external_id=row.external_id, email=row.email,
                    timezone=None, now=row.last_seen_at, address=row.address,
                )  # fmt: skip

    def _unlinked(self, tenant: str, members: list[Mapping[str, Any]]) -> Iterator[ChatAccount]:
        with self._store.read() as uow:
            query = select(ChatAccount.external_id).where(
                ChatAccount.channel == "teams", ChatAccount.workspace == tenant, col(ChatAccount.person_id).is_not(None)
            )
            linked = set(uow.session.exec(query).all())
            day = today(load_org(uow.session), uow.now)
            for member in members:
                object_id, address = object_id_of(member), str(member.get("id") or "")
                if not object_id or not address or object_id in linked:
                    continue
                for email in self._addresses(member):
                    if (person_id := person_id_of(uow.session, email, day)) is not None:
                        yield ChatAccount(
                            channel="teams", workspace=tenant, external_id=object_id, person_id=person_id, email=email,
                            address=address, last_seen_at=uow.now,
                        )  # fmt: skip
                        break

    def _known(self, email: str) -> ChatAccount | None:
        """Any account of the person who has the address today."""
        with self._store.read() as uow:
            owner = person_id_of(uow.session, email, today(load_org(uow.session), uow.now))
            mine = or_(col(ChatAccount.person_id) == owner, col(ChatAccount.email) == email.strip().lower())
            query = select(ChatAccount).where(ChatAccount.channel == "teams", mine).order_by(col(ChatAccount.id))
            rows = uow.session.exec(query).all() if owner is not None else []
        for row in rows:
            account = account_for(self._store, "teams", row.workspace, row.external_id)
            if account is not None and account.person_id == owner:
                return account
        return None

    def _email_of(self, member: Mapping[str, Any]) -> str | None:
        """The address under which the directory knows a member, else any; None for those who may not be matched."""
        addresses = self._addresses(member)
        with self._store.read() as uow:
            day = today(load_org(uow.session), uow.now)
            known = (one for one in addresses if person_id_of(uow.session, one, day) is not None)
            return next(known, next(iter(addresses), None))

    def _addresses(self, member: Mapping[str, Any]) -> list[str]:
        """What an account may be matched by, the e-mail address first."""
        if not self._is_colleague(member):
            return []
        return [str(member[name]).lower() for name in ("email", "userPrincipalName") if member.get(name)]

    def _is_colleague(self, member: Mapping[str, Any]) -> bool:
        """A full member of the company's tenant. An account that does not say which tenant is its own is nobody's."""
        tenant = member.get("tenantId")
        if not self._is_ours(tenant) and not (self._connector.config.insecure and not tenant):
            return False
        if str(member.get("userRole") or "user").lower() != "user":
            return False
        principal = str(member.get("userPrincipalName") or "")
        return "#ext#" not in principal.lower() and not str(member.get("id") or "").startswith("28:")


def object_id_of(member: Mapping[str, Any]) -> str | None:
    """The Entra object id; older answers call it `objectId`."""
    found = member.get("aadObjectId") or member.get("objectId")
    return str(found) if found else None


def actor_of(account: ChatAccount) -> Actor:
    return Actor(
        channel="teams",
        workspace=account.workspace,
        external_id=account.external_id,
        person_id=account.person_id,
        email=account.email,
    )
