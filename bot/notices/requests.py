"""The words of requests: the thread card, the approver's card, each step, tasks of tool owners.

In a channel others read along: there a card says who, which tool and where it stands, never money, data or reasons.
"""

from collections.abc import Mapping
from typing import Any

from bot.message import Action, Confirmation, Fact, Message, Paragraph, Viewers, bold, code, paragraph, person, plain
from bot.notices import Notice, notice
from storage.org import load_org
from storage.types import Money
from storage.unit_of_work import UnitOfWork
from workflows.errors import NotFound
from workflows.people import name_of
from workflows.policy.explain import shown
from workflows.policy.facts_text import from_json
from workflows.requests.views import PersonView, RequestCard, SlotView, StageView, TaskView, request_card, task_view

KIND_WORDS = {
    "seat": "a seat of {tool}",
    "more_seats": "{seats} more seats of {tool}",
    "new_tool": "{tool}, which we do not have yet",
    "limit": "a higher spend limit for {tool}",
    "renewal": "the renewal of {tool}",
    "trial": "a trial of {tool}",
}
STATE_WORDS = {
    "pending": "waiting", "approved": "approved", "denied": "denied", "expired": "expired", "cancelled": "cancelled",
    "fulfilled": "granted",
}  # fmt: skip
STAGE_MARKS = {"approved": "✓", "open": "●", "denied": "✗"}
VIEWER = "request_viewer"


@notice("request_thread")
def thread_card(uow: UnitOfWork, news: Notice) -> Message | None:
    """The card every step is told under: for the requester in full, in a channel without money and data."""
    card = _card(uow, news.subject_id, news.person_id)
    if card is None:
        return None
    return public_card(card) if news.person_id is None else own_card(card)


@notice(VIEWER)
def viewers_card(uow: UnitOfWork, news: Notice) -> Message | None:
    """The channel's card as one person sees it, with the buttons that are theirs. Others look over their shoulder: still
    no money and no data."""
    card = _card(uow, news.subject_id, news.person_id)
    if card is None:
        return None
    is_theirs = news.person_id in (card.requester.id, card.beneficiary.id)
    return _channel_card(card, own_actions(card) if is_theirs else [*decision_actions(card)[:2], details(card)])


@notice("approval_needed")
def approval_card(uow: UnitOfWork, news: Notice) -> Message | None:
    """Everything a decision needs, and the decision, in one card. Once decided it stays as a record without buttons."""
    card = _card(uow, news.subject_id, news.person_id)
    if card is None or (not news.posted and "approve" not in card.actions):
        return None
    return decision_card(card)


@notice("reminder")
def reminder(uow: UnitOfWork, news: Notice) -> Message | None:
    """Only while the person can still act; later the card loses its buttons."""
    card = _card(uow, news.subject_id, news.person_id)
    if card is None:
        return None
    if "approve" not in card.actions:
        return own_words(card, f"{number(card)} is settled: {card.status_line}") if news.posted else None
    if news.payload.get("event") == "answered":
        answer = card.notes[-1].answer if card.notes else ""
        text = f"{card.requester.name} answered about {number(card)}: “{answer}”"
    else:
        text = f"{number(card)} still waits for you: {asks_for(card)}, for {card.beneficiary.name}."
    return Message(fallback=text, paragraphs=[paragraph(text)], actions=decision_actions(card))


@notice("inform")
def inform(uow: UnitOfWork, news: Notice) -> Message | None:
    """For those the policy wants to know; nothing to do."""
    card = None if news.posted else _card(uow, news.subject_id, news.person_id)
    if card is None:
        return None
    text = f"For your information: {card.requester.name} asked for {asks_for(card)} ({number(card)}). {card.status_line}"
    return Message(fallback=text, paragraphs=[paragraph(text)], actions=[details(card)])


@notice("info_asked")
def info_asked(uow: UnitOfWork, news: Notice) -> Message | None:
    """A question back to the requester, with a button to answer it."""
    card = _card(uow, news.subject_id, news.person_id)
    if card is None or not card.notes:
        return None
    note = card.notes[-1]
    if "answer" not in card.actions:
        return own_words(card, f"Your answer about {number(card)} is sent.") if news.posted else None
    text = f"{note.asked_by.name} asks about {number(card)} ({card.tool}): “{note.question}”"
    action = Action(label="Answer", intent="answer_open", args={"r": card.request_id}, style="primary", opens=True)
    return Message(fallback=text, paragraphs=[paragraph(text)], actions=[action])


@notice("request_update")
def step(uow: UnitOfWork, news: Notice) -> Message | None:
    """One step, told in the request's thread; never changed afterwards."""
    card = None if news.posted else _card(uow, news.subject_id, news.person_id)
    if card is None:
        return None
    text = step_words(uow, card, news)
    actions = [details(card)] if news.person_id is None and card.status in ("denied", "approved") else []
    return Message(fallback=text, paragraphs=[paragraph(text)], actions=actions)


@notice("task_open")
def task_card(uow: UnitOfWork, news: Notice) -> Message | None:
    """For the tool's owner: whom to grant what, and two buttons."""
    try:
        task = task_view(uow, news.subject_id)
    except NotFound:
        return None
    if task.status != "open" and not news.posted:
        return None
    return grant_card(task)


@notice("audit_checkpoint")
def audit_checkpoint(uow: UnitOfWork, news: Notice) -> Message | None:
    """To keep outside the database: with it a cut tail of the audit trail is found."""
    if news.posted:
        return None
    content = news.payload
    text = f"Audit checkpoint: row {content['seq']}, {content['head_hash']}, signed {content['created_at']}."
    return Message(
        fallback=text,
        title="Audit checkpoint",
        paragraphs=[
            paragraph(f"Row {content['seq']} of the audit trail, at {content['created_at']}:"),
            paragraph(code(content["head_hash"])),
            paragraph("Keep this message: it shows if the end of the trail is ever cut off. Signature: "),
            paragraph(code(content["signature"])),
        ],
    )


def _card(uow: UnitOfWork, request_id: str, viewer_id: int | None) -> RequestCard | None:
    try:
        return request_card(uow, request_id, viewer_id)
    except NotFound:
        return None


def number(card: RequestCard) -> str:
    return f"R-{card.number}"


def asks_for(card: RequestCard) -> str:
    return KIND_WORDS.get(card.kind, "{tool}").format(tool=card.tool, seats=card.seats)


def mention(who: PersonView) -> Any:
    return person(who.name, who.id)


def public_card(card: RequestCard) -> Message:
    """Who, tool, state and the buttons; whoever may not decide is told so in private. Where everybody can be shown their own
    version, only those who may decide have the buttons."""
    if card.status != "pending":
        return _channel_card(card, [details(card)])
    args = {"r": card.request_id, "s": card.seen}
    actions = [
        Action(label="Approve", intent="approve_request", args=args, style="primary", reserved=True),
        Action(label="Deny", intent="deny_open", args=args, style="danger", opens=True, reserved=True),
        details(card),
    ]
    concerned = [*(who.id for who in card.next_up), card.requester.id, card.beneficiary.id]
    viewers = Viewers(kind=VIEWER, subject=f"request:{card.request_id}", person_ids=list(dict.fromkeys(concerned)))
    return _channel_card(card, actions).model_copy(update={"viewers": viewers})


def _channel_card(card: RequestCard, actions: list[Action]) -> Message:
    return Message(
        fallback=f"{card.requester.name} asks for {card.tool}. {card.status_line}",
        title=f"{number(card)}: {card.tool}",
        paragraphs=[[mention(card.requester), plain(f" asks for {card.tool}.")], [bold(card.status_line)]],
        actions=actions,
    )


def own_card(card: RequestCard) -> Message:
    """The requester's: what was asked, the whole chain and who is next."""
    paragraphs = [[bold(card.status_line)]]
    if card.status_reason:
        paragraphs.append(paragraph(f"Reason: {card.status_reason}"))
    if card.alternatives:
        paragraphs.append(paragraph(f"You could ask for instead: {', '.join(card.alternatives)}."))
    if chain_words(card):
        paragraphs.append(paragraph(chain_words(card)))
    text = f"{number(card)}: {asks_for(card)}. {card.status_line}"
    return Message(fallback=text, title=f"{number(card)}: {card.tool}", paragraphs=paragraphs, facts=cost_facts(card),
                   actions=own_actions(card))  # fmt: skip


def own_actions(card: RequestCard) -> list[Action]:
    actions = []
    if "answer" in card.actions:
        actions.append(
            Action(label="Answer", intent="answer_open", args={"r": card.request_id}, style="primary", opens=True)
        )
    actions.append(details(card))
    if "edit" in card.actions:
        actions.append(Action(label="Change", intent="edit_open", args={"r": card.request_id}, opens=True))
    if "cancel" in card.actions:
        actions.append(
            Action(
                label="Cancel request", intent="cancel_request", args={"r": card.request_id}, style="danger",
                confirm=Confirmation(
                    title="Cancel this request?", text=f"{number(card)} for {card.tool} will end.", confirm="Cancel request",
                    cancel="Keep it",
                ),
            )
        )  # fmt: skip
    return actions


def decision_card(card: RequestCard) -> Message:
    """The approver's card: who, what, why, cost, budget, seats, similar tools, rule, chain, and the decision."""
    lead: Paragraph = [mention(card.requester), plain(f" ({card.requester.department}) asks for {asks_for(card)}")]
    if card.beneficiary.id != card.requester.id:
        lead += [plain(" for "), mention(card.beneficiary)]
    paragraphs = [[*lead, plain(".")]]
    if card.reason:
        paragraphs.append(paragraph(f"“{card.reason}”"))
    if card.moved:
        paragraphs.append(paragraph(f"Department: {card.moved}."))
    paragraphs += [
        paragraph(f"{note.asked_by.name} asked: “{note.question}” {answer_words(note.answer)}") for note in card.notes
    ]
    if not decision_actions(card):
        paragraphs.append([bold(card.status_line)])
        if card.status_reason:
            paragraphs.append(paragraph(f"Reason: {card.status_reason}"))
    text = f"{card.requester.name} asks for {asks_for(card)}: {money_words(card.annual)} a year. {card.status_line}"
    return Message(
        fallback=text,
        title=f"{number(card)}: {card.tool}",
        paragraphs=paragraphs,
        facts=[*cost_facts(card), *seat_facts(card)],
        notes=[paragraph(chain_words(card)), paragraph(f"Rules: {rule_words(card)}.")],
        actions=[*decision_actions(card), details(card)],
    )


def rule_words(card: RequestCard) -> str:
    """`real-money (annual value 6000 USD)`: what fired and the facts it fired on; the baseline without any."""
    rules = []
    for rule in card.rules:
        facts = ", ".join(_fact_words(fact) for fact in rule.get("facts", [])[:3])
        rules.append(f"{rule['rule']} ({facts})" if facts else str(rule["rule"]))
    return "; ".join(rules) or "baseline"


def _fact_words(fact: Mapping[str, Any]) -> str:
    value = from_json({fact["field"]: fact["actual"]}).get(fact["field"])
    words = ", ".join(value) if isinstance(value, tuple) else "unknown" if value is None else shown(value)
    name = str(fact["field"]).partition(".")[2].replace("_", " ")
    return f"{name} {words}"


def answer_words(answer: str | None) -> str:
    return f"Answer: “{answer}”" if answer else "Not answered yet."


def decision_actions(card: RequestCard) -> list[Action]:
    if "approve" not in card.actions:
        return []
    args = {"r": card.request_id, "s": card.seen}
    return [
        Action(label="Approve", intent="approve_request", args=args, style="primary"),
        Action(label="Deny", intent="deny_open", args=args, style="danger", opens=True),
        Action(label="Ask a question", intent="ask_open", args=args, opens=True),
    ]


def details(card: RequestCard) -> Action:
    return Action(label="Details", intent="request_details", args={"r": card.request_id}, opens=True)


def money_words(amount: Money | None) -> str:
    return str(amount) if amount is not None else "price not known"


def cost_facts(card: RequestCard) -> list[Fact]:
    if not card.full:
        return []
    facts = [
        Fact(label="Cost a year", value=money_words(card.annual) + (f" ({card.price_source})" if card.price_source else ""))
    ]
    if card.budget is not None:
        scope = card.budget.scope or "Company"
        before, after = card.budget.before, card.budget.after
        left = f"{before.rounded():,} → {after}" if after is not None else str(before)
        facts.append(Fact(label=f"Budget left, {scope} {card.budget.period}", value=left))
    if card.duration_days:
        facts.append(Fact(label="For", value=f"{card.duration_days} days"))
    if card.data_classes:
        facts.append(Fact(label="Data", value=", ".join(card.data_classes)))
    return facts


def seat_facts(card: RequestCard) -> list[Fact]:
    facts = []
    if card.free_seats is not None:
        facts.append(Fact(label="Seats", value=f"{card.free_seats} free, {card.idle_seats or 0} idle"))
    if card.similar_tools:
        facts.append(Fact(label="Similar tools they have", value=", ".join(card.similar_tools)))
    if card.tool_status != "approved":
        facts.append(Fact(label="Tool", value=card.tool_status.replace("_", " ")))
    return facts


def chain_words(card: RequestCard) -> str:
    """`✓ Ada Berg → ● 2 of Bo Ek, Cy Dahl → ○ Finance`."""
    return " → ".join(_stage_words(stage) for stage in card.stages)


def _stage_words(stage: StageView) -> str:
    slots = (" and " if stage.join == "all" else " or ").join(_slot_words(slot) for slot in stage.slots)
    return f"{STAGE_MARKS.get(stage.status, '○')} {slots}"


def _slot_words(slot: SlotView) -> str:
    if slot.decided:
        return ", ".join(who.name for who, _, _ in slot.decided)
    names = ", ".join(who.name for who in slot.people[:3]) or slot.approver
    more = f" and {len(slot.people) - 3} more" if len(slot.people) > 3 else ""
    if len(slot.people) <= slot.quorum:
        return names
    return f"{'one' if slot.quorum == 1 else slot.quorum} of {names}{more}"


def own_words(card: RequestCard, text: str) -> Message:
    return Message(fallback=text, paragraphs=[paragraph(text)], actions=[details(card)])


def step_words(uow: UnitOfWork, card: RequestCard, news: Notice) -> str:
    """What happened, in one sentence, and what comes next."""
    event, actor_id = news.payload.get("event", ""), news.payload.get("actor_id")
    who = _name(uow, card, actor_id)
    reason = f" Reason: {card.status_reason}" if card.status_reason and news.person_id is not None else ""
    words = {
        "stage_approved": f"{who} approved. {card.status_line}",
        "approved": f"{number(card)} is approved. Your seat is being granted.",
        "auto_approved": f"{number(card)} is approved at once by the policy. Your seat is being granted.",
        "denied": f"{who} denied {number(card)}.{reason}" if actor_id else f"The policy denies {number(card)}.{reason}",
        "expired": f"{number(card)} expired without a decision. You can ask again.",
        "cancelled": f"{number(card)} is cancelled.{reason}",
        "info_asked": f"{who} has a question about {number(card)}; it is in your direct message.",
        "granted": f"Done: {card.tool} is granted to {card.beneficiary.name}.",
        "cannot": f"{number(card)} is approved, but {who} could not grant it.{reason} Your budget stays reserved.",
        "escalated": f"{number(card)} waited too long and was passed on. {card.status_line}",
    }
    return words.get(event, f"{number(card)}: {card.status_line}")


def _name(uow: UnitOfWork, card: RequestCard, actor_id: int | None) -> str:
    if actor_id is None:
        return "Bursar"
    for stage in card.stages:
        for slot in stage.slots:
            for who in (*slot.people, *(decided[0] for decided in slot.decided)):
                if who.id == actor_id:
                    return who.name
    return name_of(uow.session, actor_id, load_org(uow.session), uow.now)


def grant_card(task: TaskView) -> Message:
    of = f" (R-{task.number})" if task.number else ""
    facts = [Fact(label="For", value=f"{task.for_person.name}, {task.for_person.email}")]
    if task.seat_of is not None:
        facts.append(Fact(label="Use the seat of", value=f"{task.seat_of.name}, {task.seat_of.email}"))
    if task.status == "open":
        text = f"Please grant {task.tool} to {task.for_person.name}{of}."
        actions = [
            Action(label="Granted", intent="task_done", args={"t": task.task_id}, style="primary"),
            Action(label="Cannot", intent="task_cannot_open", args={"t": task.task_id}, style="danger", opens=True),
        ]
    else:
        ended = {"done": "granted", "cannot": "could not be granted", "cancelled": "no longer needed"}
        text = f"{task.tool} for {task.for_person.name}{of}: {ended.get(task.status, task.status)}."
        actions = []
    paragraphs = [paragraph(text)] + ([paragraph(f"Reason: {task.reason}")] if task.reason else [])
    return Message(fallback=text, title=f"Grant {task.tool}"[:60], paragraphs=paragraphs, facts=facts, actions=actions)
