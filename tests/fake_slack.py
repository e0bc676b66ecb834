"""A strict Slack on the loopback: tokens, scopes, block limits, single-use triggers, rate limits, lost answers.

It keeps what was posted. `tests/slack_client.py` is its other half, which sends the app events and clicks.
"""

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from aiohttp import web

from tests.slack_blocks import Refused, check_blocks, check_view

TEAM, BOT_USER, BOT = "T0ACME", "U0BURSAR", "B0BURSAR"
BOT_TOKEN, APP_TOKEN, SECRET = "xoxb-test-token", "xapp-test-token", "test_signing_secret"
SCOPES = {"app_mentions:read", "chat:write", "commands", "files:write", "im:history", "im:write", "users:read",
          "users:read.email"}  # fmt: skip
TRIGGER_SECONDS = 3.0

NEEDS = {
    "auth.test": None,
    "chat.postMessage": "chat:write",
    "chat.postEphemeral": "chat:write",
    "chat.update": "chat:write",
    "conversations.open": "im:write",
    "conversations.history": "im:history",
    "conversations.replies": "im:history",
    "files.upload_v2": "files:write",  # the SDK's name for the next two and the upload between them
    "files.getUploadURLExternal": "files:write",
    "files.completeUploadExternal": "files:write",
    "users.info": "users:read",
    "users.lookupByEmail": "users:read.email",
    "views.open": None,
    "views.update": None,
    "views.publish": None,
    "apps.connections.open": None,
}


class SlackError(Exception):
    def __init__(self, code: str, **more: Any) -> None:
        super().__init__(code)
        self.body = {"ok": False, "error": code, **more}


@dataclass
class Failure:
    """What happens to the next call of a method. `after` = it is carried out first, then the answer is lost."""

    method: str
    kind: str  # drop, status, error, ratelimited, delay
    after: bool = False
    value: Any = None


@dataclass
class FakeSlack:
    """`limit_pace`: one message a second and channel, as Slack; off unless a test is about it."""

    scopes: set[str] = field(default_factory=lambda: set(SCOPES))
    limit_pace: bool = False
    native_blocks: bool = True
    users: dict[str, dict[str, Any]] = field(default_factory=dict)
    channels: dict[str, dict[str, Any]] = field(default_factory=dict)
    messages: list[dict[str, Any]] = field(default_factory=list)
    ephemerals: list[dict[str, Any]] = field(default_factory=list)
    updates: list[dict[str, Any]] = field(default_factory=list)
    views: dict[str, dict[str, Any]] = field(default_factory=dict)
    homes: dict[str, dict[str, Any]] = field(default_factory=dict)
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._numbers = count(1)
        self._triggers: dict[str, float] = {}
        self._last_post: dict[str, float] = {}
        self._runner: web.AppRunner | None = None
        self._sockets: list[web.WebSocketResponse] = []
        self._answers: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self.connected = asyncio.Event()
        self.url = ""

    async def start(self) -> "FakeSlack":
        app = web.Application()
        app.router.add_route("*", "/api/{method}", self._api)
        app.router.add_get("/socket", self._socket)
        app.router.add_post("/upload/{file}", self._upload)
        self._runner = web.AppRunner(app, shutdown_timeout=0.2)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        port = self._runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{port}/api/"
        self._socket_url = f"ws://127.0.0.1:{port}/socket"
        return self

    async def stop(self) -> None:
        for socket in self._sockets:
            await socket.close()
        if self._runner is not None:
            await self._runner.cleanup()

    def add_user(self, name: str, email: str | None = None, **more: Any) -> str:
        """`ada` is U0ADA with ada@acme.example; `more` overrides fields, e.g. is_restricted=True."""
        user = f"U0{name.upper()}"
        self.users[user] = {
            "id": user, "team_id": TEAM, "name": name, "deleted": False, "is_bot": False, "is_restricted": False,
            "is_ultra_restricted": False, "tz": "Europe/Stockholm",
            "profile": {"real_name": name.title(), "email": email or f"{name}@acme.example"}, **more,
        }  # fmt: skip
        return user

    def add_channel(self, name: str, *members: str, with_bot: bool = True) -> str:
        channel = f"C0{name.upper().replace('-', '')}"
        self.channels[channel] = {"id": channel, "members": {*members, *([BOT_USER] if with_bot else [])}}
        return channel

    def direct(self, user: str) -> str:
        channel = f"D{user[1:]}"
        self.channels.setdefault(channel, {"id": channel, "members": {user, BOT_USER}})
        return channel

    def new_trigger(self) -> str:
        trigger = f"{next(self._numbers)}.trigger"
        self._triggers[trigger] = time.monotonic() + TRIGGER_SECONDS
        return trigger

    def fail(self, method: str, kind: str, *, after: bool = False, value: Any = None, times: int = 1) -> None:
        self.failures += [Failure(method, kind, after, value) for _ in range(times)]

    def posted_in(self, channel: str) -> list[dict[str, Any]]:
        return [message for message in self.messages if message["channel"] == channel]

    def direct_messages(self, user: str) -> list[dict[str, Any]]:
        return self.posted_in(self.direct(user))

    async def _api(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        args = await arguments(request)
        self.calls.append((method, args))
        failure = next((one for one in self.failures if one.method == method), None)
        if failure is not None:
            self.failures.remove(failure)
            if not failure.after:
                return await self._broken(request, failure)
        try:
            self._authorise(method, request)
            body = {"ok": True, **(METHODS[method](self, args) or {})}
        except SlackError as error:
            body = error.body
            self.refusals.append(f"{method}: {body}")
        except Refused as error:
            body = {"ok": False, "error": "invalid_blocks", "response_metadata": {"messages": [error.reason]}}
            self.refusals.append(f"{method}: {error.reason}")
        if failure is not None:
            return await self._broken(request, failure, body)
        if body.get("error") == "ratelimited":
            return web.json_response(body, status=429, headers={"Retry-After": "1"})
        return web.json_response(body, headers={"x-oauth-scopes": ",".join(sorted(self.scopes))})

    async def _broken(self, request: web.Request, failure: Failure, body: dict[str, Any] | None = None) -> web.Response:
        if failure.kind == "drop":
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        if failure.kind == "delay":
            await asyncio.sleep(failure.value)
            return web.json_response(body or {"ok": False, "error": "request_timeout"})
        if failure.kind == "ratelimited":
            headers = {"Retry-After": str(failure.value or 1)}
            return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers=headers)
        if failure.kind == "error":
            return web.json_response({"ok": False, "error": failure.value})
        return web.Response(status=failure.value or 503, text="<html>upstream</html>", content_type="text/html")

    def _authorise(self, method: str, request: web.Request) -> None:
        if method not in METHODS:
            raise SlackError("unknown_method")
        token = request.headers.get("Authorization", "")
        if token != f"Bearer {APP_TOKEN if method == 'apps.connections.open' else BOT_TOKEN}":
            raise SlackError("invalid_auth")
        scope = NEEDS[method]
        if scope and scope not in self.scopes:
            raise SlackError("missing_scope", needed=scope, provided=",".join(sorted(self.scopes)))

    def _channel(self, args: dict[str, Any]) -> dict[str, Any]:
        channel = self.channels.get(args.get("channel", ""))
        if channel is None:
            raise SlackError("channel_not_found")
        if channel.get("is_archived"):
            raise SlackError("is_archived")
        if BOT_USER not in channel["members"]:
            raise SlackError("not_in_channel")
        return channel

    def _check_content(self, args: dict[str, Any]) -> None:
        if not args.get("text"):
            raise SlackError("no_text")
        check_blocks(args.get("blocks"), "message")
        native = [block["type"] for block in args["blocks"] if block["type"] in ("table", "data_visualization")]
        if native and not self.native_blocks:
            raise Refused(f"unsupported type: {native[0]}")

    def _post_message(self, args: dict[str, Any]) -> dict[str, Any]:
        channel = self._channel(args)["id"]
        self._check_content(args)
        now = time.monotonic()
        if self.limit_pace and now - self._last_post.get(channel, -1.0) < 0.95:
            raise SlackError("ratelimited")
        self._last_post[channel] = now
        ts = self._new_ts()
        message = {"ts": ts, "channel": channel, "user": BOT_USER, "bot_id": BOT, **args}
        self.messages.append(message)
        return {"channel": channel, "ts": ts, "message": message}

    def _post_ephemeral(self, args: dict[str, Any]) -> dict[str, Any]:
        channel = self._channel(args)
        if args["user"] not in channel["members"]:
            raise SlackError("user_not_in_channel")
        self._check_content(args)
        if "metadata" in args:
            raise SlackError("invalid_arguments")
        ts = self._new_ts()
        self.ephemerals.append({"message_ts": ts, **args})
        return {"message_ts": ts}

    def _update(self, args: dict[str, Any]) -> dict[str, Any]:
        self._channel(args)
        found = [one for one in self.messages if one["ts"] == args["ts"] and one["channel"] == args["channel"]]
        if not found:
            raise SlackError("message_not_found")
        self._check_content(args)
        found[0].update({"text": args["text"], "blocks": args["blocks"], "edited": {"ts": self._new_ts()}})
        self.updates.append(args)
        return {"channel": args["channel"], "ts": args["ts"]}

    def _open(self, args: dict[str, Any]) -> dict[str, Any]:
        user = args.get("users", "")
        if user not in self.users:
            raise SlackError("user_not_found")
        return {"channel": {"id": self.direct(user)}}

    def _history(self, args: dict[str, Any]) -> dict[str, Any]:
        self._channel(args)
        if not args["channel"].startswith("D"):
            raise SlackError("missing_scope", needed="channels:history")
        thread = args.get("ts")
        with_metadata = str(args.get("include_all_metadata", "")).lower() in ("1", "true")
        found = []
        for message in reversed(self.posted_in(args["channel"])):
            in_place = message.get("thread_ts") == thread or message["ts"] == thread
            if in_place:
                found.append({name: value for name, value in message.items() if with_metadata or name != "metadata"})
        return {"messages": found[: int(args.get("limit", 100))], "has_more": False}

    def _upload_url(self, args: dict[str, Any]) -> dict[str, Any]:
        if not args.get("filename") or int(args.get("length") or 0) <= 0:
            raise SlackError("invalid_arguments")
        file = f"F{next(self._numbers):08d}"
        self.files[file] = {"id": file, "name": args["filename"], "length": int(args["length"]), "data": None}
        return {"file_id": file, "upload_url": self.url.replace("/api/", f"/upload/{file}")}

    async def _upload(self, request: web.Request) -> web.Response:
        """Takes exactly as many bytes as were announced, once."""
        file, data = self.files.get(request.match_info["file"]), await request.read()
        failure = next((one for one in self.failures if one.method == "upload"), None)
        if failure is not None:
            self.failures.remove(failure)
            return await self._broken(request, failure)
        if file is None or file["data"] is not None or len(data) != file["length"]:
            return web.Response(status=400, text="bad upload")
        file["data"] = data
        return web.Response(text=f"OK - {len(data)}")

    def _complete_upload(self, args: dict[str, Any]) -> dict[str, Any]:
        """Shares what was uploaded in a conversation that Bursar is in."""
        channel = self._channel({"channel": args.get("channel_id", "")})["id"]
        shared = [self.files.get(one["id"], {}) for one in args["files"]]
        if not shared or any(one.get("data") is None or one.get("shared_in") for one in shared):
            raise SlackError("file_not_found")
        for one in shared:
            one.update({"shared_in": channel, "thread_ts": args.get("thread_ts")})
        return {"files": [{"id": one["id"], "title": one["name"]} for one in shared]}

    def _users_info(self, args: dict[str, Any]) -> dict[str, Any]:
        user = self.users.get(args.get("user", ""))
        if user is None:
            raise SlackError("user_not_found")
        return {"user": self._visible(user)}

    def _by_email(self, args: dict[str, Any]) -> dict[str, Any]:
        for user in self.users.values():
            if user["profile"].get("email", "").lower() == args["email"].lower() and not user["deleted"]:
                return {"user": self._visible(user)}
        raise SlackError("users_not_found")

    def _visible(self, user: dict[str, Any]) -> dict[str, Any]:
        profile = dict(user["profile"])
        if "users:read.email" not in self.scopes:
            profile.pop("email", None)
        return user | {"profile": profile}

    def _use_trigger(self, trigger: str) -> None:
        deadline = self._triggers.pop(trigger, None)
        if deadline is None:
            raise SlackError("exchanged_trigger_id")
        if time.monotonic() > deadline:
            raise SlackError("expired_trigger_id")

    def _views_open(self, args: dict[str, Any]) -> dict[str, Any]:
        self._use_trigger(args.get("trigger_id", ""))
        check_view(args["view"], "modal")
        view_id = f"V{next(self._numbers):08d}"
        self.views[view_id] = {"id": view_id, "hash": self._new_ts(), "team_id": TEAM, **args["view"]}
        return {"view": self.views[view_id]}

    def _views_update(self, args: dict[str, Any]) -> dict[str, Any]:
        view_id = args.get("view_id", "")
        if view_id not in self.views:
            raise SlackError("not_found")
        check_view(args["view"], "modal")
        self.views[view_id] = {"id": view_id, "hash": self._new_ts(), "team_id": TEAM, **args["view"]}
        return {"view": self.views[view_id]}

    def _views_publish(self, args: dict[str, Any]) -> dict[str, Any]:
        if args["user_id"] not in self.users:
            raise SlackError("user_not_found")
        check_view(args["view"], "home")
        view = {"id": f"V0HOME{args['user_id']}", "hash": self._new_ts(), "team_id": TEAM, **args["view"]}
        self.homes[args["user_id"]] = view
        return {"view": view}

    def _auth_test(self, _: dict[str, Any]) -> dict[str, Any]:
        return {"url": "https://acme.slack.test/", "team": "Acme", "user": "bursar", "team_id": TEAM,
                "user_id": BOT_USER, "bot_id": BOT}  # fmt: skip

    def _connections_open(self, _: dict[str, Any]) -> dict[str, Any]:
        return {"url": self._socket_url}

    def _new_ts(self) -> str:
        return f"1764000000.{next(self._numbers):06d}"

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self._sockets.append(socket)
        await socket.send_json({"type": "hello", "num_connections": 1, "connection_info": {"app_id": "A0"}})
        self.connected.set()
        async for frame in socket:
            if frame.type is not web.WSMsgType.TEXT or not frame.data.startswith("{"):
                continue
            answer = json.loads(frame.data)
            waiting = self._answers.pop(answer.get("envelope_id", ""), None)
            if waiting is not None:
                waiting.set_result(answer)
        return socket

    async def push(self, kind: str, payload: dict[str, Any]) -> dict[str, Any]:
        """Send an envelope by Socket Mode (kind: events_api, slash_commands, interactive) and wait for its answer."""
        envelope = f"e{next(self._numbers)}"
        self._answers[envelope] = asyncio.get_running_loop().create_future()
        message = {"type": kind, "envelope_id": envelope, "payload": payload, "accepts_response_payload": True}
        await self._sockets[-1].send_json(message)
        return await asyncio.wait_for(self._answers[envelope], 3.0)


METHODS: dict[str, Callable[[FakeSlack, dict[str, Any]], dict[str, Any] | None]] = {
    "auth.test": FakeSlack._auth_test,
    "chat.postMessage": FakeSlack._post_message,
    "chat.postEphemeral": FakeSlack._post_ephemeral,
    "chat.update": FakeSlack._update,
    "conversations.open": FakeSlack._open,
    "conversations.history": FakeSlack._history,
    "conversations.replies": FakeSlack._history,
    "files.getUploadURLExternal": FakeSlack._upload_url,
    "files.completeUploadExternal": FakeSlack._complete_upload,
    "users.info": FakeSlack._users_info,
    "users.lookupByEmail": FakeSlack._by_email,
    "views.open": FakeSlack._views_open,
    "views.update": FakeSlack._views_update,
    "views.publish": FakeSlack._views_publish,
    "apps.connections.open": FakeSlack._connections_open,
}


async def arguments(request: web.Request) -> dict[str, Any]:
    """What the SDK sent as query, form or JSON, with JSON-encoded values read."""
    if request.content_type == "application/json":
        return dict(await request.json())
    given = {**request.query, **(await request.post() if request.method == "POST" else {})}
    return {
        name: json.loads(value) if isinstance(value, str) and value[:1] in "[{" and value else value
        for name, value in given.items()
    }
