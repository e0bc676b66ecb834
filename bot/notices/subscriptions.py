"""What subscriptions say: the answer with whose it is and how to end it, and that one has ended."""

from bot.answer_message import answer_message
from bot.message import Action, Message, paragraph, text_message
from bot.notices import Notice, notice
from storage.unit_of_work import UnitOfWork
from workflows.asking.subscription_clock import Told, ended_view, told_now
from workflows.asking.subscriptions import BY_ADMIN, LEFT, NO_RIGHT, View

ASIDE = (
    "For you alone, not in the channel you chose: see below who may see it. An administrator can open a channel for "
    "totals in org.yaml; figures of people, or of fewer than five of them, are never told in one."
)


@notice("subscription")
def digest(uow: UnitOfWork, what: Notice) -> Message | None:
    """Told once: one that stands in a chat keeps the numbers of its day."""
    if what.posted:
        return None
    told = told_now(uow, what.subject_id, what.payload, alone=what.person_id is not None)
    return None if told is None else digest_message(told)


def digest_message(told: Told) -> Message:
    shown = answer_message(told.answer, told.reading_id)
    how = Action(label="Show how", intent="ask_how", args={"id": told.reading_id}, opens=True)
    about = [paragraph(f"“{told.view.question}”")] + ([paragraph(ASIDE)] if told.aside else [])
    whose = paragraph(f"Subscribed by {told.view.owner}, {told.view.when.words}.")
    return shown.model_copy(
        update={
            "paragraphs": [*shown.paragraphs, *about],
            "actions": [how, end_button(told.view)],
            "notes": [whose, *shown.notes],
        }
    )


def end_button(view: View, label: str = "End") -> Action:
    return Action(label=label, intent="subscription_end", args={"s": view.id})


@notice("subscription_ended")
def ended(uow: UnitOfWork, what: Notice) -> Message | None:
    view = None if what.posted else ended_view(uow, what.subject_id)
    return None if view is None else ended_message(view, what.payload["because"], what.payload["words"])


def ended_message(view: View, because: str, words: str) -> Message:
    """Why, and what to do. In a channel, whose subscriber has left, it does not repeat the question."""
    if because == LEFT:
        return text_message(
            f"A subscription of {view.owner} in this channel has ended, because they have left. Whoever needs it can ask "
            "the question and subscribe to the answer."
        )
    if because == BY_ADMIN:
        return text_message(f"An administrator has ended your subscription “{view.question}” ({view.when.words}).")
    start = f"I have ended your subscription “{view.question}” ({view.when.words})"
    if because == NO_RIGHT:
        return text_message(f"{start}: you may no longer see it. {words}")
    return text_message(
        f"{start}: names or data have changed, and I no longer read the question in one clear way. Please ask it again, "
        "choose what you mean, and subscribe to that answer."
    )
