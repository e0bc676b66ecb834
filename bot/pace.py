"""How fast a platform lets one speak: so many messages in so many seconds, in one conversation and altogether.

Slack: about one message a second and channel. Teams (learn.microsoft.com, "Optimize your bot with rate limiting"): 7 in
1 s, 8 in 2 s, 60 in 30 s, 1,800 in an hour to one thread; 30 a second to one tenant.
"""

import asyncio
import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from bot.counters import HELD_BACK
from bot.interaction import Conversation


@dataclass(frozen=True)
class Window:
    """At most `messages` in any `seconds`."""

    messages: int
    seconds: float


@dataclass(frozen=True)
class Limits:
    conversation: Sequence[Window] = ()
    workspace: Sequence[Window] = ()


LIMITS = {
    "slack": Limits(conversation=(Window(1, 1.0),)),
    "teams": Limits(
        conversation=(Window(7, 1.0), Window(8, 2.0), Window(60, 30.0), Window(1800, 3600.0)),
        workspace=(Window(30, 1.0),),
    ),
}


class Pace:
    """Gives each message the moment at which it may go. One per process; a limit is shared fairly, in order of asking.
    Two replicas do not know of each other: then the platform's own 429 answers slow them down."""

    def __init__(self, limits: dict[str, Limits]) -> None:
        self._limits = limits
        self._given: dict[str, deque[float]] = {}

    async def keep(self, to: Conversation) -> None:
        """Returns when a message to the conversation may go."""
        limits = self._limits.get(to.channel)
        if limits is None:
            return
        now = asyncio.get_running_loop().time()
        at = self.book(to, now, limits)
        if at > now:
            HELD_BACK.labels(to.channel).inc(at - now)
            await asyncio.sleep(at - now)

    def book(self, to: Conversation, now: float, limits: Limits) -> float:
        """The first moment from `now` on at which every window has room; it is taken."""
        tenant = f"{to.channel}:{to.workspace}"
        named = ((f"{tenant}:{to.id}", limits.conversation), (tenant, limits.workspace))
        at = max([now, *(self._free_at(name, window) for name, windows in named for window in windows)])
        for name, windows in named:
            if windows:
                kept = max(window.messages for window in windows)
                self._given.setdefault(name, deque(maxlen=kept)).append(at)
        self._forget(now)
        return at

    def _free_at(self, name: str, window: Window) -> float:
        """When the message that many places back has left the window."""
        given = self._given.get(name, ())
        return given[-window.messages] + window.seconds if len(given) >= window.messages else -math.inf

    def _forget(self, now: float) -> None:
        """Conversations that have been silent for an hour, when there are many."""
        if len(self._given) > 10_000:
            self._given = {name: given for name, given in self._given.items() if given[-1] > now - 3600}
