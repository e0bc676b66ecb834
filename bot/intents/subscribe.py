"""An answer every day, week or month: the form under an answer, the card for a wish in words, one's list, and the end."""

from datetime import UTC, date, datetime, time
from textwrap import shorten
from zoneinfo import ZoneInfo

from bot.interaction import Conversation, Interaction
from bot.message import Action, Form, FormField, Message, Option, Paragraph, bold, paragraph, text_message
from bot.notices import load_notices
from bot.notices.subscriptions import end_button, ended_message
from bot.router import Finish, Replies, Reply, example, on_act, on_open, on_text, reads_first
from storage.spend_query import Period, SpendQuery
from storage.unit_of_work import UnitOfWork
from workflows.asking.answer import answer_plan
from workflows.asking.delivery import ChannelContext
from workflows.asking.memory import Asked, recall
from workflows.asking.moving import Moving, Recipe, moving_words
from workflows.asking.subscription_times import DAY_NAMES, LAST_DAY, TIMES, Recurrence, ordinal
from workflows.asking.subscription_words import Wish, subject_in, wish_in
from workflows.asking.subscriptions import (
    BY_ADMIN,
    LEFT,
    NO_RIGHT,
    UNCLEAR,
    Place,
    Subscribable,
    View,
    end,
    keep_plan,
    read_alone,
    subscribable,
    subscribe,
    subscriptions_of,
    subscriptions_of_leavers,
)
from workflows.errors import Invalid, NotAllowed

OFTEN = {"day": "Every working day", "week": "Every week", "month": "Every month"}
CAN_DO = "I can tell an answer every working day, every week or every month."
THEN = "Then press “Subscribe” under the answer, or say again how often."
MY_SUBSCRIPTIONS = Action(label="My subscriptions", intent="show_subscriptions")

load_notices()


def _person(interaction: Interaction) -> int:
    if interaction.actor.person_id is None:
        raise NotAllowed("I could not match your chat account to a person in the company directory.")
    return interaction.actor.person_id


def _in_channel(where: Conversation) -> bool:
    return where.kind in ("public", "private")


def _reply(interaction: Interaction, message: Message) -> Replies:
    return [Reply(message, private=_in_channel(interaction.conversation))]


# -- The form ----------------------------------------------------------------------------------------------------------


@on_open("subscribe_open")
def subscribe_form(uow: UnitOfWork, interaction: Interaction) -> Form:
    """How often, on which day, at what time and where; `args` may bring what a text said already."""
    wanted = subscribable(uow, interaction.args["id"], _person(interaction))
    open_here = _in_channel(interaction.conversation) and _may_be_said(uow, interaction, wanted)
    return form_of(wanted, interaction.args, here=_in_channel(interaction.conversation), open_here=open_here)


def _may_be_said(uow: UnitOfWork, interaction: Interaction, wanted: Subscribable) -> bool:
    where = interaction.conversation
    place = ChannelContext.of(where.kind, where.id, outsiders=where.outsiders)
    return answer_plan(uow, wanted.asked.question, _person(interaction), place, wanted.asked).delivery == "channel"


def form_of(wanted: Subscribable, said: dict[str, str], *, here: bool, open_here: bool) -> Form:
    wish = _recurrence(said)
    intro = [paragraph(f"“{wanted.asked.question}”")]
    fields = [
        _select("often", "How often?", OFTEN, wish.cadence),
        _select("weekday", "On which day, for every week?", {str(n): name for n, name in enumerate(DAY_NAMES, 1)},
                str(wish.day) if wish.cadence == "week" else "1"),
        _select("monthday", "On which day, for every month?", _month_days(),
                str(wish.day) if wish.cadence == "month" else "1"),
        _select("at", "At what time?", {f"{at:%H:%M}": f"{at.hour}:{at:%M}" for at in sorted({*TIMES, wish.at})},
                f"{wish.at:%H:%M}"),
    ]  # fmt: skip
    if open_here:
        fields.append(_select("where", "Where?", {"me": "To me", "channel": "In this channel"}, said.get("where", "me")))
    elif here:
        intro.append(paragraph("It comes to you alone: this answer is not for everybody in this channel."))
    if wanted.recipe.moving.kind == "unit":
        days = {"moving": f"Each time: {moving_words(wanted.recipe.moving)}", "fixed": f"Always: {_label(wanted.recipe)}"}
        fields.append(_select("days", "About which days?", days, "moving"))
    return Form(title="Subscribe", intent="subscribe", args={"id": said["id"]}, intro=intro, fields=fields,
                submit="Subscribe")  # fmt: skip


def _select(name: str, label: str, options: dict[str, str], value: str) -> FormField:
    return FormField(name=name, label=label, kind="select", value=value,
                     options=[Option(value=key, label=text) for key, text in options.items()])  # fmt: skip


def _month_days() -> dict[str, str]:
    return {str(n): "The last" if n == LAST_DAY else f"The {ordinal(n)}" for n in range(1, LAST_DAY + 1)}


def _label(recipe: Recipe) -> str:
    return recipe.query.period.label or f"{recipe.query.period.start} to {recipe.query.period.end}"


def _recurrence(said: dict[str, str]) -> Recurrence:
    """From a form's values or a button's args. Raises Invalid."""
    often = said.get("often", "week")
    day = said.get({"week": "weekday", "month": "monthday"}.get(often, ""), "1")
    try:
        return Recurrence(often, time.fromisoformat(said.get("at", "09:00")), int(day))  # type: ignore[arg-type]
    except (ValueError, KeyError) as error:
        raise Invalid("I do not know that time.", {"at": "Please choose one of the list."}) from error


@on_act("subscribe")
@reads_first
def subscribe_to(uow: UnitOfWork, interaction: Interaction) -> Finish:
    """From the form, or from the card that a wish in words brought."""
    said = interaction.args | {name: value for name, value in interaction.form.items() if isinstance(value, str)}
    wanted, when = subscribable(uow, said["id"], _person(interaction)), _recurrence(said)
    if said.get("days") == "fixed":
        wanted = wanted.with_fixed_days()
    place = _place(interaction.conversation) if said.get("where") == "channel" else None

    def write(writing: UnitOfWork) -> Replies:
        view, new = subscribe(
            writing, wanted, when, actor_id=_person(interaction), place=place, channel=interaction.actor.channel
        )
        return _reply(interaction, subscribed_message(view, wanted.recipe, new))

    return write


def _place(where: Conversation) -> Place | None:
    """The channel itself, not a thread of it; None where one is alone with Bursar."""
    return where.model_copy(update={"thread_id": None}).model_dump(mode="json") if _in_channel(where) else None


def subscribed_message(view: View, recipe: Recipe, new: bool = True) -> Message:
    place = "this channel" if view.in_channel else "you"
    tells = f"{view.when.words} ({view.zone.key}) I tell {place} “{view.question}”."
    text = f"{tells[0].upper()}{tells[1:]}" if new else f"You have this already: {tells}"
    text += f" The {'first' if new else 'next'} comes on {_day_and_time(view.next_at)}."
    notes = [paragraph(_days_words(recipe))]
    if view.in_channel:
        notes.append(paragraph("What may not be said there at that time comes to you alone."))
    return Message(fallback=text, paragraphs=[paragraph(text)], actions=[end_button(view), MY_SUBSCRIPTIONS], notes=notes)


def _days_words(recipe: Recipe) -> str:
    if recipe.moving.kind == "fixed":
        return f"Always about {_label(recipe)}."
    if recipe.moving.kind == "unit":
        return f"Each time about {moving_words(recipe.moving)}."
    return f"The days are read anew each time; now they are {_label(recipe)}."


def _day_and_time(at: datetime) -> str:
    return f"{at:%A} {at.day} {at:%B %Y} at {at.hour}:{at:%M}"


# -- In words ----------------------------------------------------------------------------------------------------------


def offer(uow: UnitOfWork, interaction: Interaction, text: str) -> Message:
    """ "send me this every Friday": a card for the question in the text, else for the last answer in this thread; nothing is
    set up before its button."""
    wish = wish_in(text)
    subject = "" if wish.refused else subject_in(text)
    asked = read_alone(uow, _person(interaction), subject) if subject else _before(uow, interaction)
    if asked is not None:
        reading = keep_plan(uow, _person(interaction), asked)
        return offer_message(asked.question, reading, wish, in_channel=_in_channel(interaction.conversation))
    if wish.refused:
        return text_message(f"{CAN_DO} “{wish.refused}” I cannot.", MY_SUBSCRIPTIONS)
    if subject:
        return text_message(f"{CAN_DO} I do not read “{subject}” in one clear way: please ask that alone. {THEN}")
    return text_message(f"{CAN_DO} Please ask the question first. {THEN}", MY_SUBSCRIPTIONS)


def _before(uow: UnitOfWork, interaction: Interaction) -> Asked | None:
    """The last answer in this thread; an open question back is none."""
    found = recall(uow, _person(interaction), interaction.conversation.key)
    return found if isinstance(found, Asked) else None


def offer_message(question: str, reading_id: str, wish: Wish, *, in_channel: bool) -> Message:
    when, here = wish.recurrence(), wish.in_channel and in_channel
    args = {"id": reading_id, "often": when.cadence, "at": f"{when.at:%H:%M}", "where": "channel" if here else "me"}
    if when.cadence != "day":
        args["weekday" if when.cadence == "week" else "monthday"] = str(when.day)
    change = Action(label="Choose when…", intent="subscribe_open", args=args, opens=True)
    if wish.refused:
        return text_message(f"Every working day, every week or every month is what I can do, not “{wish.refused}”.", change)
    text = f"Shall I tell {'this channel' if here else 'you'} “{question}” {when.words}?"
    if wish.in_channel and not in_channel:
        text += " In a channel I tell what is subscribed to there."
    return text_message(text, Action(label="Subscribe", intent="subscribe", args=args, style="primary"), change)


# -- The list and the end ----------------------------------------------------------------------------------------------


@on_text("subscriptions", "my subscriptions", "subscription", "digests")
def list_in_words(uow: UnitOfWork, interaction: Interaction, rest: str) -> Replies:
    mine = subscriptions_of(uow, _person(interaction))
    replies = _reply(interaction, list_message(mine))
    if left := subscriptions_of_leavers(uow, _person(interaction)):
        replies += _reply(interaction, list_message(left[:20], leavers=True))
    return replies


@on_act("show_subscriptions")
def list_by_button(uow: UnitOfWork, interaction: Interaction) -> Replies:
    return list_in_words(uow, interaction, "")


def list_message(views: list[View], leavers: bool = False) -> Message:
    if not views:
        return text_message("You have no subscriptions. Ask a question and press “Subscribe” under the answer.")
    title = "Subscriptions of people who have left" if leavers else "Your subscriptions"
    lines = [_line(number, view, leavers) for number, view in enumerate(views, 1)]
    return Message(
        fallback=f"{title}: " + "; ".join(f"{view.question}, {view.when.words}" for view in views),
        title=title,
        paragraphs=lines,
        actions=[end_button(view, f"End {number}") for number, view in enumerate(views, 1)],
    )


def _line(number: int, view: View, leavers: bool) -> Paragraph:
    """Not a table: five columns do not fit a phone."""
    place = "in a channel" if view.in_channel else "in their direct message" if leavers else "to you"
    at, whose = view.next_at, f"{view.owner}: " if leavers else ""
    told = f"{view.when.words}, {place}; next on {at:%a} {at.day} {at:%b} at {at.hour}:{at:%M}"
    return paragraph(f"{number}. {whose}", bold(shorten(view.question, 120, placeholder="…")), f" · {told}")


@on_act("subscription_end")
def end_subscription(uow: UnitOfWork, interaction: Interaction) -> Replies:
    view, was_active = end(uow, interaction.args["s"], actor_id=_person(interaction), channel=interaction.actor.channel)
    text = f"“{view.question}” does not come any more." if was_active else f"“{view.question}” had ended already."
    return _reply(interaction, text_message(text, MY_SUBSCRIPTIONS))


# -- Examples ----------------------------------------------------------------------------------------------------------


QUESTION = "what did <Marketing> & *Sales* spend last month?"


def _view(**fields: object) -> View:
    usual: dict[str, object] = {
        "id": "s_example", "question": QUESTION, "when": Recurrence("week", time(9), 1),
        "zone": ZoneInfo("Europe/Stockholm"), "in_channel": False, "next_at": datetime(2026, 11, 30, 9, tzinfo=UTC),
        "owner": "Ada Berg",
    }  # fmt: skip
    return View(**(usual | fields))  # type: ignore[arg-type]


def _recipe() -> Recipe:
    october = Period(start=date(2026, 10, 1), end=date(2026, 11, 1), label="October 2026")
    moving = Moving(kind="unit", unit="month", first=-1)
    return Recipe(query=SpendQuery(metrics=("spend",), period=october), text=QUESTION, moving=moving)


@example("subscription")
def example_subscriptions() -> list[Message | Form]:
    view, recipe = _view(), _recipe()
    wanted = Subscribable(Asked(recipe.query, QUESTION), recipe)
    many = [_view(id=f"s_{number}") for number in range(20)]
    ends = (LEFT, UNCLEAR, NO_RIGHT, BY_ADMIN)
    return [
        form_of(wanted, {"id": "a_example"}, here=True, open_here=True),
        form_of(wanted, {"id": "a_example", "often": "month", "monthday": "31"}, here=True, open_here=False),
        subscribed_message(view, recipe), subscribed_message(_view(in_channel=True), recipe, new=False),
        offer_message(QUESTION, "a_example", Wish("week", 5, None, True), in_channel=True),
        offer_message(QUESTION, "a_example", Wish(refused="every hour"), in_channel=False),
        list_message([]), list_message(many), list_message(many, leavers=True),
        *(ended_message(view, because, "Company totals are for finance.") for because in ends),
    ]  # fmt: skip
