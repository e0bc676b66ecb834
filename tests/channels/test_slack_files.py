"""Files and pictures on Slack's wire: into the direct message, before the words; without the scope in words."""

from decimal import Decimal

import pytest

from bot.channels.base import SendDoubtful, SendFailed
from bot.channels.slack_payloads import channel, direct
from bot.message import Chart, Message, Series, attach, paragraph
from tests.fake_slack import TEAM
from tests.slack_client import text_of
from tests.slack_world import SlackWorld

DATA = b"\xef\xbb\xbfTool,USD\r\nCursor,-5\r\n"
FILE = Message(fallback="spend.csv", paragraphs=[paragraph("2 rows.")], attachments=[attach("spend.csv", "text/csv", DATA)])
CHART = Message(
    fallback="Numbers",
    chart=Chart(
        kind="bar", title="Spend", labels=["Oct", "Nov"], series=[Series(name="USD", values=[Decimal(1), Decimal(2)])]
    ),
)


async def test_a_file_arrives_byte_for_byte_before_its_message(slack: SlackWorld) -> None:
    user = slack.slack.add_user("ada")
    to = direct(slack.slack.direct(user), TEAM)
    sent = await slack.channel.sender.send(to, FILE, key="k1", private_to=None)
    [file] = slack.slack.files.values()
    assert (file["name"], file["data"], file["shared_in"]) == ("spend.csv", DATA, to.id)
    methods = [method for method, _ in slack.slack.calls if method.startswith(("files.", "chat."))]
    assert methods == ["files.getUploadURLExternal", "files.completeUploadExternal", "chat.postMessage"]
    [posted] = slack.slack.direct_messages(user)
    assert "File: spend.csv" in text_of(posted["blocks"]) and "2 rows." in text_of(posted["blocks"])
    assert await slack.channel.sender.find(to, "k1") == sent


async def test_a_private_file_is_never_shared_in_the_channel(slack: SlackWorld) -> None:
    user = slack.slack.add_user("ada")
    to = channel(slack.slack.add_channel("general", user), TEAM)
    await slack.channel.sender.send(to, FILE, key="k1", private_to=user)
    [file] = slack.slack.files.values()
    assert file["shared_in"] == slack.slack.direct(user)
    assert slack.slack.ephemerals == [] and slack.slack.posted_in(to.id) == []
    assert len(slack.slack.direct_messages(user)) == 1


async def test_without_the_scope_it_says_what_to_do(slack: SlackWorld) -> None:
    slack.slack.scopes.discard("files:write")
    user = slack.slack.add_user("ada")
    await slack.channel.sender.send(direct(slack.slack.direct(user), TEAM), FILE, key="k1", private_to=None)
    [posted] = slack.slack.direct_messages(user)
    assert "files:write" in text_of(posted["blocks"]) and "spend.csv" in text_of(posted["blocks"])
    assert slack.slack.files == {}


@pytest.mark.parametrize(
    ("method", "kind", "value", "raised"),
    [
        ("files.getUploadURLExternal", "ratelimited", 7, SendFailed),
        ("upload", "status", 500, SendFailed),
        ("files.completeUploadExternal", "drop", None, SendDoubtful),
    ],
)
async def test_trouble_leaves_nothing_said(
    slack: SlackWorld, method: str, kind: str, value: object, raised: type[Exception]
) -> None:
    slack.slack.fail(method, kind, value=value)
    user = slack.slack.add_user("ada")
    to = direct(slack.slack.direct(user), TEAM)
    with pytest.raises(raised) as trouble:
        await slack.channel.sender.send(to, FILE, key="k1", private_to=None)
    if isinstance(trouble.value, SendFailed):
        assert trouble.value.retry_after in (5.0, 7.0)
    assert slack.slack.direct_messages(user) == []
    await slack.channel.sender.send(to, FILE, key="k1", private_to=None)
    assert len(slack.slack.direct_messages(user)) == 1


async def test_a_chart_is_a_picture_where_slack_draws_none(slack: SlackWorld) -> None:
    slack.slack.native_blocks = False
    general = slack.slack.add_channel("general")
    await slack.channel.sender.send(channel(general, TEAM, "1764000000.000001"), CHART, key="k1", private_to=None)
    [file] = slack.slack.files.values()
    assert file["data"].startswith(b"\x89PNG") and file["shared_in"] == general and file["thread_ts"] == "1764000000.000001"
    [posted] = slack.slack.posted_in(general)
    assert "Oct" in text_of(posted["blocks"]), "the numbers stand in the message too"


async def test_a_native_chart_needs_no_picture(slack: SlackWorld) -> None:
    await slack.channel.sender.send(channel(slack.slack.add_channel("general"), TEAM), CHART, key="k1", private_to=None)
    assert slack.slack.files == {}


async def test_a_picture_that_is_refused_is_done_without(slack: SlackWorld) -> None:
    slack.slack.native_blocks = False
    slack.slack.scopes.discard("files:write")
    general = slack.slack.add_channel("general")
    sent = await slack.channel.sender.send(channel(general, TEAM), CHART, key="k1", private_to=None)
    assert sent.conversation_id == general and len(slack.slack.posted_in(general)) == 1
