"""The only place that builds real things: one process from its settings."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from aiohttp import web
from pydantic import SecretStr
from sqlalchemy import text

from bot.channels.base import Sender
from bot.inbox import Inbox
from bot.optional_model import NoModel, model_reader
from bot.outbox import Outbox
from bot.pace import LIMITS
from bot.router import Router
from bot.scheduler import Scheduler
from bot.settings import Settings
from storage.database import open_engine
from storage.schema import ensure_schema
from storage.unit_of_work import Store
from workflows.asking.model_reading import ModelReader
from workflows.ports import Clock, NewId, random_id, system_clock

if TYPE_CHECKING:
    from bot.channels.teams_outbound import TeamsConfig

log = logging.getLogger(__name__)


class Channel(Protocol):
    """A chat platform: routes it answers, a sender for the outbox."""

    @property
    def sender(self) -> Sender: ...

    def routes(self) -> Sequence[web.RouteDef]: ...

    async def start(self) -> None: ...

    async def stop(self) -> None: ...


class NothingToServe(Exception):
    """No channel can be on; the message names what is missing."""


@dataclass
class App:
    """A running Bursar. `http()` is the aiohttp application whose start-up and clean-up start and stop the rest."""

    store: Store
    router: Router
    inbox: Inbox
    outbox: Outbox
    scheduler: Scheduler
    channels: list[Channel]

    def http(self) -> web.Application:
        application = web.Application(client_max_size=4 * 2**20)
        for channel in self.channels:
            application.add_routes(channel.routes())
        application.router.add_get("/healthz", self._healthy)
        application.router.add_get("/readyz", self._ready)
        application.router.add_get("/metrics", self._metrics)
        application.cleanup_ctx.append(self._lifetime)
        return application

    async def _lifetime(self, _: web.Application) -> AsyncIterator[None]:
        await self.start()
        yield
        await self.stop()

    async def start(self) -> None:
        await self.inbox.start()
        await self.outbox.start()
        for channel in self.channels:
            await channel.start()
        self.scheduler.start()

    async def stop(self) -> None:
        await asyncio.to_thread(self.scheduler.stop)
        for channel in reversed(self.channels):
            await channel.stop()
        await self.inbox.stop()
        await self.outbox.stop()
        await asyncio.get_running_loop().shutdown_default_executor()  # threads of cancelled work give back connections
        self.store.engine.dispose()

    async def _healthy(self, _: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def _ready(self, _: web.Request) -> web.Response:
        try:
            await asyncio.to_thread(self._ask_database)
        except Exception:
            log.exception("not ready: the database does not answer")
            return web.json_response({"status": "the database does not answer"}, status=503)
        return web.json_response({"status": "ready"})

    def _ask_database(self) -> None:
        with self.store.read() as uow:
            uow.session.execute(text("SELECT 1"))

    async def _metrics(self, _: web.Request) -> web.Response:
        from bot.metrics import exposition

        body, content_type = await asyncio.to_thread(exposition, self.store)
        return web.Response(body=body, headers={"Content-Type": content_type})


def build(
    settings: Settings,
    *,
    clock: Clock = system_clock,
    new_id: NewId = random_id,
    web_channel: bool = False,
    insecure_teams: bool = False,
) -> App:
    """`insecure_teams`: Teams without secrets and without tokens; whoever calls has seen to it that only this machine can
    reach it. Raises NothingToServe when no channel has its secrets (and the browser channel was not asked for)."""
    engine = open_engine(settings.database_url)
    ensure_schema(engine)
    store = Store(engine, clock, new_id)
    router = Router(store, _model_reader(settings))
    inbox = Inbox(store, router)
    channels: list[Channel] = []
    if settings.missing_for_slack:
        log.info("Slack is off: set %s", " and ".join(settings.missing_for_slack))
    else:
        channels.append(_slack(settings, store, router, inbox, clock))
    if settings.missing_for_teams and not insecure_teams:
        log.info("Teams is off: set %s", " and ".join(settings.missing_for_teams))
    else:
        from bot.channels.teams import TeamsChannel

        config = teams_config(settings, insecure=insecure_teams)
        channels.append(TeamsChannel(config, store, router, inbox, clock, new_id))
    if web_channel:
        from bot.channels.web import WebChannel

        channels.append(WebChannel(store, router, inbox, clock))
    if not channels:
        slack, teams = (" and ".join(names) for names in (settings.missing_for_slack, settings.missing_for_teams))
        raise NothingToServe(f"no channel has its secrets; for Slack set {slack}; for Teams set {teams}")
    outbox = Outbox(store, [channel.sender for channel in channels], inbox.worked, LIMITS)
    return App(store, router, inbox, outbox, Scheduler(store), channels)


def _model_reader(settings: Settings) -> ModelReader | None:
    """Raises NothingToServe for a model that cannot be asked: better now than at every question."""
    try:
        return model_reader(settings)
    except NoModel as error:
        raise NothingToServe(str(error)) from error


def _slack(settings: Settings, store: Store, router: Router, inbox: Inbox, clock: Clock) -> Channel:
    from bot.channels.slack import SlackChannel, SlackConfig

    config = SlackConfig(
        bot_token=_secret(settings.slack_bot_token) or "",
        signing_secret=_secret(settings.slack_signing_secret),
        app_token=_secret(settings.slack_app_token),
        api_url=settings.slack_api_url,
    )
    return SlackChannel(config, store, router, inbox, clock)


def teams_config(settings: Settings, *, insecure: bool = False) -> "TeamsConfig":
    from bot.channels.teams_outbound import TeamsConfig

    return TeamsConfig(
        app_id=settings.teams_app_id or "",
        app_password=_secret(settings.teams_app_password) or "",
        tenant_id=settings.teams_tenant_id or "",
        openid_url=settings.teams_openid_url,
        token_issuer=settings.teams_token_issuer,
        login_url=settings.teams_login_url,
        scope=settings.teams_scope,
        service_url=settings.teams_service_url,
        insecure=insecure,
    )


def _secret(value: SecretStr | None) -> str | None:
    return value.get_secret_value() if value is not None else None
