"""Whoever is not the Bot Connector with an activity of this company's Teams is turned away, and never by an error of ours.

The real adapter answers; the tokens are RS256, by a key that a loopback server publishes.
"""

import base64
import json
from collections.abc import AsyncIterator, Callable
from io import BytesIO
from typing import Any

import httpx
import jwt
import pytest
import pytest_asyncio

from bot.channels.teams_inbound import InboundTrust, Keys, NotAdmitted
from bot.channels.teams_outbound import TeamsConfig
from storage.unit_of_work import Store
from tests.conftest import TestClock
from tests.fake_teams import APP_ID, ISSUER, KEY_ID, OTHER_TENANT, TENANT, signing_key
from tests.teams_client import Answer
from tests.teams_world import TeamsWorld, running

HOUR = 3600
Forge = Callable[[TeamsWorld], str]


@pytest_asyncio.fixture
async def teams(sqlite_store: Store, clock: TestClock) -> AsyncIterator[TeamsWorld]:
    async with running(sqlite_store, clock) as world:
        yield world


def now(world: TeamsWorld) -> int:
    return int(world.clock().timestamp())


def claims(world: TeamsWorld) -> dict[str, Any]:
    return {
        "iss": ISSUER, "aud": APP_ID, "serviceurl": world.teams.service_url, "nbf": now(world), "exp": now(world) + HOUR,
    }  # fmt: skip


def unsigned(world: TeamsWorld) -> str:
    return jwt.encode(claims(world), "", algorithm="none", headers={"kid": KEY_ID})


def by_secret(world: TeamsWorld) -> str:
    """The public key used as if it were a shared secret."""
    numbers = signing_key().public_key().public_numbers()
    secret = str(numbers.n).encode()
    return jwt.encode(claims(world), secret, algorithm="HS256", headers={"kid": KEY_ID})


def deep(_: TeamsWorld) -> str:
    """A header that a careless parser falls into."""
    part = base64.urlsafe_b64encode(b"[" * 4000).decode().rstrip("=")
    return f"{part}.e30.e30"


TOKENS: dict[str, tuple[Forge, int]] = {
    "none": (lambda _: "", 401),
    "garbage": (lambda _: "garbage", 401),
    "three parts of garbage": (lambda _: "a.b.c", 401),
    "a header without an end": (deep, 401),
    "another key": (lambda world: world.people.token(key=signing_key("other")), 401),
    "an unknown key id": (lambda world: world.people.token(kid="key-9"), 401),
    "no key id": (lambda world: world.people.token(kid=None), 401),
    "not signed": (unsigned, 401),
    "signed by a shared secret": (by_secret, 401),
    "for another bot": (lambda world: world.people.token(aud="another-app"), 401),
    "for nobody": (lambda world: world.people.token(aud=None), 401),
    "of another issuer": (lambda world: world.people.token(iss="https://sts.windows.net/x/"), 401),
    "of no issuer": (lambda world: world.people.token(iss=None), 401),
    "expired": (lambda world: world.people.token(exp=now(world) - 301), 401),
    "without an end": (lambda world: world.people.token(exp=None), 401),
    "with an end that is no time": (lambda world: world.people.token(exp="later"), 401),
    "with an end beyond all numbers": (lambda world: world.people.token(exp=10**400), 401),
    "not valid yet": (lambda world: world.people.token(nbf=now(world) + 301), 401),
    "for another service": (lambda world: world.people.token(serviceurl="https://smba.trafficmanager.net/emea/"), 403),
    "for no service": (lambda world: world.people.token(serviceurl=None), 403),
}


async def hello(world: TeamsWorld, token: str | None = None, **changes: Any) -> Answer:
    user = world.teams.add_user("eve")
    activity = world.people.message(user, world.teams.direct(user), "hello")
    return await world.people.deliver(activity | changes, token=token)


async def test_a_good_token_is_believed(teams: TeamsWorld) -> None:
    assert (await hello(teams)).status == 202
    assert [said.text for said in teams.inbox()] == ["hello"]
    assert [name for name, _ in teams.teams.calls].count("keys") == 1


@pytest.mark.parametrize("name", TOKENS)
async def test_a_bad_token_is_refused(teams: TeamsWorld, name: str) -> None:
    forge, status = TOKENS[name]
    answer = await hello(teams, token=forge(teams))
    assert (answer.status, answer.json()) == (status, {"error": "not admitted"})
    assert teams.inbox() == [] and teams.places() == {}


@pytest.mark.parametrize("header", ["Basic abc", "Bearer", "bearer  ", "Token x.y.z", "Bearer a.b\u00e9.c"])
async def test_a_header_that_is_no_bearer_token(teams: TeamsWorld, header: str) -> None:
    user = teams.teams.add_user("eve")
    activity = teams.people.message(user, teams.teams.direct(user), "hello")
    async with teams.http.post(teams.url, json=activity, headers={"Authorization": header}) as response:
        assert response.status == 401


async def test_clocks_may_differ_by_five_minutes(teams: TeamsWorld) -> None:
    late, early = teams.people.token(exp=now(teams) - 299), teams.people.token(nbf=now(teams) + 299)
    assert [(await hello(teams, token=token)).status for token in (late, early)] == [202, 202]


async def test_a_key_that_does_not_endorse_teams(teams: TeamsWorld) -> None:
    teams.teams.endorsements = ["webchat", "directline"]
    assert (await hello(teams)).status == 403


async def test_another_tenant(teams: TeamsWorld) -> None:
    elsewhere = {"tenant": {"id": OTHER_TENANT}}
    user = teams.teams.add_user("eve")
    chat = {"id": teams.teams.direct(user), "conversationType": "personal", "tenantId": OTHER_TENANT}
    for changes in ({"channelData": elsewhere, "conversation": chat}, {"channelData": elsewhere}, {"conversation": chat}):
        assert (await hello(teams, **changes)).status == 403
    unknown = {"conversation": {name: value for name, value in chat.items() if name != "tenantId"}, "channelData": {}}
    assert (await hello(teams, **unknown)).status == 403
    assert teams.inbox() == []


async def test_another_channel_of_the_bot_framework(teams: TeamsWorld) -> None:
    """Web Chat is on for every Azure bot, and there anybody may call themselves anything."""
    teams.teams.endorsements = ["msteams", "webchat"]
    assert (await hello(teams, channelId="webchat")).status == 403


async def test_a_service_that_is_not_microsofts(teams: TeamsWorld) -> None:
    """Even a believed token cannot make Bursar send its own token elsewhere."""
    url = "https://evil.example/teams/"
    assert (await hello(teams, token=teams.people.token(serviceurl=url), serviceUrl=url)).status == 403
    assert teams.places() == {}


async def test_bodies_that_are_no_activity(teams: TeamsWorld) -> None:
    headers = {"Authorization": f"Bearer {teams.people.token()}", "Content-Type": "application/json"}
    bodies = [
        b"", b"no json", b"[]", b"null", b"{}", b'{"type": "message"}', b"[" * 100_000, b"\xff\xfe\x00", b'"\xed\xa0\x80"',
        json.dumps({"type": "message", "channelId": "msteams", "serviceUrl": "https://x", "from": "eve"}).encode(),
        json.dumps({"type": 5, "channelId": "msteams", "serviceUrl": 5, "from": {}, "conversation": {}}).encode(),
    ]  # fmt: skip
    for body in bodies:
        async with teams.http.post(teams.url, data=body, headers=headers) as response:
            assert response.status == 400, body[:50]
            assert "Traceback" not in await response.text()


async def in_pieces(size: int) -> AsyncIterator[bytes]:
    for _ in range(size // 10_000):
        yield b" " * 10_000


async def test_another_content_type_and_a_body_too_large(teams: TeamsWorld) -> None:
    for content_type in ("text/plain", "application/x-www-form-urlencoded", "application/octet-stream"):
        async with teams.http.post(teams.url, data=b"{}", headers={"Content-Type": content_type}) as response:
            assert response.status == 415
    for body in (BytesIO(b" " * 600_000), BytesIO(b" " * 5_000_000), in_pieces(600_000)):
        async with teams.http.post(teams.url, data=body, headers={"Content-Type": "application/json"}) as response:
            assert response.status == 413
    async with teams.http.get(teams.url) as response:
        assert response.status == 405


async def test_odd_activities_of_a_believed_caller_are_no_error(teams: TeamsWorld) -> None:
    """Fields of the wrong kind, where Teams has never put them."""
    odd: list[Any] = [None, 5, "x", [], [5], {"x": []}, True]
    user = teams.teams.add_user("eve")
    for kind in ("message", "conversationUpdate", "installationUpdate", "invoke", "messageReaction", "typing", "odd"):
        for field in (
            "text",
            "value",
            "entities",
            "recipient",
            "membersAdded",
            "localTimezone",
            "replyToId",
            "name",
            "action",
        ):
            for value in odd:
                activity = teams.people.activity(kind, user, teams.teams.direct(user), text="help", name="task/fetch")
                answer = await teams.people.deliver(activity | {field: value})
                assert answer.status in (200, 202, 501), (kind, field, value, answer)


async def test_without_an_app_id_nothing_is_believed(teams: TeamsWorld, clock: TestClock) -> None:
    async with httpx.AsyncClient() as http:
        for app_id, tenant in (("", TENANT), (APP_ID, ""), (" ", " ")):
            with pytest.raises(ValueError, match="--insecure-teams"):
                InboundTrust(TeamsConfig(app_id, "secret", tenant), clock, http)


async def test_insecure_mode_believes_everybody_of_this_machine(sqlite_store: Store, clock: TestClock) -> None:
    async with running(sqlite_store, clock, insecure=True) as world:
        assert (await hello(world)).status == 202
        assert (await hello(world, token="garbage")).status == 202
        assert (await hello(world, serviceUrl="https://smba.trafficmanager.net/emea/")).status == 403
        assert [said.text for said in world.inbox()] == ["hello", "hello"]


class KeyServer:
    """Published metadata and keys; `down` = nobody answers."""

    def __init__(self) -> None:
        self.down = False
        self.kids = ["key-1"]
        self.asked = 0

    def answer(self, request: httpx.Request) -> httpx.Response:
        if self.down:
            raise httpx.ConnectError("nobody there")
        if request.url.path == "/oidc":
            self.asked += 1
            return httpx.Response(200, json={"jwks_uri": "https://login.example/keys"})
        key = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(signing_key().public_key()))
        odd = [5, {"kid": 5}, {"kid": "ec", "kty": "EC"}, {"kid": "bad", "kty": "RSA", "n": "!", "e": "!"}]
        return httpx.Response(200, json={"keys": [*odd, *(key | {"kid": kid} for kid in self.kids)]})


@pytest_asyncio.fixture
async def keys(clock: TestClock) -> AsyncIterator[tuple[Keys, KeyServer]]:
    server = KeyServer()
    async with httpx.AsyncClient(transport=httpx.MockTransport(server.answer)) as http:
        yield Keys("https://login.example/oidc", clock, http), server


async def test_keys_are_kept_for_a_day(keys: tuple[Keys, KeyServer], clock: TestClock) -> None:
    reader, server = keys
    for hours in (0, 12, 11):
        clock.advance(hours=hours)
        await reader.of("key-1")
    assert server.asked == 1
    clock.advance(hours=1)
    await reader.of("key-1")
    assert server.asked == 2


async def test_an_unknown_key_is_asked_for_once_a_minute(keys: tuple[Keys, KeyServer], clock: TestClock) -> None:
    reader, server = keys
    await reader.of("key-1")
    server.kids.append("key-2")
    with pytest.raises(NotAdmitted) as refused:
        await reader.of("key-2")
    assert refused.value.status == 401 and server.asked == 1
    clock.advance(minutes=1)
    await reader.of("key-2")
    for _ in range(5):
        with pytest.raises(NotAdmitted):
            await reader.of("key-3")
    assert server.asked == 2


async def test_microsoft_out_of_reach(keys: tuple[Keys, KeyServer], clock: TestClock) -> None:
    """Nothing is believed without keys; known ones count for another day."""
    reader, server = keys
    server.down = True
    with pytest.raises(NotAdmitted) as refused:
        await reader.of("key-1")
    assert refused.value.status == 503
    server.down = False
    clock.advance(minutes=1)
    await reader.of("key-1")
    server.down = True
    clock.advance(hours=47)
    await reader.of("key-1")
    clock.advance(hours=1)
    with pytest.raises(NotAdmitted) as refused:
        await reader.of("key-1")
    assert refused.value.status == 503
