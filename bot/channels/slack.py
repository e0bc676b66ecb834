"""Slack: the only module that knows Bolt. It verifies, builds an Interaction, has it stored, and acknowledges.

Listeners run before the answer goes out (`process_before_response`), so that an acknowledgement means "stored"; Bolt's
usual way acknowledges events before their listener runs.
"""

import asyncio
import json
import logging
import re
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import aiohttp
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackApiError
from slack_sdk.signature import Clock as SignatureClock
from slack_sdk.signature import SignatureVerifier

from bot.channels import slack_payloads as payloads
from bot.channels.base import SendDoubtful, SendFailed
from bot.channels.slack_api import call, make_client, open_session
from bot.channels.slack_people import SlackPeople, actor_of
from bot.channels.slack_render import ACTS, OPENS, decode_action
from bot.channels.slack_sender import SlackSender
from bot.channels.slack_views import (
    FIELD,
    FORM_CALLBACK,
    field_errors,
    render_details,
    render_form,
    render_options,
    submitted_values,
    unpack_metadata,
)
from bot.counters import REJECTED, received
from bot.interaction import Actor, Conversation, Interaction
from bot.message import Form, Home, Message, text_message
from bot.router import Router
from storage.models import ChatAccount
from storage.unit_of_work import Store
from workflows.ports import Clock

log = logging.getLogger(__name__)

COMMAND = "/bursar"
TIMESTAMP = re.compile(r"[0-9]{1,12}")
SIGNATURE = re.compile(r"v0=[0-9a-f]{64}")
HOME_REFRESH_SECONDS = 1.5
TROUBLE = "Something went wrong on my side and nothing was recorded. Please try again in a minute."
TOO_SLOW = "That took too long to open. Please click again."
WORKING = text_message("Got it. The outcome comes as a message.")


@dataclass(frozen=True)
class SlackConfig:
    """`app_token` switches Socket Mode on; then no signing secret is needed."""

    bot_token: str
    signing_secret: str | None
    app_token: str | None = None
    api_url: str = "https://slack.com/api/"


class Receiver(Protocol):
    async def receive(self, interaction: Interaction) -> None:
        """Returns when the interaction is durable."""
        ...


class _Present(SignatureClock):
    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def now(self) -> float:
        return self._clock().timestamp()


class SlackChannel:
    """One workspace's Slack app, by HTTP and, with an app token, by Socket Mode."""

    def __init__(self, config: SlackConfig, store: Store, router: Router, inbox: Receiver, clock: Clock) -> None:
        self._config = config
        self._store = store
        self._router = router
        self._inbox = inbox
        self._clock = clock
        self._client = make_client(config.bot_token, config.api_url)
        self.sender = SlackSender(self._client, store, clock)
        self._people = SlackPeople(self.sender, store, clock)
        secret = config.signing_secret
        self._verifier = SignatureVerifier(secret, _Present(clock)) if secret and secret.strip() else None
        self._tasks: set[asyncio.Task[None]] = set()
        self._socket: AsyncSocketModeHandler | None = None
        self._app = self._bolt()

    def routes(self) -> Sequence[web.RouteDef]:
        return [web.post("/slack/events", self._receive)]

    async def start(self) -> None:
        self._client.session = open_session()
        try:
            identity = await self.sender.identity()
            log.info("Slack is on, as %s in workspace %s", identity.bot_user, identity.team)
        except (SendFailed, SendDoubtful) as error:
            log.error("Slack is on, but auth.test failed: %s. Check BURSAR_SLACK_BOT_TOKEN and the network.", error)
        if self._config.app_token:
            self._spawn(self._connect(self._config.app_token))

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._socket is not None:
            await self._socket.close_async()  # type: ignore[no-untyped-call]
        if self._client.session is not None:
            await self._client.session.close()

    async def settle(self) -> None:
        """Wait for what is done after the acknowledgement (opening modals, the home page)."""
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _bolt(self) -> AsyncApp:
        async def authorize() -> AuthorizeResult:  # Bolt passes arguments by name and takes `self` for one
            return await self._authorized()

        app = AsyncApp(
            name="bursar",
            authorize=authorize,
            process_before_response=True,
            request_verification_enabled=False,  # `answer` has verified; Bolt answers 500 to malformed headers
            ssl_check_enabled=False,
        )
        app.event("app_mention")(self._on_text)
        app.event("message")(self._on_text)
        app.event("app_home_opened")(self._on_home)
        app.event(re.compile(".*"))(_only_acknowledge)
        app.command(COMMAND)(self._on_command)
        app.action(re.compile(rf"^({ACTS}|{OPENS}):"))(self._on_click)
        app.action(re.compile(".*"))(_only_acknowledge)
        app.view(FORM_CALLBACK)(self._on_form)
        app.options(re.compile(".*"))(self._on_options)
        app.error(_on_error)
        return app

    async def _connect(self, app_token: str) -> None:
        """Socket Mode reconnects by itself once it has been connected."""
        self._socket = AsyncSocketModeHandler(self._app, app_token, web_client=self._client)
        wait = 1.0
        while True:
            try:
                await self._socket.connect_async()  # type: ignore[no-untyped-call]
                log.info("Slack Socket Mode is connected")
                return
            except (SlackApiError, aiohttp.ClientError, TimeoutError) as error:
                log.error("Slack Socket Mode cannot connect (%s); trying again in %.0f s", type(error).__name__, wait)
                await asyncio.sleep(wait)
                wait = min(wait * 2, 60.0)

    async def _receive(self, request: web.Request) -> web.Response:
        return await self.answer(request.headers, await request.read())

    async def answer(self, headers: Mapping[str, str], body: bytes) -> web.Response:
        """Whatever is not a well-formed, signed, fresh request of Slack's gets 401 and no word about why."""
        if not self._is_signed(headers, body):
            REJECTED.labels("slack", "signature").inc()
            return _refused("refused")
        content = payloads.parse_body(body)
        if content is None:
            return _refused("invalid")
        try:
            request = AsyncBoltRequest(body=json.dumps(content), headers={"content-type": ["application/json"]})
        except (AttributeError, KeyError, TypeError, ValueError):
            return _refused("invalid")
        answer = await self._app.async_dispatch(request)
        kind = "command" if "command" in content else content.get("type")
        received("slack", kind, "failed" if answer.status >= 500 else "handled")
        return await to_aiohttp_response(answer)

    def _is_signed(self, headers: Mapping[str, str], body: bytes) -> bool:
        timestamp = headers.get("X-Slack-Request-Timestamp", "")
        signature = headers.get("X-Slack-Signature", "")
        if self._verifier is None or not TIMESTAMP.fullmatch(timestamp) or not SIGNATURE.fullmatch(signature):
            return False
        return self._verifier.is_valid(body, timestamp, signature)

    async def _authorized(self) -> AuthorizeResult:
        """One workspace, one token. When Slack cannot be asked who we are, requests are served all the same."""
        token = self._config.bot_token
        try:
            identity = await self.sender.identity()
        except (SendFailed, SendDoubtful):
            return AuthorizeResult(enterprise_id=None, team_id=None, bot_token=token)
        return AuthorizeResult(
            enterprise_id=identity.enterprise,
            team_id=identity.team,
            bot_user_id=identity.bot_user,
            bot_id=identity.bot,
            bot_token=token,
        )

    async def _on_text(self, body: dict[str, Any], event: dict[str, Any]) -> None:
        if not payloads.is_from_a_person(event) or payloads.is_direct(event) != (event["type"] == "message"):
            return
        identity = await self.sender.identity()
        account = await self._people.account(event["user"])
        place = payloads.place_of_event(body, identity.team)
        if place.kind == "direct":
            await self._people.remember_direct(account, place.id)
        await self._inbox.receive(
            Interaction(
                key=payloads.event_key(body),
                kind="text",
                actor=actor_of(account),
                conversation=place,
                text=await self._people.readable(str(event.get("text", ""))),
                received_at=self._clock(),
            )
        )

    async def _on_command(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        identity = await self.sender.identity()
        account = await self._people.account(body["user_id"])
        await self._inbox.receive(
            Interaction(
                key=payloads.command_key(body, identity.team),
                kind="text",
                actor=actor_of(account),
                conversation=await self._place_of_command(body, account),
                text=await self._people.readable(body.get("text", "")),
                received_at=self._clock(),
            )
        )
        await ack()

    async def _place_of_command(self, body: Mapping[str, Any], account: ChatAccount) -> Conversation:
        """Bursar cannot speak in direct messages of others: there the answer goes to its own with the person."""
        if body.get("channel_name") == "directmessage" or str(body["channel_id"]).startswith("D"):
            return payloads.direct(await self._people.direct_of(account), account.workspace)
        return payloads.unknown_readers(payloads.channel(body["channel_id"], account.workspace))

    async def _on_click(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        account = await self._people.account(body["user"]["id"])
        home = await self._people.direct_of(account) if (body.get("view") or {}).get("type") == "home" else ""
        place, message_id = payloads.place_of_click(body, account.workspace, home)
        for action in body["actions"]:
            intent, args = decode_action(action["value"])
            interaction = Interaction(
                key=payloads.click_key(body, action, account.workspace, intent, args),
                kind="action",
                actor=actor_of(account),
                conversation=place,
                intent=intent,
                args=args,
                message_id=message_id,
                received_at=self._clock(),
            )
            if action["action_id"].startswith(f"{OPENS}:"):
                self._spawn(self._show(interaction, body))
            else:
                await self._inbox.receive(interaction)
                self._spawn(self._after_click(interaction, body))
        await ack()

    async def _on_form(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        view = body["view"]
        account = await self._people.account(body["user"]["id"])
        place, message_id, intent, args = unpack_metadata(view["private_metadata"])
        interaction = Interaction(
            key=payloads.form_key(view, account.workspace),
            kind="form",
            actor=actor_of(account),
            conversation=place,
            intent=intent,
            args=args,
            form=submitted_values(view["state"]["values"]),
            message_id=message_id,
            received_at=self._clock(),
        )
        errors = await asyncio.to_thread(self._router.check_form, interaction)
        names = [block.removeprefix(FIELD) for block in view["state"]["values"]]
        if errors and names:
            await ack(response_action="errors", errors=field_errors(errors, names))
            return
        await self._inbox.receive(interaction)
        await ack(response_action="clear")
        self._spawn(self._refresh_home(interaction.actor, only_if_direct=place))

    async def _on_options(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        account = await self._people.account(body["user"]["id"])
        place, message_id, intent, args = unpack_metadata(body["view"]["private_metadata"])
        interaction = Interaction(
            key="",
            kind="form",
            actor=actor_of(account),
            conversation=place,
            intent=intent,
            args={**args, "field": str(body.get("block_id", "")).removeprefix(FIELD)},
            message_id=message_id,
            received_at=self._clock(),
        )
        found = await asyncio.to_thread(self._router.options, interaction, str(body.get("value", "")))
        await ack(options=render_options(found))

    async def _on_home(self, event: dict[str, Any]) -> None:
        if event.get("tab", "home") == "home":
            self._spawn(self._publish_home(event["user"]))

    async def _publish_home(self, user: str) -> None:
        account = await self._people.account(user)
        await self.sender.publish_home(user, await asyncio.to_thread(self._home_of, account))

    def _home_of(self, account: ChatAccount) -> Home:
        from bot.intents.home import home

        if account.person_id is None:
            email = account.email or "your e-mail"
            text = f"I could not match your account to a person. Ask an administrator to add {email} to the people import."
            return Home(sections=[text_message(text)])
        with self._store.read() as uow:
            return home(uow, account.person_id)

    async def _show(self, interaction: Interaction, body: dict[str, Any]) -> None:
        """Open what a button opens, before its trigger runs out; in a modal, in its place."""
        shown = await asyncio.to_thread(self._router.open, interaction)
        view = await self._view_of(shown, interaction)
        standing = body.get("view") or {}
        try:
            if standing.get("type") == "modal":
                await call(self._client.views_update(view_id=standing["id"], view=view))
            else:
                await call(self._client.views_open(trigger_id=body["trigger_id"], view=view))
        except (SendFailed, SendDoubtful) as error:
            log.warning("Slack did not open the modal of %s: %s", interaction.intent, error)
            await self._whisper(interaction, text_message(TOO_SLOW))

    async def _view_of(self, shown: Form | Message, interaction: Interaction) -> dict[str, Any]:
        mentions = await self.sender.mentions(interaction.actor.workspace, shown)
        render: Callable[..., dict[str, Any]] = render_form if isinstance(shown, Form) else render_details
        return render(shown, interaction.conversation, interaction.message_id, mentions)

    async def _after_click(self, interaction: Interaction, body: dict[str, Any]) -> None:
        """A modal says that the click counts; the home page shows what came of it."""
        standing = body.get("view") or {}
        if standing.get("type") == "modal":
            view = await self._view_of(WORKING, interaction)
            await call(self._client.views_update(view_id=standing["id"], view=view))
        elif standing.get("type") == "home":
            await self._refresh_home(interaction.actor)

    async def _refresh_home(self, actor: Actor, only_if_direct: Conversation | None = None) -> None:
        if only_if_direct is not None and only_if_direct.kind != "direct":
            return
        await asyncio.sleep(HOME_REFRESH_SECONDS)
        await self._publish_home(actor.external_id)

    async def _whisper(self, interaction: Interaction, message: Message) -> None:
        place = interaction.conversation
        await self.sender.send(place, message, key=interaction.key, private_to=interaction.actor.external_id)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run after the acknowledgement; trouble is logged."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("Slack: work after an acknowledgement failed", exc_info=error)


def _refused(outcome: str) -> web.Response:
    received("slack", None, outcome)
    return web.json_response({"error": "invalid request"}, status=401)


async def _only_acknowledge(ack: AsyncAck) -> None:
    await ack()


async def _on_error(error: Exception, body: dict[str, Any]) -> BoltResponse:
    """Events are delivered again after 503; a command or form is told to the person at once."""
    log.error("Slack: a request could not be recorded", exc_info=error)
    if "command" in body:
        return _json({"response_type": "ephemeral", "text": TROUBLE})
    if body.get("type") == "view_submission" and (first := payloads.first_input(body)) is not None:
        return _json({"response_action": "errors", "errors": {first: TROUBLE}})
    return BoltResponse(status=503, body="")


def _json(content: dict[str, Any]) -> BoltResponse:
    return BoltResponse(status=200, body=json.dumps(content), headers={"content-type": ["application/json"]})
