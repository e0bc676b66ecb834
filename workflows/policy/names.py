"""Approver names: manager, manager(2), department_owner, role:NAME, group:NAME, person:E-MAIL."""

import re
from dataclasses import dataclass
from typing import Literal

from storage.yaml_source import did_you_mean, nearest

OWNERS = ("department_owner", "cost_center_owner", "budget_owner", "tool_owner")
PLAIN = ("manager", *OWNERS)
PREFIXES = ("role:", "group:", "person:")
EMAIL = re.compile(r"^[^@\s:]+@[^@\s]+\.[^@\s]+$")
MAX_LEVELS = 10

Kind = Literal["manager", "department_owner", "cost_center_owner", "budget_owner", "tool_owner", "role", "group", "person"]


@dataclass(frozen=True)
class ApproverName:
    """`argument`: the role, group or e-mail; for managers the level as text, "1" = one's own manager."""

    kind: Kind
    argument: str = ""


def parse_name(text: str) -> ApproverName:
    """Raises ValueError with the nearest valid name."""
    word = text.strip()
    level = re.fullmatch(r"manager\((\d+)\)", word)
    if level:
        if not 1 <= int(level[1]) <= MAX_LEVELS:
            raise ValueError(f"{word!r}: the level is 1 to {MAX_LEVELS}")
        return ApproverName("manager", str(int(level[1])))
    if word == "manager":
        return ApproverName("manager", "1")
    if word in OWNERS:
        return ApproverName(word)  # type: ignore[arg-type]
    kind, colon, argument = word.partition(":")
    argument = argument.strip()
    if colon and kind in ("role", "group") and argument:
        return ApproverName(kind, argument)  # type: ignore[arg-type]
    if colon and kind == "person":
        return ApproverName("person", parse_email(argument))
    if EMAIL.match(word):
        raise ValueError(f"{word!r} is not an approver; did you mean 'person:{word}'?")
    close = nearest(kind, [prefix[:-1] for prefix in PREFIXES]) if colon and argument else None
    if close:
        raise ValueError(f"{word!r} is not an approver; did you mean {f'{close}:{argument}'!r}?")
    raise ValueError(f"{word!r} is not an approver{did_you_mean(word, [*PLAIN, 'manager(2)', *PREFIXES])}")


def parse_email(text: str) -> str:
    """Lower-cased. Raises ValueError."""
    if not EMAIL.match(text.strip()):
        raise ValueError(f"{text!r} is not an e-mail address")
    return text.strip().lower()
