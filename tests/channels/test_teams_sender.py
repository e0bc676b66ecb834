"""Posting: what Teams answers decides between sent, later, never and perhaps."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio
from sqlmodel import select

from bot.channels.base import AccountFinder, SendDoubtful, Sender, SendFailed, TakesFiles
from bot.channels.teams_places import Place, place_of, remember_place
from bot.channels.teams_sender import HINT, TeamsSender
from bot.message import Message, Viewers, attach, paragraph, person, text_message
from storage.models import PostedMessage
from storage.unit_of_work import Store
from tests.builders import add_person
from tests.channels.teams_sending import CARD, HELLO, account, at, fake, made
from tests.conftest import NOW, TestClock
from tests.fake_teams import BOT, OTHER_TENANT, TENANT, FakeTeams
from tests.teams_cards import CONSENT
from tests.teams_client import card_of, text_of


@pytest_asyncio.fixture
async def teams() -> AsyncIterator[FakeTeams]:
    async with fake() as running:
        yield running


@pytest_asyncio.fixture
async def sender(teams: FakeTeams, sqlite_store: Store, clock: TestClock) -> AsyncIterator[TeamsSender]:
    async with made(teams, sqlite_store, clock) as ready:
        yield ready


async def test_it_is_what_the_outbox_needs(sender: TeamsSender) -> None:
    posts: Sender = sender
    assert posts.channel == "teams" and isinstance(posts, AccountFinder)
    assert await sender.find(at("a:1ada"), "k1") is None


async def test_a_text_to_a_person_who_never_spoke(teams: FakeTeams, sender: TeamsSender, sqlite_store: Store) -> None:
    user, _ = account(sqlite_store, teams, "ada")
    teams.add_team("tools", user)
    opened = await sender.open_direct(TENANT, user)
    sent = await sender.send(at(opened), HELLO, key="k1", private_to=None)
    [posted] = teams.direct_messages(user)
    assert (sent.conversation_id, sent.message_id) == (opened, posted["id"])
    assert posted["from"] == {"id": BOT} and "hello" in text_of(posted)
    assert await sender.open_direct(TENANT, user) == opened
    assert len(teams.called("create")) == 1
    known = place_of(sqlite_store, TENANT, opened)
    assert known is not None and (known.kind, known.installed, known.service_url) == ("direct", True, teams.service_url)


async def test_a_person_is_asked_for_by_object_id_when_no_address_is_known(teams: FakeTeams, sender: TeamsSender) -> None:
    user = teams.add_user("ada")
    teams.add_team("tools", user)
    assert await sender.open_direct(TENANT, user) == teams.direct(user)


async def test_replies_go_into_the_thread_of_a_channel(teams: FakeTeams, sender: TeamsSender) -> None:
    user = teams.add_user("ada")
    channel = teams.add_channel(teams.add_team("tools", user), "ideas")
    teams.said(channel, "17")
    sent = await sender.send(at(channel, "public", "17"), CARD, key="k1", private_to=None)
    [posted] = teams.posted_in(channel)
    assert posted["thread"] == "17" and sent.conversation_id == channel and sent.message_id == posted["id"]
    await sender.update(at(channel, "public", "17"), sent.message_id, text_message("done"))
    assert text_of(teams.posted_in(channel)[0]) == "done"


async def test_a_post_of_its_own_begins_a_thread(teams: FakeTeams, sender: TeamsSender) -> None:
    channel = teams.add_channel(teams.add_team("tools"), "ideas")
    sent = await sender.send(at(channel, "public"), CARD, key="k1", private_to=None)
    assert (sent.conversation_id, sent.message_id) == (channel, teams.messages[0]["id"])
    await sender.send(at(channel, "public", sent.message_id), HELLO, key="k2", private_to=None)
    assert teams.messages[1]["thread"] == sent.message_id
    await sender.update(at(channel, "public"), sent.message_id, HELLO)
    assert teams.updates[0]["id"] == sent.message_id


async def test_group_and_personal_chats_have_no_threads(teams: FakeTeams, sender: TeamsSender) -> None:
    user = teams.add_user("ada")
    group = teams.add_group("ops", user)
    await sender.send(at(group, "private", "17"), HELLO, key="k1", private_to=None)
    await sender.send(at(teams.direct(user), "direct", "17"), HELLO, key="k2", private_to=None)
    assert [message["thread"] for message in teams.messages] == [None, None] and teams.refusals == []


async def test_what_a_channel_is_says_its_place_before_its_id(
    teams: FakeTeams, sender: TeamsSender, sqlite_store: Store
) -> None:
    """The Agents Playground's channels have other ids."""
    teams.add_team("tools")
    teams.chats["ch-1"] = replace(teams.chats["19:tools@thread.tacv2"], id="ch-1")
    remember_place(sqlite_store, Place(TENANT, "ch-1", "channel", teams.service_url), NOW)
    teams.said("ch-1", "17")
    await sender.send(at("ch-1", "public", "17"), HELLO, key="k1", private_to=None)
    assert teams.messages[0]["thread"] == "17"


async def test_a_private_answer_goes_to_the_personal_chat(
    teams: FakeTeams, sender: TeamsSender, sqlite_store: Store
) -> None:
    user, _ = account(sqlite_store, teams, "ada")
    channel = teams.add_channel(teams.add_team("tools", user), "ideas")
    teams.said(channel, "17")
    sent = await sender.send(at(channel, "public", "17"), CARD, key="k1", private_to=user)
    assert sent.conversation_id == teams.direct(user)
    assert teams.posted_in(channel) == [] and len(teams.direct_messages(user)) == 1


async def test_who_has_not_added_bursar_is_told_once_how_and_nothing_else(
    teams: FakeTeams, sender: TeamsSender, sqlite_store: Store, clock: TestClock
) -> None:
    user, _ = account(sqlite_store, teams, "ada")
    group = teams.add_group("ops", user)
    teams.remove_personally(user)
    await sender.send(at(group, "private"), CARD, key="k1", private_to=user)
    with pytest.raises(SendFailed) as failed:
        await sender.send(at(group, "private"), CARD, key="k2", private_to=user)
    assert failed.value.retry_after is None and not failed.value.elsewhere
    [said] = teams.messages
    assert said["chat"] == group and "A card" not in text_of(said) and HINT in text_of(said).replace("\\", "")
    [mention] = card_of(said)["msteams"]["entities"]
    assert mention["mentioned"]["id"] == teams.address(user)
    clock.advance(hours=2)
    await sender.send(at(group, "private"), CARD, key="k3", private_to=user)
    assert len(teams.posted_in(group)) == 2
    with sqlite_store.read() as uow:
        assert {row.kind for row in uow.session.exec(select(PostedMessage)).all()} == {"message"}  # never redrawn


async def test_a_private_answer_refused_for_now_is_tried_later_and_nothing_is_said(
    teams: FakeTeams, sender: TeamsSender, sqlite_store: Store
) -> None:
    user, _ = account(sqlite_store, teams, "ada")
    group = teams.add_group("ops", user)
    for operation in ("create", "post"):
        teams.fail(operation, "status", value=429)
        with pytest.raises(SendFailed) as failed:
            await sender.send(at(group, "private"), CARD, key="k1", private_to=user)
        assert failed.value.retry_after is not None
    assert teams.messages == []


async def test_a_chat_that_was_removed_since_is_found_out(
    teams: FakeTeams, sender: TeamsSender, sqlite_store: Store
) -> None:
    user, _ = account(sqlite_store, teams, "ada")
    teams.add_team("tools", user)
    opened = await sender.open_direct(TENANT, user)
    teams.remove_personally(user)
    with pytest.raises(SendFailed) as failed:
        await sender.send(at(opened), HELLO, key="k1", private_to=None)
    assert failed.value.elsewhere and failed.value.retry_after is None
    known = place_of(sqlite_store, TENANT, opened)
    assert known is not None and not known.installed


@pytest.mark.parametrize(
    ("status", "headers", "wait"),
    [
        (429, {"Retry-After": "7"}, 7 + 0.5 * 7 / 4),
        (429, {}, 1.5),
        (429, {"Retry-After": "soon"}, 1.5),
        (412, {}, 1.5),
        (401, {}, 1.5),
        (400, {}, None),
        (403, {}, None),
        (404, {}, None),
        (413, {}, None),
        (302, {"Location": "/elsewhere"}, None),
    ],
)
async def test_refusals(
    teams: FakeTeams, sender: TeamsSender, status: int, headers: dict[str, str], wait: float | None
) -> None:
    group = teams.add_group("ops")
    teams.fail("post", "status", value=status, headers=headers)
    with pytest.raises(SendFailed) as failed:
        await sender.send(at(group, "private"), HELLO, key="k1", private_to=None)
    assert failed.value.retry_after == wait
    assert failed.value.elsewhere == (status in (403, 404))
    assert teams.messages == [] and len(teams.called("post")) == 1


async def test_what_is_refused_again_waits_longer_until_it_is_taken(teams: FakeTeams, sender: TeamsSender) -> None:
    group, other = teams.add_group("ops"), teams.add_group("other")
    waits = []
    teams.fail("post", "status", value=429, times=4)
    for chat in (group, group, group, other):
        with pytest.raises(SendFailed) as failed:
            await sender.send(at(chat, "private"), HELLO, key="k1", private_to=None)
        waits.append(failed.value.retry_after)
    assert waits == [1.5, 3.0, 6.0, 1.5]
    await sender.send(at(group, "private"), HELLO, key="k1", private_to=None)
    teams.fail("post", "status", value=429)
    with pytest.raises(SendFailed) as failed:
        await sender.send(at(group, "private"), HELLO, key="k1", private_to=None)
    assert failed.value.retry_after == 1.5


@pytest.mark.parametrize(
    ("kind", "value"), [("drop", None), ("status", 500), ("status", 502), ("status", 504), ("status", 408)]
)
async def test_what_may_have_arrived_is_doubtful_and_sent_once(
    teams: FakeTeams, sender: TeamsSender, kind: str, value: int | None
) -> None:
    group = teams.add_group("ops")
    teams.fail("post", kind, value=value, after=True)
    with pytest.raises(SendDoubtful):
        await sender.send(at(group, "private"), HELLO, key="k1", private_to=None)
    assert len(teams.posted_in(group)) == 1 and len(teams.called("post")) == 1


async def test_a_connection_is_not_kept_to_be_found_dead(teams: FakeTeams, sender: TeamsSender) -> None:
    """One that Teams closed in between would make the next message doubtful for nothing."""
    group = teams.add_group("ops")
    for number in range(3):
        await sender.send(at(group, "private"), HELLO, key=f"k{number}", private_to=None)
    assert len(teams.connections) == 3


async def test_teams_out_of_reach_is_for_later(teams: FakeTeams, sender: TeamsSender) -> None:
    group = teams.add_group("ops")
    await sender.send(at(group, "private"), HELLO, key="k1", private_to=None)
    await teams.stop()
    with pytest.raises(SendFailed) as failed:
        await sender.send(at(group, "private"), HELLO, key="k2", private_to=None)
    assert failed.value.retry_after is not None


async def test_opening_and_replacing_are_repeated_after_a_lost_answer(
    teams: FakeTeams, sender: TeamsSender, sqlite_store: Store
) -> None:
    user, _ = account(sqlite_store, teams, "ada")
    teams.add_team("tools", user)
    teams.fail("create", "drop", after=True)
    with pytest.raises(SendFailed) as failed:
        await sender.open_direct(TENANT, user)
    assert failed.value.retry_after == 5.0
    chat = await sender.open_direct(TENANT, user)
    sent = await sender.send(at(chat), HELLO, key="k1", private_to=None)
    teams.fail("update", "status", value=502, after=True)
    with pytest.raises(SendFailed) as failed:
        await sender.update(at(chat), sent.message_id, text_message("done"))
    assert failed.value.retry_after == 5.0


async def test_a_deleted_message_cannot_be_replaced_and_the_chat_stays(
    teams: FakeTeams, sender: TeamsSender, sqlite_store: Store
) -> None:
    group = teams.add_group("ops")
    remember_place(sqlite_store, Place(TENANT, group, "group", teams.service_url), NOW)
    with pytest.raises(SendFailed) as failed:
        await sender.update(at(group, "private"), "99", HELLO)
    assert failed.value.retry_after is None
    known = place_of(sqlite_store, TENANT, group)
    assert known is not None and known.installed


async def test_teams_windows_are_kept_by_the_fake(teams: FakeTeams, sender: TeamsSender) -> None:
    teams.limit_pace = True
    teams.now = lambda: 100.0
    group = teams.add_group("ops")
    for number in range(7):
        await sender.send(at(group, "private"), HELLO, key=f"k{number}", private_to=None)
    with pytest.raises(SendFailed) as failed:
        await sender.send(at(group, "private"), HELLO, key="k8", private_to=None)
    assert failed.value.retry_after == 1.5


async def test_people_are_mentioned_and_viewers_named_by_their_address(
    teams: FakeTeams, sender: TeamsSender, sqlite_store: Store
) -> None:
    ada, ada_id = account(sqlite_store, teams, "ada")
    bo, bo_id = account(sqlite_store, teams, "bo")
    with sqlite_store.write() as uow:
        elsewhere = add_person(uow, "cy").id or 0
    group = teams.add_group("ops", ada, bo)
    shown = CARD.model_copy(
        update={
            "paragraphs": [paragraph(person("Ada", ada_id), " asks ", person("Cy", elsewhere))],
            "viewers": Viewers(kind="request_thread", subject="request:1", person_ids=[bo_id, elsewhere]),
        }
    )
    await sender.send(at(group, "private"), shown, key="k1", private_to=None)
    card = card_of(teams.messages[0])
    assert [one["mentioned"]["id"] for one in card["msteams"]["entities"]] == [teams.address(ada)]
    assert card["refresh"]["userIds"] == [teams.address(bo)]
    await sender.send(at(teams.direct(bo)), shown, key="k2", private_to=None)
    assert "refresh" not in card_of(teams.messages[1])


async def test_viewers_not_met_yet_are_looked_for_in_the_rosters(
    teams: FakeTeams, sender: TeamsSender, sqlite_store: Store, clock: TestClock
) -> None:
    with sqlite_store.write() as uow:
        bo = add_person(uow, "bo").id or 0
    team = teams.add_team("tools", teams.add_user("bo"))
    remember_place(sqlite_store, Place(TENANT, team, "team", teams.service_url), NOW)
    viewers = Viewers(kind="request_thread", subject="request:1", person_ids=[bo])
    shown = CARD.model_copy(update={"viewers": viewers})
    teams.fail("members", "status", value=503)
    await sender.send(at(team, "public"), shown, key="k1", private_to=None)
    assert "refresh" not in card_of(teams.messages[0])
    await sender.update(at(team, "public"), teams.messages[0]["id"], shown)
    assert card_of(teams.messages[0])["refresh"]["userIds"] == [teams.address(teams.user("bo"))]


async def test_another_tenant_is_not_written_to(teams: FakeTeams, sender: TeamsSender) -> None:
    user = teams.add_user("ada")
    with pytest.raises(SendFailed):
        await sender.open_direct(OTHER_TENANT, user)


async def test_a_file_is_offered_alone_and_named_where_others_are(teams: FakeTeams, sender: TeamsSender) -> None:
    """Consent cards are for personal chats: what is private goes there, what is for all is said in words."""
    user = teams.add_user("ada")
    group = teams.add_group("lunch", user)
    file = Message(
        fallback="spend.csv", paragraphs=[paragraph("2 rows.")], attachments=[attach("spend.csv", "text/csv", b"1")]
    )
    assert isinstance(sender, TakesFiles)
    await sender.send(at(group, "private"), file, key="k1", private_to=user)
    [offered] = teams.direct_messages(user)
    assert offered["attachments"][0]["contentType"] == CONSENT and teams.posted_in(group) == []
    await sender.send(at(group, "private"), file, key="k2", private_to=None)
    [said] = teams.posted_in(group)
    assert "2 rows." in text_of(said) and "personal chat" in text_of(said)
