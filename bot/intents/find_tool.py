"""Finding a tool of the catalogue while writing a message, to share it in a conversation (Teams' message extension)."""

from collections.abc import Sequence

from sqlmodel import col, or_, select

from bot.intents.request_tool import open_form
from bot.message import Fact, Message
from bot.router import example
from storage.models import Tool, ToolName
from storage.org import load_org, today
from storage.seats import SeatPosition, seat_positions
from storage.types import ToolStatus
from storage.unit_of_work import UnitOfWork
from workflows.seats.settings import idle_rules

SHOWN = 15


def find_tools(uow: UnitOfWork, typed: str) -> list[Message]:
    """A card a tool whose name, other name, vendor or category holds what is typed; the first in the alphabet of many.
    Everybody reads it where it is shared: no money."""
    pattern = f"%{' '.join(typed.split())}%"
    other_names = select(ToolName.tool_id).where(col(ToolName.name).ilike(pattern))
    fits = or_(
        col(Tool.name).ilike(pattern), col(Tool.vendor).ilike(pattern), col(Tool.category).ilike(pattern),
        col(Tool.id).in_(other_names),
    )  # fmt: skip
    tools = uow.session.exec(select(Tool).where(fits).order_by(col(Tool.name), Tool.slug).limit(SHOWN)).all()
    return tool_cards(uow, tools)


def tool_cards(uow: UnitOfWork, tools: Sequence[Tool]) -> list[Message]:
    org = load_org(uow.session)
    ids = [tool.id for tool in tools if tool.id is not None]
    day = today(org, uow.now)
    positions = seat_positions(uow.session, day, rules=idle_rules(uow.session, org), tool_ids=ids) if ids else {}
    return [tool_card(tool, positions.get(tool.id or 0)) for tool in tools]


def tool_card(tool: Tool, seats: SeatPosition | None) -> Message:
    """Name, vendor, state and free seats; a blocked tool cannot be asked for."""
    state = tool.status.replace("_", " ")
    facts = [Fact(label="Vendor", value=tool.vendor or "not known"), Fact(label="State here", value=state)]
    if seats is not None and seats.free is not None:
        facts.append(Fact(label="Free seats", value=str(seats.free)))
    return Message(
        fallback=", ".join([tool.name, *(f"{fact.label.lower()}: {fact.value}" for fact in facts)]),
        title=tool.name,
        facts=facts,
        actions=[open_form(f"Request {tool.name}", tool)] if tool.status != ToolStatus.blocked else [],
    )


@example("find_tool")
def example_found() -> list[Message]:
    cursor = Tool(id=1, slug="cursor", name="Cursor", vendor="Anysphere", status="approved")
    return [tool_card(cursor, None), tool_card(Tool(id=2, slug="x", name="X", vendor="", status="blocked"), None)]
