"""A digest in the browser, over real HTTP: the button, the form, the channel's Monday, the end."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.channels.web import WebChannel
from bot.inbox import Inbox
from bot.outbox import Outbox
from bot.router import Router
from bot.scheduler import Scheduler
from storage.unit_of_work import Store
from tests.asking.company import add_usage
from tests.asking.test_delivery import ORG, acme
from tests.builders import add_config, add_tool
from tests.conftest import TestClock
from workflows.schedule import JOBS

FIN, BO = "fin@acme.example", "eng1@acme.example"
(JOB,) = [job for job in JOBS if job.name == "subscriptions"]


class Page:
    """What the page's script does, as anybody."""

    def __init__(self, client: TestClient[Any, Any], store: Store, clock: TestClock, inbox: Inbox, outbox: Outbox) -> None:
        self.client, self.store, self.clock, self.inbox, self.outbox = client, store, clock, inbox, outbox
        self.number, self.token = 0, ""

    async def post(self, who: str, place: str, what: str, **body: Any) -> Any:
        if not self.token:
            page = await (await self.client.get("/")).text()
            self.token = re.findall(r'name="bursar-token" content="([^"]+)"', page)[0]
        self.number += 1
        answer = await self.client.post(f"/as/{who}/{place}/{what}", json={"key": f"k{self.number}", **body},
                                        headers={"X-Bursar-Token": self.token})  # fmt: skip
        assert answer.status == 200, await answer.text()
        await self.settle()
        return await answer.json()

    async def settle(self) -> None:
        while await asyncio.to_thread(self.inbox.work_once):
            pass
        await self.outbox.drain()

    async def html(self, who: str, place: str) -> str:
        answer = await self.client.get(f"/as/{who}/{place}/state")
        return "\n".join(item["html"] for item in (await answer.json())["items"])

    async def button(self, who: str, place: str, intent: str) -> tuple[dict[str, str], str]:
        """The newest button of an intent that this person sees: its args and the message it stands on."""
        shown = await self.html(who, place)
        found = list(re.finditer(rf'<button[^>]*data-intent="{intent}"[^>]*>', shown))[-1]
        args = re.search(r'data-args="([^"]*)"', found[0])
        message = re.findall(r'data-message="(\d+)"', shown[: found.start()])[-1]
        return json.loads(args[1].replace("&quot;", '"')) if args else {}, message

    async def at(self, *instant: int) -> None:
        self.clock.now = datetime(*instant, tzinfo=UTC)  # type: ignore[arg-type,misc]
        await asyncio.to_thread(Scheduler(self.store).run_if_due, JOB)
        await self.settle()


@pytest.fixture
async def page(store: Store, clock: TestClock) -> AsyncIterator[Page]:
    with store.write() as uow:
        acme(uow)
        add_config(uow, "org", ORG.replace("OPEN", "ai-spend"))
        add_usage(uow, add_tool(uow, "other", vendor="Other"), None, date(2026, 11, 4), requests=70)
    router = Router(store)
    inbox = Inbox(store, router)
    channel = WebChannel(store, router, inbox, clock)
    outbox = Outbox(store, [channel.sender], inbox.worked, {})
    application = web.Application()
    application.add_routes(channel.routes())
    storing = asyncio.create_task(inbox._store_arrivals())
    async with TestClient(TestServer(application)) as client:
        await channel.start()
        yield Page(client, store, clock, inbox, outbox)
        await channel.stop()
    storing.cancel()
    await asyncio.gather(storing, return_exceptions=True)


async def test_every_monday_in_the_channel(page: Page) -> None:
    await page.post(FIN, "ai-spend", "say", text="API requests last month")
    args, message = await page.button(FIN, "ai-spend", "subscribe_open")
    form = await page.post(FIN, "ai-spend", "open", intent="subscribe_open", args=args, message=message)
    assert form["kind"] == "form" and "In this channel" in form["html"] and "Every working day" in form["html"]
    values = {"often": "week", "weekday": "1", "monthday": "1", "at": "09:00", "where": "channel"}
    sent = await page.post(FIN, "ai-spend", "form", intent="subscribe", args=args, message=message, values=values)
    assert not sent.get("errors")
    confirmed = await page.html(FIN, "ai-spend")
    assert "The first comes on Monday 30 November 2026 at 9:00." in confirmed
    assert "The first comes on" not in await page.html(BO, "ai-spend")

    before = await page.html(BO, "ai-spend")
    await page.at(2026, 12, 7, 9)
    after = await page.html(BO, "ai-spend")
    assert after != before and "November 2026" in after and "Subscribed by Fin, every Monday at 9:00." in after
    await page.at(2026, 12, 7, 9, 15)
    assert await page.html(BO, "ai-spend") == after

    args, message = await page.button(BO, "ai-spend", "subscription_end")
    await page.post(BO, "ai-spend", "act", intent="subscription_end", args=args, message=message)
    assert "Only Fin or an administrator can end this" in await page.html(BO, "ai-spend")
    await page.post(FIN, "ai-spend", "act", intent="subscription_end", args=args, message=message)
    assert "does not come any more" in await page.html(FIN, "ai-spend")
    await page.at(2026, 12, 14, 9)
    assert (await page.html(BO, "ai-spend")).count("Subscribed by Fin") == 1
