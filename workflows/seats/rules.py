"""The rules of idle seats, as functions of plain values: no session, no clock."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Literal, cast

from workflows.business_time import HOURS_A_DAY, Calendar, Duration, add_duration

End = Literal["tell_manager", "reclaim", "nothing"]

STALE_DAYS = 45  # a snapshot older than this is no signal any more
FROZEN_DAYS = 14  # nobody of a large tool active for so long before the snapshot: the vendor's feed stands still
FROZEN_MIN_SEATS = 20

WAITING = ("asked",)
IN_HAND = ("releasing", "reclaiming")  # given or taken back, the tool owner has not removed it yet
GIVEN_BACK = ("releasing", "released", "reclaiming", "reclaimed")
DONE_AS = {"releasing": "released", "reclaiming": "reclaimed"}
BACK_TO = {after: before for before, after in DONE_AS.items()}
DAYS_UNTIL_LISTED = 2  # a seat list made so long after a removal must no longer show the seat


@dataclass(frozen=True)
class Terms:
    """What a seat's case keeps of the policy it was opened under."""

    remind: tuple[Duration, ...]
    end_after: Duration
    end: End
    undo: Duration
    cooldown: Duration

    def to_json(self) -> dict[str, Any]:
        return {
            "remind": [str(one) for one in self.remind],
            "end_after": str(self.end_after),
            "end": self.end,
            "undo": str(self.undo),
            "cooldown": str(self.cooldown),
        }

    @classmethod
    def of_json(cls, kept: Mapping[str, Any]) -> "Terms":
        return cls(
            remind=tuple(Duration.parse(one) for one in kept["remind"]),
            end_after=Duration.parse(kept["end_after"]),
            end=cast(End, kept["end"]),
            undo=Duration.parse(kept["undo"]),
            cooldown=Duration.parse(kept["cooldown"]),
        )


def calendar_days(duration: Duration) -> int:
    """Days without use are calendar days; working time is taken as five days of eight hours a week, rounded up."""
    if duration.unit == "days":
        return duration.amount
    hours = duration.amount * (HOURS_A_DAY if duration.unit == "working days" else 1)
    return -(-hours * 7 // (5 * HOURS_A_DAY))


@dataclass(frozen=True)
class Signal:
    """What a tool's latest snapshot is worth."""

    as_of: date
    tracked_seats: int
    newest_activity: date | None


def no_signal(signal: Signal, day: date) -> str | None:
    """Why a tool's seats cannot be called idle on `day` although they look so; None = they can."""
    age = (day - signal.as_of).days
    if age > STALE_DAYS:
        return f"its latest seat list is {age} days old"
    newest = signal.newest_activity
    frozen = newest is None or (signal.as_of - newest).days > FROZEN_DAYS
    if signal.tracked_seats >= FROZEN_MIN_SEATS and frozen:
        return (
            f"none of its {signal.tracked_seats} seats shows any use for {FROZEN_DAYS} days: the feed seems to stand still"
        )
    return None


class Finding(StrEnum):
    """What a second look at a seat in a case finds."""

    still_idle = "still_idle"
    used_again = "used_again"
    gone = "gone"
    excused = "excused"


def look_again(
    *,
    listed: bool,
    idle: bool,
    last_active_on: date | None,
    usage_on: date | None,
    asked_last_active_on: date | None,
    idle_days: int,
    day: date,
    exempt: bool,
    leaver: bool,
) -> Finding:
    """`listed` = the latest snapshot shows the seat; `usage_on` = the last day of its usage rows.

    Use counts as use again when it is newer than what the case was opened on; a leaver's seat is idle whatever its use.
    """
    if not listed:
        return Finding.gone
    if exempt:
        return Finding.excused
    if leaver:
        return Finding.still_idle if idle else Finding.excused
    newest = max((one for one in (last_active_on, usage_on) if one is not None), default=None)
    newer = newest is not None and newest > (asked_last_active_on or date.min)
    if newest is not None and newer and (not idle or (day - newest).days <= idle_days):
        return Finding.used_again
    return Finding.still_idle if idle else Finding.excused


def reminder_times(asked_at: datetime, terms: Sequence[Terms], calendar: Calendar) -> list[datetime]:
    """When to remind, once for all seats of a case; nothing at or after the last seat's end. The last is the last call."""
    if not terms:
        return []
    last_end = max(add_duration(asked_at, one.end_after, calendar) for one in terms)
    times = {add_duration(asked_at, after, calendar) for one in terms for after in one.remind}
    return sorted(one for one in times if asked_at < one < last_end)


def end_of(terms: Terms, *, leaver: bool, told_manager: bool) -> End:
    """What the end of the time to answer brings: a leaver's seat goes to the tool owner, the rest as the policy says;
    when the manager who was told does not answer either, nothing."""
    if leaver:
        return "reclaim"
    return "nothing" if told_manager else terms.end


def cooldown_until(day: date, cooldown: Duration) -> date:
    """The last day on which the seat is not asked about again."""
    return day + timedelta(calendar_days(cooldown))


def all_decided(statuses: Iterable[str]) -> bool:
    return not any(status in WAITING for status in statuses)
