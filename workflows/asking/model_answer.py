"""A question for the optional model, and the answer after it: two short reads, so that no transaction waits for a model."""

from storage.org import load_org
from storage.org import today as day_of
from storage.unit_of_work import UnitOfWork
from workflows.asking.answer import answer_parsed, begin
from workflows.asking.answer_object import Answer
from workflows.asking.delivery import ChannelContext
from workflows.asking.memory import Asked
from workflows.asking.model_reading import ModelQuestion, Proposal, checked, question_for_model
from workflows.asking.parsed import Clarify
from workflows.asking.read import read_question, vocabulary_of
from workflows.asking.taught import context_of

Context = Asked | Clarify | str | None


def ask_of_model(uow: UnitOfWork, question: str, person_id: int, context: Context) -> ModelQuestion | None:
    """What to ask a model, None where it is not asked."""
    org = load_org(uow.session)
    today = day_of(org, uow.now)
    parsed = read_question(uow, org, today, person_id, question, context)
    return question_for_model(question, parsed, vocabulary_of(uow.session, today), context_of(org, today))


def answer_proposed(
    uow: UnitOfWork, question: str, person_id: int, channel: ChannelContext, context: Context, proposal: Proposal
) -> Answer | None:
    """“Did you mean …?” for a proposal that holds, else None. The data are those of now."""
    asking = begin(uow, person_id, channel)
    org, today = asking.org, asking.company.today
    parsed = read_question(uow, org, today, person_id, question, context)
    if not isinstance(parsed, Clarify):
        return None
    asked_back = checked(
        proposal, question, parsed, vocabulary=vocabulary_of(uow.session, today), context=context_of(org, today),
        read=lambda words: read_question(uow, org, today, person_id, question, context, vocabulary=words),
    )  # fmt: skip
    return None if asked_back is None else answer_parsed(asking, question, asked_back)
