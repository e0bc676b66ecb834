"""Questions in plain words: in a mention, a thread, a direct message or after `ask`; buttons that change the question."""

from datetime import date
from decimal import Decimal

from bot.accounts import direct_of
from bot.answer_message import answer_message
from bot.intents.help import ASK_FOR_TOOL, HELP_BUTTON, MY_APPROVALS, MY_REQUESTS, MY_SEATS
from bot.intents.request_tool import open_form
from bot.intents.subscribe import offer
from bot.interaction import Conversation, Interaction
from bot.message import Action, Message, paragraph, text_message
from bot.router import AskModel, Finish, Replies, Reply, example, on_act, on_open, on_question, on_text, reads_first
from storage.spend_query import Filter, Period, QueryResult, ResultRow, SpendQuery
from storage.tool_index import tools_named
from storage.unit_of_work import UnitOfWork
from workflows.asking import wording
from workflows.asking.answer import answer, answer_plan
from workflows.asking.answer_object import Answer
from workflows.asking.delivery import ChannelContext
from workflows.asking.headline import headline
from workflows.asking.memory import Asked, load_reading, recall, remember, store_reading
from workflows.asking.model_answer import answer_proposed, ask_of_model
from workflows.asking.model_reading import Proposal
from workflows.asking.next_steps import changed
from workflows.asking.parsed import Choice
from workflows.asking.unanswered import Kept, record, to_keep
from workflows.errors import NotAllowed


def channel_of(conversation: Conversation) -> ChannelContext:
    return ChannelContext.of(conversation.kind, conversation.id, outsiders=conversation.outsiders)


def _person(interaction: Interaction) -> int:
    person_id = interaction.actor.person_id
    if person_id is None:
        raise NotAllowed("I could not match your chat account to a person in the company directory.")
    return person_id


@on_question
@on_text("ask", rest=True)
@reads_first
def ask(uow: UnitOfWork, interaction: Interaction, question: str) -> Finish | AskModel:
    """A follow-up edits the asker's last plan in this thread (30 minutes). What nobody could read, a model may be asked."""
    person_id, where = _person(interaction), interaction.conversation
    context = recall(uow, person_id, where.key)
    found = answer(uow, question, person_id, channel_of(where), context)
    kept = to_keep(uow, found)

    def finish(answered: Answer) -> Finish:
        return lambda writing: _reply(writing, interaction, answered, kept)

    def proposed(reading: UnitOfWork, proposal: Proposal) -> Finish | None:
        better = answer_proposed(reading, question, person_id, channel_of(where), context, proposal)
        return None if better is None else finish(better)

    if found.unread is None:
        return finish(found)
    return AskModel(lambda reading: ask_of_model(reading, question, person_id, context), proposed, finish(found))


def _reply(uow: UnitOfWork, interaction: Interaction, found: Answer, kept: Kept | None = None) -> Replies:
    person_id, where = _person(interaction), interaction.conversation
    if kept is not None:
        record(uow, kept)
    remember(uow, person_id, where.key, found)
    if found.command in ("subscribe", "remind"):
        return [Reply(offer(uow, interaction, found.question), private=not _alone(where) and where.whispers)]
    message = answer_message(found, store_reading(uow, person_id, found))
    command = found.command or ("help" if not message.actions else None)  # never a dead end
    if command is not None and not (command == "export" and message.actions):
        message = message.model_copy(update={"actions": [*message.actions, *offered(uow, command, found.tool)]})
    private = found.delivery == "private" and not _alone(where)
    if private and not where.whispers:  # it is told in their own chat: there go follow-ups, from there it is posted
        message = _posted_from_afar(message, where)
        if (own_chat := direct_of(uow, interaction.actor)) is not None:
            remember(uow, person_id, own_chat.key, found)
    return [Reply(message, private=private)]


def _alone(where: Conversation) -> bool:
    return where.kind in ("direct", "home")


def _posted_from_afar(message: Message, where: Conversation) -> Message:
    """The button that posts the answer knows where it was asked for."""
    place = {
        "at": where.id,
        "kind": where.kind,
        "thread": where.thread_id or "",
        "outsiders": "yes" if where.outsiders else "",
    }
    actions = [
        one.model_copy(update={"label": "Post it where I asked", "args": one.args | place})
        if one.intent == "ask_post"
        else one
        for one in message.actions
    ]
    return message.model_copy(update={"actions": actions})


def offered(uow: UnitOfWork, command: str, tool: str | None) -> list[Action]:
    """Buttons for something to do that was said as a question: nothing is done before one is pressed."""
    if command == "request":
        found = tools_named(uow.session, tool) if tool else []
        return [open_form(f"Request {one.name}", one) for one in found[:4]] or [ASK_FOR_TOOL]
    return {"approve": [MY_APPROVALS], "status": [MY_REQUESTS], "cancel": [MY_REQUESTS], "nudge": [MY_SEATS],
            "help": [ASK_FOR_TOOL, MY_REQUESTS, HELP_BUTTON]}.get(command, [HELP_BUTTON])  # fmt: skip


@on_act("ask_choice")
@reads_first
def choose(uow: UnitOfWork, interaction: Interaction) -> Finish:
    """One of the readings that a clarifying question offered."""
    asked = _load(uow, interaction, int(interaction.args["choice"]))
    return _answer_again(uow, interaction, asked)


@on_act("ask_change")
@reads_first
def change(uow: UnitOfWork, interaction: Interaction) -> Finish:
    """The same question cut another way, or against the period before."""
    asked = _load(uow, interaction)
    query = changed(asked.query, interaction.args["change"])
    return _answer_again(uow, interaction, Asked(query, asked.question, asked.scope))


@on_act("ask_post")
def post_here(uow: UnitOfWork, interaction: Interaction) -> Replies:
    """Says a private answer in the channel, when it is the clicker's right; their rights are looked at again."""
    asked, person_id, args = _load(uow, interaction), _person(interaction), interaction.args
    where = interaction.conversation
    if "at" in args:
        where = Conversation.model_validate(
            {"channel": where.channel, "workspace": where.workspace, "id": args["at"], "kind": args["kind"],
             "thread_id": args["thread"] or None, "outsiders": bool(args["outsiders"])}
        )  # fmt: skip
    found = answer_plan(uow, asked.question, person_id, channel_of(where), asked)
    if found.status != "answered" or not (found.may_post or found.delivery == "channel"):
        raise NotAllowed("This answer is not yours to share in a channel.")
    public = found.model_copy(update={"delivery": "channel", "may_post": False})
    told = [] if where == interaction.conversation else [Reply(text_message("It stands where you asked now."))]
    return [Reply(answer_message(public, args["id"]), to=where), *told]


@on_open("ask_how")
def show_how(uow: UnitOfWork, interaction: Interaction) -> Message:
    """The plan that was computed, to the one who clicked, with their own rights."""
    asked = _load(uow, interaction)
    found = answer_plan(uow, asked.question, _person(interaction), ChannelContext("dm"), asked)
    lines = found.receipt or [found.text]
    return Message(
        fallback=f"How I read “{asked.question}”",
        title="How this was computed",
        paragraphs=[paragraph(f"“{asked.question}”"), paragraph(wording.plan_words(asked.query))],
        notes=[paragraph(line) for line in lines],
    )


def _load(uow: UnitOfWork, interaction: Interaction, choice: int | None = None) -> Asked:
    return load_reading(uow, interaction.args["id"], choice, _person(interaction))


def _answer_again(uow: UnitOfWork, interaction: Interaction, asked: Asked) -> Finish:
    found = answer_plan(uow, asked.question, _person(interaction), channel_of(interaction.conversation), asked)
    return lambda writing: _reply(writing, interaction, found)


_PERIOD = Period(start=date(2026, 7, 1), end=date(2026, 10, 1), label="FY26-Q3")


def _example(query: SpendQuery, rows: list[ResultRow], **fields: object) -> Message:
    result = QueryResult(currency="USD", values={"spend": Decimal("12345.67")}, rows=tuple(rows),
                         data_through={"OpenAI": date(2026, 11, 21)}, coverage=Decimal("0.93"))  # fmt: skip
    head = headline(query, result)
    lines = wording.receipt(query, result, who="only you", assumptions=["no period given"], sources=result.data_through)
    found = Answer.model_validate(
        {"status": "answered", "question": "what did marketing spend", "text": head, "headline": head, "receipt": lines,
         "query": query, "result": result, **fields}
    )  # fmt: skip
    return answer_message(found, "a_example")


@example("answer")
def example_answer() -> list[Message]:
    """A total to share, bars by group, lines over time."""
    marketing = (Filter(dimension="department", values=("Marketing",)),)
    total = SpendQuery(metrics=("spend",), filters=marketing, period=_PERIOD)
    by_tool = total.model_copy(update={"group_by": ("tool",), "limit": 1})
    monthly = total.model_copy(update={"grain": "month"})
    tools = [ResultRow(keys={"tool": "Cursor"}, values={"spend": Decimal("12000")}),
             ResultRow(keys={"tool": None}, values={"spend": Decimal("300")}),
             ResultRow(keys={"tool": None}, values={"spend": Decimal("45.67")}, others=True)]  # fmt: skip
    months = [ResultRow(keys={"month": f"2026-{month:02d}"}, values={"spend": Decimal(4000 + month)}) for month in (7, 8, 9)]
    return [
        _example(total, [], may_post=True, delivery="private"),
        _example(by_tool, tools),
        _example(monthly, months),
    ]


@example("clarify")
def example_clarify() -> list[Message]:
    query = SpendQuery(metrics=("spend",), period=_PERIOD)
    found = Answer(
        status="clarify", question="copilot spend", text="Which Copilot?", headline="Which Copilot?", slot="entity",
        readings=(Choice("GitHub Copilot", query), Choice("Microsoft 365 Copilot", query)),
    )  # fmt: skip
    return [answer_message(found, "a_example"), text_message("Company totals are for finance and administrators.")]
