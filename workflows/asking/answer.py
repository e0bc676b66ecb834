"""A question in, an answer object out: read it, check the asker's rights, compute, word it with its receipt."""

from dataclasses import dataclass

from storage.directory import person_id_of
from storage.metrics.base import UnsupportedDimension, UnsupportedReading
from storage.org import OrgSettings, load_org
from storage.org import today as day_of
from storage.spend_query import QueryResult, SpendQuery
from storage.unit_of_work import UnitOfWork
from workflows.asking.answer_object import Answer, plan_of
from workflows.asking.compose import Found, answered, is_empty, no_data, nothing_meets
from workflows.asking.compute import Company, compute, effective, share
from workflows.asking.delivery import ChannelContext, Delivery, deliver
from workflows.asking.labels import BUDGETS
from workflows.asking.memory import Asked
from workflows.asking.next_steps import changed, next_steps
from workflows.asking.parsed import Action, Answerable, Clarify, Help, Parsed, Scope, SmallTalk, Unsupported
from workflows.asking.permissions import Denied, Granted, Verdict, authorise
from workflows.asking.phrases import dimension_word
from workflows.asking.read import read_question
from workflows.asking.rights import Rights, rights_of
from workflows.asking.small_groups import is_small_group
from workflows.asking.wording import plan_words

HELP = (
    "I answer questions about AI spend, seats, usage, budgets, contracts and requests. Try “what do I cost?”, "
    "“what did Marketing spend last month?”, “top 5 tools this quarter”, “idle seats by tool”, “what renews in the next "
    "90 days?”."
)


@dataclass(frozen=True)
class Asking:
    """One person's question on one day, in one place."""

    uow: UnitOfWork
    company: Company
    person_id: int
    channel: ChannelContext

    @property
    def org(self) -> OrgSettings:
        return self.company.org

    def rights(self, scope: Scope | None) -> Rights:
        """The asker's; the tree of people is read for those who need it."""
        team = scope == "my_team"
        return rights_of(self.uow.session, self.org, self.person_id, self.company.today, team=team)

    def rights_by_email(self, email: str) -> Rights | None:
        person_id = person_id_of(self.uow.session, email, self.company.today)
        return None if person_id is None else rights_of(self.uow.session, self.org, person_id, self.company.today)

    def in_place(self, answer: Answer) -> Answer:
        """Words without a number in them: said where they were asked, a refusal to the asker alone."""
        private = answer.status == "refused" and not self.channel.alone
        return answer.model_copy(update={"delivery": "private" if private else "channel"})


def begin(uow: UnitOfWork, asker_person_id: int, channel: ChannelContext) -> Asking:
    """Settings and today, read once for one answer."""
    org = load_org(uow.session)
    today = day_of(org, uow.now)
    return Asking(uow, Company(uow.session, org, today), asker_person_id, channel)


def answer(
    uow: UnitOfWork, question: str, asker_person_id: int, channel: ChannelContext,
    context: Asked | Clarify | str | None = None,
) -> Answer:  # fmt: skip
    """`context` is what was said before in the same thread by the same person: the last plan, the open question back, or
    the previous question to be read first."""
    asking = begin(uow, asker_person_id, channel)
    parsed = read_question(uow, asking.org, asking.company.today, asker_person_id, question, context)
    if isinstance(parsed, Action) and parsed.command == "export":
        return asking.in_place(_file_offered(question, parsed, context.scope if isinstance(context, Asked) else None))
    return answer_parsed(asking, question, parsed)


def answer_plan(uow: UnitOfWork, question: str, asker_person_id: int, channel: ChannelContext, asked: Asked) -> Answer:
    """A plan that was read before (a button): rights and numbers are those of now."""
    parsed = Answerable(asked.query, scope=asked.scope)
    return answer_parsed(begin(uow, asker_person_id, channel), question, parsed)


def answer_parsed(asking: Asking, question: str, parsed: Parsed) -> Answer:
    if isinstance(parsed, Answerable):
        return _answerable(asking, question, parsed)
    if isinstance(parsed, Clarify):
        return asking.in_place(_question_back(asking, question, parsed))
    return asking.in_place(_words(question, parsed))


def _question_back(asking: Asking, question: str, parsed: Clarify) -> Answer:
    """Only readings that the asker may see are offered; when there is none, it is refused at once."""
    offered, denied = [], []
    for choice in parsed.choices:
        verdict = None if choice.query is None else _verdict(asking, effective(asking.company, choice.query), choice.scope)
        if isinstance(verdict, Denied):
            denied.append(verdict)
        else:
            offered.append(choice)
    if denied and not offered:
        return _refused(question, denied[0])
    labels = [choice.label for choice in offered]
    text = f"{parsed.question} {' · '.join(labels)}".strip()
    return Answer(status="clarify", question=question, text=text, headline=parsed.question, slot=parsed.slot,
                  choices=labels, readings=tuple(offered), unread=parsed.words if parsed.unread else None)  # fmt: skip


def _verdict(asking: Asking, query: SpendQuery, scope: Scope | None) -> Verdict:
    return authorise(asking.rights(scope), query, scope, asking.org.name)


def _refused(question: str, denied: Denied, query: SpendQuery | None = None) -> Answer:
    text = f"{denied.text} {denied.offer}"
    plan = None if query is None else plan_of(query)
    return Answer(status="refused", question=question, text=text, headline=text, plan=plan)


def _words(question: str, parsed: Unsupported | Action | Help | SmallTalk) -> Answer:
    """No data answers: what Bursar cannot say, commands it offers, help."""
    if isinstance(parsed, Unsupported):
        text = f"{parsed.text} {parsed.offer}".strip()
        labels = [choice.label for choice in parsed.choices]
        return Answer(status="unsupported", question=question, text=text, headline=text, choices=labels,
                      readings=parsed.choices, command=None if labels else "help")  # fmt: skip
    if isinstance(parsed, Action):
        return Answer(status="unsupported", question=question, text=parsed.text, headline=parsed.text,
                      command=parsed.command, tool=parsed.tool)  # fmt: skip
    text = HELP if isinstance(parsed, Help) else parsed.text
    return Answer(status="unsupported", question=question, text=text, headline=text, command="help")


def _file_offered(question: str, parsed: Action, scope: Scope | None) -> Answer:
    """The answer before as a file: with a button, never done from a text."""
    text = "Ask the question first; under its answer stands the button Export CSV."
    if parsed.query is not None:
        text = f"I can send you this as a CSV file, to you alone: {plan_words(parsed.query)}. Press Export CSV."
    return Answer(status="unsupported", question=question, text=text, headline=text, command="export",
                  query=parsed.query, scope=scope)  # fmt: skip


def _answerable(asking: Asking, question: str, parsed: Answerable) -> Answer:
    wanted = effective(asking.company, parsed.query)
    rights = asking.rights(parsed.scope)
    verdict = authorise(rights, wanted, parsed.scope, asking.org.name)
    if isinstance(verdict, Denied):
        return asking.in_place(_refused(question, verdict, wanted))
    query = verdict.query
    try:
        result = compute(asking.company, query, verdict.scope)
        part = share(asking.company, query, verdict.scope, result) if query.share_of else None
    except UnsupportedDimension as error:
        return asking.in_place(_no_dimension(question, query, error))
    except UnsupportedReading as error:
        return asking.in_place(Answer(status="unsupported", question=question, text=str(error), headline=str(error),
                                      plan=plan_of(query)))  # fmt: skip
    found = Found(
        question, parsed, verdict, result, part, _delivery(asking, rights, verdict, result, parsed), asking.channel
    )
    if not is_empty(result):
        steps = next_steps(rights, query, parsed.scope, asking.org.name)
        steps = [step for step in steps if _leads_somewhere(asking, query, step, verdict)]
        return answered(asking.uow.session, found).model_copy(update={"next_steps": tuple(steps)})
    if query.having and not is_empty(compute(asking.company, query.model_copy(update={"having": ()}), verdict.scope)):
        return nothing_meets(asking.uow.session, found)
    return no_data(asking.uow.session, found)


def _leads_somewhere(asking: Asking, query: SpendQuery, step: str, granted: Granted) -> bool:
    """Budgets by department say nothing where no department has one, and not every average can be cut; the rest can."""
    cut = changed(query, step)
    budgeted = query.compare == "budget"
    if not cut.group_by or not (BUDGETS & {*query.metrics} or budgeted or query.aggregate):
        return True
    try:
        rows = compute(asking.company, cut, granted.scope).rows
    except (UnsupportedDimension, UnsupportedReading):
        return False
    named = [row for row in rows if row.keys[cut.group_by[0]] is not None]
    return any((row.previous if budgeted else row.values).get(query.metrics[0]) is not None for row in named)


def _no_dimension(question: str, query: SpendQuery, error: UnsupportedDimension) -> Answer:
    word = dimension_word(error.dimension)
    allowed = ", ".join(dimension_word(name) for name in error.allowed)
    text = f"I cannot give {error.metric} by {word}: it is not recorded that way. I can by {allowed}."
    return Answer(status="unsupported", question=question, text=text, headline=text, plan=plan_of(query))


def _delivery(asking: Asking, rights: Rights, granted: Granted, result: QueryResult, parsed: Answerable) -> Delivery:
    if asking.channel.alone:
        return Delivery("channel")
    personal = granted.personal or is_small_group(asking.company, granted, result)
    found = deliver(asking.channel, granted, rights, asking.org, personal=personal, rights_by_email=asking.rights_by_email)
    if parsed.private:
        return Delivery("private", found.may_post, "you asked for it")
    return found
