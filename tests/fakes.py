"""Fakes at the borders: a chat that keeps what was posted and can lose its answers."""

from dataclasses import dataclass, field

from bot.channels.base import SendDoubtful, SendFailed, Sent
from bot.interaction import ChannelName, Conversation
from bot.message import Message


@dataclass
class Posted:
    to: Conversation
    message_id: str
    message: Message
    key: str
    private_to: str | None
    updates: int = 0


@dataclass
class RecordingChat:
    """A sender that remembers. `lose_answers`: the next posts arrive, but their answers do not. `refuse`: seconds to wait
    told to the next posts (None = never again)."""

    channel: ChannelName = "web"
    posts: list[Posted] = field(default_factory=list)
    lose_answers: int = 0
    refuse: list[float | None] = field(default_factory=list)

    async def open_direct(self, workspace: str, external_id: str) -> str:
        return f"dm:{external_id}"

    async def send(self, to: Conversation, message: Message, *, key: str, private_to: str | None) -> Sent:
        if self.refuse:
            raise SendFailed("refused", self.refuse.pop(0))
        posted = Posted(to, f"m{len(self.posts) + 1}", message, key, private_to)
        self.posts.append(posted)
        if self.lose_answers:
            self.lose_answers -= 1
            raise SendDoubtful("the connection was reset")
        return Sent(to.id, posted.message_id)

    async def find(self, to: Conversation, key: str) -> Sent | None:
        return next(
            (Sent(post.to.id, post.message_id) for post in self.posts if post.key == key and post.to.id == to.id), None
        )

    async def update(self, to: Conversation, message_id: str, message: Message) -> None:
        post = next((post for post in self.posts if post.message_id == message_id and post.to.id == to.id), None)
        if post is None:
            raise SendFailed("message_not_found", None)
        post.message = message
        post.updates += 1
