"""Files into Slack conversations: what a person asked for, and charts as pictures where Slack draws none.

Needs the scope files:write. An upload that is repeated shows the file twice, which is harmless; so nothing is looked up.
"""

import asyncio
import logging

from slack_sdk.errors import SlackRequestError
from slack_sdk.web.async_client import AsyncWebClient

from bot.channels.base import SendDoubtful, SendFailed
from bot.channels.slack_api import call
from bot.chart_image import chart_png
from bot.message import Chart, Message, without_files

log = logging.getLogger(__name__)

NOT_GRANTED = {"missing_scope", "no_permission", "not_allowed_token_type"}


async def upload(client: AsyncWebClient, channel: str, thread: str | None, name: str, data: bytes) -> None:
    """Share one file there. Raises SendFailed, SendDoubtful."""
    try:
        await call(client.files_upload_v2(channel=channel, thread_ts=thread, filename=name, title=name, file=data))
    except SlackRequestError as error:  # the bytes did not arrive, so nothing is shared
        raise SendFailed(f"the file was not taken: {error}"[:200], retry_after=5.0) from error


async def upload_all(client: AsyncWebClient, channel: str, thread: str | None, message: Message) -> Message:
    """Before the message that speaks of them, so that a message that is found again has its files.

    The message to post: what the workspace does not allow is said in it. Raises SendFailed, SendDoubtful.
    """
    try:
        for file in message.attachments:
            await upload(client, channel, thread, file.name, file.data)
    except SendFailed as error:
        if str(error) not in NOT_GRANTED:
            raise
        reason = "Ask an administrator to give Bursar's Slack app the scope files:write."
        return without_files(message, reason)
    return message


async def upload_chart(client: AsyncWebClient, channel: str, thread: str | None, chart: Chart) -> None:
    """Under a message that has the numbers already: a picture that cannot be sent is done without."""
    picture = await asyncio.to_thread(chart_png, chart)
    if picture is None:
        return
    try:
        await upload(client, channel, thread, "chart.png", picture)
    except (SendFailed, SendDoubtful) as error:
        log.warning("slack: the picture of a chart was not sent: %s", error)
