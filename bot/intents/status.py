"""Where my requests stand, and what waits for me."""

from bot.intents.help import ASK_FOR_TOOL
from bot.interaction import Interaction
from bot.message import Message, Table, paragraph
from bot.notices import Notice, build, load_notices
from bot.notices.requests import decision_card, number
from bot.router import Replies, Reply, example, on_act, on_text
from storage.unit_of_work import UnitOfWork
from workflows.requests.cards import RequestCard, TaskView
from workflows.requests.views import my_requests, waiting_for

SHOWN = 10
TASK_NOTICES = {"grant": "task_open", "revoke": "revoke_task", "restore": "restore_task"}

load_notices()


@on_text("status", "my requests", "requests")
def show_status(uow: UnitOfWork, interaction: Interaction, rest: str) -> Replies:
    cards = my_requests(uow, interaction.actor.person_id or 0, limit=SHOWN)
    return [Reply(status_message(cards), private=interaction.conversation.kind != "direct")]


@on_act("show_status")
def click_status(uow: UnitOfWork, interaction: Interaction) -> Replies:
    return show_status(uow, interaction, "")


@on_text("approvals", "my approvals", "waiting")
def show_approvals(uow: UnitOfWork, interaction: Interaction, rest: str) -> Replies:
    """Each thing that waits as a card of its own that can be decided at once."""
    waiting = waiting_for(uow, interaction.actor.person_id or 0)
    private = interaction.conversation.kind != "direct"
    if not waiting.approvals and not waiting.tasks:
        text = "Nothing waits for you."
        return [Reply(Message(fallback=text, paragraphs=[paragraph(text)]), private=private)]
    replies = [
        Reply(decision_card(card), private=private, subject=f"request:{card.request_id}", kind="approval_needed")
        for card in waiting.approvals[:SHOWN]
    ]
    for task in waiting.tasks[:SHOWN]:
        card = task_card(uow, task)
        if card is not None:
            replies.append(Reply(card, private=private, subject=f"task:{task.task_id}", kind=TASK_NOTICES[task.kind]))
    return replies


def task_card(uow: UnitOfWork, task: TaskView) -> Message | None:
    """The same card as its notice."""
    return build(uow, Notice(TASK_NOTICES[task.kind], f"task:{task.task_id}", task.assignee.id))


@on_act("show_approvals")
def click_approvals(uow: UnitOfWork, interaction: Interaction) -> Replies:
    return show_approvals(uow, interaction, "")


def status_message(cards: list[RequestCard]) -> Message:
    if not cards:
        text = "You have not asked for a tool yet."
        return Message(fallback=text, paragraphs=[paragraph(text)], actions=[ASK_FOR_TOOL])
    rows = [[number(card), card.tool, card.status_line] for card in cards]
    lines = "; ".join(f"{row[0]} {row[1]}: {row[2]}" for row in rows[:3])
    return Message(
        fallback=f"Your requests. {lines}",
        title="Your requests",
        table=Table(columns=["Request", "Tool", "Where it stands"], rows=rows),
        actions=[ASK_FOR_TOOL],
    )


@example("status")
def example_status() -> list[Message]:
    table = Table(columns=["Request", "Tool", "Where it stands"], rows=[["R-7", "Cursor", "Waits for Maria Lopez."]])
    shown = Message(fallback="Your requests.", title="Your requests", table=table, actions=[ASK_FOR_TOOL])
    return [status_message([]), shown]
