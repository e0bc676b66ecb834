"""The cards about idle seats: the question, its reminders, the manager's, the outcome, and the tool owner's tasks.

They name facts and choices and blame nobody. They go to one person's direct message, never into a channel.
"""

from collections.abc import Sequence
from datetime import date

from bot.message import Action, Fact, Message, Paragraph, bold, paragraph, person
from bot.notices import Notice, notice
from storage.types import Money
from storage.unit_of_work import UnitOfWork
from workflows.seats.view import CaseView, SeatLine, TaskView, case_view, task_view

SNOOZE_DAYS = 14


def day_words(day: date) -> str:
    return f"{day.day} {day:%b %Y}"


def price_words(price: Money | None) -> str:
    return f"{price} a month" if price is not None else "price not known"


def used_words(line: SeatLine) -> str:
    return f"last used {day_words(line.last_used)}" if line.last_used else "not used yet"


def seat_words(line: SeatLine) -> Paragraph:
    """One seat in one line, short enough for a phone."""
    plan = f" {line.plan}" if line.plan else ""
    return paragraph(bold(line.tool), f"{plan} · {used_words(line)} · {price_words(line.price)}")


@notice("idle_case")
def idle_case(uow: UnitOfWork, what: Notice) -> Message | None:
    return _question(uow, what, "")


@notice("idle_reminder")
def idle_reminder(uow: UnitOfWork, what: Notice) -> Message | None:
    return _question(uow, what, "A short reminder. ")


@notice("idle_last_call")
def idle_last_call(uow: UnitOfWork, what: Notice) -> Message | None:
    return _question(uow, what, "The last time I ask. ")


def _question(uow: UnitOfWork, what: Notice, opening: str) -> Message | None:
    if what.person_id is None:
        return None
    view = case_view(uow, what.subject_id, what.person_id)
    if view is None:
        return None
    asked = bool(view.waiting) and what.person_id == view.addressee_id
    if not what.posted:
        return question_message(view, opening) if asked and view.status == "open" else None
    if not asked:
        return outcome_message(view, what.person_id)
    if view.status == "snoozed":
        return snoozed_message(view)
    if view.nudge != what.kind:
        return _short("I asked again in a newer message below.")
    return question_message(view, opening)


def question_message(view: CaseView, opening: str = "") -> Message:
    """What lies idle, what it costs, what one can do, and what happens without an answer."""
    lines = view.waiting
    many = len(lines) > 1
    whose = f"{view.person}'s" if view.leaver else "your"
    if view.leaver:
        title = f"{view.person} has left: release {'these seats' if many else f'the {lines[0].tool} seat'}?"
    else:
        title = f"Do you still need {'these seats' if many else lines[0].tool}?"
    subject = "These seats are" if many else "It is"
    ask = f"{opening}{subject} still in {whose} name. A seat given back helps a colleague or the budget."
    facts = [] if many else _facts(lines[0])
    return Message(
        fallback=f"{title} {what_happens(view)}",
        title=title,
        paragraphs=[*([seat_words(line) for line in lines] if many else []), paragraph(ask)],
        facts=facts,
        actions=question_actions(view),
        notes=[paragraph(what_happens(view))],
    )


def _facts(line: SeatLine) -> list[Fact]:
    used = day_words(line.last_used) if line.last_used else "not yet"
    return [Fact(label="Tool", value=f"{line.tool} {line.plan}" if line.plan else line.tool),
            Fact(label="Last used", value=used), Fact(label="Price", value=price_words(line.price))]  # fmt: skip


def question_actions(view: CaseView) -> list[Action]:
    case = {"case": view.case_id}
    many = len(view.waiting) > 1
    keep = Action(label="Keep…", intent="seat_keep", args=case, opens=True)
    actions = [Action(label="Release all" if many else "Release", intent="seat_release", args=case, style="primary"), keep]
    if many:
        actions.append(Action(label="Choose…", intent="seat_choose", args=case, opens=True))
    if view.status == "open" and not view.waiting[0].told_manager:
        snooze = case | {"days": str(SNOOZE_DAYS)}
        actions.append(Action(label="Ask me in 2 weeks", intent="seat_snooze", args=snooze))
    return actions


def what_happens(view: CaseView) -> str:
    """In words, what the end of the time to answer brings; one sentence for each end and day."""
    groups: dict[tuple[str, date], list[str]] = {}
    for line in view.waiting:
        groups.setdefault((line.end, line.end_on), []).append(line.tool)
    sentences = []
    for (end, on), tools in groups.items():
        about = f" ({', '.join(tools)})" if len(groups) > 1 else ""
        sentences.append(f"Without an answer by {day_words(on)}{about} {_end_words(view, end, len(tools))}")
    return " ".join(sentences)


def _end_words(view: CaseView, end: str, count: int) -> str:
    seats = "the seats are" if count > 1 else "the seat is"
    if view.leaver:
        return f"I ask the tool's owner to remove {'them' if count > 1 else 'it'}."
    if end == "reclaim":
        return f"{seats} given back; that can be undone."
    return "I ask your manager." if end == "tell_manager" else "nothing changes."


def snoozed_message(view: CaseView) -> Message:
    until = day_words(view.snoozed_until) if view.snoozed_until else "later"
    text = f"I will ask again on {until}."
    return Message(
        fallback=text,
        title="Not now",
        paragraphs=[*(seat_words(line) for line in view.waiting), paragraph(text)],
        actions=[action for action in question_actions(view) if action.intent != "seat_snooze"],
    )


@notice("idle_manager")
def idle_manager(uow: UnitOfWork, what: Notice) -> Message | None:
    """To the manager, when the time to answer has passed and the policy says to tell them."""
    view = case_view(uow, what.subject_id, what.person_id)
    if view is None or what.person_id is None:
        return None
    told = [line for line in view.waiting if line.told_manager]
    if not told or what.person_id != view.manager_id:
        return outcome_message(view, what.person_id) if what.posted else None
    return manager_message(view, told)


def manager_message(view: CaseView, told: Sequence[SeatLine]) -> Message:
    title = f"Does {view.person} still need {told[0].tool if len(told) == 1 else 'these seats'}?"
    by = max(line.end_on for line in told)
    return Message(
        fallback=title,
        title=title,
        paragraphs=[
            paragraph(person(view.person, view.person_id), " has not answered yet; you may know."),
            *(seat_words(line) for line in told),
        ],
        actions=[
            Action(label="Release", intent="seat_release", args={"case": view.case_id}, style="primary"),
            Action(label="Keep…", intent="seat_keep", args={"case": view.case_id}, opens=True),
        ],
        notes=[paragraph(f"{view.person} can still answer too. Without an answer by {day_words(by)} nothing changes.")],
    )


@notice("idle_closed")
def idle_closed(uow: UnitOfWork, what: Notice) -> Message | None:
    """To the holder, when others or time decided; the way to undo it is on the card."""
    view = case_view(uow, what.subject_id, what.person_id)
    if view is None or what.person_id is None:
        return None
    return outcome_message(view, what.person_id)


def outcome_message(view: CaseView, reader_id: int) -> Message:
    """Every seat with what became of it, and undo where it is still possible."""
    own = reader_id == view.person_id
    undo = [
        Action(label=f"Undo {line.tool}"[:60], intent="seat_undo", args={"case": view.case_id, "seat": str(line.seat_id)})
        for line in view.lines
        if line.undo_on is not None
    ]
    lines = [_outcome(line) for line in view.lines]
    title = "Your seats" if own else f"{view.person}'s seats"
    text = "; ".join("".join(span.text for span in line) for line in lines)
    return Message(fallback=f"{title}: {text}", title=title, paragraphs=lines, actions=undo[:5])


def _outcome(line: SeatLine) -> Paragraph:
    when = f" on {day_words(line.decided_on)}" if line.decided_on else ""
    by = f" by {line.decided_by}" if line.decided_by else ""
    undo = f" Undo is possible until {day_words(line.undo_on)}." if line.undo_on else ""
    saves = f", which saves {price_words(line.price)}" if line.price is not None else ""
    words = {
        "asked": "waits for an answer.",
        "releasing": f"released{by}{when}{saves}; the tool's owner removes it.{undo}",
        "released": f"released{by}{when}{saves}, and removed.{undo}",
        "reclaiming": f"given back{when}{saves}; the tool's owner removes it.{undo}",
        "reclaimed": f"given back{when}{saves}, and removed.{undo}",
        "kept": f"kept{by}{when}: {line.keep_reason}",
        "used_again": "is in use again, nothing to do. Good to see!",
        "gone": f"is no longer in the tool's list{saves}.",
        "excused": "stays as it is, nothing to do.",
        "expired": "stays as it is for now.",
        "cannot": "could not be removed and stays as it is.",
        "undone": f"stays in place; the release was undone{by}{when}.",
    }
    return paragraph(bold(line.tool), " ", words[line.status])


@notice("revoke_task")
def revoke_task(uow: UnitOfWork, what: Notice) -> Message | None:
    """To the tool owner: a seat to be removed."""
    return _task(uow, what)


@notice("restore_task")
def restore_task(uow: UnitOfWork, what: Notice) -> Message | None:
    """To the tool owner: a removed seat is wanted back."""
    return _task(uow, what)


def _task(uow: UnitOfWork, what: Notice) -> Message | None:
    view = task_view(uow, what.subject_id)
    if view is None or what.person_id is None or (view.status != "open" and not what.posted):
        return None
    return task_message(view)


def task_message(view: TaskView) -> Message:
    verb = "Remove" if view.kind == "revoke" else "Give back"
    title = f"{verb} {view.person}'s {view.tool} seat"
    why = view.why if view.kind == "revoke" else "the release was undone"
    facts = [Fact(label="Tool", value=f"{view.tool} {view.plan}" if view.plan else view.tool),
             Fact(label="Person", value=view.person), Fact(label="Why", value=why)]  # fmt: skip
    if view.status != "open":
        return Message(
            fallback=f"{title}: {_task_end(view)}", title=title, facts=facts, paragraphs=[paragraph(_task_end(view))]
        )
    args = {"task": view.task_id}
    return Message(
        fallback=title,
        title=title,
        facts=facts,
        actions=[
            Action(
                label="Removed" if view.kind == "revoke" else "Given back", intent="seat_removed", args=args, style="primary"
            ),
            Action(label="Cannot…", intent="seat_cannot", args=args, opens=True),
        ],
    )


def _task_end(view: TaskView) -> str:
    when = f" on {day_words(view.closed_on)}" if view.closed_on else ""
    by = f" by {view.closed_by}" if view.closed_by else ""
    if view.status == "done":
        return f"Done{by}{when}." if view.closed_by else f"Done{when}: {view.reason}."
    return f"Not possible{by}{when}: {view.reason}" if view.status == "cannot" else f"Not needed any more ({view.reason})."


def _short(text: str) -> Message:
    return Message(fallback=text, paragraphs=[paragraph(text)])
