"""What Teams' invokes are answered with: buttons, refreshes, dialogs, searches and the message extension.

An invoke is answered within seconds (Teams waits 15): reading is done at once; what changes something goes through the
inbox, whose outcome is awaited a little.
"""

import asyncio
import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Protocol

from sqlmodel import col, select

from bot.accounts import external_ids
from bot.channels import teams_activities as activities
from bot.channels.teams_answers import (
    Answer,
    Dialog,
    Invoke,
    refreshing,
    say,
    show_card,
    show_dialog,
    show_found,
    typed_into,
    where_it_was_opened,
)
from bot.channels.teams_files import queue_answer
from bot.channels.teams_forms import FormSubmitted, render_details, render_form, render_search, unpack_form
from bot.channels.teams_places import place_of
from bot.channels.teams_plain import without_dialog
from bot.channels.teams_render import REFRESH, decode_action, render_message
from bot.channels.teams_sender import TeamsSender
from bot.intents.find_tool import find_tools
from bot.interaction import Conversation, Interaction
from bot.message import Action, Form, Message, people_named, text_message
from bot.notices import Notice, build
from bot.notices.requests import VIEWER
from bot.router import Router, registry
from storage.models import ChatAccount, InboxItem, PostedMessage
from storage.unit_of_work import Store, UnitOfWork
from workflows.ports import Clock, NewId

log = logging.getLogger(__name__)

OUTCOME_SECONDS = 2.0
AGAIN_WITHIN = timedelta(seconds=activities.WINDOW_SECONDS)
REQUEST_FORM = "request_open"

GOT_IT = "Got it. The answer comes as a message."
A_MOMENT_AGO = "I have answered this a moment ago; look at my newest message."
SENT = "Sent. You hear from me in a moment."
NOT_MINE = "This button is from an older version of Bursar. Say `help` to start again."
NOT_KNOWN = "Bursar cannot do that in Teams. Say `help` to see what it can do."
NO_LINKS = "Bursar makes no cards of links. Search for a tool by its name instead."
NOT_CURRENT = "This is not there any more. Say `status` to see your requests."
TROUBLE = "Something went wrong on my side. It may not be recorded: look again in a minute, and try once more if need be."


class Receiver(Protocol):
    async def receive(self, interaction: Interaction) -> None:
        """Returns when the interaction is durable."""
        ...

    async def settled(self, key: str, patience: float) -> bool:
        """Whether it has had its effect, waiting `patience` seconds for it."""
        ...


class TeamsInvokes:
    """One per process. `new_id` numbers dialogs."""

    def __init__(
        self, store: Store, router: Router, inbox: Receiver, sender: TeamsSender, clock: Clock, new_id: NewId
    ) -> None:
        self._store = store
        self._router = router
        self._inbox = inbox
        self._sender = sender
        self._clock = clock
        self._new_id = new_id
        self._answers = {
            "adaptiveCard/action": self._click,
            "task/fetch": self._fetch,
            "task/submit": self._submit,
            "application/search": self._search,
            "composeExtension/query": self._query,
            "composeExtension/fetchTask": self._compose,
            "composeExtension/submitAction": self._submit,
            "fileConsent/invoke": self._consent,
        }

    async def answer(self, activity: Mapping[str, Any]) -> Answer:
        """HTTP status and body. Raises SendFailed, SendDoubtful when Teams cannot be asked who it is."""
        name = str(activity.get("name") or "")
        make = self._answers.get(name)
        if make is None:
            return say(name, NO_LINKS if name.endswith("ueryLink") else NOT_KNOWN)
        value = activity.get("value")
        account = await self._sender.people.account(activities.user_of(activity), activity["conversation"]["id"])
        place, message_id = await self._told_at(activity, account)
        try:
            return await make(Invoke(activity, name, value if isinstance(value, dict) else {}, account, place, message_id))
        except ValueError as error:
            log.warning("Teams: %s carries what is not Bursar's: %s", name[:80], error)
            return say(name, NOT_MINE)

    async def _told_at(self, activity: Mapping[str, Any], account: ChatAccount) -> tuple[Conversation, str | None]:
        """Where the outcome is told, and the clicked card. Cards and message extensions also work where Bursar is not
        (a chat of two people is `personal` to Teams too): there it is told in the personal chat."""
        place = activities.conversation_of(activity)
        known = await asyncio.to_thread(place_of, self._store, place.workspace, place.id)
        is_here = known is not None and known.installed and (place.kind == "direct") == (known.kind == "direct")
        if is_here and not str(activity.get("name")).startswith("composeExtension/"):
            clicked = activity.get("replyToId")
            return place, str(clicked) if clicked else None
        chat = account.direct_conversation or ""
        return Conversation(channel="teams", workspace=place.workspace, id=chat, kind="direct"), None

    async def _click(self, invoke: Invoke) -> Answer:
        """A button is acted on and the card shown as it stands now. What Teams does by itself never changes anything."""
        intent, args = decode_action(activities.of(invoke.value, "action", "data"))
        if intent == REFRESH or invoke.value.get("trigger") == "automatic":
            return await self._refresh(invoke, args)
        if intent in registry.open and intent not in registry.act:
            interaction = invoke.interaction("action", intent, args, self._clock)
            return say(invoke.name, (await asyncio.to_thread(without_dialog, self._router, interaction)).fallback)
        key, repeated = await self.click_key(invoke.activity, intent, args)
        if not repeated:
            await self._inbox.receive(invoke.interaction("action", intent, args, self._clock, key=key))
        if not await self._inbox.settled(key, OUTCOME_SECONDS):
            return await self._recording(invoke, key)
        shown = await asyncio.to_thread(self._as_it_stands, invoke)
        if shown is not None:
            return await self._card(invoke, shown)
        return say(invoke.name, A_MOMENT_AGO if repeated else GOT_IT)

    async def click_key(self, activity: Mapping[str, Any], intent: str, args: Mapping[str, str]) -> tuple[str, bool]:
        """The click's key, and whether it was heard within the last minute (`click_keys` says why)."""
        now, before = activities.click_keys(activity, intent, args, self._clock())
        heard = await asyncio.to_thread(self._heard, (now, before))
        return (heard, True) if heard is not None else (now, False)

    def _heard(self, keys: tuple[str, str]) -> str | None:
        with self._store.read() as uow:
            recent = col(InboxItem.received_at) > uow.now - AGAIN_WITHIN
            query = select(InboxItem.key).where(col(InboxItem.key).in_(keys), recent)
            return uow.session.exec(query).first()

    async def _refresh(self, invoke: Invoke, args: Mapping[str, str]) -> Answer:
        """The card as its viewer sees it now; nothing but reading."""
        key = args.get("key", "")
        if key and not await self._inbox.settled(key, OUTCOME_SECONDS):
            return await self._recording(invoke, key)
        shown = await asyncio.to_thread(self._as_it_stands, invoke, args)
        if shown is None:
            shown = text_message("Recorded. The outcome is in my newest message." if key else NOT_CURRENT)
        return await self._card(invoke, shown)

    def _as_it_stands(self, invoke: Invoke, args: Mapping[str, str] | None = None) -> Message | None:
        """The clicked card built from the present state for the one who looks; None for messages that are not kept.

        What a refresh says (`args`) counts only while the card's row is still being written, and only for the kind
        that is made for anybody's eyes."""
        who = invoke.account.person_id
        with self._store.read() as uow:
            posted = self._posted(uow, invoke)
            if posted is None:
                is_public = args is not None and args.get("kind") == VIEWER
                return build(uow, Notice(VIEWER, (args or {}).get("subject", ""), who, posted=True)) if is_public else None
            if posted.kind == "message" or not posted.subject or posted.person_id not in (None, who):
                return None
            shown = build(uow, Notice(posted.kind, posted.subject, posted.person_id, posted=True))
            if shown is None or shown.viewers is None or who not in shown.viewers.person_ids:
                return shown
            return build(uow, Notice(shown.viewers.kind, shown.viewers.subject, who, posted=True))

    def _posted(self, uow: UnitOfWork, invoke: Invoke) -> PostedMessage | None:
        return uow.session.exec(
            select(PostedMessage).where(
                PostedMessage.channel == "teams",
                PostedMessage.workspace == invoke.place.workspace,
                PostedMessage.conversation_id == invoke.place.id,
                PostedMessage.message_id == invoke.message_id,
            )
        ).first()

    async def _card(self, invoke: Invoke, shown: Message, again: Action | None = None) -> Answer:
        shared = invoke.place.kind != "direct"
        mentions = await self._sender.mentions(invoke.account.workspace, shown, shared=shared)
        card = render_message(shown, mentions, shared=shared)
        return show_card(card if again is None else refreshing(card, again, invoke.user.address))

    async def _recording(self, invoke: Invoke, key: str) -> Answer:
        """Stands in for the outcome and asks for it by itself."""
        again = Action(label="Show the outcome", intent=REFRESH, args={"key": key})
        return await self._card(invoke, text_message("Your click is being recorded …", again), again)

    async def _fetch(self, invoke: Invoke) -> Answer:
        intent, args = decode_action(invoke.value.get("data"))
        return await self._open(invoke, Dialog(self._new_id(), intent, args))

    async def _compose(self, invoke: Invoke) -> Answer:
        """The message extension's own command: a request from the compose box."""
        return await self._open(invoke, Dialog(self._new_id(), REQUEST_FORM, {}))

    async def _open(
        self, invoke: Invoke, dialog: Dialog, errors: Mapping[str, str] | None = None, sent: FormSubmitted | None = None
    ) -> Answer:
        """What a button opens; after errors the same dialog again, with what was filled in."""
        interaction = invoke.interaction("action", dialog.intent, dialog.args, self._clock)
        shown = await asyncio.to_thread(self._router.open, interaction)
        mentions = await asyncio.to_thread(external_ids, self._store, "teams", invoke.account.workspace, people_named(shown))
        if isinstance(shown, Form):
            task = render_form(
                shown, invoke.place, invoke.message_id, mentions, nonce=dialog.pack(), errors=errors or {},
                values=sent.values if sent else {},
            )  # fmt: skip
        else:
            task = render_details(shown, invoke.place, invoke.message_id, mentions, nonce=dialog.pack())
        return show_dialog(task)

    async def _submit(self, invoke: Invoke) -> Answer:
        """A form, or a button of what a dialog shows (a form without fields): it opens something or it acts."""
        sent = unpack_form(invoke.value.get("data"))
        dialog = Dialog.unpack(sent.nonce)
        invoke = where_it_was_opened(invoke, sent)
        if not sent.values and sent.intent in registry.open:
            return await self._open(invoke, Dialog(self._new_id(), sent.intent, sent.args))
        key = activities.form_key(invoke.user, dialog.number, sent.intent, sent.args)
        interaction = invoke.interaction(
            "form" if sent.values else "action", sent.intent, sent.args, self._clock, key=key, form=sent.values
        )
        if not await self._inbox.settled(key, 0.0):
            errors = await asyncio.to_thread(self._router.check_form, interaction)
            if errors:
                return await self._open(invoke, dialog, errors, sent)
            await self._inbox.receive(interaction)
        done = await self._inbox.settled(key, OUTCOME_SECONDS)
        if done and (invoke.place.kind != "direct" or invoke.message_id is not None):
            return 200, None  # the dialog closes; the outcome stands where it was opened
        return say(invoke.name, SENT)

    async def _consent(self, invoke: Invoke) -> Answer:
        """Yes or no to an offered file; what comes of it is told where it was asked."""
        config, who, card = self._sender.config, invoke.account.person_id, invoke.message_id
        await asyncio.to_thread(queue_answer, self._store, config, invoke.value, who, invoke.place, card)
        return 200, None

    async def _search(self, invoke: Invoke) -> Answer:
        """Choices for a search field of a dialog, while typing."""
        intent, _, field = str(invoke.value.get("dataset") or "").partition("/")
        interaction = invoke.interaction("form", intent, {"field": field}, self._clock)
        typed = str(invoke.value.get("queryText") or "")
        found = await asyncio.to_thread(self._router.options, interaction, typed)
        return 200, render_search(found)

    async def _query(self, invoke: Invoke) -> Answer:
        """The catalogue, searched from the compose box."""
        if invoke.account.person_id is None:
            email = invoke.account.email or "your e-mail"
            return say(invoke.name, f"I do not know you yet. Ask an administrator to add {email} to the people import.")
        typed = typed_into(invoke.value)
        found = await asyncio.to_thread(self._found, typed)
        if not found:
            return say(invoke.name, f"No tool fits “{typed[:60]}”. You can ask for a new one with “Request an AI tool”.")
        return show_found(found)

    def _found(self, typed: str) -> list[Message]:
        with self._store.read() as uow:
            return find_tools(uow, typed)
