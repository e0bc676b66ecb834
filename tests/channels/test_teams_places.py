"""Where Bursar may write in Teams: remembered once, kept up to date, on both databases."""

from datetime import timedelta

from sqlmodel import select

from bot.channels import teams_activities as activities
from bot.channels.teams_places import (
    Place,
    mark_removed,
    place_of,
    remember_place,
    roster_was_read,
    rosters_to_read,
    service_url_of,
)
from storage.models import ChatPlace
from storage.unit_of_work import Store
from tests.conftest import NOW

TEAM = Place("t1", "19:tools@thread.tacv2", "team", "https://smba.trafficmanager.net/emea/", "Tools")


def only(store: Store) -> ChatPlace:
    with store.read() as uow:
        return uow.session.exec(select(ChatPlace)).one()


def test_a_place_is_one_row_with_the_newest_address(store: Store) -> None:
    remember_place(store, TEAM, NOW)
    moved = Place("t1", TEAM.conversation_id, "team", "https://smba.trafficmanager.net/uk/")
    remember_place(store, moved, NOW + timedelta(minutes=1))
    row = only(store)
    assert (row.service_url, row.name, row.last_seen_at) == (moved.service_url, "Tools", NOW + timedelta(minutes=1))


def test_what_says_nothing_new_is_written_once_an_hour(store: Store) -> None:
    remember_place(store, TEAM, NOW)
    remember_place(store, TEAM, NOW + timedelta(minutes=59))
    assert only(store).last_seen_at == NOW
    remember_place(store, TEAM, NOW + timedelta(minutes=60))
    assert only(store).last_seen_at == NOW + timedelta(minutes=60)


def test_removed_and_added_again(store: Store) -> None:
    remember_place(store, TEAM, NOW)
    mark_removed(store, "t1", f"{TEAM.conversation_id};messageid=17")
    assert not only(store).installed
    remember_place(store, TEAM, NOW)
    assert only(store).installed
    mark_removed(store, "t2", TEAM.conversation_id)
    assert only(store).installed


def test_an_unknown_conversation_is_where_its_tenant_was_last(store: Store) -> None:
    assert service_url_of(store, "t1", "a:1") is None
    remember_place(store, TEAM, NOW)
    later = Place("t1", "a:2", "direct", "https://smba.trafficmanager.net/amer/")
    remember_place(store, later, NOW + timedelta(minutes=1))
    remember_place(store, Place("t2", "a:3", "direct", "https://other.botframework.com/"), NOW + timedelta(hours=1))
    assert service_url_of(store, "t1", f"{TEAM.conversation_id};messageid=17") == TEAM.service_url
    assert service_url_of(store, "t1", "a:1") == service_url_of(store, "t1") == later.service_url
    assert place_of(store, "t2", "a:2") is None


def test_rosters_of_teams_and_groups_with_bursar_are_due(store: Store) -> None:
    for kind, name in (("team", "a"), ("group", "b"), ("channel", "c"), ("direct", "d"), ("team", "gone")):
        remember_place(store, Place("t1", name, kind, TEAM.service_url), NOW)  # type: ignore[arg-type]
    remember_place(store, Place("t2", "e", "team", TEAM.service_url), NOW)
    mark_removed(store, "t1", "gone")

    def due(tenant: str | None, hours: int) -> list[str]:
        return [place.conversation_id for place in rosters_to_read(store, tenant, NOW + timedelta(hours=hours))]

    assert due("t1", 0) == ["a", "b"] and due(None, 0) == ["a", "b", "e"]
    place = place_of(store, "t1", "a")
    assert place is not None
    roster_was_read(store, place.id, NOW)
    assert due("t1", 0) == ["b"] and due("t1", 1) == ["a", "b"]


def test_a_channel_s_team_is_known_with_it_because_the_team_has_the_people() -> None:
    said = {
        "serviceUrl": "https://smba.trafficmanager.net/teams/",
        "conversation": {"id": "19:c@thread.tacv2;messageid=1", "conversationType": "channel", "tenantId": "t"},
        "channelData": {"tenant": {"id": "t"}, "team": {"id": "19:team@thread.tacv2", "name": "Marketing"}},
    }
    found = [(place.conversation_id, place.kind) for place in activities.places_of(said)]
    assert found == [("19:team@thread.tacv2", "team"), ("19:c@thread.tacv2", "channel")]
    alone = said | {"conversation": {"id": "a", "conversationType": "personal", "tenantId": "t"}}
    assert [place.kind for place in activities.places_of(alone)] == ["direct"]
