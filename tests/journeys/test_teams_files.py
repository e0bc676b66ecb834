"""An answer as a file in Teams: offered in the personal chat, stored in the person's OneDrive after their consent."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from sqlmodel import col, select

from storage.models import OutboxItem
from storage.unit_of_work import Store
from tests.asking.test_delivery import ORG, acme
from tests.builders import add_config
from tests.conftest import TestClock
from tests.fake_teams import FakeTeams
from tests.journeys.slack_company import until
from tests.journeys.teams_company import TeamsCompany, current, says, serving
from tests.teams_cards import CONSENT, INFO
from tests.teams_client import Activity, text_of

QUESTION = "API requests in october 2026 by person"


@pytest_asyncio.fixture
async def acme_in_teams(database_url: str, store: Store, clock: TestClock) -> AsyncIterator[TeamsCompany]:
    teams = await FakeTeams().start()
    with store.write() as uow:
        people = acme(uow).people
    team = teams.add_team("acme", *(teams.add_user(name) for name in people))
    async with serving(teams, team, database_url, store, clock) as running:
        await running.people.install(running.user("fin"), team)
        await running.people.install(running.user("fin"))
        yield running


async def offered(company: TeamsCompany) -> Activity:
    """The card that offers fin the file, after a question in the personal chat."""
    fin = company.user("fin")
    await company.people.say(fin, QUESTION)
    answer = await company.told("fin", "Data through")
    await company.people.execute(fin, answer, "Export CSV")
    return dict(await until(lambda: next(iter(cards(company, CONSENT)), None), "the offer"))


def cards(company: TeamsCompany, kind: str) -> list[Activity]:
    posted = company.teams.posted_in(company.chat("fin"))
    return [one for one in posted if any(part["contentType"] == kind for part in one.get("attachments") or [])]


def answers(company: TeamsCompany) -> list[OutboxItem]:
    with company.store.read() as uow:
        query = select(OutboxItem).where(col(OutboxItem.key).startswith("file:")).order_by(col(OutboxItem.id))
        return list(uow.session.exec(query).all())


async def quiet(company: TeamsCompany) -> None:
    """Nothing is left to be sent."""

    def waiting() -> list[str]:
        with company.store.read() as uow:
            return list(uow.session.exec(select(OutboxItem.key).where(col(OutboxItem.status).in_(("new", "sending")))).all())

    await until(lambda: not waiting(), "an empty outbox")


async def replaced(company: TeamsCompany, card: Activity, *words: str) -> str:
    """What stands in the place of the card that asked."""
    await until(lambda: says(current(company.teams, card), *words), f"{words} instead of the question")
    return text_of(current(company.teams, card))


async def test_a_file_is_stored_after_a_yes_and_shown(acme_in_teams: TeamsCompany) -> None:
    company = acme_in_teams
    card = await offered(company)
    [asked] = card["attachments"]
    assert asked["name"].endswith(".csv") and "rows" in asked["content"]["description"]
    assert company.teams.drive.stored == [], "nothing without a yes"
    assert (await company.people.answer_consent(company.user("fin"), card)).status == 200
    await replaced(company, card, "is in your OneDrive")
    [data] = company.teams.drive.stored
    assert data.startswith(b"\xef\xbb\xbf") and b"@acme.example" in data
    [shown] = cards(company, INFO)
    assert shown["attachments"][0]["name"] == asked["name"]
    [row] = answers(company)
    assert "uploadUrl" not in row.payload["upload"], "the address to write to is not kept"
    assert company.teams.refusals == []


async def test_two_yeses_are_one_file(acme_in_teams: TeamsCompany) -> None:
    company, fin = acme_in_teams, acme_in_teams.user("fin")
    card = await offered(company)
    for _ in range(2):
        assert (await company.people.answer_consent(fin, card)).status == 200
    await replaced(company, card, "is in your OneDrive")
    assert (await company.people.answer_consent(fin, card)).status == 200
    await quiet(company)
    assert len(company.teams.drive.stored) == len(cards(company, INFO)) == 1


async def test_a_no_is_a_sentence_and_not_for_ever(acme_in_teams: TeamsCompany) -> None:
    company, fin = acme_in_teams, acme_in_teams.user("fin")
    card = await offered(company)
    assert (await company.people.answer_consent(fin, card, accept=False)).status == 200
    await replaced(company, card, "I do not send the file")
    assert company.teams.drive.stored == [] and company.teams.called("upload") == []
    await company.people.answer_consent(fin, card)  # another client of theirs still shows the card
    await replaced(company, card, "is in your OneDrive")
    await company.people.answer_consent(fin, card, accept=False)
    await quiet(company)
    assert says(current(company.teams, card), "is in your OneDrive")


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/upload", "http://contoso.sharepoint.com/x", "https://sharepoint.com.evil.example/x",
        "https://evilsharepoint.com/x", "https://u:p@contoso.sharepoint.com/x", "https://contoso.sharepoint.com:8443/x",
        "http://127.0.0.1:1/x", "http://169.254.169.254/latest", "file:///etc/passwd", "",
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["uploadUrl", "contentUrl"])
async def test_another_address_than_microsofts_is_refused_in_words(acme_in_teams: TeamsCompany, url: str, name: str) -> None:
    company = acme_in_teams
    card = await offered(company)
    assert (await company.people.answer_consent(company.user("fin"), card, **{name: url})).status == 200
    await replaced(company, card, "another address", "Nothing was sent")
    assert company.teams.drive.stored == [] and cards(company, INFO) == []


async def test_rights_are_those_of_the_yes(acme_in_teams: TeamsCompany) -> None:
    company = acme_in_teams
    card = await offered(company)
    with company.store.write() as uow:
        add_config(uow, "org", ORG.replace("fin@acme.example, ", ""))
    await company.people.answer_consent(company.user("fin"), card)
    await until(lambda: [row for row in answers(company) if row.status == "sent"], "an answer")
    said = text_of(current(company.teams, card))
    assert "for their managers and finance" in said
    assert company.teams.drive.stored == [] and company.teams.called("upload") == []


async def test_nobody_else_says_yes(acme_in_teams: TeamsCompany) -> None:
    company, fay = acme_in_teams, acme_in_teams.user("fay")
    card = await offered(company)
    await company.people.install(fay)
    taken = company.people.answering_consent(fay, {**card, "chat": company.chat("fay")})
    assert (await company.people.deliver(taken)).status == 400
    assert answers(company) == []


@pytest.mark.parametrize("context", [None, {}, {"bursar": 1}, {"bursar": {"file": 7}}, {"bursar": {"file": "export:none"}}])
async def test_an_answer_to_nothing_is_refused(acme_in_teams: TeamsCompany, context: Any) -> None:
    company, fin = acme_in_teams, acme_in_teams.user("fin")
    value = {
        "type": "fileUpload",
        "action": "accept",
        "context": context,
        "uploadInfo": company.teams.drive.make_place("x.csv"),
    }
    answer = await company.people.deliver(company.people.invoke("fileConsent/invoke", fin, company.chat("fin"), value))
    assert answer.status == 400 and answers(company) == []


async def test_trouble_for_now_is_tried_again_and_stores_once(acme_in_teams: TeamsCompany, clock: TestClock) -> None:
    company = acme_in_teams
    card = await offered(company)
    company.teams.fail("upload", "status", value=503)
    await company.people.answer_consent(company.user("fin"), card)
    await until(lambda: company.teams.called("upload"), "an attempt")
    await until(lambda: answers(company)[0].not_before and answers(company)[0].status == "new", "a later attempt")
    clock.advance(seconds=10)
    await replaced(company, card, "is in your OneDrive")
    assert len(company.teams.drive.stored) == 1


async def test_a_place_that_does_not_take_it_is_told(acme_in_teams: TeamsCompany) -> None:
    company = acme_in_teams
    card = await offered(company)
    company.teams.fail("upload", "status", value=403)
    await company.people.answer_consent(company.user("fin"), card)
    await replaced(company, card, "did not take the file", "Export CSV")
    assert cards(company, INFO) == []


async def test_stored_but_not_told_is_told_without_storing_again(acme_in_teams: TeamsCompany, clock: TestClock) -> None:
    company = acme_in_teams
    card = await offered(company)
    company.teams.fail("post", "status", value=429, headers={"Retry-After": "3"})
    await company.people.answer_consent(company.user("fin"), card)
    await until(lambda: answers(company)[0].error, "a refusal")
    clock.advance(seconds=10)
    await replaced(company, card, "is in your OneDrive")
    assert len(company.teams.called("upload")) == len(cards(company, INFO)) == 1


async def test_where_the_app_may_not_send_files_it_says_so(acme_in_teams: TeamsCompany) -> None:
    company, fin = acme_in_teams, acme_in_teams.user("fin")
    await company.people.say(fin, QUESTION)
    answer = await company.told("fin", "Data through")
    company.teams.fail("post", "status", value=400)
    await company.people.execute(fin, answer, "Export CSV")
    await company.told("fin", "I cannot send the file", "package")
