"""The form of a request: its fields from a draft, and the draft from what was filled in."""

from collections.abc import Mapping, Sequence

from bot.message import FormField, Option
from storage.models import Tool
from storage.org import load_org
from storage.unit_of_work import UnitOfWork
from workflows.errors import Invalid
from workflows.people import name_of
from workflows.requests.draft import Draft, parse_amount

KINDS = (
    Option(value="seat", label="A seat for one person"),
    Option(value="more_seats", label="More seats for a team"),
    Option(value="trial", label="A trial"),
    Option(value="limit", label="A higher spend limit"),
    Option(value="renewal", label="A renewal"),
    Option(value="new_tool", label="A tool we do not have"),
)
DATA_WORDS = {
    "public": "what anybody may read",
    "internal": "what all colleagues may read",
    "confidential": "customers, contracts, unreleased work",
    "restricted": "secrets, health, pay, personal data in bulk",
}


def request_fields(uow: UnitOfWork, draft: Draft, data_classes: Sequence[str]) -> list[FormField]:
    """The fields, holding what the draft says. A price is asked for only where the catalogue has none."""
    org = load_org(uow.session)
    tool = uow.session.get(Tool, draft.tool_id) if draft.tool_id is not None else None
    classes = [Option(value=name, label=name.capitalize(), description=DATA_WORDS.get(name, "")) for name in data_classes]
    fields = [
        FormField(name="tool", label="Tool", kind="search", placeholder="Type a name",
                  value=_tool_value(tool, draft.tool_name), options=_tool_options(tool, draft.tool_name)),
        FormField(name="reason", label="What will you use it for?", kind="multiline", max_length=1000,
                  value=draft.reason or None, placeholder="One or two sentences help your manager decide quickly."),
        FormField(name="data_classes", label="Which data will go into it?", kind="multiselect", options=classes,
                  value=list(draft.data_classes)),
        FormField(name="kind", label="What do you need?", kind="select", options=list(KINDS), value=draft.kind),
        FormField(name="beneficiary", label="For whom?", kind="search", required=False, value=str(draft.for_id),
                  options=[Option(value=str(draft.for_id), label=name_of(uow.session, draft.for_id, org, uow.now))]),
        FormField(name="seats", label="Seats", kind="number", value=str(draft.seats)),
        FormField(name="duration", label="For how many days?", kind="number", required=False, hint="Empty = open-ended",
                  value=str(draft.duration_days) if draft.duration_days else None),
    ]  # fmt: skip
    if tool is None or tool.list_price is None:
        fields.append(
            FormField(name="price", label="What does it cost a year, altogether?", kind="text", required=False,
                      value=f"{draft.price.amount.normalize():f} {draft.price.currency}" if draft.price else None,
                      hint=f"If you know: 240 {org.base_currency}. Counts only where no contract or list price is known.")
        )  # fmt: skip
    return fields


def _tool_value(tool: Tool | None, name: str) -> str | None:
    if tool is not None:
        return str(tool.id)
    return f"new:{name}" if name else None


def _tool_options(tool: Tool | None, name: str) -> list[Option]:
    if tool is not None:
        return [Option(value=str(tool.id), label=tool.name, description=tool.vendor)]
    return [Option(value=f"new:{name}", label=f"{name} (new)")] if name else []


def draft_of_form(form: Mapping[str, str | list[str]], asker: int, currency: str) -> Draft:
    """Raises Invalid by field for what cannot be read as a number, a tool or an amount."""
    tool = _text(form, "tool")
    wrong: dict[str, str] = {}
    price = None
    if _text(form, "price"):
        try:
            price = parse_amount(_text(form, "price"), currency)
        except Invalid as error:
            wrong.update(error.fields)
    seats = _number(form, "seats", wrong) or 1
    duration = _number(form, "duration", wrong)
    if wrong:
        raise Invalid("Some answers cannot be read.", wrong)
    classes = form.get("data_classes", [])
    return Draft(
        requester_id=asker,
        tool_id=int(tool) if tool.isdigit() else None,
        tool_name=tool.removeprefix("new:") if not tool.isdigit() else "",
        kind=_text(form, "kind") or "seat",
        beneficiary_id=int(_text(form, "beneficiary")) if _text(form, "beneficiary").isdigit() else None,
        seats=seats,
        duration_days=duration,
        data_classes=tuple([classes] if isinstance(classes, str) else classes),
        reason=_text(form, "reason"),
        price=price,
    )


def _text(form: Mapping[str, str | list[str]], name: str) -> str:
    value = form.get(name, "")
    return (value if isinstance(value, str) else ", ".join(value)).strip()


def _number(form: Mapping[str, str | list[str]], name: str, wrong: dict[str, str]) -> int | None:
    text = _text(form, name)
    if not text:
        return None
    if not text.isdigit():
        wrong[name] = "Write a whole number, like 3."
        return None
    return int(text)
