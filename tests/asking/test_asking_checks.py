"""What `bursar doctor` says of words, questions, subscriptions and jobs."""

from datetime import timedelta

import pytest

from bot.commands.asking_checks import asking_checks
from storage.models import AddedSynonym, JobRun, OutboxItem, Subscription, UnansweredQuestion
from storage.unit_of_work import Store
from tests.asking.test_delivery import Acme, acme
from tests.builders import add_config

FILE = "names: {'tool:Claude': [claudette], 'tool:Vanished': [old friend]}\n"


@pytest.fixture
def company(store: Store) -> Acme:
    with store.write() as uow:
        return acme(uow)


def said(store: Store) -> dict[str, tuple[str, str]]:
    return {check.name: (check.state, check.found) for check in asking_checks(store)}


def test_all_is_well(store: Store, company: Acme) -> None:
    assert {state for state, _ in said(store).values()} == {"ok"}


def test_words_whose_meaning_is_gone_are_named(store: Store, company: Acme) -> None:
    with store.write() as uow:
        add_config(uow, "synonyms", FILE)
        for phrase, kind, meaning in (("outgoings", "metric", "spend"), ("zork", "metric", "no_such"),
                                      ("blue tool", "name", "tool:Gone"), ("clo", "name", "tool:Claude")):  # fmt: skip
            uow.session.add(AddedSynonym(phrase=phrase, kind=kind, meaning=meaning, added_by=company.people["adm"],
                                         added_at=uow.now))  # fmt: skip
    state, found = said(store)["synonyms"]
    assert state == "warn"
    for phrase in ("zork", "blue tool", "old friend"):
        assert f"“{phrase}” means" in found
    assert "claudette" not in found and "outgoings" not in found and "“clo”" not in found


def test_questions_that_wait_and_subscriptions_and_jobs_that_fail(store: Store, company: Acme) -> None:
    with store.write() as uow:
        now = uow.now
        uow.session.add(UnansweredQuestion(id="u_1", text="zork by squad", unread=["zork"], asked=3, first_asked_at=now,
                                           last_asked_at=now))  # fmt: skip
        for number in (1, 2):
            uow.session.add(Subscription(id=f"s_{number}", person_id=company.people["fin"], question="q", plan={"of": "old"},
                                         cadence="weekly", cron="0 9 * * 1", timezone="UTC", created_at=now,
                                         next_due_at=now))  # fmt: skip
        uow.session.add(OutboxItem(key="k", lane="l", kind="subscription", subject="subscription:s_2", status="failed",
                                   created_at=now, not_before=now))  # fmt: skip
        for hours, error in ((2, "ValueError: no"), (1, None)):
            at = now - timedelta(hours=hours)
            uow.session.add(JobRun(job="idle_seats", due_at=at, started_at=at, finished_at=at, error=error))
            uow.session.add(JobRun(job="follow_people", due_at=at, started_at=at, finished_at=at, error="E: x"))
    found = said(store)
    assert found["questions"] == ("warn", "1 could not be read; the most asked: “zork by squad”")
    assert found["subscriptions"][0] == "warn" and "2 not understood any more: s_1, s_2" in found["subscriptions"][1]
    assert "1 could not be delivered: s_2" in found["subscriptions"][1]
    assert found["jobs"] == ("warn", "follow_people: E: x")  # idle_seats has run since
