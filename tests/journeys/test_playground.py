"""The main job in Microsoft's own client for Teams bots. BURSAR_SCREENSHOTS=FOLDER keeps pictures."""

import asyncio
import shutil
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Page, async_playwright, expect
from sqlmodel import col, select

from bot.bootstrap import build
from bot.channels.teams_render import render_message
from bot.notices import Notice
from bot.notices import build as build_notice
from bot.settings import Settings
from storage.models import InboxItem, PostedMessage, Tool
from storage.unit_of_work import Store
from tests.journeys.playground import CHANNEL, CURRENT, PERSONAL, Playground, playground
from tests.journeys.test_web_journey import ARGUMENTS, CHROMIUM, PATIENCE, company, picture
from tests.teams_client import action, card_of, filled, text_of
from workflows.ports import system_clock

__all__ = ["company"]
pytestmark = [pytest.mark.playground, pytest.mark.timeout(300)]


TALL = {"width": 1280, "height": 1240}  # a whole answer with its receipt


class Scene:
    """Bursar, the Playground in front of it and its window."""

    def __init__(self, store: Store, teams: Playground, page: Page) -> None:
        self.store, self.teams, self.page = store, teams, page

    async def say(self, text: str) -> None:
        await self.page.locator("[data-lexical-editor=true]").first.click()
        await self.page.keyboard.type(text)
        await self.page.keyboard.press("Enter")

    async def mention(self, text: str) -> None:
        """Begin a thread in the channel that is open."""
        await self.page.locator("[data-lexical-editor=true]").first.click()
        await self.page.keyboard.type("@Bursar", delay=30)
        await self.page.get_by_role("menuitem", name="Bursar").click()
        await self.page.keyboard.type(f" {text}")
        await self.page.get_by_role("button", name="Post").click()

    async def go(self, place: str) -> None:
        """A place in the list on the left; Bursar is added to it when it is opened for the first time."""
        await self.page.get_by_role("treeitem", name=place).click()

    async def shows(self, *words: str) -> None:
        for text in words:
            await expect(self.page.get_by_text(text).last).to_be_visible(timeout=PATIENCE)

    async def offers(self, button: str) -> None:
        await expect(self.page.get_by_role("button", name=button).last).to_be_visible(timeout=PATIENCE)

    async def card(self, kind: str, who: str | None, *, of: str = "") -> tuple[PostedMessage, dict[str, Any]]:
        """The newest posted card of a kind (of a subject, for a person's eyes), as it is rendered for them now."""
        for _ in range(150):
            with self.store.read() as uow:
                query = select(PostedMessage).where(PostedMessage.channel == "teams", PostedMessage.kind == kind)
                posted = uow.session.exec(query.order_by(col(PostedMessage.id).desc())).first()
                if posted is not None and posted.subject is not None:
                    message = build_notice(uow, Notice(posted.kind, posted.subject, posted.person_id, posted=True))
                    if message is not None and of in message.fallback:
                        return posted, render_message(message)
            await asyncio.sleep(0.1)
        raise AssertionError(f"no card {kind} of {of!r} for {who}")

    async def press(self, who: str, kind: str, label: str, *, of: str = "") -> None:
        posted, card = await self.card(kind, who, of=of)
        scope = "personal" if posted.person_id is not None else "channel"
        chat = posted.conversation_id + (f";messageid={posted.thread_id}" if posted.thread_id else "")
        await self.teams.press(who, chat, scope, posted.message_id, action(card, label, "Action.Execute"))

    async def fill(self, chat: str, kind: str, data: dict[str, Any], values: dict[str, Any]) -> None:
        """The dialog behind a button, filled in and sent."""
        opened = await self.teams.dialog(CURRENT, chat, kind, None, "task/fetch", data)
        form = card_of(opened["task"]["value"])
        sent = {**action(form, "Send request", "Action.Submit")["data"], **filled(form, values)}
        answer = await self.teams.dialog(CURRENT, chat, kind, None, "task/submit", sent)
        again = (answer or {}).get("task", {})
        assert again.get("type") != "continue", text_of(card_of(again["value"]))


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@pytest_asyncio.fixture
async def scene(company: Path, tmp_path: Path) -> AsyncIterator[Scene]:
    database = tmp_path / "bursar.db"
    shutil.copy(company, database)
    nothing = dict.fromkeys(("slack_bot_token", "teams_app_id", "teams_app_password", "teams_tenant_id"))
    settings = Settings.model_validate({"database_url": f"sqlite:///{database}", **nothing})
    app = build(settings, clock=system_clock, insecure_teams=True)
    runner = web.AppRunner(app.http(), access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    bot = f"http://127.0.0.1:{runner.addresses[0][1]}/api/messages"
    async with playground(tmp_path, bot, free_port()) as teams, async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = await browser.new_page(viewport=TALL)
        await page.goto(teams.url)
        await page.get_by_role("button", name="Hide log panel").click()  # the log beside the chat
        yield Scene(app.store, teams, page)
        await browser.close()
    await runner.cleanup()


async def test_personal_scope(scene: Scene) -> None:
    """Hello; a question with its chart and receipt; a tool asked for, approved, granted, told."""
    await scene.go("AI tools")
    await scene.shows("Samuel Ostrander added me here.")  # now Bursar knows the team's people and may write to them
    await scene.go("Personal Chat")
    await scene.shows("Hello, I am Bursar.")
    await scene.say("hello")
    await scene.shows("What I can do")
    await scene.say("what did marketing spend by tool last quarter?")
    await scene.shows("Data through", "Show how")
    await picture(scene.page, "teams-question-laptop")

    await scene.say("request cursor")
    await scene.offers("Request Cursor")
    offer = {"bursar": {"i": "request_open", "a": {"tool": tool_id(scene, "Cursor")}}}
    await scene.fill(PERSONAL, "personal", offer, {"reason": "Reviewing the ledger's import code."})
    await scene.shows("Waits for Genevieve Stavros.")
    await scene.press("Genevieve Stavros", "approval_needed", "Approve", of="Samuel Ostrander asks")
    await scene.shows("Genevieve Stavros approved.")
    await scene.press("Meredith Okonjo", "approval_needed", "Approve", of="Samuel Ostrander asks")
    await scene.press("Kenji Abernathy", "task_open", "Granted", of="Samuel Ostrander")
    await scene.shows("Cursor is granted to Samuel Ostrander")
    await picture(scene.page, "teams-granted-laptop")


async def test_channel_scope(scene: Scene) -> None:
    """Asked for in a channel: the card in the thread loses its buttons and says how it ends."""
    await scene.go("AI tools")
    await scene.shows("Samuel Ostrander added me here.")
    await scene.mention("request midjourney")
    await scene.offers("Request Midjourney")
    root = await thread_of(scene)
    offer = {"bursar": {"i": "request_open", "a": {"tool": tool_id(scene, "Midjourney")}}}
    await scene.fill(f"{CHANNEL};messageid={root}", "channel", offer, {"reason": "Pictures for the investor deck."})
    await scene.shows("asks for Midjourney.")
    await scene.press("Genevieve Stavros", "approval_needed", "Approve", of="Samuel Ostrander asks")
    await scene.shows("Genevieve Stavros approved.")
    await picture(scene.page, "teams-channel-laptop")


def tool_id(scene: Scene, name: str) -> str:
    with scene.store.read() as uow:
        return str(uow.session.exec(select(Tool.id).where(Tool.name == name)).one())


async def thread_of(scene: Scene) -> str:
    """The thread in which Bursar has answered."""
    with scene.store.read() as uow:
        item = uow.session.exec(select(InboxItem).order_by(col(InboxItem.id).desc()).limit(1)).one()
    return str(item.interaction["conversation"]["thread_id"])
