"""The process dies between the decision and the message that tells of it; after a restart it is told exactly once."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
from aiohttp import ClientSession

from storage.unit_of_work import Store
from tests.conftest import TestClock
from tests.fake_slack import BOT_TOKEN, SECRET, FakeSlack
from tests.journeys.slack_company import SlackCompany, settle_in, shows, until
from tests.slack_client import SlackClientSide

LEASE_OVER = timedelta(seconds=90)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def serving(database_url: str, slack: FakeSlack, port: int, now: datetime) -> Iterator[subprocess.Popen[bytes]]:
    """`bursar serve` with a clock that stands at `now`; killed in the end if it still lives."""
    environment = os.environ | {
        "BURSAR_DATABASE_URL": database_url,
        "BURSAR_SLACK_BOT_TOKEN": BOT_TOKEN,
        "BURSAR_SLACK_SIGNING_SECRET": SECRET,
        "BURSAR_SLACK_API_URL": slack.url,
    }
    command = [sys.executable, "-m", "tests.journeys.slack_process", str(port), now.isoformat()]
    process = subprocess.Popen(command, env=environment)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


async def ready(http: ClientSession, port: int) -> None:
    async def answers() -> bool:
        try:
            async with http.get(f"http://127.0.0.1:{port}/readyz") as response:
                return response.status == 200
        except OSError:
            return False

    deadline = time.monotonic() + 30
    while not await answers():
        assert time.monotonic() < deadline, "the process did not start"


@pytest.mark.parametrize("accepted", [True, False], ids=["message accepted", "message not sent"])
async def test_killed_between_decision_and_message(
    database_url: str, store: Store, clock: TestClock, accepted: bool
) -> None:
    slack = await FakeSlack().start()
    settle_in(slack, store)
    port = free_port()
    async with ClientSession() as http:
        people = SlackClientSide(slack, http, f"http://127.0.0.1:{port}/slack/events", lambda: clock().timestamp())
        acme = SlackCompany(slack, people, store, clock)
        with serving(database_url, slack, port, clock()) as process:
            await ready(http, port)
            await acme.request("eve")
            card = await acme.told("mia", "Eve", "to write code")
            await until(lambda: len(slack.direct_messages(acme.user("eve"))) == 2, "Eve's card")
            slack.fail("chat.postMessage", "delay", after=accepted, value=20, times=10)
            await people.click(acme.user("mia"), card, "Approve")
            await until(lambda: len(slack.failures) < 10, "the process to be sending")
            assert [decision.verdict for decision in acme.decisions()] == ["approve"]
            process.send_signal(signal.SIGKILL)
            process.wait()
        slack.failures.clear()
        clock.now += LEASE_OVER
        with serving(database_url, slack, port, clock()):
            await ready(http, port)
            await acme.told("eve", "Mia approved")
            await acme.told("fay", "to write code")
            await until(lambda: _quiet(store), "everything to be sent")
    for name, words in (("eve", "Mia approved"), ("fay", "to write code"), ("fin", "to write code")):
        told = [one for one in slack.direct_messages(acme.user(name)) if shows(one, words)]
        assert len(told) == 1, (name, len(told))
    assert len(acme.decisions()) == 1
    await slack.stop()


def _quiet(store: Store) -> bool:
    from sqlmodel import col, select

    from storage.models import InboxItem, OutboxItem

    with store.read() as uow:
        waiting = uow.session.exec(select(OutboxItem.id).where(col(OutboxItem.status).in_(("new", "sending")))).first()
        unread = uow.session.exec(select(InboxItem.id).where(InboxItem.status == "new")).first()
    return waiting is None and unread is None
