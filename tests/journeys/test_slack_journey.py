"""The main job through Slack's wire: ask, approve twice, grant, hear of it; and everything that must not happen."""

import asyncio
from collections.abc import AsyncIterator

import pytest_asyncio

from storage.unit_of_work import Store
from tests.conftest import TestClock
from tests.fake_slack import FakeSlack
from tests.journeys.slack_company import SlackCompany, company, labels, shows, until
from tests.slack_client import text_of


@pytest_asyncio.fixture
async def acme(database_url: str, store: Store, clock: TestClock) -> AsyncIterator[SlackCompany]:
    async with company(database_url, store, clock) as running:
        yield running


def no_money_or_data(slack: FakeSlack, channel: str) -> None:
    for message in slack.posted_in(channel):
        text = text_of(message["blocks"])
        for secret in ("USD", "240", "internal", "to write code"):
            assert secret not in text, text


async def test_asked_in_a_channel_approved_twice_granted_and_told(acme: SlackCompany) -> None:
    channel = acme.slack.add_channel("ai-tools", *acme.everybody)
    await acme.people.mention(acme.user("eve"), channel, "request cursor")
    offer = await acme.whispered("eve", "Cursor", "State here")
    known = len(acme.slack.views)
    payload = acme.people.click_payload(acme.user("eve"), offer | {"ts": offer["message_ts"]}, "Request Cursor")
    payload["container"] |= {"is_ephemeral": True, "thread_ts": offer["thread_ts"]}
    await acme.people.interact(payload)
    form = await acme.modal(known)
    values = {"reason": "to write code", "data_classes": ["internal"]}
    assert (await acme.people.submit(acme.user("eve"), form, values)).json() == {"response_action": "clear"}

    card = await acme.in_channel(channel, "Eve asks for Cursor")
    assert card["thread_ts"] == offer["thread_ts"] and {"Approve", "Deny"} <= set(labels(card))
    first = await acme.told("mia", "Eve", "Cursor", "to write code", "240.00 USD", "annual value 240 USD)")
    await acme.people.click(acme.user("mia"), first, "Approve")

    second = await acme.told("fay", "Eve", "Cursor", "to write code")
    await acme.people.click(acme.user("fay"), second, "Approve")
    task = await acme.told("tor", "Please grant Cursor to Eve")
    await acme.people.click(acme.user("tor"), task, "Granted")
    granted = await acme.in_channel(channel, "Cursor is granted to Eve")
    assert granted["thread_ts"] in (card["thread_ts"], card["ts"])

    no_money_or_data(acme.slack, channel)
    await until(lambda: "Approve" not in labels(current(acme, card)), "the card without buttons")
    await until(lambda: "Approve" not in labels(current(acme, first)), "the approver's card without buttons")
    assert [decision.verdict for decision in acme.decisions()] == ["approve", "approve"]
    assert [request.status for request in acme.requests()] == ["fulfilled"]
    assert acme.slack.refusals == []


def current(acme: SlackCompany, message: dict[str, object]) -> dict[str, object]:
    return next(one for one in acme.slack.messages if one["ts"] == message["ts"])


async def test_denied_with_a_reason_that_only_the_requester_reads(acme: SlackCompany) -> None:
    await acme.request("eve")
    card = await acme.told("mia", "Eve", "Cursor", "to write code")
    form = await acme.open("mia", card, "Deny")
    empty = await acme.people.submit(acme.user("mia"), form, {"reason": " "})
    assert empty.json()["response_action"] == "errors"
    await acme.people.submit(acme.user("mia"), form, {"reason": "Use Copilot, please."})
    await acme.told("eve", "Mia denied", "Use Copilot, please.")
    assert [request.status for request in acme.requests()] == ["denied"]
    assert not any(shows(message, "waits for you") for message in acme.slack.direct_messages(acme.user("fay")))


async def test_nobody_approves_their_own_request(acme: SlackCompany) -> None:
    """Eve clicks on her own card in the channel; Fay, of finance, asks and may not decide as finance either."""
    channel = acme.slack.add_channel("ai-tools", *acme.everybody)
    for name in ("eve", "fay"):
        await acme.people.command(acme.user(name), channel, "request cursor")
        offer = await acme.whispered(name, "State here")
        known = len(acme.slack.views)
        payload = acme.people.click_payload(acme.user(name), offer | {"ts": offer["message_ts"]}, "Request Cursor")
        payload["container"] |= {"is_ephemeral": True}
        await acme.people.interact(payload)
        form = await acme.modal(known)
        await acme.people.submit(acme.user(name), form, {"reason": "mine", "data_classes": ["internal"]})
        card = await acme.in_channel(channel, f"{name.title()} asks for Cursor")
        heard = len([one for one in acme.slack.ephemerals if one["user"] == acme.user(name)])
        await acme.people.click(acme.user(name), card, "Approve")
        await until(
            lambda name=name, heard=heard: [one for one in acme.slack.ephemerals if one["user"] == acme.user(name)][heard:],
            "a private refusal",
        )
    assert acme.decisions() == []
    assert {request.status for request in acme.requests()} == {"pending"}


async def test_repeated_deliveries_and_clicks_have_one_effect(acme: SlackCompany) -> None:
    event = {
        "type": "message", "channel_type": "im", "channel": acme.slack.direct(acme.user("eve")),
        "user": acme.user("eve"), "text": "request cursor",
    }  # fmt: skip
    await asyncio.gather(*(acme.people.send_event(event, event_id="Ev9", retry=number) for number in range(5)))
    offer = await acme.told("eve", "State here")
    form = await acme.open("eve", offer, "Request Cursor")
    values = {"reason": "to write code", "data_classes": ["internal"]}
    await asyncio.gather(*(acme.people.submit(acme.user("eve"), form, values) for _ in range(3)))
    card = await acme.told("mia", "Eve", "Cursor", "to write code")
    click = acme.people.click_payload(acme.user("mia"), card, "Approve")
    await asyncio.gather(*(acme.people.interact(click) for _ in range(5)))
    await acme.people.click(acme.user("mia"), card, "Approve")  # a second click of the finger
    await acme.told("fay", "Eve", "to write code")
    await acme.told("mia", "already")
    offers = [one for one in acme.slack.direct_messages(acme.user("eve")) if shows(one, "State here")]
    cards = [one for one in acme.slack.direct_messages(acme.user("fay")) if shows(one, "to write code")]
    assert len(offers) == len(cards) == len(acme.requests()) == len(acme.decisions()) == 1


async def test_a_click_of_somebody_who_may_not_decide_changes_nothing(acme: SlackCompany) -> None:
    channel = acme.slack.add_channel("ai-tools", *acme.everybody)
    await acme.people.command(acme.user("eve"), channel, "request cursor")
    offer = await acme.whispered("eve", "State here")
    known = len(acme.slack.views)
    payload = acme.people.click_payload(acme.user("eve"), offer | {"ts": offer["message_ts"]}, "Request Cursor")
    payload["container"] |= {"is_ephemeral": True}
    await acme.people.interact(payload)
    await acme.people.submit(acme.user("eve"), await acme.modal(known), {"reason": "x", "data_classes": ["internal"]})
    card = await acme.in_channel(channel, "Eve asks for Cursor")
    await acme.people.click(acme.user("zoe"), card, "Approve")
    await acme.whispered("zoe")
    details = await acme.open("zoe", card, "Details")
    assert "USD" not in text_of(details["blocks"])
    stranger = acme.slack.add_user("stranger", team_id="T0OTHER")
    await acme.people.click(stranger, card, "Approve")
    assert acme.decisions() == []


async def test_hello_help_home_and_a_question(acme: SlackCompany) -> None:
    for text in ("Hi", "Hello", "Help"):
        await acme.people.say(acme.user("eve"), text)
    await until(
        lambda: len([one for one in acme.slack.direct_messages(acme.user("eve")) if shows(one, "What I can do")]) == 3,
        "help",
    )
    await acme.people.command(acme.user("eve"), acme.slack.direct(acme.user("eve")), "", channel_name="directmessage")
    await acme.told("eve", "Hello Eve")
    await acme.people.open_home(acme.user("mia"))
    home = await until(lambda: acme.slack.homes.get(acme.user("mia")), "the home page")
    assert "Hello Mia" in text_of(home["blocks"]) and "My tools" in text_of(home["blocks"])
    await acme.people.say(acme.user("fay"), "what did marketing spend last month?")
    await until(
        lambda: [one for one in acme.slack.direct_messages(acme.user("fay")) if shows(one, "Marketing")], "an answer"
    )
    assert acme.slack.refusals == []


async def test_the_home_page_decides_and_follows(acme: SlackCompany) -> None:
    await acme.request("eve")
    await acme.told("mia", "to write code")
    await acme.people.open_home(acme.user("mia"))
    home = await until(lambda: acme.slack.homes.get(acme.user("mia")), "the home page")
    await acme.people.click_view(acme.user("mia"), home, "Approve")
    await acme.told("fay", "to write code")
    await until(lambda: "to write code" not in text_of(acme.slack.homes[acme.user("mia")]["blocks"]), "a fresh home page")
