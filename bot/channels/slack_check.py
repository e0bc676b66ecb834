"""Asks Slack whether the tokens work and carry the scopes of the manifest; for `bursar doctor`."""

from datetime import datetime
from email.utils import parsedate_to_datetime

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError


class SlackAnswer:
    """What `auth.test` said: the workspace, the granted scopes, Slack's own time."""

    def __init__(self, team: str, bot: str, scopes: set[str], server_time: datetime | None) -> None:
        self.team = team
        self.bot = bot
        self.scopes = scopes
        self.server_time = server_time


def ask_slack(token: str, api_url: str) -> SlackAnswer:
    """Raises ValueError with Slack's error code, OSError when Slack cannot be reached."""
    try:
        answer = WebClient(token=token, base_url=api_url, timeout=10, retry_handlers=[]).auth_test()
    except SlackApiError as error:
        raise ValueError(str(error.response.get("error", "unknown error"))) from error
    headers = {name.lower(): value for name, value in answer.headers.items()}
    scopes = {scope.strip() for scope in str(headers.get("x-oauth-scopes", "")).split(",") if scope.strip()}
    when = headers.get("date")
    return SlackAnswer(str(answer["team"]), str(answer["user"]), scopes, parsedate_to_datetime(when) if when else None)
