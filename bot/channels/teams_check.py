"""Asks Microsoft whether the app id, its secret and the tenant fit, and whether its signing keys can be had; for
`bursar doctor`."""

import httpx

from bot.channels.base import SendFailed
from bot.channels.teams_outbound import TIMEOUT, AppToken, TeamsConfig
from workflows.ports import Clock


async def ask_teams(config: TeamsConfig, clock: Clock) -> int:
    """How many signing keys Microsoft publishes now. Raises ValueError when the sign-in refuses the secrets or a page is
    not what it should be, OSError when Microsoft cannot be reached."""
    async with httpx.AsyncClient(timeout=TIMEOUT) as client:
        try:
            await AppToken(config, lambda: client, clock).get()
        except SendFailed as error:
            reason = OSError if isinstance(error.__cause__, httpx.HTTPError) else ValueError
            raise reason(str(error)) from error
        try:
            metadata = (await client.get(config.openid_url)).raise_for_status().json()
            keys = (await client.get(metadata["jwks_uri"])).raise_for_status().json()["keys"]
        except httpx.HTTPError as error:
            raise OSError(f"the signing keys of {config.openid_url}: {type(error).__name__}") from error
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{config.openid_url} does not name signing keys") from error
    return len(keys)
