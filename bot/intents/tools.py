"""The one inventory in chat; administrators approve, restrict or block a tool here."""

from bot.interaction import Interaction
from bot.message import Action, Fact, Form, FormField, Message, Option, Table, paragraph, text_message
from bot.router import Replies, Reply, example, on_act, on_open, on_text
from storage.models import Tool
from storage.org import load_org
from storage.unit_of_work import UnitOfWork
from workflows.errors import NotFound
from workflows.inventory import InventoryRow, decide_tool, inventory
from workflows.people import has_role

SHOWN = 40
JUDGEMENTS = {"approved": "Approve", "restricted": "Restrict", "blocked": "Block", "under_review": "Put under review"}


@on_text("tools", "inventory", "all tools")
def show_tools(uow: UnitOfWork, interaction: Interaction, rest: str) -> Replies:
    org = load_org(uow.session)
    admin = has_role(uow.session, org, interaction.actor.person_id or 0, "admin", uow.now)
    message = inventory_message(inventory(uow), admin)
    return [Reply(message, private=interaction.conversation.kind != "direct")]


@on_act("show_tools")
def click_tools(uow: UnitOfWork, interaction: Interaction) -> Replies:
    return show_tools(uow, interaction, "")


def inventory_message(rows: list[InventoryRow], admin: bool) -> Message:
    """What data showed and nobody judged comes first."""
    if not rows:
        text = "The inventory is empty: no catalogue and no data are imported yet."
        return Message(fallback=text, paragraphs=[paragraph(text)])
    ordered = sorted(rows, key=lambda row: (row.status != "discovered", row.name.casefold()))
    unjudged = sum(row.status == "discovered" for row in rows)
    words = f"{len(rows)} AI tools" + (f", {unjudged} of them seen in the data and judged by nobody yet" if unjudged else "")
    cells = [
        [row.name, row.status.replace("_", " "), ", ".join(row.kinds) or "catalogue", seats(row)] for row in ordered[:SHOWN]
    ]
    actions = [Action(label="Request a tool", intent="request_open", style="primary", opens=True)]
    if admin:
        actions.append(Action(label="Judge a tool", intent="judge_open", opens=True))
    more = [paragraph(f"The first {SHOWN}; `bursar tools` lists all.")] if len(rows) > SHOWN else []
    return Message(
        fallback=f"{words}: {', '.join(row.name for row in ordered[:10])} …",
        title="AI tools",
        paragraphs=[paragraph(f"{words}.")],
        table=Table(columns=["Tool", "State", "How we have it", "Seats"], rows=cells),
        actions=actions,
        notes=more,
    )


def seats(row: InventoryRow) -> str:
    if row.seats_assigned is None:
        return "" if row.seats_purchased is None else f"{row.seats_purchased} bought"
    bought = f" of {row.seats_purchased}" if row.seats_purchased is not None else ""
    idle = f", {row.seats_idle} idle" if row.seats_idle else ""
    return f"{row.seats_assigned}{bought}{idle}"


@on_open("judge_open")
def judge_form(uow: UnitOfWork, interaction: Interaction) -> Form:
    """Discovered tools first among the choices; the workflow checks that an administrator sends it."""
    rows = sorted(inventory(uow), key=lambda row: (row.status != "discovered", row.name.casefold()))
    tools = [Option(value=str(row.tool_id), label=row.name, description=row.status) for row in rows[:100]]
    states = [Option(value=state, label=label) for state, label in JUDGEMENTS.items()]
    return Form(
        title="Judge a tool",
        intent="judge_tool",
        facts=[Fact(label="Judged by nobody yet", value=str(sum(row.status == "discovered" for row in rows)))],
        fields=[
            FormField(name="tool", label="Tool", kind="select", options=tools),
            FormField(name="status", label="What holds from now on?", kind="select", options=states),
            FormField(name="reason", label="Why?", kind="multiline", required=False, max_length=500),
        ],
        submit="Record",
    )


@on_act("judge_tool")
def judge(uow: UnitOfWork, interaction: Interaction) -> Replies:
    tool = uow.session.get(Tool, int(str(interaction.form.get("tool") or "0")))
    if tool is None:
        raise NotFound("This tool is not in the inventory (any more).")
    status = str(interaction.form.get("status", ""))
    decide_tool(uow, interaction.actor.person_id or 0, tool.id or 0, status, str(interaction.form.get("reason", "")))
    words = f"{tool.name} is {status.replace('_', ' ')} now."
    return [Reply(text_message(words), private=interaction.conversation.kind != "direct")]


@example("tools")
def example_tools() -> list[Message]:
    row = InventoryRow(
        tool_id=1, slug="cursor", name="Cursor", vendor="Anysphere", category="coding", status="discovered",
        in_catalog=False, owner_email=None, kinds=("licensed", "card"), sightings=(), seats_assigned=12,
        seats_idle=3, seats_purchased=20, contracts=(),
    )  # fmt: skip
    return [inventory_message([row], admin=True), inventory_message([], admin=False)]
