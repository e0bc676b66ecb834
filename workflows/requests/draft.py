"""What somebody asks for, checked before anything is decided about it."""

import hashlib
import re
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from sqlmodel import col, select

from storage.directory import is_employed, record_of
from storage.models import Request, Tool, ToolName
from storage.org import OrgSettings, today
from storage.types import Money, RequestKind
from storage.unit_of_work import UnitOfWork
from storage.yaml_source import did_you_mean
from workflows.audit.trail import canonical
from workflows.errors import Invalid
from workflows.policy.literals import CURRENCIES
from workflows.policy.model import Policy

MAX_SEATS = 10_000
MAX_DAYS = 3650
MAX_PRICE = Decimal(1_000_000_000)
SEAT_KINDS = (RequestKind.seat, RequestKind.trial)  # served by a free seat where there is one


@dataclass(frozen=True)
class Draft:
    """A request as a form or a text gives it. `tool` is a catalogue id; without one, `tool_name` as typed.

    `price` is what the requester says it costs altogether in a `price_interval`; it counts only where neither a contract
    nor the catalogue has a price.
    """

    requester_id: int
    tool_id: int | None = None
    tool_name: str = ""
    kind: str = "seat"
    beneficiary_id: int | None = None
    seats: int = 1
    plan: str | None = None
    duration_days: int | None = None
    data_classes: tuple[str, ...] = ()
    reason: str = ""
    price: Money | None = None
    price_interval: Literal["month", "year"] = "year"

    @property
    def for_id(self) -> int:
        """Who will have it."""
        return self.beneficiary_id if self.beneficiary_id is not None else self.requester_id


def checked(uow: UnitOfWork, draft: Draft, org: OrgSettings, policy: Policy) -> Draft:
    """The draft with its tool found by name. Raises Invalid with what is wrong, by form field."""
    draft = replace(
        draft,
        tool_name=" ".join(draft.tool_name.split()),
        reason=draft.reason.strip(),
        plan=(draft.plan or "").strip() or None,
    )
    tool = uow.session.get(Tool, draft.tool_id) if draft.tool_id is not None else tool_named(uow, draft.tool_name)
    wrong = _wrong_fields(draft, policy)
    if draft.tool_id is not None and tool is None:
        wrong["tool"] = "This tool is not in the inventory any more; pick another one."
    elif tool is None and not draft.tool_name:
        wrong["tool"] = "Say which tool it is about."
    day = today(org, uow.now)
    for field, person_id in (("requester", draft.requester_id), ("beneficiary", draft.for_id)):
        if not is_employed(record_of(uow.session, person_id, day), day):
            wrong[field] = "This person is not employed here (any more)."
    if wrong:
        raise Invalid("The request cannot be sent yet: " + " ".join(wrong.values()), wrong)
    return replace(draft, tool_id=tool.id, tool_name=tool.name) if tool else draft


def _wrong_fields(draft: Draft, policy: Policy) -> dict[str, str]:
    wrong: dict[str, str] = {}
    kinds = [kind.value for kind in RequestKind]
    if draft.kind not in kinds:
        wrong["kind"] = f"{draft.kind!r} cannot be asked for{did_you_mean(draft.kind, kinds)}."
    if not 1 <= draft.seats <= MAX_SEATS:
        wrong["seats"] = f"Seats are a whole number from 1 to {MAX_SEATS:,}."
    if draft.duration_days is not None and not 1 <= draft.duration_days <= MAX_DAYS:
        wrong["duration"] = f"The duration is 1 to {MAX_DAYS:,} days; leave it empty for open-ended."
    unknown = [name for name in draft.data_classes if name not in policy.data_classes]
    if unknown:
        wrong["data_classes"] = f"{unknown[0]!r} is no data class here{did_you_mean(unknown[0], policy.data_classes)}."
    elif not draft.data_classes:
        wrong["data_classes"] = "Say which data will go into the tool."
    if draft.price is not None and not 0 <= draft.price.amount <= MAX_PRICE:
        wrong["price"] = f"The cost is an amount from 0 to {MAX_PRICE:,}."
    return wrong


def tool_named(uow: UnitOfWork, name: str) -> Tool | None:
    """The tool that goes by `name` (any case) alone; None when nothing or more than one does."""
    query = select(ToolName.tool_id).where(ToolName.name == name.strip().casefold()).distinct()
    ids = uow.session.exec(query.order_by(col(ToolName.tool_id))).all()
    return uow.session.get(Tool, ids[0]) if len(ids) == 1 else None


def content_hash(request: Request) -> str:
    """Of what a decision agrees to: everything but the reason and the state."""
    content = {
        "kind": request.kind,
        "tool": request.tool_id if request.tool_id is not None else request.tool_name,
        "requester": request.requester_id,
        "beneficiary": request.beneficiary_id,
        "seats": request.seats,
        "plan": request.plan,
        "duration_days": request.duration_days,
        "data_classes": sorted(request.data_classes),
        "monthly": None if request.monthly_value is None else str(request.monthly_value.normalize()),
        "annual": None if request.annual_value is None else str(request.annual_value.normalize()),
        "currency": request.currency,
    }
    return hashlib.sha256(canonical(content).encode()).hexdigest()


_GROUPED = re.compile(r"^[0-9]{1,3}(?:[ ,.'][0-9]{3})+$")


def parse_amount(text: str, currency: str) -> Money:
    """An amount as people type it: 1,000.50 or 1.000,50 or 1 000.50, with or without a currency code.

    Raises Invalid for what is not one clear amount: `1,000` and `1.000` are read as thousands only when they repeat or
    have decimals after them; alone they are ambiguous and refused, as are negative, empty and endless amounts.
    """
    words = text.strip().upper().replace("$", " USD ").replace("€", " EUR ").replace("£", " GBP ").split()
    codes = [word for word in words if word in CURRENCIES]
    number = " ".join(word for word in words if word not in codes)
    if len(set(codes)) > 1:
        raise Invalid(f"{text!r} names two currencies; write one, like 1200.50 {currency}.", {"price": "one currency"})
    value = _plain_number(number)
    if value is None or not 0 <= value <= MAX_PRICE:
        message = f"{text!r} is not a clear amount; write it without thousands separators, like 1200.50 {currency}."
        raise Invalid(message, {"price": message})
    return Money.of(value, codes[0] if codes else currency)


def _plain_number(text: str) -> Decimal | None:
    if not text.isascii():
        text = text.replace("’", "'")
    if re.fullmatch(r"[0-9]{1,15}", text):
        return Decimal(text)
    if re.fullmatch(r"[0-9]{1,3}(?:[ '][0-9]{3})+", text):
        return Decimal(re.sub(r"[ ']", "", text))
    match = re.fullmatch(r"([0-9][0-9.,' ]*)([.,])([0-9]+)", text)
    if not match:
        return None
    whole, mark, decimals = match.groups()
    other = whole.replace(mark, "") != whole
    if other:  # the same mark twice: thousands, as in 1.000.000
        return Decimal(re.sub(r"\D", "", text)) if _GROUPED.match(text) else None
    if not whole.isdigit():
        return Decimal(f"{re.sub(r'[^0-9]', '', whole)}.{decimals}") if _GROUPED.match(whole) else None
    if len(decimals) == 3 and len(whole) <= 3 and whole != "0":
        return None
    return Decimal(f"{whole}.{decimals}") if len(decimals) <= 9 else None
