"""What a channel must be able to do for the outbox."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from bot.interaction import ChannelName, Conversation
from bot.message import Message
from storage.models import ChatAccount


@dataclass(frozen=True)
class Sent:
    """Where a message now stands; `conversation_id` and `message_id` together find it again."""

    conversation_id: str
    message_id: str


class SendFailed(Exception):
    """It did not arrive. `retry_after` seconds to wait; None = never try again (permanent). `elsewhere`: Bursar may not
    speak in that conversation, the person could still be told in their direct message."""

    def __init__(self, reason: str, retry_after: float | None, *, elsewhere: bool = False) -> None:
        super().__init__(reason)
        self.retry_after = retry_after
        self.elsewhere = elsewhere


class SendDoubtful(Exception):
    """It may or may not have arrived (connection lost after sending)."""


class Sender(Protocol):
    """Posts rendered messages. One per channel; only the outbox calls it."""

    channel: ChannelName

    async def open_direct(self, workspace: str, external_id: str) -> str:
        """The id of the direct conversation with an account. Raises SendFailed."""
        ...

    async def send(self, to: Conversation, message: Message, *, key: str, private_to: str | None) -> Sent:
        """Post; `key` is kept in the message's metadata where the platform has that. Raises SendFailed, SendDoubtful."""
        ...

    async def find(self, to: Conversation, key: str) -> Sent | None:
        """Look in a direct conversation for a message posted with `key`; None when there is none or no way to know."""
        ...

    async def update(self, to: Conversation, message_id: str, message: Message) -> None:
        """Replace a posted message. Raises SendFailed, SendDoubtful."""
        ...


@runtime_checkable
class AccountFinder(Protocol):
    """A sender that can find people who have not talked to Bursar yet (Slack); the web needs none."""

    async def find_account(self, email: str) -> ChatAccount | None:
        """The linked account of an e-mail address; None when the platform knows none that may be matched.
        Raises SendFailed when the platform cannot be asked now."""
        ...


@runtime_checkable
class TakesFiles(Protocol):
    """A sender that delivers a message's attachments; to the others the outbox gives a sentence in their place."""

    takes_files: bool
