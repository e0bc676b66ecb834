"""Deciding and following requests: approve, deny, ask, answer, cancel, grant, and the facts in a modal."""

from collections.abc import Mapping
from datetime import UTC, datetime

from bot.interaction import Interaction
from bot.message import Form, FormField, Message, bold, paragraph, text_message
from bot.notices.requests import (
    asks_for,
    chain_words,
    cost_facts,
    decision_card,
    grant_card,
    number,
    own_card,
    public_card,
    seat_facts,
)
from bot.router import Replies, Reply, example, on_act, on_open
from storage.org import load_org
from storage.types import Money
from storage.unit_of_work import UnitOfWork
from workflows.errors import NotAllowed
from workflows.people import name_of
from workflows.requests.cards import BudgetView, PersonView, RequestCard, SlotView, StageView, TaskView
from workflows.requests.conversation import answer, ask_information
from workflows.requests.decide import decide
from workflows.requests.ends import cancel
from workflows.requests.fulfil import complete_task
from workflows.requests.views import request_card, task_view

EXAMPLE_TIME = datetime(2026, 11, 23, 12, tzinfo=UTC)
EXAMPLE_FACT = {
    "field": "request.annual_value", "operator": "gt", "wanted": "400 USD", "truth": True,
    "actual": {"amount": "480", "currency": "USD"},
}  # fmt: skip


def told(interaction: Interaction, text: str) -> Replies:
    """In a direct message the card itself changes; elsewhere the one who acted is told in private."""
    place = interaction.conversation
    if place.kind == "direct" and interaction.message_id is not None:
        return []
    return [Reply(text_message(text), private=place.kind in ("public", "private"))]


def _actor(interaction: Interaction) -> int:
    if interaction.actor.person_id is None:
        raise NotAllowed("I could not match your chat account to a person in the company directory.")
    return interaction.actor.person_id


@on_act("approve_request")
def approve(uow: UnitOfWork, interaction: Interaction) -> Replies:
    outcome = decide(
        uow, _actor(interaction), interaction.args["r"], "approve", idempotency_key=interaction.key,
        seen=interaction.args.get("s"), channel=interaction.actor.channel,
    )  # fmt: skip
    return told(interaction, outcome.message)


@on_open("deny_open")
def deny_form(uow: UnitOfWork, interaction: Interaction) -> Form:
    card = request_card(uow, interaction.args["r"], _actor(interaction))
    return Form(
        title=f"Deny {number(card)}",
        intent="deny_request",
        args=interaction.args,
        intro=[paragraph(f"{card.requester.name} asks for {asks_for(card)}. Your reason is shown to them.")],
        fields=[FormField(name="reason", label="Reason", kind="multiline", max_length=1000)],
        submit="Deny",
    )


@on_act("deny_request")
def deny(uow: UnitOfWork, interaction: Interaction) -> Replies:
    outcome = decide(
        uow, _actor(interaction), interaction.args["r"], "deny", reason=words(interaction.form, "reason"),
        idempotency_key=interaction.key, seen=interaction.args.get("s"), channel=interaction.actor.channel,
    )  # fmt: skip
    return told(interaction, outcome.message)


@on_open("ask_open")
def question_form(uow: UnitOfWork, interaction: Interaction) -> Form:
    card = request_card(uow, interaction.args["r"], _actor(interaction))
    return Form(
        title=f"Ask about {number(card)}",
        intent="ask_information",
        args=interaction.args,
        intro=[paragraph(f"{card.requester.name} gets your question; the clock of {number(card)} stands still meanwhile.")],
        fields=[FormField(name="question", label="Question", kind="multiline", max_length=1000)],
        submit="Ask",
    )


@on_act("ask_information")
def ask(uow: UnitOfWork, interaction: Interaction) -> Replies:
    request_id, question = interaction.args["r"], words(interaction.form, "question")
    ask_information(uow, _actor(interaction), request_id, question, channel=interaction.actor.channel)
    return told(interaction, "Your question is sent; you are told when it is answered.")


@on_open("answer_open")
def answer_form(uow: UnitOfWork, interaction: Interaction) -> Form:
    card = request_card(uow, interaction.args["r"], _actor(interaction))
    questions = [paragraph(f"{note.asked_by.name}: “{note.question}”") for note in card.notes if note.answer is None]
    return Form(
        title=f"Answer on {number(card)}",
        intent="answer_question",
        args=interaction.args,
        intro=questions,
        fields=[FormField(name="answer", label="Your answer", kind="multiline", max_length=1000)],
    )


@on_act("answer_question")
def answer_question(uow: UnitOfWork, interaction: Interaction) -> Replies:
    request_id, text = interaction.args["r"], words(interaction.form, "answer")
    answer(uow, _actor(interaction), request_id, text, channel=interaction.actor.channel)
    return told(interaction, "Your answer is sent.")


@on_act("cancel_request")
def cancel_request(uow: UnitOfWork, interaction: Interaction) -> Replies:
    cancel(uow, _actor(interaction), interaction.args["r"], channel=interaction.actor.channel)
    return told(interaction, "Your request is cancelled.")


@on_act("task_done")
def task_done(uow: UnitOfWork, interaction: Interaction) -> Replies:
    outcome = complete_task(
        uow, _actor(interaction), interaction.args["t"], "done", idempotency_key=interaction.key,
        channel=interaction.actor.channel,
    )  # fmt: skip
    return told(interaction, outcome.message)


@on_open("task_cannot_open")
def cannot_form(uow: UnitOfWork, interaction: Interaction) -> Form:
    task = task_view(uow, interaction.args["t"])
    return Form(
        title="Cannot grant",
        intent="task_cannot",
        args=interaction.args,
        intro=[paragraph(f"{task.for_person.name} is told why {task.tool} cannot be granted now.")],
        fields=[FormField(name="reason", label="Why not?", kind="multiline", max_length=1000)],
    )


@on_act("task_cannot")
def task_cannot(uow: UnitOfWork, interaction: Interaction) -> Replies:
    outcome = complete_task(
        uow, _actor(interaction), interaction.args["t"], "cannot", words(interaction.form, "reason"),
        idempotency_key=interaction.key, channel=interaction.actor.channel,
    )  # fmt: skip
    return told(interaction, outcome.message)


@on_open("request_details")
def show_details(uow: UnitOfWork, interaction: Interaction) -> Message:
    """The facts, for those who may see them; for others who, tool and state."""
    viewer = _actor(interaction)
    card = request_card(uow, interaction.args["r"], viewer)
    if not card.full:
        text = f"{number(card)}: {card.requester.name} asks for {card.tool}. {card.status_line}"
        note = "Cost and data are shown to those who decide on it."
        return Message(fallback=text, title=number(card), paragraphs=[paragraph(text)], notes=[paragraph(note)])
    parties = (card.requester.id, card.beneficiary.id)
    shown = own_card(card) if viewer in parties else decision_card(card)
    org = load_org(uow.session)
    made = f"Made {card.created_at.astimezone(org.zone):%d %b %Y %H:%M}"
    ends = (
        f", expires {card.expires_at.astimezone(org.zone):%d %b %Y}" if card.expires_at and card.status == "pending" else ""
    )
    considered = [
        paragraph(f"{name_of(uow.session, int(one['person_id']), org, uow.now)} was left out: {one['why_not']}.")
        for stage in card.stages
        for slot in stage.slots
        for one in slot.considered
        if one.get("person_id") and one.get("why_not")
    ]
    return shown.model_copy(
        update={
            "actions": [],
            "facts": [*cost_facts(card), *seat_facts(card)],
            "paragraphs": [*shown.paragraphs, [bold(chain_words(card))]] if viewer not in parties else shown.paragraphs,
            "notes": [paragraph(f"{made}{ends}."), *considered],
        }
    )


def words(form: Mapping[str, str | list[str]], name: str) -> str:
    value = form.get(name, "")
    return value if isinstance(value, str) else ", ".join(value)


@example("decide")
def example_cards() -> list[Message | Form]:
    """The approver's, the requester's and the channel's card of one request, its steps and the owner's task."""
    mia, eve, fay = (
        PersonView(number, name, f"{name.split()[0].lower()}@acme.example", department)
        for number, name, department in ((1, "Mia Ahlberg", "Sales"), (2, "Eve Moss", "Sales"), (3, "Fay Ito", "Finance"))
    )
    slots = [
        SlotView(1, "manager", "baseline", 1, "approved", (mia,), ((mia, "approve", EXAMPLE_TIME),), ()),
        SlotView(2, "role:finance", "real-money", 1, "open", (fay, mia), (), ()),
    ]
    card = RequestCard(
        request_id="r1", number=1042, kind="seat", tool="Cursor", tool_id=1, tool_status="restricted", requester=eve,
        beneficiary=eve, status="pending", status_line="Waits for Fay Ito.", status_reason="", revision=2, seen="abc.1.1",
        created_at=EXAMPLE_TIME, decided_at=None, expires_at=None, paused=False, full=True,
        reason="I pair with the platform team & need it for <reviews>.", data_classes=("internal",),
        annual=Money.of(480, "USD"), monthly=Money.of(40, "USD"), price_source="list price",
        budget=BudgetView("department", "Sales", "2026", Money.of(9000, "USD"), Money.of(1200, "USD"), Money.of(720, "USD")),
        free_seats=0, idle_seats=13, similar_tools=("GitHub Copilot",), stages=(
            StageView(0, "all", "approved", (slots[0],)), StageView(1, "all", "open", (slots[1],))
        ),
        rules=({"rule": "real-money", "facts": [EXAMPLE_FACT]},),
        next_up=(fay,), actions=("approve", "deny", "ask", "answer", "edit", "cancel"),
    )  # fmt: skip
    task = TaskView("t1", "grant", "open", fay, eve, mia, "Cursor", "r1", number=1042)
    return [decision_card(card), own_card(card), public_card(card), grant_card(task)]
