"""The main job in the browser, end to end, with the sample company and Debian's Chromium.

With BURSAR_SCREENSHOTS=FOLDER it leaves the pictures that the README shows.
"""

import os
import re
import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp import web
from playwright.async_api import Browser, Locator, Page, async_playwright, expect
from sqlmodel import col, select

from bot.bootstrap import build
from bot.commands.demo import prepare, suggest_cast
from bot.settings import Settings
from manifests.demo.company import PERSON
from storage.models import Decision, Request
from storage.unit_of_work import Store
from workflows.ports import Clock, system_clock

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

BEGINS = datetime(2026, 11, 25, 15, 0, tzinfo=UTC)  # a Wednesday morning in Boston
CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-component-update",
             "--disable-background-networking", "--disable-sync", "--force-color-profile=srgb"]  # fmt: skip
LAPTOP = {"width": 1280, "height": 860}
PHONE = {"width": 375, "height": 812}
PATIENCE = 15_000  # milliseconds


def clock_from(instant: datetime) -> Clock:
    offset = instant - system_clock()
    return lambda: system_clock() + offset


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample company's database, made once; each test takes a copy."""
    if not CHROMIUM.exists():
        pytest.fail(f"{CHROMIUM} is missing: apt-get install chromium")
    folder = tmp_path_factory.mktemp("demo")
    database = folder / "company.db"
    prepare(f"sqlite:///{database}", folder / "files", clock_from(BEGINS))
    return database


class Pages:
    """A server with the sample company, and people's windows on it."""

    def __init__(self, address: str, browser: Browser, store: Store) -> None:
        self.address, self.browser, self.store = address, browser, store
        self.complaints: list[str] = []

    async def as_(self, part: str, place: str = "bursar", *, size: dict[str, int] = LAPTOP, dark: bool = False) -> Page:
        """A new window of one of the cast."""
        context = await self.browser.new_context(
            viewport=size,
            color_scheme="dark" if dark else "light",
            device_scale_factor=1.5 if size is PHONE else 1,
            has_touch=size is PHONE,
        )
        context.set_default_timeout(PATIENCE)
        page = await context.new_page()
        page.on("console", lambda line: self.complaints.append(line.text) if line.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        await page.goto(f"{self.address}/as/{PERSON[part].email}/{place}")
        return page

    def newest_request(self) -> tuple[Request, list[Decision]]:
        with self.store.read() as uow:
            request = uow.session.exec(select(Request).order_by(col(Request.number).desc()).limit(1)).one()
            decisions = uow.session.exec(select(Decision).where(Decision.request_id == request.id)).all()
            return request, list(decisions)


@pytest.fixture
async def pages(company: Path, tmp_path: Path) -> AsyncIterator[Pages]:
    database = tmp_path / "bursar.db"
    shutil.copy(company, database)
    settings = Settings(_env_file=None, database_url=f"sqlite:///{database}", slack_bot_token=None)
    app = build(settings, clock=clock_from(BEGINS), web_channel=True)
    suggest_cast(app)
    runner = web.AppRunner(app.http(), access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        shown = Pages(f"http://127.0.0.1:{port}", browser, app.store)
        yield shown
        await browser.close()
    await runner.cleanup()
    assert shown.complaints == []


async def say(page: Page, text: str) -> None:
    await page.locator("#text").fill(text)
    await page.keyboard.press("Enter")


def last_card(page: Page) -> Locator:
    return page.locator(".post.bot .card").last


async def fits(page: Page) -> None:
    """Nothing sticks out sideways."""
    wide = await page.evaluate("document.scrollingElement.scrollWidth - window.innerWidth")
    assert wide <= 0, f"{wide} px wider than the window"


async def picture(page: Page, name: str) -> None:
    folder = os.environ.get("BURSAR_SCREENSHOTS")
    if folder:
        await page.wait_for_timeout(400)  # animations end
        await page.screenshot(path=Path(folder) / f"{name}.png", animations="disabled")


async def test_ask_approve_grant(pages: Pages) -> None:
    """Request → manager → cost-centre owner → tool owner → the requester is told, each in a window that stands open."""
    nora = await pages.as_("employee")
    idris = await pages.as_("manager", size=PHONE)
    helena = await pages.as_("cost_center_owner")
    kenji = await pages.as_("tool_owner")

    await say(nora, "request cursor")
    await expect(nora.locator(".post.own .said").last).to_have_text("request cursor")
    await nora.get_by_role("button", name="Request Cursor").last.click()
    form = nora.get_by_role("dialog")
    await expect(form.get_by_role("combobox", name="Tool")).to_have_value("Cursor")
    await expect(form).to_contain_text("asks Idris Valemont, then Helena Brandvold")
    await form.get_by_label("What will you use it for?").fill("Prototyping landing pages with the design team.")
    await picture(nora, "request-form-laptop")
    await form.get_by_role("button", name="Send request").click()
    await expect(form).to_be_hidden()
    await expect(last_card(nora)).to_contain_text("Waits for Idris Valemont")

    await expect(last_card(idris)).to_contain_text("Prototyping landing pages")
    await expect(last_card(idris)).to_contain_text("480.00 USD")
    await fits(idris)
    await picture(idris, "decide-phone")
    await last_card(idris).get_by_role("button", name="Approve").click()
    await expect(nora.locator(".replies .card").last).to_contain_text("Idris Valemont approved")
    await expect(nora.locator(".item").last).to_contain_text("Waits for Helena Brandvold")

    await last_card(helena).get_by_role("button", name="Approve").dblclick()
    await expect(nora.locator(".replies .card").last).to_contain_text("approved")
    await last_card(kenji).get_by_role("button", name="Granted").click()
    await expect(nora.locator(".replies .card").last).to_contain_text("Cursor is granted to Nora Lindgaard")
    await picture(nora, "granted-laptop")

    request, decisions = pages.newest_request()
    assert request.status == "fulfilled"
    assert sorted(one.verdict for one in decisions) == ["approve", "approve"], "a double click decides once"


async def test_deny_with_a_reason(pages: Pages) -> None:
    idris = await pages.as_("manager")
    juniper = await pages.as_("colleague")
    card = idris.locator(".card", has_text="Juniper Ashgrove").filter(has=idris.get_by_role("button", name="Deny")).last
    await card.get_by_role("button", name="Deny").click()
    form = idris.get_by_role("dialog")
    await form.locator("[type=submit]").click()
    await expect(form.locator(".error:visible")).to_have_count(1)
    await form.locator("textarea, input:not([type=hidden])").first.fill("The agency translates these pages already.")
    await form.locator("[type=submit]").click()
    await expect(form).to_be_hidden()
    await expect(juniper.locator(".item").last).to_contain_text("The agency translates these pages already.")
    request, decisions = pages.newest_request()
    assert (request.status, [one.verdict for one in decisions]) == ("denied", ["deny"])


async def test_finance_asks_in_the_open_channel(pages: Pages) -> None:
    """The answer comes in the question's thread, everybody reads it; a follow-up there goes on from it."""
    samuel = await pages.as_("finance", "ai-spend")
    nora = await pages.as_("employee", "ai-spend", size=PHONE)
    await say(samuel, "what did we spend last month by department?")
    answer = samuel.locator(".item").last.locator(".replies .card").first
    await expect(answer).to_contain_text(re.compile(r"[\d,]+\.\d\d USD: AI spend in October 2026"))
    await expect(answer.get_by_role("img").first).to_be_visible()
    await picture(samuel, "question-laptop")
    await answer.get_by_text("The numbers").click()
    await expect(answer.locator("tbody tr", has_text="Engineering")).to_contain_text(re.compile(r"[\d,]+\.\d\d"))
    theirs = nora.locator(".item").last.locator(".replies .card").first
    await expect(theirs).to_contain_text("AI spend in October 2026")
    await fits(nora)
    await picture(nora, "question-phone")

    reply = samuel.locator(".item").last.locator(".reply input")
    await reply.fill("and only Marketing?")
    await reply.press("Enter")
    await expect(samuel.locator(".item")).to_have_count(1)
    await expect(samuel.locator(".replies .card").nth(1)).to_contain_text("Marketing")


async def test_giving_an_idle_seat_back(pages: Pages) -> None:
    tomasz = await pages.as_("engineer", dark=True)
    card = tomasz.locator(".card", has_text="Do you still need these seats?")
    await expect(card).to_contain_text("Cursor")
    await picture(tomasz, "idle-seats-laptop-dark")
    await card.get_by_role("button", name="Release all").click()
    agreed = tomasz.get_by_role("dialog").get_by_role("button", name=re.compile("Release|Yes"))
    if await tomasz.get_by_role("dialog").is_visible():
        await agreed.click()
    await expect(tomasz.locator(".post.bot").last).to_contain_text(re.compile("undo|given back|released|Released"))


async def test_a_form_without_a_mouse(pages: Pages) -> None:
    """Search, choose and send by keyboard alone; what is missing is said at its field."""
    nora = await pages.as_("employee")
    await say(nora, "request")
    await nora.get_by_role("button", name="Request a tool").last.press("Enter")
    box = nora.get_by_role("combobox", name="Tool")
    await expect(box).to_be_focused()
    await nora.keyboard.type("deep")
    await expect(nora.get_by_role("option").first).to_contain_text("DeepL Pro")
    await nora.keyboard.press("ArrowDown")
    await expect(box).to_have_attribute("aria-activedescendant", re.compile("field-tool-list-0"))
    await nora.keyboard.press("Enter")
    await expect(box).to_have_value("DeepL Pro")
    await nora.keyboard.press("Tab")
    await nora.keyboard.type("Press releases in German.")
    await nora.get_by_role("button", name="Send request").press("Enter")
    await expect(last_card(nora)).to_contain_text("Waits for Idris Valemont")
    assert pages.newest_request()[0].status == "pending"

    await say(nora, "request")
    await nora.get_by_role("button", name="Request a tool").last.click()
    await nora.get_by_role("combobox", name="Tool").fill("zzzzqq")
    await nora.get_by_role("button", name="Send request").click()
    await expect(nora.locator(".error:visible").first).to_be_visible()
    await nora.keyboard.press("Escape")
    await nora.keyboard.press("Escape")
    await expect(nora.get_by_role("dialog")).to_be_hidden()


async def test_every_page_fits_a_phone(pages: Pages) -> None:
    for place in ("home", "bursar", "ai-spend", "general"):
        page = await pages.as_("manager", place, size=PHONE)
        await fits(page)
        if place == "home":
            await picture(page, "home-phone")
    await page.goto(pages.address)
    await fits(page)
    await expect(page.get_by_role("heading", name="Who do you want to be?")).to_be_visible()
    await expect(page.get_by_role("link", name=re.compile("Nora Lindgaard"))).to_be_visible()
    admin = await pages.as_("admin", "home")
    await expect(admin.locator(".home-card").first).to_be_visible()
    await picture(admin, "home-laptop")
    await admin.goto(pages.address)
    await picture(admin, "people-laptop")


async def test_a_total_is_told_to_its_owner_alone_until_posted(pages: Pages) -> None:
    """#general is not opened: the answer is private, and its owner may share it."""
    helena = await pages.as_("cost_center_owner", "general")
    nora = await pages.as_("employee", "general")
    await say(helena, "what did Marketing spend last month?")
    await expect(helena.locator(".replies .private")).to_have_text("Only you can see this")
    answer = helena.locator(".replies .card").first
    await expect(answer).to_contain_text("October 2026")
    await expect(nora.locator(".item")).to_contain_text("what did Marketing spend last month?")
    await expect(nora.locator(".replies")).to_have_count(0)
    await answer.get_by_role("button", name="Post it here").click()
    await expect(nora.locator(".replies .card").first).to_contain_text("October 2026")

    await say(nora, "what did Sales spend last month?")
    refused = nora.locator(".item").last.locator(".replies")
    await expect(refused.locator(".private")).to_have_count(1)
    await expect(refused).not_to_contain_text(re.compile(r"\d,\d{3}\.\d\d"))
