"""Questions nobody could read: the list on demand, the form that says what a phrase means, dismissing, undoing."""

from datetime import datetime

from bot.intents.release_seat import actor_of
from bot.interaction import Interaction
from bot.message import Action, Form, FormField, Message, Option, bold, paragraph, text_message
from bot.notices.unanswered import list_message, marked
from bot.router import Finish, Replies, Reply, example, on_act, on_open, on_options, on_text, reads_first
from storage.models import UnansweredQuestion
from storage.org import load_org, today
from storage.unit_of_work import UnitOfWork
from workflows.asking.read import vocabulary_of
from workflows.asking.taught import MAX_LETTERS, search_meanings
from workflows.asking.unanswered import (
    OpenQuestions,
    Teaching,
    dismiss,
    keep_teaching,
    list_for,
    plan_teaching,
    plan_unteaching,
    question,
    reopen,
    unteach,
)
from workflows.errors import Invalid
from workflows.people import has_role, require_role

SHOW, STORE = "show", "store"


def _said(message: Message, interaction: Interaction) -> Replies:
    return [Reply(message, private=interaction.conversation.kind not in ("direct", "home"))]


@on_text("unanswered", "unanswered questions")
def show_unanswered(uow: UnitOfWork, interaction: Interaction, rest: str) -> Replies:
    """For administrators; the workflow refuses others."""
    return _said(list_message(list_for(uow, actor_of(interaction))), interaction)


@on_open("teach_open")
def teach_form(uow: UnitOfWork, interaction: Interaction) -> Form:
    """The phrase holds the unread words; without a question, any phrase can be taught."""
    actor, question_id = actor_of(interaction), interaction.args.get("question")
    if question_id is None:
        require_role(uow.session, load_org(uow.session), actor, "admin", uow.now)
        return form_for(None)
    return form_for(question(uow, actor, question_id))


def form_for(row: UnansweredQuestion | None) -> Form:
    intro = [paragraph("“", *marked(row.text, row.unread), "”")] if row else []
    return Form(
        title="This means …",
        intent="teach",
        args={"question": row.id} if row else {},
        intro=[*intro, paragraph("Questions with these words will be read so, by everybody, at once.")],
        fields=[
            FormField(name="phrase", label="When somebody writes", kind="text", max_length=MAX_LETTERS,
                      value=row.unread[0][:MAX_LETTERS] if row and row.unread else None),
            FormField(name="meaning", label="they mean", kind="search",
                      placeholder="A measure, rows by something, a tool, vendor, department, project …"),
            FormField(name="then", label="Then", kind="select", value=SHOW, options=[
                Option(value=SHOW, label="Show me first how it reads"), Option(value=STORE, label="Keep it")]),
        ],
        submit="Go on",
    )  # fmt: skip


@on_options("teach")
def search(uow: UnitOfWork, interaction: Interaction, typed: str) -> list[Option]:
    """Nothing for those who may not teach."""
    org = load_org(uow.session)
    if not has_role(uow.session, org, interaction.actor.person_id or 0, "admin", uow.now):
        return []
    found = search_meanings(vocabulary_of(uow.session, today(org, uow.now)), typed)[:100]
    return [Option(value=f"{one.kind}:{one.name}", label=one.label, description=one.about) for one in found]


@on_act("teach")
@reads_first
def teach(uow: UnitOfWork, interaction: Interaction) -> Finish:
    """How the question reads then is found out before anything is written, and shown instead while the form says so."""
    form = {name: value for name, value in interaction.form.items() if isinstance(value, str)}
    kind, _, name = form.get("meaning", "").partition(":")
    actor = actor_of(interaction)
    planned = plan_teaching(uow, actor, interaction.args.get("question"), form.get("phrase", ""), kind, name)
    if form.get("then") != STORE:
        shown = f"{outcome(planned)} Choose “Keep it” to keep it."
        raise Invalid(f"Nothing is kept yet. {shown}", {"then": shown})

    def finish(writing: UnitOfWork) -> Replies:
        synonym = keep_teaching(writing, actor, planned)
        undo = Action(label="Undo", intent="teach_undo", args={"synonym": str(synonym.id)})
        return _said(text_message(outcome(planned), undo), interaction)

    return finish


def outcome(planned: Teaching) -> str:
    """What the phrase means, and the plan of the question in words."""
    text = f"“{planned.lesson.phrase}” means {planned.lesson.meaning.words}."
    if not planned.reads:
        return text
    reads = (
        f"The question reads: {planned.reads}" if planned.understood else f"The question is still not read: {planned.reads}"
    )
    return f"{text} {reads}{'' if reads.endswith(('.', '?', '!')) else '.'}"


@on_act("teach_undo")
@reads_first
def undo_teaching(uow: UnitOfWork, interaction: Interaction) -> Finish:
    actor, synonym_id = actor_of(interaction), int(interaction.args["synonym"])
    settled = plan_unteaching(uow, actor, synonym_id)

    def finish(writing: UnitOfWork) -> Replies:
        row = unteach(writing, actor, synonym_id, settled)
        return _said(text_message(f"“{row.phrase}” means nothing to me again."), interaction)

    return finish


@on_act("teach_dismiss")
def not_for_us(uow: UnitOfWork, interaction: Interaction) -> Replies:
    row = dismiss(uow, actor_of(interaction), interaction.args["question"])
    undo = Action(label="Undo", intent="teach_reopen", args={"question": row.id})
    return _said(text_message(f"“{row.text}” is not listed again.", undo), interaction)


@on_act("teach_reopen")
def for_us_again(uow: UnitOfWork, interaction: Interaction) -> Replies:
    row = reopen(uow, actor_of(interaction), interaction.args["question"])
    return _said(text_message(f"“{row.text}” is on the list again."), interaction)


@example("teach")
def example_teach() -> list[Message | Form]:
    at = datetime.fromisoformat("2026-11-20T09:00:00+00:00")
    rows = [
        UnansweredQuestion(id=f"u_{number}", text=text, unread=unread, asked=asked, first_asked_at=at, last_asked_at=at)
        for number, (text, unread, asked) in enumerate(
            [("what did the blue tool cost last month", ["blue tool"], 7), ("outgoings by squad", ["outgoings", "squad"], 3),
             ("what does [person] have on wonderbot", ["wonderbot"], 1)] * 4
        )
    ]  # fmt: skip
    listed, none = list_message(OpenQuestions(rows[:10], 12)), list_message(OpenQuestions([], 0))
    done = Message(fallback="“blue tool” means the tool Cursor.", paragraphs=[paragraph(bold("blue tool"), " means …")])
    return [listed, none, done, form_for(rows[0]), form_for(None)]
