"""Calling Slack's Web API: the client, and what its answers mean for the outbox."""

from collections.abc import Awaitable
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.channels.base import SendDoubtful, SendFailed
from bot.counters import called

TIMEOUT_SECONDS = 10
NEVER_ARRIVED = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)
MAY_HAVE_ARRIVED = {"internal_error", "fatal_error", "request_timeout"}
LATER = {"ratelimited", "rate_limited", "service_unavailable", "team_added_to_org", "message_limit_exceeded"}
NOT_IN_CHANNEL = {"user_not_in_channel", "not_in_channel", "channel_not_found", "is_archived", "restricted_action"}


def make_client(token: str, api_url: str) -> AsyncWebClient:
    """Without the default retry, which posts again after a lost connection."""
    return AsyncWebClient(token=token, base_url=api_url.rstrip("/") + "/", timeout=TIMEOUT_SECONDS, retry_handlers=[])


def open_session() -> aiohttp.ClientSession:
    """A connection a call: one kept open and closed by Slack meanwhile would make a post doubtful for nothing."""
    timeout = aiohttp.ClientTimeout(total=TIMEOUT_SECONDS)
    return aiohttp.ClientSession(timeout=timeout, connector=aiohttp.TCPConnector(force_close=True))


async def call(request: Awaitable[Any]) -> Any:
    """Run an API call and word its trouble for the outbox. Raises SendFailed, SendDoubtful."""
    try:
        answer = await request
    except SlackApiError as error:
        trouble = _trouble(error)
        waits = trouble.retry_after if isinstance(trouble, SendFailed) else None
        called("slack", getattr(error.response, "status_code", 200), waits)
        raise trouble from error
    except NEVER_ARRIVED as error:
        called("slack", "unreachable")
        raise SendFailed(f"Slack cannot be reached: {type(error).__name__}", retry_after=5.0) from error
    except (aiohttp.ClientError, TimeoutError) as error:
        called("slack", "no_answer")
        raise SendDoubtful(f"no answer from Slack: {type(error).__name__}") from error
    called("slack", 200)
    return answer


def error_code(error: SlackApiError) -> str:
    data = getattr(error.response, "data", None)
    return str(data.get("error", "")) if isinstance(data, dict) else ""


def _trouble(error: SlackApiError) -> SendFailed | SendDoubtful:
    code = error_code(error)
    status = getattr(error.response, "status_code", 200)
    if status == 429 or code in LATER:
        return SendFailed(code or "ratelimited", retry_after=_retry_after(error))
    if status >= 500 or code in MAY_HAVE_ARRIVED or not code:
        return SendDoubtful(f"Slack answered {status} {code}".strip())
    return SendFailed(code, retry_after=None, elsewhere=code in NOT_IN_CHANNEL)


def _retry_after(error: SlackApiError) -> float:
    headers = getattr(error.response, "headers", None) or {}
    given = {str(name).lower(): value for name, value in headers.items()}.get("retry-after", "")
    return float(given) if str(given).isdigit() else 1.0
