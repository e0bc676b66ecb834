"""The home page: what I have, what I asked for, what waits for me, what my team spends."""

from bot.answer_message import answer_message
from bot.intents.help import ASK_FOR_TOOL, HELP_BUTTON, MY_APPROVALS, MY_SEATS
from bot.intents.status import task_card
from bot.interaction import Interaction
from bot.message import Action, Home, Message, Table, paragraph
from bot.notices.requests import decision_actions, decision_card, number
from bot.router import Replies, Reply, example, on_act, on_text
from storage.directory import people_below
from storage.org import OrgSettings, load_org, today
from storage.seats import SeatRow, seats_on
from storage.unit_of_work import UnitOfWork
from workflows.asking.answer import answer
from workflows.asking.delivery import ChannelContext
from workflows.people import has_role, name_of
from workflows.requests.views import RequestCard, Waiting, my_requests, waiting_for
from workflows.seats.settings import idle_rules

STATE_WORDS = {
    "active": "in use", "idle": "idle", "unknown": "no activity signal", "new": "new", "quiet": "quiet",
    "pending": "pending", "leaver": "leaver", "on_leave": "on leave",
}  # fmt: skip


def home(uow: UnitOfWork, person_id: int) -> Home:
    """Sections from the most urgent down; an empty one is left out."""
    org = load_org(uow.session)
    waiting = waiting_for(uow, person_id)
    sections = [greeting(name_of(uow.session, person_id, org, uow.now), waiting)]
    sections += waiting_sections(uow, waiting)
    sections.append(tools_section(_seats(uow, org, person_id)))
    requests = my_requests(uow, person_id, limit=5)
    if requests:
        sections.append(requests_section(requests))
    if people_below(uow.session, person_id, today(org, uow.now)):
        sections.append(team_section(uow, person_id))
    if has_role(uow.session, org, person_id, "admin", uow.now):
        sections.append(admin_section())
    return Home(sections=sections)


@on_text("", "home")
def home_menu(uow: UnitOfWork, interaction: Interaction, rest: str) -> Replies:
    """The bare command: the same beginning as the home page."""
    org = load_org(uow.session)
    person_id = interaction.actor.person_id or 0
    waiting = waiting_for(uow, person_id)
    message = greeting(name_of(uow.session, person_id, org, uow.now), waiting)
    return [Reply(message, private=interaction.conversation.kind != "direct")]


def greeting(name: str, waiting: Waiting) -> Message:
    count = len(waiting.approvals) + len(waiting.tasks)
    text = f"Hello {name.split()[0]}. " + (
        f"{count} {'thing waits' if count == 1 else 'things wait'} for you." if count else "Nothing waits for you."
    )
    actions = [
        ASK_FOR_TOOL,
        MY_SEATS,
        Action(label="All tools", intent="show_tools"),
        HELP_BUTTON,
    ]
    if count:
        actions.insert(1, MY_APPROVALS)
    return Message(fallback=text, title="Bursar", paragraphs=[paragraph(text)], actions=actions)


def waiting_sections(uow: UnitOfWork, waiting: Waiting) -> list[Message]:
    """Short: the decision and the facts are one click away, in the card of the direct message."""
    sections = []
    for card in waiting.approvals[:5]:
        full = decision_card(card)
        sections.append(full.model_copy(update={"notes": [], "actions": [*decision_actions(card), full.actions[-1]]}))
    cards = [task_card(uow, task) for task in waiting.tasks[:5]]
    return sections + [card for card in cards if card is not None]


def _seats(uow: UnitOfWork, org: OrgSettings, person_id: int) -> list[SeatRow]:
    day = today(org, uow.now)
    return seats_on(uow.session, day, rules=idle_rules(uow.session, org), person_ids=[person_id])


def tools_section(seats: list[SeatRow]) -> Message:
    if not seats:
        text = "You have no seats yet."
        return Message(fallback=text, title="My tools", paragraphs=[paragraph(text)], actions=[ASK_FOR_TOOL])
    rows = [
        [seat.tool_name, seat.plan or "", STATE_WORDS.get(seat.state, str(seat.state)), last_used(seat)]
        for seat in sorted(seats, key=lambda seat: seat.tool_name)
    ]
    return Message(
        fallback="My tools: " + ", ".join(row[0] for row in rows),
        title="My tools",
        table=Table(columns=["Tool", "Plan", "State", "Last used"], rows=rows),
    )


def last_used(seat: SeatRow) -> str:
    if not seat.tracked:
        return "not tracked"
    return f"{seat.last_active_on:%d %b %Y}" if seat.last_active_on else "never"


def requests_section(cards: list[RequestCard]) -> Message:
    rows = [[number(card), card.tool, card.status_line] for card in cards]
    return Message(
        fallback="My requests: " + "; ".join(" ".join(row) for row in rows),
        title="My requests",
        table=Table(columns=["Request", "Tool", "Where it stands"], rows=rows),
    )


def team_section(uow: UnitOfWork, person_id: int) -> Message:
    """Month to date, by the same engine and with the same receipt as a question."""
    found = answer(uow, "my team spend this month", person_id, ChannelContext(kind="dm"))
    shown = answer_message(found, "")
    return shown.model_copy(update={"title": "My team's spend", "actions": []})


def admin_section() -> Message:
    text = "You are an administrator: the inventory shows every AI tool seen here, also those nobody approved."
    return Message(
        fallback=text,
        title="Inventory",
        paragraphs=[paragraph(text)],
        actions=[Action(label="All tools", intent="show_tools")],
    )


@on_act("show_home")
def click_home(uow: UnitOfWork, interaction: Interaction) -> Replies:
    return home_menu(uow, interaction, "")


@example("home")
def example_home() -> list[Message]:
    return [greeting("Ada Berg", Waiting((), ())), tools_section([]), admin_section()]
