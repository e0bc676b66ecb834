"""Teams: the only module that knows the Bot Framework SDK. It verifies, builds an Interaction, has it stored, and answers.

The SDK (archived by Microsoft) turns activities into turns and answers of invokes; its token validation and its HTTP client
would block the event loop and are not used. Everything else about Teams exchanges plain dicts, so that another SDK means
another version of this file.
"""

import asyncio
import contextlib
import logging
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any

import httpx
from aiohttp import web
from botbuilder.core import CloudAdapterBase, InvokeResponse, TurnContext
from botbuilder.schema import Activity, ActivityTypes, CallerIdConstants, ChannelAccount, ConversationAccount
from botframework.connector.auth import AuthenticateRequestResult, BotFrameworkAuthentication, ClaimsIdentity
from botframework.connector.auth.connector_factory import ConnectorFactory
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select

from bot.channels import teams_activities as activities
from bot.channels.base import SendDoubtful, SendFailed
from bot.channels.teams_answers import say
from bot.channels.teams_inbound import InboundTrust, NotAdmitted
from bot.channels.teams_installs import TeamsInstalls
from bot.channels.teams_invokes import TROUBLE, Receiver, TeamsInvokes
from bot.channels.teams_outbound import TeamsConfig
from bot.channels.teams_people import actor_of
from bot.channels.teams_places import remember_place
from bot.channels.teams_plain import without_dialog
from bot.channels.teams_render import decode_action
from bot.channels.teams_sender import TeamsSender
from bot.counters import REJECTED, received
from bot.interaction import Interaction
from bot.outbox import queue_reply
from bot.router import Reply, Router, registry
from storage.models import ChatAccount
from storage.unit_of_work import Store
from workflows.ports import Clock, NewId

log = logging.getLogger(__name__)

BODY_LIMIT = 512 * 1024  # bytes; Teams' messages have at most about 100 KB
INVOKE_SECONDS = 10.0  # Teams waits 15 s
EXTENSION_SECONDS = 4.5  # and 5 s for a message extension
MENTIONS_READ = 5


class NotRecorded(Exception):
    """What was said could not be stored: Teams has to deliver it again."""


class _NoClient(ConnectorFactory):  # type: ignore[misc]
    """The SDK wants a client for every turn; Bursar sends through its outbox."""

    async def create(self, service_url: str, audience: str) -> Any:
        return self


class _Authentication(BotFrameworkAuthentication):  # type: ignore[misc]
    """The SDK's way to ask whether a caller is admitted, answered by `InboundTrust`."""

    def __init__(self, trust: InboundTrust) -> None:
        self._trust = trust

    async def authenticate_request(self, activity: Mapping[str, Any], auth_header: str) -> AuthenticateRequestResult:
        """Of an activity as it came, before the SDK has read it. Raises NotAdmitted."""
        claims = await self._trust.admit(auth_header, activity)
        result = AuthenticateRequestResult()
        result.audience = self._trust.config.app_id
        result.claims_identity = ClaimsIdentity(claims, True)
        result.caller_id = CallerIdConstants.public_azure_channel
        result.connector_factory = _NoClient()
        return result

    async def authenticate_streaming_request(self, auth_header: str, channel_id_header: str) -> AuthenticateRequestResult:
        raise NotAdmitted("Bursar takes no streams", 403, sort="stream")

    def create_connector_factory(self, claims_identity: ClaimsIdentity) -> ConnectorFactory:
        return _NoClient()

    async def create_user_token_client(self, claims_identity: ClaimsIdentity) -> None:
        return None


class TeamsChannel:
    """One tenant's Teams app. Raises ValueError without an app id or a tenant, unless `config.insecure`."""

    def __init__(
        self, config: TeamsConfig, store: Store, router: Router, inbox: Receiver, clock: Clock, new_id: NewId
    ) -> None:
        self._config = config
        self._store = store
        self._router = router
        self._inbox = inbox
        self._clock = clock
        self._http = httpx.AsyncClient()
        self._authentication = _Authentication(InboundTrust(config, clock, self._http))
        self._adapter = CloudAdapterBase(self._authentication)
        self._adapter.on_turn_error = _on_error
        self.sender = TeamsSender(config, store, clock)
        self._invokes = TeamsInvokes(store, router, inbox, self.sender, clock, new_id)
        self._installs = TeamsInstalls(store, self.sender.people, clock)
        self._tasks: set[asyncio.Task[None]] = set()

    def routes(self) -> Sequence[web.RouteDef]:
        return [web.post("/api/messages", self._receive)]

    async def start(self) -> None:
        if self._config.insecure:
            log.warning("Teams is on WITHOUT tokens in either direction (--insecure-teams): for the Agents Playground only")
        else:
            log.info("Teams is on, as app %s in tenant %s", self._config.app_id, self._config.tenant_id)

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.sender.close()
        await self._http.aclose()

    async def settle(self) -> None:
        """Wait for what is done after the answer (reading rosters)."""
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _receive(self, request: web.Request) -> web.Response:
        """Whoever is not the Bot Connector with an activity of this tenant's Teams gets no word about why."""
        if request.content_type != "application/json":
            return _refused(415, "application/json is wanted")
        if (request.content_length or 0) > BODY_LIMIT or len(body := await request.read()) > BODY_LIMIT:
            return _refused(413, "too large")
        activity = activities.read_activity(body)
        if activity is None:
            return _refused(400, "not an activity")
        try:
            admitted = await self._authentication.authenticate_request(activity, request.headers.get("Authorization", ""))
        except NotAdmitted as error:
            log.warning("Teams: refused (%d): %s", error.status, error)
            REJECTED.labels("teams", error.sort).inc()
            return _refused(error.status, "not admitted", "refused", activity["type"])
        self.sender.called(str(activities.of(activity, "recipient", "id") or ""))
        try:
            answer = await self._adapter.process_activity(admitted, _for_sdk(activity), self._turn_of(activity))
        except NotRecorded:
            return _refused(503, "not recorded", "failed", activity["type"])
        received("teams", activity["type"], "handled")
        if answer is None or answer.body is None:
            return web.Response(status=202 if answer is None else answer.status)
        return web.json_response(answer.body, status=answer.status)

    def _turn_of(self, activity: Mapping[str, Any]) -> Any:
        async def turn(context: TurnContext) -> None:
            match activity["type"]:
                case "invoke":
                    of_extension = str(activity.get("name")).startswith("composeExtension/")
                    async with asyncio.timeout(EXTENSION_SECONDS if of_extension else INVOKE_SECONDS):
                        status, body = await self._invokes.answer(activity)
                    await _answer(context, status, body)
                case "message":
                    await self._on_message(activity)
                case "conversationUpdate" | "installationUpdate":
                    await self._on_change(activity)

        return turn

    async def _on_message(self, activity: Mapping[str, Any]) -> None:
        """A text, or a button that is a message (Action.Submit)."""
        place = activities.conversation_of(activity)
        pressed = isinstance(activity.get("value"), dict)
        is_meant = place.kind == "direct" or pressed or activities.calls_bursar(activity)
        if not is_meant or not activities.is_from_a_person(activity):
            return
        for known in activities.places_of(activity):
            await asyncio.to_thread(remember_place, self._store, known, self._clock())
        account = await self.sender.people.account(activities.user_of(activity), activity["conversation"]["id"])
        if place.kind == "direct":
            await self.sender.people.remember_direct(account, place.id)
        said = await (self._button(activity) if pressed else self._text(activity))
        if said is None:
            return
        interaction = Interaction.model_validate(
            {"actor": actor_of(account), "conversation": place, "received_at": self._clock(), **said}
        )
        if interaction.intent in registry.open:
            await asyncio.to_thread(self._tell_what_it_opens, interaction)
        else:
            await self._inbox.receive(interaction)

    def _tell_what_it_opens(self, interaction: Interaction) -> None:
        """Where there are no dialogs; told once a click."""
        shown = without_dialog(self._router, interaction)
        with contextlib.suppress(IntegrityError), self._store.write() as uow:
            queue_reply(uow, interaction, Reply(shown, private=True), key=f"teams:opened:{interaction.key}")

    async def _button(self, activity: Mapping[str, Any]) -> dict[str, Any] | None:
        """None for a button that is not Bursar's, or was heard a moment ago."""
        try:
            intent, args = decode_action(activity["value"])
        except ValueError:
            return None
        key, repeated = await self._invokes.click_key(activity, intent, args)
        said = {"key": key, "kind": "action", "intent": intent, "args": args, "message_id": activity.get("replyToId")}
        return None if repeated else said

    async def _text(self, activity: Mapping[str, Any]) -> dict[str, Any]:
        named = activities.mentioned(activity)[:MENTIONS_READ]
        names = await asyncio.to_thread(self._emails, activities.tenant_of(activity), named) if named else {}
        return {"key": activities.text_key(activity), "kind": "text", "text": activities.readable(activity, names)}

    def _emails(self, tenant: str, addresses: list[str]) -> dict[str, str]:
        with self._store.read() as uow:
            query = select(ChatAccount.address, ChatAccount.email).where(
                ChatAccount.channel == "teams", ChatAccount.workspace == tenant, col(ChatAccount.address).in_(addresses)
            )
            return {address: email for address, email in uow.session.exec(query).all() if address and email}

    async def _on_change(self, activity: Mapping[str, Any]) -> None:
        where = await self._installs.changed(activity)
        if where is not None and where.kind != "direct":
            self._spawn(self.sender.people.read_rosters())

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run after the answer; trouble is logged."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("Teams: work after an answer failed: %s", error)


def _for_sdk(activity: Mapping[str, Any]) -> Activity:
    """As much of an activity as the SDK needs to run a turn and to keep an invoke's answer."""
    return Activity(
        type=activity["type"],
        id=activity.get("id"),
        name=activity.get("name"),
        channel_id=activity["channelId"],
        service_url=activity["serviceUrl"],
        from_property=ChannelAccount(id=activity["from"]["id"]),
        recipient=ChannelAccount(id=activities.of(activity, "recipient", "id")),
        conversation=ConversationAccount(id=activity["conversation"]["id"]),
    )


async def _answer(context: TurnContext, status: int, body: Any) -> None:
    response = InvokeResponse(status=status, body=body)
    await context.send_activity(Activity(type=ActivityTypes.invoke_response, value=response))


async def _on_error(context: TurnContext, error: Exception) -> None:
    """An invoke is answered in words at once; anything else is delivered again. Raises NotRecorded."""
    known = isinstance(error, SendFailed | SendDoubtful | TimeoutError)
    log.error("Teams: %s was not served: %s", context.activity.type, error or "too slow", exc_info=None if known else error)
    if context.activity.type != ActivityTypes.invoke:
        raise NotRecorded from error
    await _answer(context, *say(str(context.activity.name or ""), TROUBLE))


def _refused(status: int, reason: str, outcome: str = "invalid", kind: str = "") -> web.Response:
    received("teams", kind, outcome)
    return web.json_response({"error": reason}, status=status)
