"""The browser: one picks a person of the company and talks to the same bot. No login, therefore on loopback only.

A page of another site can neither read (the Host must be a loopback name, which stops DNS rebinding) nor act (the token
of this process must come in a header, and the Origin must be ours).
"""

import asyncio
import json
import re
import secrets
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.channels.web_render import render_form, render_message, render_options
from bot.channels.web_store import (
    Profile,
    WebSender,
    link_everybody,
    mark_read,
    picked,
    post,
    thread_root,
)
from bot.channels.web_viewer import CHANNELS, DIRECT, HOME, Suggested
from bot.channels.web_views import WebViews, conversation_id
from bot.interaction import Actor, Conversation, Interaction
from bot.message import Form
from bot.router import Router
from storage.unit_of_work import Store
from workflows.ports import Clock

ASSETS = {"app.css": "text/css", "app.js": "text/javascript", "icon.svg": "image/svg+xml"}
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
HEARTBEAT_SECONDS = 15.0
TEXT_LIMIT = 2000

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Receiver(Protocol):
    async def receive(self, interaction: Interaction) -> None:
        """Returns when the interaction is durable."""
        ...


class Posted(BaseModel):
    """What the page's script sends; `key` is fresh for every press, so that a repeated delivery is one effect."""

    model_config = ConfigDict(extra="forbid")

    key: str = Field(default="", max_length=80)
    text: str = Field(default="", max_length=TEXT_LIMIT)
    thread: str | None = None
    message: str | None = None
    intent: str = ""
    args: dict[str, str] = {}
    values: dict[str, str | list[str]] = {}
    field: str = ""
    typed: str = Field(default="", max_length=200)
    upto: int = 0


class WebChannel:
    """`people` are the ones the page puts first."""

    def __init__(
        self, store: Store, router: Router, inbox: Receiver, clock: Clock, people: Sequence[Suggested] | None = None
    ) -> None:
        self._store = store
        self._router = router
        self._inbox = inbox
        self._clock = clock
        self._token = secrets.token_urlsafe(24)
        self._views = WebViews(store, self._token, people or ())
        self._listeners: set[asyncio.Event] = set()
        self._stopped = False
        self.sender = WebSender(store, self._changed)

    def suggest(self, people: Sequence[Suggested]) -> None:
        """Put these first where one chooses whom to be."""
        self._views.people = people

    def routes(self) -> Sequence[web.RouteDef]:
        somebody = "/as/{email}"
        return [
            web.get("/", self._guard(self._picker)),
            web.get("/web/waiting", self._guard(self._waiting)),
            web.get("/web/{asset}", self._guard(self._asset)),
            web.get(somebody + "/events", self._guard(self._events)),
            web.get(somebody + "/{place}", self._guard(self._page)),
            web.get(somebody + "/{place}/state", self._guard(self._state)),
            web.get(somebody + r"/{place}/file/{message:\d+}/{number:\d+}", self._guard(self._file)),
            web.post(somebody + "/{place}/say", self._guard(self._say)),
            web.post(somebody + "/{place}/act", self._guard(self._act)),
            web.post(somebody + "/{place}/open", self._guard(self._open)),
            web.post(somebody + "/{place}/form", self._guard(self._form)),
            web.post(somebody + "/{place}/options", self._guard(self._options)),
            web.post(somebody + "/{place}/seen", self._guard(self._seen)),
        ]

    async def start(self) -> None:
        await asyncio.to_thread(link_everybody, self._store)

    async def stop(self) -> None:
        self._stopped = True
        self._changed()

    def _changed(self) -> None:
        for listener in self._listeners:
            listener.set()

    def _guard(self, handler: Handler) -> Handler:
        async def guarded(request: web.Request) -> web.StreamResponse:
            if urlsplit(f"//{request.host}").hostname not in LOOPBACK:
                raise web.HTTPForbidden(text="This page is served on this computer only.")
            if request.method == "POST" and not self._is_ours(request):
                raise web.HTTPForbidden(text="This page is out of date or not ours. Reload it.")
            response = await handler(request)
            if not response.prepared:
                response.headers.update(HEADERS)
            return response

        return guarded

    def _is_ours(self, request: web.Request) -> bool:
        origin = request.headers.get("Origin")
        same_origin = origin is None or origin == f"{request.scheme}://{request.host}"
        site = request.headers.get("Sec-Fetch-Site", "same-origin")
        token = request.headers.get("X-Bursar-Token", "")
        return same_origin and site == "same-origin" and secrets.compare_digest(token.encode(), self._token.encode())

    # Pages

    async def _picker(self, request: web.Request) -> web.Response:
        return _html(await asyncio.to_thread(self._views.picker, request.query.get("q", "")[:80].strip()))

    async def _asset(self, request: web.Request) -> web.Response:
        name = request.match_info["asset"]
        if name not in ASSETS:
            raise web.HTTPNotFound()
        path = Path(__file__).with_name("web_assets") / name
        return web.Response(body=await asyncio.to_thread(path.read_bytes), content_type=ASSETS[name], charset="utf-8")

    async def _page(self, request: web.Request) -> web.Response:
        email, place = request.match_info["email"].lower(), _place(request)
        person = await asyncio.to_thread(picked, self._store, email)
        if person is None:
            text = await asyncio.to_thread(self._views.nobody, email)
            return _html(text, status=404)
        return _html(await asyncio.to_thread(self._views.page_of, person, place))

    async def _file(self, request: web.Request) -> web.Response:
        """An attachment, made at this moment with the rights of whom the page is for."""
        email, place = request.match_info["email"].lower(), _place(request)
        message, number = int(request.match_info["message"]), int(request.match_info["number"])
        file = await asyncio.to_thread(self._views.file_of, email, place, message, number)
        if file is None:
            raise web.HTTPNotFound(text="This file is not there any more. Ask again and press Export CSV.")
        name = re.sub(r"[^\w.-]+", "-", file.name, flags=re.ASCII)
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return web.Response(body=file.data, headers=headers, content_type=file.media_type)

    # Live

    async def _state(self, request: web.Request) -> web.Response:
        email, place = request.match_info["email"].lower(), _place(request)
        state = await asyncio.to_thread(self._views.state_of, email, place)
        if state is None:
            raise web.HTTPNotFound(text=f"Nobody here has the address {email}.")
        return web.json_response(state)

    async def _waiting(self, _: web.Request) -> web.Response:
        return web.json_response(await asyncio.to_thread(self._views.waiting))

    async def _events(self, request: web.Request) -> web.StreamResponse:
        """Server-sent events: a line whenever something may have changed; the page then asks what."""
        response = web.StreamResponse(headers={**HEADERS, "Content-Type": "text/event-stream"})
        await response.prepare(request)
        changed = asyncio.Event()
        self._listeners.add(changed)
        try:
            await response.write(b"data: hello\n\n")
            while not self._stopped:
                try:
                    await asyncio.wait_for(changed.wait(), HEARTBEAT_SECONDS)
                    changed.clear()
                    await response.write(b"data: changed\n\n")
                except TimeoutError:
                    await response.write(b": still here\n\n")
        except ConnectionResetError:
            pass  # the page was closed
        finally:
            self._listeners.discard(changed)
        return response

    # What a person does

    async def _say(self, request: web.Request) -> web.Response:
        posted, person = await self._read(request)
        place = _place(request)
        text = posted.text.strip()
        if not text:
            raise web.HTTPBadRequest(text="There is nothing to say.")
        conversation = await asyncio.to_thread(self._write_down, person, place, text, posted)
        self._changed()
        spoken = text.removeprefix("@Bursar").removeprefix("@bursar").lstrip(" ,:") if place != DIRECT else text
        await self._receive(person, conversation, f"say:{posted.key}", kind="text", text=spoken)
        return web.json_response({"ok": True})

    def _write_down(self, person: Profile, place: str, text: str, posted: Posted) -> Conversation:
        """Show what was said, and say where the answer belongs: in a channel always into a thread."""
        where = conversation_id(place, person.email)
        key = f"said:{person.email}:{posted.key}"
        written = post(self._store, where, key=key, author=person.email, thread_id=posted.thread, text=text)
        with self._store.read() as uow:
            root = thread_root(uow, written)
            thread = str(root.id) if root is not None and (posted.thread or place != DIRECT) else None
        return _conversation(place, person.email, thread)

    async def _act(self, request: web.Request) -> web.Response:
        posted, person = await self._read(request)
        conversation = await asyncio.to_thread(self._where_clicked, _place(request), person, posted)
        await self._receive(
            person, conversation, f"act:{posted.key}", kind="action", intent=posted.intent, args=posted.args,
            message_id=posted.message,
        )  # fmt: skip
        return web.json_response({"ok": True})

    async def _open(self, request: web.Request) -> web.Response:
        posted, person = await self._read(request)
        conversation = await asyncio.to_thread(self._where_clicked, _place(request), person, posted)
        interaction = self._interaction(
            person, conversation, f"open:{posted.key}", kind="action", intent=posted.intent, args=posted.args,
            message_id=posted.message,
        )  # fmt: skip
        shown = await asyncio.to_thread(self._router.open, interaction)
        if isinstance(shown, Form):
            return web.json_response({"kind": "form", "html": render_form(shown)})
        return web.json_response({"kind": "message", "html": render_message(shown)})

    async def _form(self, request: web.Request) -> web.Response:
        posted, person = await self._read(request)
        conversation = await asyncio.to_thread(self._where_clicked, _place(request), person, posted)
        filled: dict[str, Any] = {
            "kind": "form", "intent": posted.intent, "args": posted.args, "form": posted.values,
            "message_id": posted.message,
        }  # fmt: skip
        interaction = self._interaction(person, conversation, f"form:{posted.key}", **filled)
        errors = await asyncio.to_thread(self._router.check_form, interaction)
        if errors:
            return web.json_response({"errors": errors})
        await self._inbox.receive(interaction)
        return web.json_response({"ok": True})

    async def _options(self, request: web.Request) -> web.Response:
        posted, person = await self._read(request)
        conversation = _conversation(_place(request), person.email, None)
        interaction = self._interaction(
            person, conversation, "", kind="form", intent=posted.intent, args={**posted.args, "field": posted.field}
        )
        found = await asyncio.to_thread(self._router.options, interaction, posted.typed)
        return web.json_response({"html": render_options(found, f"field-{posted.field}-list"), "count": len(found)})

    async def _seen(self, request: web.Request) -> web.Response:
        posted, person = await self._read(request)
        where = conversation_id(_place(request), person.email)
        await asyncio.to_thread(mark_read, self._store, person.email, where, posted.upto)
        self._changed()
        return web.json_response({"ok": True})

    def _where_clicked(self, place: str, person: Profile, posted: Posted) -> Conversation:
        """In a channel a click is answered in the thread of the clicked message."""
        thread = None
        if posted.message and posted.message.isdecimal():
            with self._store.read() as uow:
                root = thread_root(uow, int(posted.message))
                if root is not None and (place in CHANNELS or str(root.id) != posted.message):
                    thread = str(root.id)
        return _conversation(place, person.email, thread)

    async def _read(self, request: web.Request) -> tuple[Posted, Profile]:
        """Raises HTTPBadRequest for what the script would not send, HTTPNotFound for an unknown person."""
        try:
            posted = Posted.model_validate(await request.json())
        except (json.JSONDecodeError, UnicodeDecodeError, ValidationError) as error:
            raise web.HTTPBadRequest(text=f"This is not what the page sends: {error}") from error
        email = request.match_info["email"].lower()
        person = await asyncio.to_thread(self._views.person_now, email)
        if person is None:
            raise web.HTTPNotFound(text=f"Nobody here has the address {email}.")
        return posted, person

    async def _receive(self, person: Profile, conversation: Conversation, key: str, **what: Any) -> None:
        await self._inbox.receive(self._interaction(person, conversation, key, **what))

    def _interaction(self, person: Profile, conversation: Conversation, key: str, **what: Any) -> Interaction:
        actor = Actor(channel="web", external_id=person.email, person_id=person.person_id, email=person.email)
        return Interaction(
            key=f"web:{person.email}:{key}", actor=actor, conversation=conversation, received_at=self._clock(), **what
        )


def _place(request: web.Request) -> str:
    place = request.match_info["place"]
    if place not in (HOME, DIRECT, *CHANNELS):
        raise web.HTTPNotFound(text=f"There is no conversation called {place}.")
    return place


def _conversation(place: str, email: str, thread: str | None) -> Conversation:
    """Clicks on the home page are answered in the direct conversation."""
    kind: Any = "public" if place in CHANNELS else "direct"
    return Conversation(channel="web", id=conversation_id(place, email), kind=kind, thread_id=thread)


def _html(text: str, status: int = 200) -> web.Response:
    return web.Response(text=text, content_type="text/html", status=status)
