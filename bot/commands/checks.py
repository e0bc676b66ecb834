"""What `bursar doctor` says of one thing."""

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "warn", "fail", "off"]


@dataclass(frozen=True)
class Check:
    """`warn` works with limits, `fail` does not work; `advice` says what to do."""

    name: str
    state: State
    found: str
    advice: str = ""
