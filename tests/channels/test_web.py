"""The browser channel over real HTTP: pages, what people do, what they are told, and what others may not do."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from sqlmodel import select

from bot.channels import web_store
from bot.channels.base import SendFailed
from bot.channels.web import WebChannel
from bot.channels.web_viewer import Suggested
from bot.inbox import Inbox
from bot.interaction import Conversation, Interaction
from bot.message import Action, Form, FormField, Home, Message, Option, attach, text_message
from bot.notices import Notice, builders
from bot.outbox import Outbox
from bot.router import Replies, Reply, Router, registry
from storage.models import ChatAccount, InboxItem, WebMessage
from storage.unit_of_work import Store, UnitOfWork
from tests.builders import add_config, add_person
from tests.conftest import TestClock
from workflows.errors import Invalid
from workflows.notify import notify

NORA, IDRIS = "nora@acme.example", "idris@acme.example"
DONE: list[Interaction] = []


def told(uow: UnitOfWork, interaction: Interaction) -> Replies:
    DONE.append(interaction)
    if interaction.kind == "form" and not interaction.form.get("reason"):
        raise Invalid("A word, please.", fields={"reason": "Say why."})
    return [Reply(text_message(f"Heard {interaction.intent}"), private=interaction.args.get("private") == "yes")]


def show(uow: UnitOfWork, interaction: Interaction) -> Form | Message:
    field = FormField(name="reason", label="Why?", kind="text", value=interaction.args.get("id"))
    return Form(title="Why?", intent="test_act", args={"id": "1"}, fields=[field])


def find(uow: UnitOfWork, interaction: Interaction, typed: str) -> list[Option]:
    return [Option(value="v", label=f"{interaction.args['field']}:{typed}")]


def echo(uow: UnitOfWork, interaction: Interaction, text: str) -> Replies:
    DONE.append(interaction)
    return [Reply(text_message(f"You said {text}"))]


class Browser:
    """A page's script: knows its token and posts with it."""

    def __init__(self, client: TestClient[Any, Any], outbox: Outbox, inbox: Inbox, channel: WebChannel) -> None:
        self.client, self.outbox, self.inbox, self.channel = client, outbox, inbox, channel
        self.token = ""
        self.number = 0

    async def get(self, path: str, status: int = 200, **headers: str) -> str:
        response = await self.client.get(path, headers=headers)
        assert response.status == status, await response.text()
        return await response.text()

    async def post(self, who: str, place: str, what: str, status: int = 200, headers: dict[str, str] | None = None,
                   **body: Any) -> Any:  # fmt: skip
        if not self.token:
            found = re.search(r'name="bursar-token" content="([^"]+)"', await self.get("/"))
            assert found
            self.token = found[1]
        self.number += 1
        sent = {"key": f"k{self.number}", **body}
        answer = await self.client.post(
            f"/as/{who}/{place}/{what}", json=sent, headers={"X-Bursar-Token": self.token} if headers is None else headers
        )
        assert answer.status == status, await answer.text()
        return await answer.json() if status == 200 else await answer.text()

    async def settle(self) -> None:
        while await asyncio.to_thread(self.inbox.work_once):
            pass
        await self.outbox.drain()

    async def state(self, who: str, place: str) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(await self.get(f"/as/{who}/{place}/state"))
        return answer

    async def texts(self, who: str, place: str) -> str:
        return "\n".join(item["html"] for item in (await self.state(who, place))["items"])


@pytest.fixture
async def browser(store: Store, clock: TestClock, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Browser]:
    router = Router(store)
    monkeypatch.setitem(registry.act, "test_act", told)
    monkeypatch.setitem(registry.open, "test_open", show)
    monkeypatch.setitem(registry.options, "test_act", find)
    monkeypatch.setattr(registry, "otherwise", echo)
    monkeypatch.setattr(
        "bot.intents.home.home", lambda uow, person_id: Home(sections=[text_message(f"Home of {person_id}")])
    )
    DONE.clear()
    with store.write() as uow:
        nora = add_person(uow, "nora")
        add_person(uow, "idris", manager=nora)
        add_person(uow, "leaver", status="Terminated")
        add_config(uow, "org", "name: Acme\ntimezone: Europe/Stockholm\n")
    inbox = Inbox(store, router)
    channel = WebChannel(store, router, inbox, clock, [Suggested(IDRIS, "Approves <quickly>"), Suggested(NORA, "Asks")])
    outbox = Outbox(store, [channel.sender], inbox.worked, {})
    application = web.Application()
    application.add_routes(channel.routes())
    storing = asyncio.create_task(inbox._store_arrivals())
    async with TestClient(TestServer(application)) as client:
        await channel.start()
        yield Browser(client, outbox, inbox, channel)
        await channel.stop()
    storing.cancel()
    await asyncio.gather(storing, return_exceptions=True)


async def test_one_chooses_whom_to_be(browser: Browser) -> None:
    page = await browser.get("/")
    assert "Idris" in page and "Approves &lt;quickly&gt;" in page and "Leaver" not in page
    assert f"/as/{NORA}/bursar" in await browser.get("/?q=NOR")
    assert "Nobody matches" in await browser.get("/?q=zzz")


async def test_a_text_is_shown_and_answered(browser: Browser) -> None:
    await browser.post(NORA, "bursar", "say", text="what <b> costs")
    assert "what &lt;b&gt; costs" in await browser.texts(NORA, "bursar")
    await browser.settle()
    assert "You said what &lt;b&gt; costs" in await browser.texts(NORA, "bursar")
    assert "You said" in await browser.get(f"/as/{NORA}/bursar")
    assert (DONE[0].conversation.kind, DONE[0].conversation.thread_id) == ("direct", None)


async def test_a_question_in_a_channel_is_answered_in_its_thread(browser: Browser) -> None:
    await browser.post(NORA, "ai-spend", "say", text="@Bursar, how much?")
    await browser.settle()
    state = await browser.state(IDRIS, "ai-spend")
    (thread,) = state["items"]
    assert "@Bursar, how much?" in thread["html"] and "You said how much?" in thread["html"]
    assert (DONE[0].text, DONE[0].conversation.kind) == ("how much?", "public")
    await browser.post(IDRIS, "ai-spend", "say", text="and before?", thread=thread["id"])
    await browser.settle()
    (again,) = (await browser.state(NORA, "ai-spend"))["items"]
    assert again["rev"] != thread["rev"] and "You said and before?" in again["content"]


async def test_newest_thread_stands_last(browser: Browser) -> None:
    for text in ("first", "second"):
        await browser.post(NORA, "general", "say", text=text)
    await browser.settle()
    first, second = (await browser.state(NORA, "general"))["items"]
    await browser.post(NORA, "general", "say", text="more", thread=first["id"])
    assert [item["id"] for item in (await browser.state(NORA, "general"))["items"]] == [second["id"], first["id"]]


async def test_one_press_is_one_effect(browser: Browser, store: Store) -> None:
    for _ in range(5):
        await browser.post(NORA, "bursar", "act", key="press", intent="test_act", args={"id": "1"})
    await browser.post(NORA, "bursar", "say", key="press", text="how much?")
    await browser.post(NORA, "bursar", "say", key="press", text="how much?")
    await browser.settle()
    assert [one.kind for one in DONE] == ["action", "text"]
    with store.read() as uow:
        assert len(uow.session.exec(web_store.select(InboxItem)).all()) == 2
    assert (await browser.texts(NORA, "bursar")).count('class="said"') == 1


async def test_the_same_press_of_two_people_is_two(browser: Browser) -> None:
    for who in (NORA, IDRIS):
        await browser.post(who, "bursar", "act", key="press", intent="test_act")
    await browser.settle()
    assert {one.actor.email for one in DONE} == {NORA, IDRIS}


async def test_private_answers_are_seen_by_one(browser: Browser) -> None:
    await browser.post(NORA, "general", "act", intent="test_act", args={"private": "yes"})
    await browser.settle()
    assert "Only you can see this" in await browser.texts(NORA, "general")
    assert "Heard" not in await browser.texts(IDRIS, "general")
    assert (await browser.state(IDRIS, "general"))["unread"]["general"] == 0


async def test_a_click_in_a_channel_is_answered_under_the_card(browser: Browser) -> None:
    await browser.post(NORA, "general", "say", text="hello")
    await browser.settle()
    (thread,) = (await browser.state(NORA, "general"))["items"]
    await browser.post(IDRIS, "general", "act", intent="test_act", message=str(int(thread["id"]) + 1))
    await browser.settle()
    assert DONE[-1].conversation.thread_id == thread["id"]
    assert "Heard test_act" in (await browser.state(NORA, "general"))["items"][0]["content"]


async def test_forms_open_check_and_are_sent(browser: Browser) -> None:
    shown = await browser.post(NORA, "bursar", "open", intent="test_open", args={"id": "7"})
    assert shown["kind"] == "form" and 'data-intent="test_act"' in shown["html"] and 'value="7"' in shown["html"]
    refused = await browser.post(NORA, "bursar", "form", key="f", intent="test_act", values={"reason": ""})
    assert refused == {"errors": {"reason": "Say why."}}
    DONE.clear()
    assert await browser.post(NORA, "bursar", "form", key="f", intent="test_act", values={"reason": "x"}) == {"ok": True}
    await browser.settle()
    assert DONE[-1].form == {"reason": "x"}
    assert "Heard test_act" in await browser.texts(NORA, "bursar")


async def test_an_unknown_button_says_so(browser: Browser) -> None:
    shown = await browser.post(NORA, "bursar", "open", intent="gone")
    assert shown["kind"] == "message" and "older version" in shown["html"]


async def test_options_are_found_while_typing(browser: Browser) -> None:
    found = await browser.post(NORA, "bursar", "options", intent="test_act", field="tool", typed="cur")
    assert found["count"] == 1 and "tool:cur" in found["html"] and 'id="field-tool-list-0"' in found["html"]


async def test_unread_counts_go_when_seen(browser: Browser) -> None:
    await browser.post(NORA, "bursar", "say", text="hello")
    await browser.settle()
    state = await browser.state(NORA, "home")
    assert state["unread"] == {"bursar": 1, "ai-spend": 0, "general": 0} and state["waiting"] == {NORA: 1}
    assert "Home of" in state["home"]
    await browser.post(NORA, "bursar", "seen", upto=99)
    state = await browser.state(IDRIS, "home")
    assert state["waiting"] == {} and state["unread"]["bursar"] == 0


async def test_cards_are_replaced_in_place(browser: Browser) -> None:
    to = Conversation(channel="web", id=web_store.direct_id(NORA), kind="direct")
    old = Message(fallback="old", actions=[Action(label="Approve", intent="test_act")])
    sent = await browser.channel.sender.send(to, old, key="card", private_to=None)
    (before,) = (await browser.state(NORA, "bursar"))["items"]
    await browser.channel.sender.update(to, sent.message_id, text_message("decided"))
    (after,) = (await browser.state(NORA, "bursar"))["items"]
    assert before["id"] == after["id"] and before["rev"] != after["rev"]
    assert "decided" in after["html"] and "Approve" not in after["html"]


async def test_a_card_is_sent_once_and_found_by_its_key(browser: Browser, store: Store) -> None:
    to = Conversation(channel="web", id=web_store.direct_id(NORA), kind="direct")
    sender = browser.channel.sender
    assert await sender.find(to, "card") is None
    first = await sender.send(to, text_message("x"), key="card", private_to=None)
    assert await sender.send(to, text_message("x"), key="card", private_to=None) == first == await sender.find(to, "card")
    with store.read() as uow:
        assert len(uow.session.exec(web_store.select(WebMessage)).all()) == 1
    with pytest.raises(SendFailed) as failed:
        await sender.update(to, "12345", text_message("x"))
    assert failed.value.retry_after is None


async def test_a_file_is_made_when_it_is_fetched_and_by_its_reader_only(
    browser: Browser, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def made(uow: UnitOfWork, what: Notice) -> Message:
        data = f"Name\r\n{what.person_id}\r\n".encode()
        return Message(fallback="x.csv", attachments=[attach('x "1".csv', "text/csv", data)])

    monkeypatch.setitem(builders, "test_file", made)
    with store.write() as uow:
        nora = uow.session.exec(select(ChatAccount.person_id).where(ChatAccount.external_id == NORA)).one()
        notify(uow, "test_file", key="f1", subject="reading:a", person_id=nora)
    await browser.outbox.drain()
    found = re.search(r'href="([^"]+/file/\d+/0)"', await browser.texts(NORA, "bursar"))
    assert found and "Download x" in await browser.texts(NORA, "bursar")
    with store.read() as uow:
        kept = uow.session.exec(select(WebMessage).where(WebMessage.key == "f1")).one()
    assert kept.message is not None and kept.message["attachments"][0]["content"] == ""
    response = await browser.client.get(found[1])
    assert await response.text() == f"Name\r\n{nora}\r\n"
    assert response.headers["Content-Disposition"] == 'attachment; filename="x-1-.csv"'
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    await browser.get(found[1].replace(NORA, IDRIS), status=404)
    await browser.get(found[1].replace("/bursar/", "/general/"), status=404)
    await browser.get(found[1][:-1] + "1", status=404)
    await browser.get(found[1], status=403, Host="evil.example")


async def test_everybody_employed_can_be_written_to(browser: Browser, store: Store) -> None:
    await browser.channel.start()
    with store.read() as uow:
        accounts = uow.session.exec(web_store.select(ChatAccount)).all()
    assert sorted(account.external_id for account in accounts) == [IDRIS, NORA]
    await browser.get(f"/as/{IDRIS}/bursar")
    with store.read() as uow:
        seen = {a.external_id: a.last_seen_at for a in uow.session.exec(web_store.select(ChatAccount)).all()}
    assert seen[IDRIS] > seen[NORA]


async def test_open_pages_hear_of_changes(browser: Browser) -> None:
    async with browser.client.get(f"/as/{NORA}/events") as events:
        assert events.content_type == "text/event-stream"
        assert await events.content.readuntil(b"\n\n") == b"data: hello\n\n"
        await browser.post(IDRIS, "general", "say", text="hello")
        async with asyncio.timeout(5):
            assert await events.content.readuntil(b"\n\n") == b"data: changed\n\n"
        await browser.channel.stop()
        async with asyncio.timeout(5):
            assert (await events.content.read()).endswith(b"\n\n")


async def test_another_site_can_neither_act_nor_read(browser: Browser, store: Store) -> None:
    say = {"text": "hello"}
    await browser.post(NORA, "bursar", "seen", upto=0)
    good = {"X-Bursar-Token": browser.token}
    for headers in ({}, {"X-Bursar-Token": "guess"}, {**good, "Origin": "https://evil.example"},
                    {**good, "Sec-Fetch-Site": "cross-site"}, {**good, "Host": "evil.example"}):  # fmt: skip
        await browser.post(NORA, "bursar", "say", status=403, headers=headers, **say)
    for path in ("/", f"/as/{NORA}/bursar", f"/as/{NORA}/bursar/state", f"/as/{NORA}/events"):
        await browser.get(path, status=403, Host="evil.example:3978")
    await browser.get("/", Host="localhost:3978")
    with store.read() as uow:
        assert uow.session.exec(web_store.select(InboxItem)).all() == []


async def test_pages_run_no_script_but_ours(browser: Browser) -> None:
    response = await browser.client.get(f"/as/{NORA}/bursar")
    policy = response.headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy and "unsafe" not in policy and "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    page = await response.text()
    assert re.findall(r"<script[^>]*>(.*?)</script>", page, re.DOTALL) == [""]
    assert not re.search(r'\son\w+="|style="|https?://', page)


async def test_assets_and_nothing_else(browser: Browser) -> None:
    for name, kind in (("app.css", "text/css"), ("app.js", "text/javascript"), ("icon.svg", "image/svg+xml")):
        response = await browser.client.get(f"/web/{name}")
        assert response.status == 200 and response.content_type == kind
    await browser.get("/web/..%2fweb.py", status=404)
    await browser.get("/web/web.py", status=404)


async def test_nobody_and_nowhere(browser: Browser) -> None:
    page = await browser.get("/as/nobody@acme.example/bursar", status=404)
    assert "nobody@acme.example" in page and 'href="/"' in page
    await browser.get("/as/leaver@acme.example/bursar", status=404)
    await browser.get("/as/nobody@acme.example/bursar/state", status=404)
    await browser.get(f"/as/{NORA}/secrets", status=404)
    await browser.post("nobody@acme.example", "bursar", "say", status=404, text="x")


async def test_what_the_page_would_not_send_is_refused(browser: Browser, store: Store) -> None:
    await browser.post(NORA, "bursar", "say", status=400, text="   ")
    await browser.post(NORA, "bursar", "say", status=400, text="x" * 2001)
    await browser.post(NORA, "bursar", "act", status=400, intent="test_act", args=["not", "names"])
    await browser.post(NORA, "bursar", "act", status=400, surprise=1)
    answer = await browser.client.post(
        f"/as/{NORA}/bursar/act",
        data=b"\xff{",
        headers={"X-Bursar-Token": browser.token, "Content-Type": "application/json"},
    )
    assert answer.status == 400
    with store.read() as uow:
        assert uow.session.exec(web_store.select(InboxItem)).all() == []
