"""Where Bursar is added to Teams and removed from it. Teams tells each twice, and once more when it misses an answer."""

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

from sqlalchemy.exc import IntegrityError

from bot.channels import teams_activities as activities
from bot.channels.base import SendDoubtful, SendFailed
from bot.channels.teams_people import TeamsPeople, actor_of
from bot.channels.teams_places import Place, mark_removed, place_of, remember_place
from bot.intents.welcome import welcome
from bot.interaction import Interaction
from bot.outbox import queue_reply
from bot.router import Reply
from storage.models import ChatAccount, ChatPlace
from storage.unit_of_work import Store
from workflows.ports import Clock

log = logging.getLogger(__name__)


class TeamsInstalls:
    """Remembers the places, and has the welcome queued once an installation."""

    def __init__(self, store: Store, people: TeamsPeople, clock: Clock) -> None:
        self._store = store
        self._people = people
        self._clock = clock

    async def changed(self, activity: Mapping[str, Any]) -> Place | None:
        """Where Bursar was added, if it was."""
        change, place = activities.installation_change(activity), activities.place_of(activity)
        if change == "removed":
            await asyncio.to_thread(mark_removed, self._store, place.workspace, place.conversation_id)
            log.info("Teams: removed from %s", place.name or place.conversation_id)
        if change != "added":
            return None
        before = await asyncio.to_thread(place_of, self._store, place.workspace, place.conversation_id)
        for known in activities.places_of(activity):
            await asyncio.to_thread(remember_place, self._store, known, self._clock())
        installer = await self._installer(activity)
        if before is None or not before.installed:
            await asyncio.to_thread(self._queue_welcome, activity, installer, before)
            log.info("Teams: added to %s", place.name or place.conversation_id)
        if place.kind == "direct" and installer is not None:
            await self._people.remember_direct(installer, place.conversation_id)
        return place

    async def _installer(self, activity: Mapping[str, Any]) -> ChatAccount | None:
        """None when it is not a person, or Teams cannot be asked who it is: the welcome goes without a name."""
        if not activities.is_from_a_person(activity):
            return None
        try:
            return await self._people.account(activities.user_of(activity), activity["conversation"]["id"])
        except (SendFailed, SendDoubtful) as error:
            log.warning("Teams: who added Bursar is not known: %s", error)
            return None

    def _queue_welcome(self, activity: Mapping[str, Any], installer: ChatAccount | None, before: ChatPlace | None) -> None:
        """Once an installation: two deliveries of it have seen the same state before, and so have the same key."""
        place = activities.conversation_of(activity).model_copy(update={"thread_id": None})
        since = before.last_seen_at.isoformat() if before is not None else "first"
        key = f"teams:welcome:{place.workspace}:{place.id}:{since}"
        said = Interaction.model_validate(
            {
                "key": key, "kind": "text", "conversation": place, "received_at": self._clock(),
                "actor": actor_of(installer) if installer is not None else {"channel": "teams", "external_id": ""},
            }
        )  # fmt: skip
        called = str(activities.of(activity, "from", "name") or "")
        try:
            with self._store.write() as uow:
                message = welcome(uow, said.actor.person_id, called, alone=place.kind == "direct")
                queue_reply(uow, said, Reply(message), key=key)
        except IntegrityError:
            log.info("Teams: the welcome is queued already")
