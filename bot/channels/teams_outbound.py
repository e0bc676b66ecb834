"""Calls to Microsoft's Bot Connector: to which hosts, with which token, and what their answers mean for the outbox.

Statuses: learn.microsoft.com, "Optimize your bot with rate limiting in Teams" and "Send proactive messages".
"""

import asyncio
import logging
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Any, Literal
from urllib.parse import SplitResult, urlsplit

import httpx

from bot.channels.base import SendDoubtful, SendFailed
from bot.counters import called
from workflows.ports import Clock

log = logging.getLogger(__name__)

TIMEOUT = httpx.Timeout(15.0, connect=5.0)
NO_KEPT_CONNECTIONS = httpx.Limits(max_keepalive_connections=0)  # one closed by Teams meanwhile makes a post doubtful
RENEW_BEFORE = timedelta(minutes=5)
WRONG_SECRET_PATIENCE = 300.0  # seconds; an administrator has to act
LONGEST_WAIT = 120.0
LATER = {409, 412, 429}
MAY_HAVE_ARRIVED = {408}  # and every 5xx
NOT_THERE = {403, 404}  # Bursar is not installed, is blocked, or the conversation is gone
NEVER_ARRIVED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)

# Microsoft's hosts of the connector: the public cloud, GCC (…teams.microsoft.com), GCC High and DoD, Azure China.
HOSTS = {"smba.trafficmanager.net"}
DOMAINS = (
    ".botframework.com", ".teams.microsoft.com", ".botframework.azure.us", ".teams.microsoft.us", ".botframework.azure.cn",
)  # fmt: skip


@dataclass(frozen=True)
class TeamsConfig:
    """`insecure`: the Agents Playground on the loopback, without tokens in either direction; then `tenant_id` may be
    empty."""

    app_id: str
    app_password: str
    tenant_id: str
    openid_url: str = "https://login.botframework.com/v1/.well-known/openidconfiguration"
    token_issuer: str = "https://api.botframework.com"
    login_url: str = "https://login.microsoftonline.com"
    scope: str = "https://api.botframework.com/.default"
    service_url: str = "https://smba.trafficmanager.net/teams/"
    insecure: bool = False

    @property
    def bot_id(self) -> str:
        """Bursar's own account in Teams."""
        return f"28:{self.app_id}"


def with_slash(url: str) -> str:
    return url if url.endswith("/") else f"{url}/"


def may_be_called(url: str, config: TeamsConfig) -> bool:
    """Whether messages, and with them Bursar's token, may go to a service URL: Microsoft's hosts over https, what the
    settings name, and in insecure mode the loopback (where no token is sent)."""
    if not config.insecure and with_slash(url) == with_slash(config.service_url):
        return True
    parts = clean_url(url)
    if parts is None or parts.query:
        return False
    host = (parts.hostname or "").lower()
    if config.insecure:
        return is_loopback(host)
    return parts.scheme == "https" and parts.port in (None, 443) and (host in HOSTS or host.endswith(DOMAINS))


def clean_url(url: str) -> SplitResult | None:
    """None for what is no http address, or one that could be read in two ways."""
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises for one that is no number
    except ValueError:
        return None
    is_odd = parts.username is not None or parts.password is not None or parts.fragment or "\\" in url
    return None if is_odd or parts.scheme not in ("http", "https") else parts


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


class Backoff:
    """How long to wait before a refused call is tried again: what Teams says, else ever longer; with jitter, so that what
    was refused together does not come back together."""

    def __init__(self, jitter: Callable[[], float] = random.random) -> None:
        self._jitter = jitter
        self._refusals: dict[str, int] = {}

    def refused(self, name: str, retry_after: str | None = None) -> float:
        """Seconds to wait, never less than `retry_after` (seconds, as in the header)."""
        count = self._refusals[name] = self._refusals.get(name, 0) + 1
        if retry_after is not None and retry_after.strip().isdigit():
            asked = float(retry_after)
            return asked + self._jitter() * max(1.0, asked / 4)
        return min(2.0 ** (count - 1), LONGEST_WAIT) * (1.0 + self._jitter())

    def accepted(self, name: str) -> None:
        self._refusals.pop(name, None)


class AppToken:
    """Bursar's own token by client credentials, kept until five minutes before its end; one fetch serves all who wait."""

    def __init__(self, config: TeamsConfig, http: Callable[[], httpx.AsyncClient], clock: Clock) -> None:
        self._config = config
        self._http = http
        self._clock = clock
        self._fetching = asyncio.Lock()
        self._token: str | None = None
        self._good_until: datetime | None = None

    async def get(self) -> str:
        """Raises SendFailed; nothing has been sent then."""
        async with self._fetching:
            if self._token is None or self._good_until is None or self._clock() >= self._good_until:
                self._token, lifetime = await self._fetch()
                self._good_until = self._clock() + max(lifetime - RENEW_BEFORE, timedelta())
            return self._token

    def refused(self, token: str) -> None:
        """The connector did not take it: the next call fetches another."""
        if self._token == token:
            self._token = None

    async def _fetch(self) -> tuple[str, timedelta]:
        url = f"{self._config.login_url.rstrip('/')}/{self._config.tenant_id}/oauth2/v2.0/token"
        form = {
            "grant_type": "client_credentials",
            "client_id": self._config.app_id,
            "client_secret": self._config.app_password,
            "scope": self._config.scope,
        }
        try:
            answer = await self._http().post(url, data=form)
        except httpx.HTTPError as error:
            raise SendFailed(f"Microsoft's sign-in cannot be reached: {type(error).__name__}", retry_after=5.0) from error
        if answer.status_code != 200:
            raise _sign_in_trouble(answer)
        body = _json(answer)
        if not isinstance(body.get("access_token"), str):
            raise SendFailed("Microsoft's sign-in answered without a token", retry_after=WRONG_SECRET_PATIENCE)
        return body["access_token"], timedelta(seconds=float(body.get("expires_in", 0)))


def _sign_in_trouble(answer: httpx.Response) -> SendFailed:
    code = str(_json(answer).get("error", ""))
    log.error(
        "Microsoft's sign-in refused Bursar (%s %s): check the app id, its secret and the tenant", answer.status_code, code
    )
    for_now = answer.status_code == 429 or answer.status_code >= 500
    return SendFailed(
        f"Microsoft's sign-in answered {answer.status_code} {code}".strip(), 5.0 if for_now else WRONG_SECRET_PATIENCE
    )


class Connector:
    """The REST API of the Bot Connector. Nothing is tried twice here: that is for the outbox to decide."""

    def __init__(self, config: TeamsConfig, clock: Clock, jitter: Callable[[], float] = random.random) -> None:
        self.config = config
        self._client: httpx.AsyncClient | None = None
        self._token = AppToken(config, self._http, clock)
        self._backoff = Backoff(jitter)

    async def close(self) -> None:
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def call(
        self,
        method: Literal["GET", "POST", "PUT"],
        service_url: str,
        path: str,
        *,
        lane: str,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """`path` below the service URL, quoted; `lane` names what waits together after a refusal (the conversation).
        Raises SendFailed, SendDoubtful."""
        if not may_be_called(service_url, self.config):
            raise SendFailed(f"{service_url} is not an address of Microsoft Teams", retry_after=None)
        token = None if self.config.insecure else await self._token.get()
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        url = with_slash(service_url) + path
        try:
            answer = await self._http().request(method, url, json=body, params=query, headers=headers)
        except NEVER_ARRIVED as error:
            called("teams", "unreachable")
            raise SendFailed(f"Teams cannot be reached: {type(error).__name__}", self._backoff.refused(lane)) from error
        except httpx.HTTPError as error:
            called("teams", "no_answer")
            raise SendDoubtful(f"no answer from Teams: {type(error).__name__}") from error
        if answer.is_success:
            called("teams", answer.status_code)
            self._backoff.accepted(lane)
            return _json(answer)
        if answer.status_code == 401 and token:
            self._token.refused(token)
        trouble = self._trouble(answer, lane)
        called("teams", answer.status_code, trouble.retry_after if isinstance(trouble, SendFailed) else None)
        raise trouble

    async def put_bytes(self, url: str, data: bytes, headers: Mapping[str, str]) -> int:
        """To an address that needs no token (and gets none); the answer's status. Raises SendFailed, SendDoubtful."""
        try:
            answer = await self._http().put(url, content=data, headers=dict(headers))
        except NEVER_ARRIVED as error:
            raise SendFailed(f"not reached: {type(error).__name__}", retry_after=5.0) from error
        except httpx.HTTPError as error:
            raise SendDoubtful(f"no answer: {type(error).__name__}") from error
        return answer.status_code

    def _trouble(self, answer: httpx.Response, lane: str) -> SendFailed | SendDoubtful:
        status, code = answer.status_code, _error_code(answer)
        reason = f"Teams answered {status} {code}".strip()
        if status in LATER or status == 401:
            return SendFailed(reason, self._backoff.refused(lane, answer.headers.get("Retry-After")))
        if status in MAY_HAVE_ARRIVED or status >= 500:
            return SendDoubtful(reason)
        return SendFailed(reason, retry_after=None, elsewhere=status in NOT_THERE)

    def _http(self) -> httpx.AsyncClient:
        if self._client is None:
            self._client = httpx.AsyncClient(timeout=TIMEOUT, limits=NO_KEPT_CONNECTIONS, follow_redirects=False)
        return self._client


def _json(answer: httpx.Response) -> dict[str, Any]:
    try:
        body = answer.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _error_code(answer: httpx.Response) -> str:
    error = _json(answer).get("error")
    return str(error.get("code", "")) if isinstance(error, dict) else ""
