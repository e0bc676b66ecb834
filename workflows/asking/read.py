"""From a text to what it means: the names of this company's data, the asker, the thread's last plan."""

from collections import OrderedDict
from dataclasses import replace
from datetime import date
from functools import partial
from threading import Lock

from sqlalchemy import func
from sqlmodel import Session, col, select

from storage.directory import record_of
from storage.metrics.base import record_in_force
from storage.models import ConfigDocument, ImportRun, Person, PersonRecord, Tool
from storage.org import OrgSettings
from storage.unit_of_work import UnitOfWork
from storage.vocabulary import load_vocabulary_lists
from workflows.asking.followup import whole_company
from workflows.asking.memory import Asked
from workflows.asking.parse import parse
from workflows.asking.parsed import Answerable, AskerFacts, Clarify, Parsed
from workflows.asking.synonyms import synonyms_in_force, taught_synonyms
from workflows.asking.vocabulary import Vocabulary

_MAX_KEPT = 4
_OWNERS = ("department", "division", "cost_center", "person")  # named instead of the team: "and Design?"
_kept: OrderedDict[tuple[object, ...], Vocabulary] = OrderedDict()
_lock = Lock()


def read_question(
    uow: UnitOfWork, org: OrgSettings, today: date, person_id: int, question: str, context: Asked | Clarify | str | None,
    vocabulary: Vocabulary | None = None,
) -> Parsed:  # fmt: skip
    """`context` is the thread's last plan, the question back that is open there, or the previous question's text;
    `vocabulary` stands in for the company's."""
    read = partial(
        parse,
        vocabulary=vocabulary or vocabulary_of(uow.session, today),
        org=org,
        today=today,
        asker=asker_facts(uow.session, person_id, today),
    )
    if isinstance(context, str):
        before = read(context)
        context = before if isinstance(before, Clarify) else None
        if isinstance(before, Answerable):
            context = Asked(before.query, scope=before.scope)
    if isinstance(context, Clarify):
        return read(question, pending=context)
    found = read(question, previous=context.query if context else None)
    if context is None or context.scope != "my_team" or not isinstance(found, Answerable) or found.scope is not None:
        return found
    alone = read(question)  # "and in September?" stays about the team; a question of its own does not
    own = isinstance(alone, Answerable) and alone.query.digest == found.query.digest
    others = any(f.dimension in _OWNERS and f not in context.query.filters for f in found.query.filters)
    return found if own or others or whole_company(question) else replace(found, scope=context.scope)


def asker_facts(session: Session, person_id: int, today: date) -> AskerFacts:
    """Empty ones for somebody without a record."""
    record = record_of(session, person_id, today)
    if record is None:
        return AskerFacts(email="")
    reports = (
        select(PersonRecord.id)
        .join(Person, col(Person.employee_id) == PersonRecord.manager_employee_id)
        .where(Person.id == person_id, record_in_force(today))
    )
    is_manager = session.exec(reports.limit(1)).first() is not None
    return AskerFacts(record.work_email, record.display_name, record.department, is_manager)


def vocabulary_of(session: Session, today: date) -> Vocabulary:
    """Built once per process and state of the data: the end of an import, a new configuration or a word that was taught
    makes a new one."""
    key, taught = vocabulary_key(session, today), taught_synonyms(session)
    with _lock:
        if key in _kept:
            _kept.move_to_end(key)
            return _kept[key]
    built = Vocabulary.build(load_vocabulary_lists(session, today), synonyms=synonyms_in_force(session, taught))
    with _lock:
        _kept[key] = built
        while len(_kept) > _MAX_KEPT:
            _kept.popitem(last=False)
    return built


def vocabulary_key(session: Session, today: date) -> tuple[object, ...]:
    """Changes whenever a word is taught or taken back, an import ends, a configuration is loaded, or a tool is judged."""
    imports = session.exec(select(func.count(col(ImportRun.id)), func.max(ImportRun.finished_at))).one()
    tools = session.exec(select(Tool.id, Tool.status).order_by(col(Tool.id))).all()
    documents = session.exec(select(func.max(ConfigDocument.id))).one()
    return (str(session.get_bind()), today, taught_synonyms(session), *imports, hash(tuple(tuple(tool) for tool in tools)),
            documents)  # fmt: skip
