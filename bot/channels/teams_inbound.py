"""Who may call the Teams endpoint: the tokens of Microsoft's Bot Connector, validated without blocking.

The rules are Microsoft's ("Authenticate requests from the Bot Connector service to your bot"): RS256 by a key that is
published and endorses the channel, the connector's issuer, this bot as audience, a `serviceurl` claim that is the
activity's, a time that is now give or take five minutes. One company's bot also has one tenant. Whatever is not known
is refused.
"""

import asyncio
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx
import jwt
from jwt.types import Options

from bot.channels.teams_outbound import TeamsConfig, may_be_called
from workflows.ports import Clock

log = logging.getLogger(__name__)

CHANNEL = "msteams"
ALGORITHM = "RS256"
LEEWAY_SECONDS = 300.0
FAR_AWAY = 1e15
KEYS_LAST = timedelta(hours=24)
KEYS_LAST_AT_MOST = timedelta(hours=48)  # while they cannot be read again
ASK_AGAIN_AFTER = timedelta(minutes=1)
TIMEOUT_SECONDS = 5.0
OWN_TIME_CHECK: Options = {"verify_exp": False, "verify_nbf": False, "verify_iat": False, "require": ["exp", "aud", "iss"]}

Activity = Mapping[str, Any]


class NotAdmitted(Exception):
    """`status`: 401 for a token that proves nothing, 403 for a proven caller that may not say this, 503 when the keys
    could not be had. The message is for the log, never for the caller; `sort` is its class, for the figures."""

    def __init__(self, reason: str, status: int = 401, *, sort: str) -> None:
        super().__init__(reason)
        self.status = status
        self.sort = sort


@dataclass(frozen=True)
class _Key:
    key: Any
    endorsements: frozenset[str]


class Keys:
    """The connector's published keys by `kid`: read again after a day, and for an unknown `kid` once a minute at most."""

    def __init__(self, openid_url: str, clock: Clock, http: httpx.AsyncClient) -> None:
        self._url = openid_url
        self._clock = clock
        self._http = http
        self._keys: dict[str, _Key] = {}
        self._read_at: datetime | None = None
        self._asked_at: datetime | None = None
        self._reading = asyncio.Lock()

    async def of(self, kid: str) -> _Key:
        """Raises NotAdmitted: 401 for a key that is not published, 503 when the keys cannot be had."""
        if not self._fresh(KEYS_LAST) or kid not in self._keys:
            async with self._reading:
                if (not self._fresh(KEYS_LAST) or kid not in self._keys) and self._may_ask():
                    await self._read()
        if not self._fresh(KEYS_LAST_AT_MOST):
            raise NotAdmitted("the keys of the Bot Connector cannot be read", 503, sort="keys_unavailable")
        try:
            return self._keys[kid]
        except KeyError:
            raise NotAdmitted(f"no published key has the id {kid[:80]!r}", sort="unknown_key") from None

    def _fresh(self, age: timedelta) -> bool:
        return self._read_at is not None and self._clock() - self._read_at < age

    def _may_ask(self) -> bool:
        return self._asked_at is None or self._clock() - self._asked_at >= ASK_AGAIN_AFTER

    async def _read(self) -> None:
        """Keeps what it has when the keys cannot be read."""
        self._asked_at = self._clock()
        try:
            metadata = await self._get(self._url)
            keys = dict(_usable(await self._get(str(metadata.get("jwks_uri", "")))))
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            log.error("Teams: the keys of the Bot Connector cannot be read: %s", type(error).__name__)
            return
        self._keys, self._read_at = keys, self._clock()

    async def _get(self, url: str) -> dict[str, Any]:
        answer = await self._http.get(url, timeout=TIMEOUT_SECONDS)
        content = answer.raise_for_status().json()
        if not isinstance(content, dict):
            raise ValueError("not an object")
        return content


def _usable(published: Mapping[str, Any]) -> Iterator[tuple[str, _Key]]:
    """RSA keys with an id; others are no business of ours."""
    for entry in published.get("keys") or []:
        if not isinstance(entry, dict) or not isinstance(entry.get("kid"), str) or entry.get("kty") != "RSA":
            continue
        try:
            key = jwt.PyJWK(entry, ALGORITHM).key
        except jwt.PyJWTError:
            log.warning("Teams: a published key cannot be read: %s", entry["kid"][:80])
            continue
        yield entry["kid"], _Key(key, frozenset(map(str, entry.get("endorsements") or [])))


class InboundTrust:
    """Admits an activity or raises NotAdmitted. Raises ValueError when made without an app id or a tenant, because then any
    token of the Bot Framework would do; `insecure` (the Agents Playground, on a loopback host) takes whatever comes."""

    def __init__(self, config: TeamsConfig, clock: Clock, http: httpx.AsyncClient) -> None:
        if not config.insecure and not (config.app_id.strip() and config.tenant_id.strip()):
            raise ValueError("Teams needs an app id and a tenant, or --insecure-teams on a loopback host")
        self.config = config
        self._clock = clock
        self._keys = Keys(config.openid_url, clock, http)

    async def admit(self, header: str, activity: Activity) -> dict[str, Any]:
        """The token's claims; empty in insecure mode. Raises NotAdmitted."""
        claims = {} if self.config.insecure else await self._claims(header, activity)
        if not may_be_called(str(activity.get("serviceUrl", "")), self.config):
            raise NotAdmitted(
                f"{str(activity.get('serviceUrl'))[:120]!r} takes no messages for Teams", 403, sort="service_url"
            )
        return claims

    async def _claims(self, header: str, activity: Activity) -> dict[str, Any]:
        token = bearer(header)
        kid = _kid_of(token)
        key = await self._keys.of(kid)
        claims = self._proven(token, key.key)
        if CHANNEL not in key.endorsements:
            raise NotAdmitted(f"the key {kid[:80]!r} does not endorse {CHANNEL}", 403, sort="not_endorsed")
        if claims.get("serviceurl") != activity.get("serviceUrl"):
            raise NotAdmitted("the token is for another service URL", 403, sort="service_url")
        check_origin(activity, self.config.tenant_id)
        return claims

    def _proven(self, token: str, key: Any) -> dict[str, Any]:
        try:
            claims: dict[str, Any] = jwt.decode(
                token, key, algorithms=[ALGORITHM], audience=self.config.app_id, issuer=self.config.token_issuer,
                options=OWN_TIME_CHECK,
            )  # fmt: skip
        except (jwt.PyJWTError, ValueError, RecursionError) as error:
            raise NotAdmitted(f"{type(error).__name__}: {str(error)[:200]}", sort="not_proven") from error
        now = self._clock().timestamp()
        expires, begins = _instant(claims["exp"]), _instant(claims.get("nbf", 0))
        if not now < expires + LEEWAY_SECONDS:
            raise NotAdmitted("the token has expired", sort="expired")
        if not begins - LEEWAY_SECONDS <= now:
            raise NotAdmitted("the token is not valid yet", sort="not_yet_valid")
        return claims


def bearer(header: str) -> str:
    """The token of an Authorization header. Raises NotAdmitted."""
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token.strip() or not token.isascii():
        raise NotAdmitted("no bearer token", sort="no_token")
    return token.strip()


def _kid_of(token: str) -> str:
    """The key id of a token that at least claims to be signed as it must be."""
    try:
        header = jwt.get_unverified_header(token)
    except (jwt.PyJWTError, ValueError, RecursionError) as error:
        raise NotAdmitted(f"no token: {type(error).__name__}", sort="malformed") from error
    if header.get("alg") != ALGORITHM:
        raise NotAdmitted(f"signed by {str(header.get('alg'))[:20]}, not {ALGORITHM}", sort="malformed")
    kid = header.get("kid")
    if not isinstance(kid, str):
        raise NotAdmitted("the token names no key", sort="malformed")
    return kid


def _instant(value: Any) -> float:
    """Seconds; what is no number compares with nothing and so is refused."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < FAR_AWAY
    return float(value) if is_number else float("nan")


def check_origin(activity: Activity, tenant_id: str) -> None:
    """Only Teams speaks here, and only this company's (Web Chat is a channel that every Azure bot has switched on)."""
    if activity.get("channelId") != CHANNEL:
        raise NotAdmitted("the activity is not from Teams", 403, sort="channel")
    tenants = tenants_of(activity)
    if tenants != {tenant_id.lower()}:
        raise NotAdmitted(f"the activity is of tenant {', '.join(sorted(tenants))[:120] or 'unknown'}", 403, sort="tenant")


def tenants_of(activity: Activity) -> set[str]:
    """Every tenant that the activity names."""
    conversation, channel = activity.get("conversation") or {}, activity.get("channelData") or {}
    tenant = channel.get("tenant") or {} if isinstance(channel, Mapping) else {}
    named = (
        conversation.get("tenantId") if isinstance(conversation, Mapping) else None,
        tenant.get("id") if isinstance(tenant, Mapping) else None,
    )
    return {str(one).lower() for one in named if one}
