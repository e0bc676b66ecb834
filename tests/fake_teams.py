"""A strict Teams on the loopback: OpenID metadata and keys, sign-in, the Bot Connector's REST API, rosters.

It refuses what Teams refuses, and more: tokens, conversations Bursar is not in, unknown fields, cards by
`tests/teams_cards.py`, messages over 28 KB, mentions of nobody. It keeps what was posted. `tests/teams_client.py` is its
other half, which sends the app activities.
"""

import json
import time
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from typing import Any

import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.teams_drive import OneDrive
from tests.teams_rest import MESSAGE_BYTES, PAGE_SIZES, WINDOWS, TeamsError, check_activity, content_of

TENANT = "0a0a0a0a-0000-4000-8000-00000000acbe"
OTHER_TENANT = "0b0b0b0b-0000-4000-8000-0000000000ff"
APP_ID, APP_PASSWORD, BOT_NAME = "c0ffee00-0000-4000-8000-000000000b07", "test-secret", "Bursar"
BOT = f"28:{APP_ID}"
ISSUER = "https://api.botframework.com"
SCOPE = "https://api.botframework.com/.default"
KEY_ID = "key-1"


@cache
def signing_key(name: str = KEY_ID) -> rsa.RSAPrivateKey:
    """One key a name and test session; making them takes a while."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass
class Chat:
    """A personal chat, group chat or channel; a team is its General channel, which has the team's id."""

    id: str
    kind: str  # personal, groupChat, channel
    members: set[str] = field(default_factory=set)
    installed: bool = True
    name: str = ""
    team: str | None = None
    membership: str = "standard"


@dataclass
class Failure:
    """What happens to the next call of an operation. `after` = it is carried out first, then the answer is lost."""

    operation: str
    kind: str  # drop, status
    after: bool = False
    value: Any = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class FakeTeams:
    """`limit_pace`: Teams' windows a thread and tenant; off unless a test is about them. `insecure`: as the Agents
    Playground, without tokens."""

    limit_pace: bool = False
    insecure: bool = False
    bot: str = BOT
    token_seconds: int = 3600
    page_size: int | None = None
    endorsements: list[str] = field(default_factory=lambda: ["msteams"])
    users: dict[str, dict[str, Any]] = field(default_factory=dict)
    chats: dict[str, Chat] = field(default_factory=dict)
    blocked: set[str] = field(default_factory=set)
    messages: list[dict[str, Any]] = field(default_factory=list)
    updates: list[dict[str, Any]] = field(default_factory=list)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    drive: OneDrive = field(default_factory=OneDrive)
    connections: set[int] = field(default_factory=set)  # the caller's ports
    now: Callable[[], float] = time.monotonic

    def __post_init__(self) -> None:
        self._numbers = count(1)
        self._tokens: set[str] = set()
        self._posted_at: dict[str, deque[float]] = {}
        self._said: set[tuple[str, str]] = set()
        self._runner: web.AppRunner | None = None
        self.base = ""

    async def start(self) -> "FakeTeams":
        app = web.Application(client_max_size=2**22)
        app.router.add_get("/oidc/.well-known/openidconfiguration", self._metadata)
        app.router.add_get("/oidc/keys", self._keys)
        app.router.add_post("/login/{tenant}/oauth2/v2.0/token", self._sign_in)
        app.router.add_post("/teams/v3/conversations", self._rest("create", FakeTeams._create))
        chat = "/teams/v3/conversations/{chat}"
        app.router.add_post(f"{chat}/activities", self._rest("post", FakeTeams._post))
        app.router.add_post(f"{chat}/activities/{{id}}", self._rest("post", FakeTeams._post))
        app.router.add_put(f"{chat}/activities/{{id}}", self._rest("update", FakeTeams._update))
        app.router.add_get(f"{chat}/members/{{member}}", self._rest("member", FakeTeams._member))
        app.router.add_get(f"{chat}/pagedmembers", self._rest("members", FakeTeams._members))
        app.router.add_put("/onedrive/{id}", self._put_file)
        self._runner = web.AppRunner(app, shutdown_timeout=0.2)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.base = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        self.drive.url = f"{self.base}/onedrive"
        return self

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def service_url(self) -> str:
        return f"{self.base}/teams/"

    def settings(self) -> dict[str, str]:
        """`BURSAR_TEAMS_…` of an app that this is the world of, by the names in `bot/settings.py`."""
        return {
            "teams_app_id": APP_ID,
            "teams_app_password": APP_PASSWORD,
            "teams_tenant_id": TENANT,
            "teams_openid_url": f"{self.base}/oidc/.well-known/openidconfiguration",
            "teams_token_issuer": ISSUER,
            "teams_login_url": f"{self.base}/login",
            "teams_scope": SCOPE,
            "teams_service_url": self.service_url,
        }

    def add_user(self, name: str, email: str | None = None, **more: Any) -> str:
        """`ada` has ada@acme.example; `more` overrides what the roster says, e.g. userRole="guest". Gives the object id."""
        principal = email or f"{name}@acme.example"
        object_id = self.user(name)
        self.users[object_id] = {
            "id": f"29:1{name}", "aadObjectId": object_id, "name": name.title(), "givenName": name.title(),
            "surname": "Test", "email": principal, "userPrincipalName": principal, "tenantId": TENANT, "userRole": "user",
            **more,
        }  # fmt: skip
        return object_id

    def user(self, name: str) -> str:
        """The object id of whom `add_user` makes."""
        return str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{name}.acme.example"))

    def address(self, user: str) -> str:
        return str(self.users[user]["id"])

    def add_team(self, name: str, *members: str, installed: bool = True) -> str:
        """A team with its General channel; its id is both."""
        team = f"19:{name}@thread.tacv2"
        self.chats[team] = Chat(team, "channel", set(members), installed, name.title(), team=team)
        return team

    def add_channel(self, team: str, name: str, membership: str = "standard") -> str:
        channel = f"19:{name}.{team[3:]}"
        self.chats[channel] = Chat(channel, "channel", set(), True, name, team=team, membership=membership)
        return channel

    def add_group(self, name: str, *members: str, installed: bool = True) -> str:
        chat = f"19:{name}@thread.v2"
        self.chats[chat] = Chat(chat, "groupChat", set(members), installed, name)
        return chat

    def direct(self, user: str) -> str:
        """The person's chat with Bursar, installed when it is new."""
        chat = f"a:1{self.users[user]['name'].lower()}"
        self.chats.setdefault(chat, Chat(chat, "personal", {user}))
        return chat

    def remove_personally(self, user: str) -> None:
        """They have removed or blocked Bursar: nothing reaches them alone."""
        self.blocked.add(user)
        self.chats[self.direct(user)].installed = False

    def install_personally(self, user: str) -> None:
        self.blocked.discard(user)
        self.chats[self.direct(user)].installed = True

    def fail(self, operation: str, kind: str, *, after: bool = False, value: Any = None, times: int = 1,
             headers: dict[str, str] | None = None) -> None:  # fmt: skip
        """The next calls of an operation (create, post, update, member, members, token) are dropped or answered with a
        status; `after` = once it has been carried out."""
        self.failures += [Failure(operation, kind, after, value, headers or {}) for _ in range(times)]

    def forget_tokens(self) -> None:
        """Tokens given out are no longer good."""
        self._tokens.clear()

    def said(self, chat: str, message: str) -> None:
        """A person's message, which may be replied to."""
        self._said.add((chat, message))

    def new_id(self) -> str:
        return f"17640000{next(self._numbers):05d}"

    def posted_in(self, chat: str) -> list[dict[str, Any]]:
        return [message for message in self.messages if message["chat"] == chat]

    def direct_messages(self, user: str) -> list[dict[str, Any]]:
        return self.posted_in(self.direct(user))

    def called(self, operation: str) -> list[dict[str, Any]]:
        return [args for name, args in self.calls if name == operation]

    async def _metadata(self, _: web.Request) -> web.Response:
        self.calls.append(("metadata", {}))
        return web.json_response(
            {
                "issuer": ISSUER,
                "authorization_endpoint": "https://invalid.botframework.com",
                "jwks_uri": f"{self.base}/oidc/keys",
                "id_token_signing_alg_values_supported": ["RS256"],
                "token_endpoint_auth_methods_supported": ["private_key_jwt"],
            }
        )

    async def _keys(self, _: web.Request) -> web.Response:
        self.calls.append(("keys", {}))
        key = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(signing_key().public_key()))
        key |= {"kid": KEY_ID, "use": "sig", "x5t": KEY_ID, "endorsements": self.endorsements}
        key.pop("key_ops", None)
        return web.json_response({"keys": [key]})

    async def _sign_in(self, request: web.Request) -> web.Response:
        form = dict(await request.post())
        self.calls.append(("token", {**form, "tenant": request.match_info["tenant"]}))
        failure = self._failure("token")
        if failure is not None:
            return await self._broken(request, failure)
        wanted = {
            "grant_type": "client_credentials", "client_id": APP_ID, "client_secret": APP_PASSWORD, "scope": SCOPE,
        }  # fmt: skip
        if form != wanted or request.match_info["tenant"] != TENANT:
            return web.json_response({"error": "invalid_client", "error_description": "AADSTS7000215"}, status=401)
        token = f"token-{next(self._numbers)}"
        self._tokens.add(token)
        return web.json_response({"token_type": "Bearer", "expires_in": self.token_seconds, "access_token": token})

    async def _put_file(self, request: web.Request) -> web.Response:
        self.calls.append(("upload", dict(request.match_info)))
        if (failure := self._failure("upload")) is not None:
            return await self._broken(request, failure)
        return web.json_response({}, status=await self.drive.put(request))

    def _failure(self, operation: str) -> Failure | None:
        found = next((one for one in self.failures if one.operation == operation), None)
        if found is not None:
            self.failures.remove(found)
        return found

    def _rest(self, operation: str, carry_out: Callable[..., tuple[int, dict[str, Any]]]) -> Callable[..., Any]:
        async def handle(request: web.Request) -> web.StreamResponse:
            assert request.transport is not None
            self.connections.add(request.transport.get_extra_info("peername")[1])
            args = {**request.match_info, **request.query}
            raw = await request.read()
            self.calls.append((operation, args | {"body": json.loads(raw) if raw else None}))
            failure = self._failure(operation)
            if failure is not None and not failure.after:
                return await self._broken(request, failure)
            headers = {}
            try:
                self._authorise(request)
                if len(raw) > MESSAGE_BYTES:
                    raise TeamsError(413, "MessageSizeTooBig", f"{len(raw)} bytes")
                status, body = carry_out(self, args, json.loads(raw) if raw else {})
            except TeamsError as error:
                status, body, headers = error.status, error.body, error.headers
                self.refusals.append(f"{operation}: {error}")
            if failure is not None:
                return await self._broken(request, failure)
            return web.json_response(body, status=status, headers=headers)

        return handle

    async def _broken(self, request: web.Request, failure: Failure) -> web.Response:
        if failure.kind == "drop":
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        error = {"error": {"code": "Broken", "message": "by the test"}}
        return web.json_response(error, status=failure.value or 502, headers=failure.headers)

    def _authorise(self, request: web.Request) -> None:
        header = request.headers.get("Authorization")
        if self.insecure:
            if header is not None:
                raise TeamsError(401, "Unauthorized", "a token was sent where none may be")
        elif header is None or header.partition(" ")[2] not in self._tokens or not header.startswith("Bearer "):
            raise TeamsError(401, "Unauthorized", "Authorization has been denied for this request.")

    def _chat(self, path: str) -> tuple[Chat, str | None]:
        """The conversation and thread that a path names, where Bursar is installed."""
        chat_id, _, thread = path.partition(";messageid=")
        chat = self.chats.get(chat_id)
        if chat is None:
            raise TeamsError(404, "ConversationNotFound", "Conversation not found.")
        if not self._is_installed(chat):
            raise TeamsError(403, "BotNotInConversationRoster", "The bot is not part of the conversation roster.")
        if thread and chat.kind != "channel":
            raise TeamsError(400, "BadSyntax", "only channels have threads")
        if thread and (chat_id, thread) not in self._said:
            raise TeamsError(404, "ConversationNotFound", "The thread is not there.")
        return chat, thread or None

    def _is_installed(self, chat: Chat) -> bool:
        team = self.chats.get(chat.team or "")
        return chat.installed and (team is None or team.installed)

    def _members_of(self, chat: Chat) -> set[str]:
        return chat.members or self.chats[chat.team or chat.id].members

    def _keep_pace(self, *lanes: str) -> None:
        if not self.limit_pace:
            return
        now = self.now()
        for lane in (*lanes, TENANT):
            given = self._posted_at.setdefault(lane, deque(maxlen=2000))
            for messages, seconds in WINDOWS["tenant" if lane == TENANT else "thread"]:
                if len(given) >= messages and now - given[-messages] < seconds:
                    raise TeamsError(429, "TooManyRequests", f"{messages} in {seconds} s", {"Retry-After": "1"})
        for lane in (*lanes, TENANT):
            self._posted_at[lane].append(now)

    def _post(self, args: dict[str, str], activity: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        chat, thread = self._chat(args["chat"])
        self._keep_pace(args["chat"])
        return 201, {"id": self._keep(chat, thread, activity)}

    def _keep(self, chat: Chat, thread: str | None, activity: dict[str, Any]) -> str:
        check_activity(activity, self.bot, {str(user["id"]) for user in self.users.values()}, chat.kind)
        message_id = self.new_id()
        self.messages.append({**activity, "id": message_id, "chat": chat.id, "thread": thread})
        if thread is None:
            self.said(chat.id, message_id)
        return message_id

    def _update(self, args: dict[str, str], activity: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        chat, _ = self._chat(args["chat"])
        self._keep_pace(args["chat"])
        found = [one for one in self.posted_in(chat.id) if one["id"] == args["id"]]
        if not found:
            raise TeamsError(404, "ActivityNotFoundInConversation", "not there")
        check_activity(activity, self.bot, {str(user["id"]) for user in self.users.values()})
        for name in content_of(found[0]).keys() - {"chat", "thread"}:
            del found[0][name]
        found[0].update(content_of(activity))
        self.updates.append({**activity, "chat": chat.id})
        return 200, {"id": args["id"]}

    def _create(self, _: dict[str, str], body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        unknown = set(body) - {"bot", "members", "isGroup", "tenantId", "channelData", "activity", "topicName"}
        if unknown or (body.get("bot") or {}).get("id") != self.bot:
            raise TeamsError(400, "BadSyntax", f"unknown fields {sorted(unknown)} or another bot")
        if body.get("tenantId") != TENANT or body.get("channelData", {}).get("tenant", {}).get("id") != TENANT:
            raise TeamsError(403, "TenantNotFound", "another tenant, or none")
        if body.get("isGroup"):
            chat, _thread = self._chat(body["channelData"]["channel"]["id"])
            self._keep_pace(chat.id)
            message_id = self._keep(chat, None, body["activity"])
            return 201, {"id": f"{chat.id};messageid={message_id}", "activityId": message_id}
        return 201, {"id": self._open_direct(body.get("members") or [])}

    def _open_direct(self, members: list[dict[str, Any]]) -> str:
        asked = [user for user, seen in self.users.items() if [{"id": one} for one in (seen["id"], user)].count(members[0])]
        if len(members) != 1 or not asked:
            raise TeamsError(400, "BadArgument", "Unknown or not exactly one member")
        user = asked[0]
        shares = any(user in chat.members and self._is_installed(chat) for chat in self.chats.values())
        if user in self.blocked or not shares:
            raise TeamsError(403, "BotNotInConversationRoster", "Bursar is not installed for them.")
        return self.direct(user)

    def _member(self, args: dict[str, str], _: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        chat, _thread = self._chat(args["chat"])
        for user in self._members_of(chat):
            if args["member"] in (user, self.users[user]["id"]):
                return 200, self.users[user]
        raise TeamsError(404, "MemberNotFoundInConversation", "The member is not there.")

    def _members(self, args: dict[str, str], _: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        chat, _thread = self._chat(args["chat"])
        if not PAGE_SIZES[0] <= int(args.get("pageSize", PAGE_SIZES[1])) <= PAGE_SIZES[1]:
            raise TeamsError(400, "BadArgument", "pageSize")
        size, begin = self.page_size or int(args.get("pageSize", PAGE_SIZES[1])), 0
        if token := args.get("continuationToken"):
            if not token.startswith("next:"):
                raise TeamsError(400, "BadArgument", "continuationToken")
            begin = int(token.removeprefix("next:"))
        members = sorted(self._members_of(chat))
        page: dict[str, Any] = {"members": [self.users[user] for user in members[begin : begin + size]]}
        if begin + size < len(members):
            page["continuationToken"] = f"next:{begin + size}"
        return 200, page
