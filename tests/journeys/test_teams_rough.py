"""Teams' rough ways: refreshes of people who are no viewers, cards and people that are gone, odd events, moving services."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import pytest
import pytest_asyncio
from sqlmodel import col, select

from bot.channels.teams_render import render_message
from bot.message import Action, Message, Viewers
from storage.models import ChatAccount, ChatPlace, OutboxItem, PersonRecord
from storage.unit_of_work import Store
from tests.conftest import TestClock
from tests.fake_teams import TENANT
from tests.journeys.slack_company import until
from tests.journeys.teams_company import TeamsCompany, can, company, current, says
from tests.journeys.test_teams_journey import asked_in_channel
from tests.teams_client import Activity, card_of, text_of


@pytest_asyncio.fixture
async def acme(database_url: str, store: Store, clock: TestClock) -> AsyncIterator[TeamsCompany]:
    async with company(database_url, store, clock) as running:
        yield running


def refreshed_by(acme: TeamsCompany, name: str, card: Activity, wanted: Activity) -> Activity:
    """A refresh as Teams sends it for whoever looks at a card in a small chat."""
    value = {"action": wanted["action"], "trigger": "automatic"}
    thread = {"thread": card["thread"]} if card.get("thread") else {}
    return acme.people.invoke("adaptiveCard/action", acme.user(name), card["chat"], value, replyToId=card["id"], **thread)


async def test_who_is_no_viewer_sees_the_card_of_all(acme: TeamsCompany) -> None:
    card = await asked_in_channel(acme)
    wanted = card_of(card)["refresh"]
    for name in ("zoe", "fay", "tor"):
        shown = (await acme.people.deliver(refreshed_by(acme, name, card, wanted))).card
        assert can(shown) == {"Details"} and "Waits for Mia" in text_of(shown)
        assert set(shown["refresh"]["userIds"]) == set(wanted["userIds"])
    assert acme.decisions() == []


async def test_not_even_when_teams_does_not_know_the_requester(acme: TeamsCompany) -> None:
    """Whom a card names decides nothing about who sees which buttons."""
    card = await asked_in_channel(acme)
    wanted = card_of(card)["refresh"]
    with acme.store.write() as uow:
        eve = uow.session.exec(select(ChatAccount).where(ChatAccount.external_id == acme.user("eve"))).one()
        eve.address = None
    shown = (await acme.people.deliver(refreshed_by(acme, "zoe", card, wanted))).card
    assert can(shown) == {"Details"}


def test_sixty_viewers_approvers_first() -> None:
    """Teams takes sixty: those who can decide stand first and keep their buttons."""
    people = [*range(100, 170), 1, 2]
    card = Message(
        fallback="x", title="T", viewers=Viewers(kind="k", subject="s", person_ids=people),
        actions=[Action(label="Approve", intent="approve", reserved=True)],
    )  # fmt: skip
    shown = render_message(card, {one: f"29:{one}" for one in people}, shared=True)
    assert shown["refresh"]["userIds"] == [f"29:{one}" for one in people[:60]]


async def test_a_click_on_a_card_that_was_deleted_counts_once(acme: TeamsCompany) -> None:
    """Its update finds nothing; the decision stands, the next step is told, the outbox does not hang."""
    await acme.request("eve")
    first = await acme.told("mia", "Eve", "Cursor", "to write code")
    acme.teams.messages.remove(first)
    await acme.people.execute(acme.user("mia"), first, "Approve")
    await acme.told("fay", "Eve", "Cursor", "to write code")
    assert [decision.verdict for decision in acme.decisions()] == ["approve"]
    await acme.app.outbox.drain()
    with acme.store.read() as uow:
        assert uow.session.exec(select(OutboxItem.key).where(OutboxItem.status == "failed")).all() == []


@pytest.mark.parametrize(
    "kind", ["messageUpdate", "messageDelete", "messageReaction", "typing", "event", "endOfConversation"]
)
async def test_edits_deletions_and_reactions_are_no_new_words(acme: TeamsCompany, kind: str) -> None:
    said = acme.people.message(acme.user("eve"), acme.chat("eve"), "request cursor")
    changed = {**said, "type": kind, "channelData": {**said["channelData"], "eventType": "editMessage"}}
    assert (await acme.people.deliver(changed)).status == 202
    assert acme.heard() == []


async def test_nothing_but_a_mention_is_answered_with_what_one_can_do(acme: TeamsCompany) -> None:
    await acme.people.mention(acme.user("eve"), acme.team, "")
    [heard] = await until(acme.heard, "an empty call")
    assert heard.interaction["text"] == ""
    await until(lambda: acme.teams.direct_messages(acme.user("eve")) or acme.teams.posted_in(acme.team)[1:], "an answer")
    assert acme.teams.refusals == []


async def test_a_very_long_text_is_answered(acme: TeamsCompany) -> None:
    await acme.people.say(acme.user("eve"), "what does my team cost " + "x" * 80_000)
    await until(lambda: acme.teams.direct_messages(acme.user("eve")), "an answer")
    assert acme.teams.refusals == []


async def test_a_reply_to_bursars_card_is_for_bursar_only_when_it_is_called(acme: TeamsCompany) -> None:
    card = await asked_in_channel(acme)
    heard = len(acme.heard())
    reply = acme.people.message(acme.user("zoe"), acme.team, "why though?", thread=card["thread"])
    assert (await acme.people.deliver({**reply, "replyToId": card["id"]})).status == 202
    assert len(acme.heard()) == heard
    await acme.people.mention(acme.user("zoe"), acme.team, "status", thread=card["thread"])
    assert len(acme.heard()) == heard + 1
    assert acme.heard()[-1].interaction["conversation"]["thread_id"] == card["thread"]


async def test_a_group_of_250_is_read_in_pages_and_answered(acme: TeamsCompany) -> None:
    crowd = [acme.teams.add_user(f"crowd{number}") for number in range(248)]
    group = acme.teams.add_group("everybody", acme.user("eve"), acme.user("mia"), *crowd)
    acme.teams.page_size = 100
    await acme.people.install(acme.user("eve"), group)
    await acme.people.mention(acme.user("eve"), group, "request cursor")
    offer = await acme.in_chat(group, "Cursor", "State here")
    await acme.fill_in("eve", offer)
    card = await acme.in_chat(group, "Eve asks for Cursor")
    assert "Approve" not in can(card) and len(card_of(card)["refresh"]["userIds"]) == 2

    def pages() -> int:
        return len([call for call in acme.teams.called("members") if call["chat"] == group])

    await until(lambda: pages() >= 3, "the last page")
    assert pages() == 3


@pytest.mark.parametrize("guest", [{"userRole": "guest"}, {"userPrincipalName": "eve_acme#EXT#@acme.example"}])
async def test_a_guest_with_a_colleagues_address_is_nobody(acme: TeamsCompany, guest: dict[str, Any]) -> None:
    user = acme.teams.add_user("gus", "eve@acme.example", **guest)
    acme.teams.chats[acme.team].members.add(user)
    await acme.people.install(user)
    await acme.people.say(user, "request cursor")
    said = await until(
        lambda: [one for one in acme.teams.direct_messages(user) if says(one, "could not match")], "a refusal"
    )
    assert "Request Cursor" not in str(said) and acme.requests() == []


async def test_a_person_who_left_between_card_and_click_decides_nothing(acme: TeamsCompany) -> None:
    await acme.request("eve")
    card = await acme.told("mia", "Eve", "Cursor", "to write code")
    with acme.store.write() as uow:
        query = select(PersonRecord).where(col(PersonRecord.work_email) == "mia@acme.example")
        for record in uow.session.exec(query).all():
            record.employment_status, record.termination_date = "Terminated", date(2026, 1, 1)
    answer = await acme.people.execute(acme.user("mia"), card, "Approve")
    assert answer.status == 200
    await acme.app.outbox.drain()
    assert acme.decisions() == []


async def test_tenants_are_the_same_in_capital_letters(acme: TeamsCompany) -> None:
    said = acme.people.message(acme.user("eve"), acme.chat("eve"), "request cursor")
    said["conversation"]["tenantId"] = TENANT.upper()
    said["channelData"]["tenant"]["id"] = TENANT.upper()
    assert (await acme.people.deliver(said)).status == 202
    await acme.told("eve", "Cursor", "State here")
    assert {row.interaction["actor"]["workspace"] for row in acme.heard()} == {TENANT}


async def test_a_team_whose_service_moves_is_written_to_where_it_is_now(acme: TeamsCompany) -> None:
    await acme.people.say(acme.user("eve"), "hello")
    await acme.told("eve", "What I can do")
    with acme.store.write() as uow:
        for place in uow.session.exec(select(ChatPlace)).all():
            place.service_url = f"{acme.teams.base}/where-nobody-answers-any-more/"
    await acme.people.say(acme.user("eve"), "request cursor")
    await acme.told("eve", "Cursor", "State here")


async def test_tokens_that_end_in_a_burst_lose_nothing(acme: TeamsCompany, clock: TestClock) -> None:
    await acme.people.say(acme.user("eve"), "hello")
    await acme.told("eve", "What I can do")
    acme.teams.forget_tokens()
    names = ("eve", "mia", "fay", "zoe", "tor")
    said = [acme.people.message(acme.user(name), acme.chat(name), "request cursor") for name in names]
    answers = await asyncio.gather(*(acme.people.deliver(one) for one in said))
    for one, answer in zip(said, answers, strict=True):  # Teams delivers again what was not taken
        assert answer.status == 202 or (await acme.people.repeat(one)).status == 202

    def told() -> bool:
        with acme.store.read() as uow:
            later = uow.session.exec(select(OutboxItem.not_before).where(OutboxItem.status == "new")).all()
        if later and all(one is not None and one > clock() for one in later):
            clock.advance(seconds=2)  # what was refused is tried again
        return all(any(says(one, "State here") for one in acme.teams.direct_messages(acme.user(name))) for name in names)

    await until(told, "an answer to everybody")
    assert len(acme.teams.called("token")) <= 3


async def test_names_of_any_script_and_with_marks(acme: TeamsCompany) -> None:
    """A person renamed in the directory is called by the new name; Markdown in it stays a name."""
    await acme.request("eve")
    with acme.store.write() as uow:
        for record in uow.session.exec(select(PersonRecord).where(col(PersonRecord.work_email) == "eve@acme.example")).all():
            record.display_name = "Ève *Ωmega* </at> 王 \u202e[x](http://y)"
    await acme.people.say(acme.user("mia"), "approvals")
    await acme.told("mia", "Ωmega", "王")
    assert acme.teams.refusals == []


async def test_two_refreshes_while_the_card_is_decided_are_reading(acme: TeamsCompany) -> None:
    card = await asked_in_channel(acme)
    mias = {**card, "attachments": [{"content": (await acme.people.refresh(acme.user("mia"), card)).card}]}
    wanted = card_of(card)["refresh"]
    answers = await asyncio.gather(
        acme.people.execute(acme.user("mia"), mias, "Approve"),
        *(acme.people.deliver(refreshed_by(acme, name, card, wanted)) for name in ("mia", "eve", "zoe")),
    )
    assert [answer.status for answer in answers] == [200] * 4
    assert [decision.verdict for decision in acme.decisions()] == ["approve"]
    await until(lambda: "Waits for Fay" in text_of(current(acme.teams, card)), "the card of the next stage")


async def test_installed_in_500_teams_nobody_waits_for_their_rosters(acme: TeamsCompany) -> None:
    """What an answer needs is asked for the one who spoke, not of every team."""
    for number in range(500):
        acme.teams.add_team(f"team{number}", acme.user("eve"))
    with acme.store.write() as uow:
        for number in range(500):
            uow.session.add(
                ChatPlace(
                    channel="teams", workspace=TENANT, conversation_id=f"19:team{number}@thread.tacv2", kind="team",
                    service_url=acme.teams.service_url, name="", last_seen_at=acme.clock(), roster_read_at=acme.clock(),
                )
            )  # fmt: skip
    await acme.people.say(acme.user("eve"), "request cursor")
    await acme.told("eve", "Cursor", "State here")
    assert not [one for one in acme.teams.called("members") if one["chat"].startswith("19:team")]
