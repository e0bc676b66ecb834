"""What a person did in any channel, and where: the neutral input of the router."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

ChannelName = Literal["slack", "teams", "web"]


class Conversation(BaseModel):
    """A place in a chat. `kind`: direct = alone with Bursar; public and private = channels; home = the home page.

    `thread_id` is the parent message's id where an answer belongs into its thread. `outsiders`: people of other
    companies read along (Slack Connect), so nothing that org.yaml opens is open there.
    """

    model_config = ConfigDict(frozen=True)

    channel: ChannelName
    workspace: str = ""
    id: str
    kind: Literal["direct", "public", "private", "home"] = "direct"
    thread_id: str | None = None
    outsiders: bool = False

    @property
    def whispers(self) -> bool:
        """Whether something can be said in it to one person alone. Teams cannot; what is private goes to their own chat."""
        return self.channel != "teams"

    @property
    def key(self) -> str:
        """Names conversation and thread, for follow-ups and the order of sending."""
        return f"{self.channel}:{self.workspace}:{self.id}:{self.thread_id or ''}"


class Actor(BaseModel):
    """Who acted: an account of a channel. `person_id` is None when the directory does not know its e-mail."""

    model_config = ConfigDict(frozen=True)

    channel: ChannelName
    workspace: str = ""
    external_id: str
    person_id: int | None = None
    email: str | None = None


class Interaction(BaseModel):
    """One thing a person did.

    `key` names its meaning and is the inbox's unique key: an event's id, or for a click what is clicked by whom, so
    that a repeated delivery is one effect. `intent` and `args` come from a button or form; a text has `text`.
    `message_id` is the clicked card.
    """

    model_config = ConfigDict(frozen=True)

    key: str
    kind: Literal["text", "action", "form"]
    actor: Actor
    conversation: Conversation
    text: str = ""
    intent: str | None = None
    args: dict[str, str] = {}
    form: dict[str, str | list[str]] = {}
    message_id: str | None = None
    received_at: datetime
