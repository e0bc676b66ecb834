"""Who looks at the browser's page and where: what everything on it is drawn for."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from zoneinfo import ZoneInfo

from bot.channels.web_store import Profile

DIRECT, HOME = "bursar", "home"
CHANNELS = ("ai-spend", "general")


@dataclass(frozen=True)
class Suggested:
    """Somebody worth being on the page, and why."""

    email: str
    about: str


@dataclass(frozen=True)
class Viewer:
    """What the page around a conversation needs to know."""

    company: str
    person: Profile
    place: str  # a channel, DIRECT or HOME
    token: str
    today: date
    zone: ZoneInfo
    unread: dict[str, int]
    cast: Sequence[tuple[Profile, str]] = ()
    waiting: dict[str, int] = field(default_factory=dict)  # unread direct messages by e-mail

    @property
    def base(self) -> str:
        return f"/as/{self.person.email}"


def place_name(place: str) -> str:
    return {DIRECT: "Bursar", HOME: "Home"}.get(place, f"#{place}")
