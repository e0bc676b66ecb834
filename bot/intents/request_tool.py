"""Asking for a tool: the form, its search fields, and the request made from it."""

import re
from decimal import Decimal

from sqlmodel import col, or_, select

from bot.interaction import Interaction
from bot.message import Action, Fact, Form, FormField, Message, Option, Paragraph, bold, code, paragraph
from bot.request_form import KINDS, draft_of_form, request_fields
from bot.router import AskModel, Finish, Replies, Reply, example, on_act, on_open, on_options, on_text, registry
from storage.models import PersonRecord, Tool
from storage.org import load_org, today
from storage.tool_index import tools_named
from storage.types import Money
from storage.unit_of_work import UnitOfWork
from workflows.errors import WorkflowError
from workflows.people import name_of
from workflows.policy.load import load_policy
from workflows.requests.create import Preview, create, preview
from workflows.requests.draft import Draft


@on_text("request", rest=True)
def start_request(uow: UnitOfWork, interaction: Interaction, rest: str) -> Replies:
    """`request cursor`: what it takes to get it, and the button that opens the form."""
    place = interaction.conversation
    private = place.kind == "public" and place.whispers
    if not rest:
        return [Reply(offer(None, ""), private=private)]
    tools = tools_named(uow.session, rest)
    if len(tools) > 1:
        actions = [open_form(f"Request {tool.name}", tool) for tool in tools[:5]]
        text = f"More than one tool is called “{rest}”. Which one?"
        return [Reply(Message(fallback=text, paragraphs=[paragraph(text)], actions=actions), private=private)]
    return [Reply(offer(tools[0] if tools else None, rest), private=private)]


ASKING = ("i need", "i want", "i would like", "i'd like", "can i get", "can i have", "could i get", "could i have", "get me",
          "give me access to", "how do i get", "how can i get", "how do i request", "i want to request")  # fmt: skip
FILLER = re.compile(
    r"^(?:(?:an?|the|one|my|access|seat|seats|licen[cs]e|account|to|of|for|on|in|use|using|have|please)\s+)+", re.IGNORECASE
)


@on_text(*ASKING, rest=True)
def say_it_in_words(uow: UnitOfWork, interaction: Interaction, rest: str) -> Replies | Finish | AskModel:
    """`I need a seat of Cursor`: only when what follows is a tool's name; anything else is tried as a question."""
    words = FILLER.sub("", f"{rest.rstrip('?!. ')} ").strip()
    words = re.sub(r"\s+(?:seat|licen[cs]e|account|access|please)$", "", words, flags=re.IGNORECASE)
    if words and tools_named(uow.session, words):
        return start_request(uow, interaction, words)
    if registry.otherwise is None:
        return start_request(uow, interaction, "")
    return registry.otherwise(uow, interaction, interaction.text)


def open_form(label: str, tool: Tool | None, name: str = "") -> Action:
    args = {"tool": str(tool.id)} if tool is not None else {"name": name} if name else {}
    return Action(label=label[:60], intent="request_open", args=args, style="primary", opens=True)


def offer(tool: Tool | None, asked: str) -> Message:
    """One click away from the form; what the catalogue says of the tool stands above it."""
    if tool is None and asked:
        text = f"I do not know a tool called “{asked}”. You can ask for it; security and procurement will look at it."
        return Message(fallback=text, paragraphs=[paragraph(text)], actions=[open_form(f"Request {asked}", None, asked)])
    if tool is None:
        text = "Which AI tool do you need?"
        return Message(fallback=text, paragraphs=[paragraph(text)], actions=[open_form("Request a tool", None)])
    facts = [Fact(label="Vendor", value=tool.vendor), Fact(label="State here", value=tool.status.replace("_", " "))]
    text = f"{tool.name}: fill in the request, it takes a minute."
    return Message(fallback=text, title=tool.name, facts=facts, actions=[open_form(f"Request {tool.name}", tool)])


@on_open("request_open")
def request_form(uow: UnitOfWork, interaction: Interaction) -> Form:
    """The form, with the tool and what it would take already in it when one was chosen."""
    asker, name = interaction.actor.person_id or 0, interaction.args.get("name", "")
    tool = uow.session.get(Tool, int(interaction.args["tool"])) if interaction.args.get("tool") else None
    policy = load_policy(uow.session)
    usual = policy.data_classes[min(1, len(policy.data_classes) - 1)]
    draft = Draft(requester_id=asker, tool_id=tool.id if tool else None, tool_name=name, data_classes=(usual,))
    intro, facts = _what_it_takes(uow, draft) if tool is not None else ([], [])
    return Form(
        title=f"Request {tool.name}"[:24] if tool else "Request a tool",
        intent="request_submit",
        intro=intro,
        facts=facts,
        fields=request_fields(uow, draft, policy.data_classes),
        submit="Send request",
    )


def _what_it_takes(uow: UnitOfWork, draft: Draft) -> tuple[list[Paragraph], list[Fact]]:
    """Cost and chain for one ordinary seat; the real ones follow what is filled in."""
    try:
        seen = preview(uow, draft)
    except WorkflowError as error:
        return [paragraph(error.message)], []
    return [paragraph(bold("For one seat: "), chain_in_words(uow, seen))], preview_facts(seen)


def chain_in_words(uow: UnitOfWork, seen: Preview) -> str:
    """`asks Maria Lopez, then one of Tom Becker, Ana Silva.` in the order they are asked."""
    if seen.outcome.result == "denied":
        return f"the policy says no: {seen.outcome.reason}"
    if seen.outcome.result == "approved":
        return "approved at once by the policy."
    org = load_org(uow.session)
    stages = []
    for stage in seen.stages:
        names = [", ".join(name_of(uow.session, who, org, uow.now) for who in slot.people.candidates[:4]) for slot in stage]
        stages.append(" and ".join(f"{'one of ' if ', ' in name else ''}{name or 'the admins'}" for name in names))
    return f"asks {', then '.join(stages)}."


def preview_facts(seen: Preview) -> list[Fact]:
    sheet = seen.sheet
    facts = [Fact(label="Cost a year", value=cost_in_words(sheet.cost.annual, sheet.cost.free_seats_used > 0))]
    if sheet.free_seats is not None:
        facts.append(Fact(label="Free seats", value=str(sheet.free_seats)))
    if sheet.similar:
        facts.append(Fact(label="Similar tools you have", value=", ".join(sheet.similar)))
    return facts


def cost_in_words(annual: Money | None, free_seat: bool) -> str:
    if annual is None:
        return "not known"
    return f"{annual} (a free seat serves)" if free_seat else str(annual)


@on_options("request_submit")
def search(uow: UnitOfWork, interaction: Interaction, typed: str) -> list[Option]:
    """Tools by name (what is typed can always be asked for as new), or people."""
    if interaction.args.get("field") == "beneficiary":
        return find_people(uow, typed)
    pattern = f"%{typed.strip()}%"
    query = select(Tool).where(or_(col(Tool.name).ilike(pattern), col(Tool.vendor).ilike(pattern)), Tool.status != "blocked")
    tools = uow.session.exec(query.order_by(col(Tool.name)).limit(25)).all()
    found = [Option(value=str(tool.id), label=tool.name, description=tool.vendor) for tool in tools]
    words = " ".join(typed.split())[:60]
    if words and words.casefold() not in {tool.name.casefold() for tool in tools}:
        found.append(Option(value=f"new:{words}", label=f"{words} (new)"))
    return found


def find_people(uow: UnitOfWork, typed: str, limit: int = 20) -> list[Option]:
    """Employed people whose name or e-mail holds what is typed."""
    day = today(load_org(uow.session), uow.now)
    pattern = f"%{typed.strip()}%"
    rows = uow.session.exec(
        select(PersonRecord)
        .where(
            or_(col(PersonRecord.display_name).ilike(pattern), col(PersonRecord.work_email).ilike(pattern)),
            PersonRecord.employment_status != "Terminated",
            col(PersonRecord.effective_from) <= day,
            or_(col(PersonRecord.effective_to).is_(None), col(PersonRecord.effective_to) > day),
        )
        .order_by(col(PersonRecord.display_name))
        .limit(limit)
    ).all()
    return [Option(value=str(row.person_id), label=row.display_name, description=row.department) for row in rows]


@on_act("request_submit")
def submit(uow: UnitOfWork, interaction: Interaction) -> Replies:
    """The request is made; its thread card and the approvers' cards are told by the workflow."""
    asker = interaction.actor.person_id or 0
    draft = draft_of_form(interaction.form, asker, load_org(uow.session).base_currency)
    place = interaction.conversation
    origin = place.model_dump(mode="json") if place.kind != "home" and place.id else None
    create(uow, draft, asker, idempotency_key=interaction.key, origin=origin, channel=place.channel)
    return []


@example("request")
def example_messages() -> list[Message | Form]:
    return [
        offer(None, ""),
        offer(None, "Wonderwriter"),
        Form(
            title="Request Cursor",
            intent="request_submit",
            intro=[paragraph(bold("For one seat: "), "asks Maria Lopez, then ", code("role:finance"), ".")],
            facts=[Fact(label="Cost a year", value=f"{Decimal('480.00')} USD"), Fact(label="Free seats", value="2")],
            fields=[
                FormField(name="tool", label="Tool", kind="search", placeholder="Type a name"),
                FormField(name="reason", label="What will you use it for?", kind="multiline", max_length=1000),
                FormField(name="seats", label="Seats", kind="number", value="1"),
                FormField(name="kind", label="What do you need?", kind="select", options=list(KINDS), value="seat"),
            ],
            submit="Send request",
        ),
    ]
