"""One's own seats, and the answers to a question about idle ones: release, keep, snooze, undo; the owner's tasks."""

from dataclasses import replace
from datetime import date

from sqlmodel import select

from bot.interaction import Interaction
from bot.message import Action, Form, FormField, Message, Option, Paragraph, bold, paragraph, text_message
from bot.notices.idle import (
    SNOOZE_DAYS,
    day_words,
    manager_message,
    outcome_message,
    price_words,
    question_actions,
    question_message,
    seat_words,
    snoozed_message,
    task_message,
    what_happens,
)
from bot.router import Replies, Reply, example, on_act, on_open, on_text
from storage.models import PostedMessage
from storage.seats import SeatRow, SeatState, seats_on
from storage.types import Money
from storage.unit_of_work import UnitOfWork
from workflows.errors import Conflict, Invalid, NotAllowed
from workflows.seats.cases import MAX_REASON, keep, release, snooze, undo
from workflows.seats.own import give_up, own_seats
from workflows.seats.settings import load_settings
from workflows.seats.tasks import task_cannot, task_done
from workflows.seats.view import CaseView, SeatLine, TaskView, case_view, open_case_of, waiting_view

STATES = {
    SeatState.active: "in use",
    SeatState.idle: "idle",
    SeatState.new: "new",
    SeatState.unknown: "use not measured",
    SeatState.pending: "invited",
    SeatState.on_leave: "on leave",
    SeatState.quiet: "not used lately",
}


def actor_of(interaction: Interaction) -> int:
    if interaction.actor.person_id is None:
        raise NotAllowed("I could not match your chat account to a person in the company directory.")
    return interaction.actor.person_id


@on_text("seats", "my seats", "seat", "licences", "licenses", "my licences", "my licenses")
def seats_in_words(uow: UnitOfWork, interaction: Interaction, rest: str) -> Replies:
    return [_own_seats_reply(uow, interaction)]


@on_act("show_seats")
def seats_by_button(uow: UnitOfWork, interaction: Interaction) -> Replies:
    return [_own_seats_reply(uow, interaction)]


def _own_seats_reply(uow: UnitOfWork, interaction: Interaction) -> Reply:
    """Everybody sees their own seats (asking.md); in a channel nobody else reads along."""
    private = interaction.conversation.kind not in ("direct", "home")
    return Reply(my_seats(uow, actor_of(interaction)), private=private)


def my_seats(uow: UnitOfWork, person_id: int) -> Message:
    """The person's seats, with the buttons of an open question about them."""
    settings = load_settings(uow.session, uow.now)
    rows = seats_on(uow.session, settings.day, rules=settings.rules, person_ids=[person_id])
    if not rows:
        text = "No seat is in your name. Say `request` and a tool's name to ask for one."
        return text_message(text, Action(label="Request a tool", intent="request_open", style="primary", opens=True))
    case_id = open_case_of(uow, person_id)
    view = case_view(uow, case_id, person_id) if case_id else None
    return seats_message(rows, view, can_give_up=bool(own_seats(uow, settings, person_id)))


def seats_message(rows: list[SeatRow], view: CaseView | None, can_give_up: bool = True) -> Message:
    lines = [_seat_line(row) for row in rows]
    text = "; ".join("".join(span.text for span in line) for line in lines)
    actions = [Action(label="Give a seat back…", intent="seat_give_up", opens=True)] if can_give_up else []
    if view is not None and view.waiting:
        tools = ", ".join(line.tool for line in view.waiting)
        happens = f" {what_happens(view)}" if view.status == "open" else ""
        lines.append(paragraph(bold(f"Do you still need {tools}?"), happens))
        actions = question_actions(view)
    notes = [paragraph(f"As of {', '.join(sorted({day_words(row.as_of) for row in rows}))}.")]
    return Message(fallback=f"Your seats: {text}", title="Your seats", paragraphs=lines, actions=actions, notes=notes)


@on_open("seat_give_up")
def give_up_form(uow: UnitOfWork, interaction: Interaction) -> Form:
    """Any of one's own seats, idle or not."""
    rows = own_seats(uow, load_settings(uow.session, uow.now), actor_of(interaction))
    if not rows:
        raise Conflict("No seat is in your name that could be given back.")
    return give_up_choices(rows)


def give_up_choices(rows: list[SeatRow]) -> Form:
    options = [
        Option(value=str(row.tool_id), label=row.tool_name, description=price_words(row.monthly_price)) for row in rows
    ]
    ticked = [option.value for option in options] if len(options) == 1 else []
    return Form(
        title="Give a seat back", intent="seat_give_up", submit="Release",
        intro=[paragraph("The tool's owner removes it, and a colleague can have it. You can undo this for a while.")],
        fields=[FormField(name="tools", label="Which seats?", kind="multiselect", options=options, value=ticked)],
    )  # fmt: skip


@on_act("seat_give_up")
def give_up_seats(uow: UnitOfWork, interaction: Interaction) -> Replies:
    chosen = _chosen(interaction, "tools")
    if not chosen:
        raise Invalid("Please tick at least one seat.", fields={"tools": "Please tick at least one."})
    given = give_up(uow, chosen, actor_id=actor_of(interaction), channel=interaction.actor.channel)
    by_case: dict[str, list[int]] = {}
    for seat in given:
        by_case.setdefault(seat.case_id, []).append(seat.id or 0)
    return [reply for case_id, seats in by_case.items() for reply in _answered(uow, interaction, case_id, seats)]


def _seat_line(row: SeatRow) -> Paragraph:
    plan = f" {row.plan}" if row.plan else ""
    used = f", last used {day_words(row.last_active_on)}" if row.last_active_on and row.tracked else ""
    return paragraph(bold(row.tool_name), f"{plan} · {STATES[row.state]}{used} · {price_words(row.monthly_price)}")


@on_act("seat_release")
def release_seats(uow: UnitOfWork, interaction: Interaction) -> Replies:
    case_id = interaction.args["case"]
    seats = [int(interaction.args["seat"])] if "seat" in interaction.args else None
    released = release(uow, case_id, actor_id=actor_of(interaction), seat_ids=seats, channel=interaction.actor.channel)
    return _answered(uow, interaction, case_id, [seat.id or 0 for seat in released])


@on_open("seat_choose")
def choose_form(uow: UnitOfWork, interaction: Interaction) -> Form:
    """Which of several seats to release; the rest keeps waiting."""
    view = waiting_view(uow, interaction.args["case"], actor_of(interaction))
    return Form(
        title="Release seats", intent="seat_choose", args={"case": view.case_id}, submit="Release",
        intro=[paragraph("Tick the seats you do not need. The others stay, and I ask about them as before.")],
        fields=[_seats_field(view, "Release", [])],
    )  # fmt: skip


@on_act("seat_choose")
def release_chosen(uow: UnitOfWork, interaction: Interaction) -> Replies:
    chosen = _chosen(interaction)
    if not chosen:
        raise Invalid("Please tick at least one seat.", fields={"seats": "Please tick at least one."})
    case_id = interaction.args["case"]
    released = release(uow, case_id, actor_id=actor_of(interaction), seat_ids=chosen, channel=interaction.actor.channel)
    return _answered(uow, interaction, case_id, [seat.id or 0 for seat in released])


@on_open("seat_keep")
def keep_form(uow: UnitOfWork, interaction: Interaction) -> Form:
    """The reason, and which seats when there are several."""
    view = waiting_view(uow, interaction.args["case"], actor_of(interaction))
    fields = [FormField(name="reason", label="What do you need it for?", kind="text", max_length=MAX_REASON,
                        placeholder="For example: quarterly reports")]  # fmt: skip
    if len(view.waiting) > 1:
        fields.insert(0, _seats_field(view, "Keep", [str(line.seat_id) for line in view.waiting]))
    return Form(title="Keep", intent="seat_keep", args={"case": view.case_id}, fields=fields, submit="Keep",
                facts=[], intro=[seat_words(line) for line in view.waiting])  # fmt: skip


@on_act("seat_keep")
def keep_seats(uow: UnitOfWork, interaction: Interaction) -> Replies:
    case_id, reason = interaction.args["case"], interaction.form.get("reason", "")
    chosen = _chosen(interaction) if "seats" in interaction.form else None
    if chosen is not None and not chosen:
        raise Invalid("Please tick at least one seat.", fields={"seats": "Please tick at least one."})
    kept = keep(uow, case_id, actor_id=actor_of(interaction), reason=reason if isinstance(reason, str) else " ".join(reason),
                seat_ids=chosen, channel=interaction.actor.channel)  # fmt: skip
    return _answered(uow, interaction, case_id, [seat.id or 0 for seat in kept])


@on_act("seat_snooze")
def snooze_seats(uow: UnitOfWork, interaction: Interaction) -> Replies:
    case_id, days = interaction.args["case"], interaction.args.get("days", str(SNOOZE_DAYS))
    if not days.isdigit():
        raise Invalid("For how many days?", fields={"days": "A whole number, please."})
    case = snooze(uow, case_id, actor_id=actor_of(interaction), days=int(days), channel=interaction.actor.channel)
    if _card_updates(uow, interaction, f"case:{case_id}"):
        return []
    view = case_view(uow, case.id, actor_of(interaction))
    until = day_words(view.snoozed_until) if view and view.snoozed_until else "later"
    return [Reply(text_message(f"I will ask again on {until}."), private=True)]


@on_act("seat_undo")
def undo_release(uow: UnitOfWork, interaction: Interaction) -> Replies:
    case_id, seat_id = interaction.args["case"], int(interaction.args["seat"])
    seat = undo(uow, case_id, seat_id, actor_id=actor_of(interaction), channel=interaction.actor.channel)
    return _answered(uow, interaction, case_id, [seat.id or 0])


@on_act("seat_removed")
def seat_removed(uow: UnitOfWork, interaction: Interaction) -> Replies:
    task = task_done(uow, interaction.args["task"], actor_id=actor_of(interaction), channel=interaction.actor.channel)
    return (
        []
        if _card_updates(uow, interaction, f"task:{task.id}")
        else [Reply(text_message("Thank you, noted."), private=True)]
    )


@on_open("seat_cannot")
def cannot_form(uow: UnitOfWork, interaction: Interaction) -> Form:
    return Form(
        title="Cannot be done", intent="seat_cannot", args={"task": interaction.args["task"]}, submit="Send",
        fields=[FormField(name="reason", label="What stands in the way?", kind="text", max_length=MAX_REASON)],
    )  # fmt: skip


@on_act("seat_cannot")
def seat_cannot(uow: UnitOfWork, interaction: Interaction) -> Replies:
    reason = interaction.form.get("reason", "")
    task = task_cannot(uow, interaction.args["task"], actor_id=actor_of(interaction), channel=interaction.actor.channel,
                       reason=reason if isinstance(reason, str) else " ".join(reason))  # fmt: skip
    return (
        []
        if _card_updates(uow, interaction, f"task:{task.id}")
        else [Reply(text_message("Thank you, noted."), private=True)]
    )


def _seats_field(view: CaseView, label: str, ticked: list[str]) -> FormField:
    options = [
        Option(value=str(line.seat_id), label=line.tool, description=price_words(line.price)) for line in view.waiting
    ]
    return FormField(name="seats", label=label, kind="multiselect", options=options, value=ticked)


def _chosen(interaction: Interaction, field: str = "seats") -> list[int]:
    values = interaction.form.get(field, [])
    return [int(value) for value in ([values] if isinstance(values, str) else values) if value.isdigit()]


def _card_updates(uow: UnitOfWork, interaction: Interaction, subject: str) -> bool:
    """Whether the clicked card is one that now shows the outcome by itself; else words are needed."""
    query = select(PostedMessage.id).where(
        PostedMessage.subject == subject, PostedMessage.message_id == interaction.message_id, PostedMessage.kind != "message"
    )
    return interaction.message_id is not None and uow.session.exec(query).first() is not None


def _answered(uow: UnitOfWork, interaction: Interaction, case_id: str, seat_ids: list[int]) -> Replies:
    if _card_updates(uow, interaction, f"case:{case_id}"):
        return []
    view = case_view(uow, case_id, actor_of(interaction))
    if view is None:
        return []
    changed = [line for line in view.lines if line.seat_id in seat_ids]
    message = outcome_message(replace(view, lines=changed), actor_of(interaction))
    return [Reply(message, private=interaction.conversation.kind not in ("direct", "home"))]


# examples for the renderers' contract tests


def _line(seat_id: int, tool: str, status: str = "asked", **fields: object) -> SeatLine:
    usual = {
        "seat_id": seat_id, "tool": tool, "slug": tool.lower(), "plan": "Business", "last_used": date(2026, 9, 3),
        "idle_days": 81, "price": Money.of("39", "USD"), "status": status, "end": "tell_manager",
        "end_on": date(2026, 12, 11), "told_manager": False,
    }  # fmt: skip
    return SeatLine(**(usual | fields))  # type: ignore[arg-type]


def _view(*lines: SeatLine, **fields: object) -> CaseView:
    usual = {
        "case_id": "c_example", "status": "open", "nudge": "idle_case", "leaver": False, "person_id": 7,
        "person": "Ada <Berg> & Co", "addressee_id": 7, "addressee": "Ada Berg", "manager_id": None, "manager": None,
        "snoozed_until": None, "lines": lines,
    }  # fmt: skip
    return CaseView(**(usual | fields))  # type: ignore[arg-type]


@example("idle_question")
def example_questions() -> list[Message | Form]:
    one = _view(_line(1, "GitHub Copilot"))
    many = _view(_line(1, "GitHub Copilot"), _line(2, "Cursor", last_used=None, end="reclaim", price=None))
    leaver = _view(_line(1, "Cursor", end="reclaim"), leaver=True, addressee_id=9)
    snoozed = _view(_line(1, "Cursor"), status="snoozed", snoozed_until=date(2026, 12, 7))
    keep_one = FormField(name="reason", label="What do you need it for?", kind="text", max_length=MAX_REASON)
    lines = [seat_words(line) for line in many.lines]
    form = Form(title="Keep", intent="seat_keep", args={"case": "c_example"}, intro=lines,
                fields=[_seats_field(many, "Keep", ["1"]), keep_one])  # fmt: skip
    reminder, last_call = question_message(many, "A short reminder. "), question_message(leaver, "The last time I ask. ")
    return [question_message(one), reminder, last_call, snoozed_message(snoozed), manager_message(one, one.waiting), form]


@example("idle_outcome")
def example_outcomes() -> list[Message]:
    day = date(2026, 11, 23)
    lines = [
        _line(number, f"Tool {number}", status, decided_on=day, decided_by="Ada Berg", keep_reason="month-end *reports*",
              undo_on=date(2026, 12, 7) if status in ("releasing", "reclaiming") else None)
        for number, status in enumerate(
            ("releasing", "released", "reclaiming", "reclaimed", "kept", "used_again", "gone", "excused", "expired",
             "cannot", "undone", "asked"), 1)
    ]  # fmt: skip
    return [outcome_message(_view(*lines, status="closed"), 7), outcome_message(_view(*lines[:1]), 9)]


@example("seat_task")
def example_tasks() -> list[Message]:
    views = [
        TaskView(task_id="t_example", kind=kind, status=status, reason="fixed term until June", tool="Cursor", plan="Pro",
                 person_id=7, person="Ada Berg", assignee_id=8, why="released it", closed_on=date(2026, 11, 24),
                 closed_by=closed_by)
        for kind, status, closed_by in (("revoke", "open", None), ("grant", "open", None), ("revoke", "done", "Tor"),
                                        ("revoke", "done", None), ("revoke", "cannot", "Tor"), ("revoke", "cancelled", None))
    ]  # fmt: skip
    return [task_message(view) for view in views]
