"""Who somebody in Teams is: colleagues by e-mail or user principal name, nobody else; also those who never spoke."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from sqlmodel import select

from bot.channels.base import SendDoubtful, SendFailed
from bot.channels.teams_people import TeamsPeople, TeamsUser, actor_of
from bot.channels.teams_places import Place, place_of, remember_place
from bot.channels.teams_sender import TeamsSender
from storage.models import ChatAccount, PersonEmail
from storage.unit_of_work import Store
from tests.builders import LONG_AGO, add_person
from tests.channels.teams_sending import fake, made
from tests.conftest import NOW, TestClock
from tests.fake_teams import OTHER_TENANT, TENANT, FakeTeams


@pytest_asyncio.fixture
async def teams() -> AsyncIterator[FakeTeams]:
    async with fake() as running:
        yield running


@pytest_asyncio.fixture
async def sender(teams: FakeTeams, store: Store, clock: TestClock) -> AsyncIterator[TeamsSender]:
    async with made(teams, store, clock) as ready:
        yield ready


@pytest.fixture
def people(sender: TeamsSender) -> TeamsPeople:
    return sender.people


def hire(store: Store, name: str, *, email: str | None = None) -> int:
    with store.write() as uow:
        return add_person(uow, name, email=email).id or 0


def seen(teams: FakeTeams, user: str, **more: str) -> TeamsUser:
    return TeamsUser(**({"tenant": TENANT, "address": teams.address(user), "object_id": user} | more))


def install(teams: FakeTeams, store: Store, *members: str, name: str = "tools") -> str:
    team = teams.add_team(name, *members)
    remember_place(store, Place(TENANT, team, "team", teams.service_url, name), NOW)
    return team


def accounts(store: Store) -> dict[str, ChatAccount]:
    with store.read() as uow:
        return {row.external_id: row for row in uow.session.exec(select(ChatAccount)).all()}


async def test_a_newcomer_is_asked_for_once_and_matched(teams: FakeTeams, people: TeamsPeople, store: Store) -> None:
    ada, user = hire(store, "ada"), teams.add_user("ada", "Ada@ACME.example")
    chat = teams.direct(user)
    for _ in range(3):
        account = await people.account(seen(teams, user, timezone="Europe/Stockholm"), chat)
        assert (account.person_id, account.email, account.external_id) == (ada, "ada@acme.example", user)
    assert (account.address, account.timezone, account.workspace) == (teams.address(user), "Europe/Stockholm", TENANT)
    assert len(teams.called("member")) == 1
    actor = actor_of(account)
    assert (actor.channel, actor.external_id, actor.person_id) == ("teams", user, ada)


async def test_without_an_object_id_the_address_names_the_account(
    teams: FakeTeams, people: TeamsPeople, store: Store
) -> None:
    ada, user = hire(store, "ada"), teams.add_user("ada")
    who = TeamsUser(TENANT, teams.address(user))
    account = await people.account(who, teams.direct(user))
    assert (account.external_id, account.person_id) == (teams.address(user), ada)


@pytest.mark.parametrize(
    ("email", "principal", "known"),
    [
        ("ada@acme.example", "a.lovelace@acme.onmicrosoft.example", "ada@acme.example"),
        ("lovelace@mail.example", "ada@acme.example", "ada@acme.example"),
        (None, "Ada@acme.example", "ada@acme.example"),
    ],
)
async def test_whichever_address_the_directory_knows(
    teams: FakeTeams, people: TeamsPeople, store: Store, email: str | None, principal: str, known: str
) -> None:
    ada, user = hire(store, "ada"), teams.add_user("ada", email=email, userPrincipalName=principal)
    teams.users[user]["email"] = email
    account = await people.account(seen(teams, user), teams.direct(user))
    assert (account.email, account.person_id) == (known, ada)


@pytest.mark.parametrize(
    "more",
    [
        {"userRole": "guest"},
        {"userRole": "anonymous"},
        {"userPrincipalName": "ada_acme.example#EXT#@host.onmicrosoft.example"},
        {"tenantId": OTHER_TENANT},
        {"tenantId": None},
        {"id": "28:another-bot"},
    ],
)
async def test_guests_bots_and_people_of_other_companies_are_nobody(
    teams: FakeTeams, people: TeamsPeople, store: Store, more: dict[str, str]
) -> None:
    hire(store, "ada")
    user = teams.add_user("ada", **more)
    account = await people.account(seen(teams, user), teams.direct(user))
    assert (account.person_id, account.email) == (None, None)
    install(teams, store, user)
    await people.read_rosters()
    assert await people.find("ada@acme.example") is None


async def test_another_tenants_account_is_not_even_asked_about(teams: FakeTeams, people: TeamsPeople, store: Store) -> None:
    hire(store, "ada")
    user = teams.add_user("ada")
    account = await people.account(seen(teams, user, tenant=OTHER_TENANT), teams.direct(user))
    assert account.person_id is None and teams.called("member") == []


async def test_asked_again_after_a_day_and_who_is_not_matched_after_a_minute(
    teams: FakeTeams, people: TeamsPeople, store: Store, clock: TestClock
) -> None:
    ada, user = hire(store, "ada"), teams.add_user("ada", userRole="guest")
    who, chat = seen(teams, user), teams.direct(user)
    assert (await people.account(who, chat)).person_id is None
    teams.users[user]["userRole"] = "user"
    assert (await people.account(who, chat)).person_id is None
    clock.advance(seconds=60)
    assert (await people.account(who, chat)).person_id == ada
    teams.users[user]["userRole"] = "guest"
    clock.advance(hours=23)
    assert (await people.account(who, chat)).person_id == ada
    clock.advance(hours=1)
    assert (await people.account(who, chat)).person_id is None


async def test_who_is_known_stays_so_while_teams_cannot_be_asked(
    teams: FakeTeams, people: TeamsPeople, store: Store, clock: TestClock
) -> None:
    ada, user = hire(store, "ada"), teams.add_user("ada")
    await people.account(seen(teams, user), teams.direct(user))
    clock.advance(days=2)
    for trouble in ({"kind": "drop"}, {"kind": "status", "value": 429}, {"kind": "status", "value": 403}):
        teams.fail("member", **trouble)  # type: ignore[arg-type]
        assert (await people.account(seen(teams, user), teams.direct(user))).person_id == ada


async def test_a_newcomer_waits_until_teams_can_be_asked(teams: FakeTeams, people: TeamsPeople, store: Store) -> None:
    hire(store, "ada")
    user = teams.add_user("ada")
    teams.fail("member", "status", value=429)
    with pytest.raises(SendFailed):
        await people.account(seen(teams, user), teams.direct(user))
    teams.fail("member", "drop")
    with pytest.raises(SendDoubtful):
        await people.account(seen(teams, user), teams.direct(user))
    assert accounts(store) == {}


async def test_a_message_extension_where_bursar_is_not_installed_matches_nobody_yet(
    teams: FakeTeams, people: TeamsPeople, store: Store, clock: TestClock
) -> None:
    ada, user = hire(store, "ada"), teams.add_user("ada")
    group = teams.add_group("ops", user, installed=False)
    assert (await people.account(seen(teams, user), group)).person_id is None
    clock.advance(minutes=1)
    assert (await people.account(seen(teams, user), teams.direct(user))).person_id == ada


async def test_a_manager_who_never_spoke_is_found_in_a_team_page_by_page(
    teams: FakeTeams, people: TeamsPeople, sender: TeamsSender, store: Store
) -> None:
    ids = {name: hire(store, name) for name in ("ada", "bo", "cy", "mia")}
    users = {name: teams.add_user(name) for name in ids}
    stranger = teams.add_user("stranger")
    teams.page_size = 2
    install(teams, store, *users.values(), stranger)
    found = await sender.find_account("Mia@acme.example")
    assert found is not None and (found.person_id, found.external_id) == (ids["mia"], users["mia"])
    assert found.address == teams.address(users["mia"])
    assert len(teams.called("members")) == 3
    assert {row.person_id for row in accounts(store).values()} == set(ids.values())  # nobody whom the directory lacks
    assert await sender.open_direct(TENANT, users["mia"]) == teams.direct(users["mia"])


async def test_a_person_is_found_by_any_of_their_addresses(teams: FakeTeams, people: TeamsPeople, store: Store) -> None:
    ada, user = hire(store, "ada"), teams.add_user("ada")
    with store.write() as uow:
        uow.session.add(PersonEmail(email="lovelace@acme.example", person_id=ada, valid_from=LONG_AGO))
    install(teams, store, user)
    found = await people.find("lovelace@acme.example")
    assert found is not None and found.person_id == ada


async def test_who_was_hired_after_they_were_seen_is_found(teams: FakeTeams, people: TeamsPeople, store: Store) -> None:
    user = teams.add_user("ada")
    assert (await people.account(seen(teams, user), teams.direct(user))).person_id is None
    ada = hire(store, "ada")
    found = await people.find("ada@acme.example")
    assert found is not None and found.person_id == ada
    assert teams.called("members") == []


async def test_rosters_are_read_every_six_hours_or_when_somebody_is_missed_for_ten_minutes(
    teams: FakeTeams, people: TeamsPeople, store: Store, clock: TestClock
) -> None:
    hire(store, "ada")
    team = install(teams, store)
    await people.read_rosters()
    await people.read_rosters()
    assert len(teams.called("members")) == 1
    clock.advance(minutes=10)
    assert await people.find("ada@acme.example") is None
    assert len(teams.called("members")) == 1
    clock.advance(seconds=1)
    teams.chats[team].members.add(teams.add_user("ada"))
    assert await people.find("ada@acme.example") is not None
    assert len(teams.called("members")) == 2
    clock.advance(hours=5)
    await people.read_rosters()
    assert len(teams.called("members")) == 2
    clock.advance(hours=1, seconds=1)
    await people.read_rosters()
    assert len(teams.called("members")) == 3


async def test_who_looks_while_a_roster_is_read_finds_them_too(teams: FakeTeams, people: TeamsPeople, store: Store) -> None:
    for name in ("ada", "bo"):
        hire(store, name)
    install(teams, store, teams.add_user("ada"), teams.add_user("bo"))
    found = await asyncio.gather(people.find("ada@acme.example"), people.find("bo@acme.example"))
    assert None not in found and len(teams.called("members")) == 1


async def test_a_roster_read_in_part_is_read_again(teams: FakeTeams, people: TeamsPeople, store: Store) -> None:
    for name in ("ada", "bo"):
        hire(store, name)
    team = install(teams, store, teams.add_user("ada"), teams.add_user("bo"))
    for kind, value in (("drop", None), ("status", 429), ("status", 503)):
        teams.fail("members", kind, value=value)
        with pytest.raises(SendFailed) as failed:
            await people.find("bo@acme.example")
        assert failed.value.retry_after is not None
    place = place_of(store, TENANT, team)
    assert place is not None and place.roster_read_at is None
    assert await people.find("bo@acme.example") is not None


async def test_a_team_that_took_bursar_out_does_not_hide_the_others(
    teams: FakeTeams, people: TeamsPeople, store: Store
) -> None:
    hire(store, "ada")
    gone = install(teams, store, name="gone")
    teams.chats[gone].installed = False
    install(teams, store, teams.add_user("ada"))
    assert await people.find("ada@acme.example") is not None


async def test_a_roster_does_not_make_an_account_look_used(
    teams: FakeTeams, people: TeamsPeople, store: Store, clock: TestClock
) -> None:
    hire(store, "ada")
    user = teams.add_user("ada")
    await people.account(seen(teams, user), teams.direct(user))
    install(teams, store, user)
    clock.advance(hours=7)
    await people.read_rosters()
    assert accounts(store)[user].last_seen_at == NOW


async def test_who_acted_before_without_being_matched_is_linked_from_the_roster(
    teams: FakeTeams, people: TeamsPeople, store: Store
) -> None:
    ids = {name: hire(store, name) for name in ("ada", "bo")}
    users = {name: teams.add_user(name) for name in ids}
    group = teams.add_group("ops", *users.values(), installed=False)
    assert (await people.account(seen(teams, users["ada"]), group)).person_id is None
    install(teams, store, *users.values())
    await people.read_rosters()
    assert {user: row.person_id for user, row in accounts(store).items()} == {users[name]: ids[name] for name in ids}


async def test_who_was_found_in_a_roster_is_asked_about_when_they_speak(
    teams: FakeTeams, people: TeamsPeople, store: Store
) -> None:
    hire(store, "ada")
    user = teams.add_user("ada")
    install(teams, store, user)
    await people.read_rosters()
    for _ in range(2):
        account = await people.account(seen(teams, user, timezone="Europe/Stockholm"), teams.direct(user))
        assert account.timezone == "Europe/Stockholm"
    assert len(teams.called("member")) == 1
