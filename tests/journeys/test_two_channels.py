"""Slack and Teams at once: one person, one decision, told once; cards of both show what was decided in either."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest_asyncio
from aiohttp import ClientSession, web
from sqlmodel import col, select

from bot.bootstrap import build
from bot.settings import Settings
from storage.models import OutboxItem
from storage.unit_of_work import Store
from tests.conftest import TestClock
from tests.fake_slack import FakeSlack
from tests.fake_teams import FakeTeams
from tests.journeys import slack_company
from tests.journeys.slack_company import SlackCompany, labels, shows, until
from tests.journeys.teams_company import TeamsCompany, can, says
from tests.slack_client import SlackClientSide
from tests.storage.requests_world import World
from tests.teams_client import Activity, TeamsClient, actions


@dataclass
class Both:
    slack: SlackCompany
    teams: TeamsCompany
    clock: TestClock

    def heard(self, name: str, *words: str) -> list[str]:
        """The channels in which a person was told something alone, once for each time."""
        slack = [one for one in self.slack.slack.direct_messages(self.slack.user(name)) if shows(one, *words)]
        teams = [one for one in self.teams.teams.direct_messages(self.teams.user(name)) if says(one, *words)]
        return ["slack"] * len(slack) + ["teams"] * len(teams)

    async def works_in_slack(self, *names: str) -> None:
        for name in names:
            await self.slack.people.say(self.slack.user(name), "hi")
            await until(lambda name=name: self.heard(name, ""), "a greeting")
        self.clock.advance(minutes=10)

    async def works_in_teams(self, *names: str) -> None:
        for name in names:
            known = len(self.heard(name, ""))
            await self.teams.people.say(self.teams.user(name), "hi")
            await until(lambda name=name, known=known: len(self.heard(name, "")) > known, "a greeting")
        self.clock.advance(minutes=10)

    def slack_card(self, card: dict[str, Any]) -> dict[str, Any]:
        """As it stands now."""
        return next(one for one in self.slack.slack.messages if one["ts"] == card["ts"])

    def teams_card(self, card: Activity) -> Activity:
        return next(one for one in self.teams.teams.messages if one["id"] == card["id"])

    async def quiet(self) -> None:
        """Everything that was to be told has been."""

        def waiting() -> list[OutboxItem]:
            with self.slack.store.read() as uow:
                query = select(OutboxItem).where(col(OutboxItem.status).in_(("new", "sending")))
                return [one for one in uow.session.exec(query).all() if not one.not_before or one.not_before <= uow.now]

        await until(lambda: not waiting(), "an empty outbox")


@pytest_asyncio.fixture
async def both(database_url: str, store: Store, clock: TestClock) -> AsyncIterator[Both]:
    slack, teams = await FakeSlack().start(), await FakeTeams().start()
    world = World(store, slack_company.POLICY)
    world.price("240", seats=10)
    for name in world.ids:
        slack.add_user(name)
    team = teams.add_team("acme", *(teams.add_user(name) for name in world.ids))
    settings = slack_company.settings(database_url, slack).model_dump(exclude_unset=True) | teams.settings()
    app = build(Settings.model_validate(settings), clock=clock)
    runner = web.AppRunner(app.http())
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    async with ClientSession() as http:
        in_slack = SlackClientSide(slack, http, f"{url}/slack/events", lambda: clock().timestamp())
        in_teams = TeamsClient(teams, http, f"{url}/api/messages", lambda: clock().timestamp())
        running = Both(
            SlackCompany(slack, in_slack, store, clock), TeamsCompany(teams, in_teams, store, clock, app, team), clock
        )
        await in_teams.install(teams.user("ann"), team)
        yield running
    await runner.cleanup()
    await slack.stop()
    await teams.stop()


async def test_the_card_is_in_slack_the_decision_in_teams(both: Both) -> None:
    """Mia's card is in Slack, where she worked last; she decides in Teams. Eve, who is in Teams, hears of it once."""
    slack, teams = both.slack, both.teams
    await both.works_in_slack("mia", "eve")
    await both.works_in_teams("eve", "fay")
    await teams.request("eve")
    card = await slack.told("mia", "Eve", "Cursor", "to write code")
    assert both.heard("mia", "Eve", "Cursor", "to write code") == ["slack"]
    await both.works_in_teams("mia")
    await teams.people.say(teams.user("mia"), "approvals")
    listed = await teams.told("mia", "Cursor", "to write code")
    answer = await teams.people.execute(teams.user("mia"), listed, "Approve")
    assert "Approve" not in {one["title"] for one in actions(answer.card)}
    await until(lambda: "Approve" not in labels(both.slack_card(card)), "the card in Slack without buttons")
    await until(lambda: "Approve" not in can(both.teams_card(listed)), "the card in Teams without buttons")

    await slack.people.click(slack.user("mia"), card, "Approve")  # the card as her phone still shows it
    await slack.told("mia", "already")
    second = await teams.told("fay", "Cursor", "to write code")
    await teams.people.execute(teams.user("fay"), second, "Approve")
    await until(lambda: both.heard("eve", "is approved. Your seat is being granted"), "news for Eve")
    await both.quiet()
    assert [decision.verdict for decision in slack.decisions()] == ["approve", "approve"]
    assert both.heard("mia", "Eve", "Cursor", "to write code") == ["slack", "teams"]  # the second because she asked
    assert set(both.heard("eve", "Cursor")) == {"teams"} and both.heard("fay", "to write code") == ["teams"]
    assert both.heard("eve", "Mia approved") == both.heard("eve", "is approved. Your seat") == ["teams"]
    assert slack.slack.refusals == teams.teams.refusals == []


async def test_asked_in_teams_decided_in_slack(both: Both) -> None:
    slack, teams = both.slack, both.teams
    await both.works_in_slack("mia", "fay")
    await teams.request("eve")
    card = await teams.told("eve", "R-1001", "Waits for Mia")
    for name in ("mia", "fay"):
        asked = await slack.told(name, "Eve", "Cursor", "to write code")
        await slack.people.click(slack.user(name), asked, "Approve")
    await until(lambda: both.heard("eve", "is approved. Your seat is being granted"), "news for Eve")
    await until(lambda: says(both.teams_card(card), "✓ Mia", "✓ Fay"), "Eve's card with both approvals")
    await both.quiet()
    assert set(both.heard("eve", "R-1001")) == {"teams"}
    assert both.heard("eve", "Mia approved") == both.heard("eve", "is approved. Your seat") == ["teams"]
    assert both.heard("mia", "to write code") == both.heard("fay", "to write code") == ["slack"]
    assert slack.slack.refusals == teams.teams.refusals == []


async def test_a_card_in_a_team_shows_what_was_decided_in_slack(both: Both) -> None:
    """Whoever may decide has the buttons there too, until somebody did."""
    slack, teams = both.slack, both.teams
    await both.works_in_slack("mia")
    await teams.people.mention(teams.user("eve"), teams.team, "request cursor")
    await teams.fill_in("eve", await teams.in_chat(teams.team, "Cursor", "State here"))
    card = await teams.in_chat(teams.team, "Eve asks for Cursor")
    assert "Approve" in {one["title"] for one in actions((await teams.people.refresh(teams.user("mia"), card)).card)}
    asked = await slack.told("mia", "Eve", "Cursor", "to write code")
    await slack.people.click(slack.user("mia"), asked, "Approve")
    await until(lambda: says(both.teams_card(card), "Waits for Fay"), "the card in the team after Mia's approval")
    own = (await teams.people.refresh(teams.user("mia"), card)).card
    assert "Approve" not in {one["title"] for one in actions(own)}
    await both.quiet()
    assert both.heard("mia", "to write code") == ["slack"]


async def test_decided_in_both_at_the_same_moment_it_counts_once(both: Both) -> None:
    slack, teams = both.slack, both.teams
    await both.works_in_slack("mia")
    await teams.request("eve")
    card = await slack.told("mia", "Eve", "Cursor", "to write code")
    await both.works_in_teams("mia")
    await teams.people.say(teams.user("mia"), "approvals")
    listed = await teams.told("mia", "Cursor", "to write code")
    await asyncio.gather(
        slack.people.click(slack.user("mia"), card, "Approve"), teams.people.execute(teams.user("mia"), listed, "Approve")
    )
    await until(lambda: "Approve" not in labels(both.slack_card(card)), "the card in Slack without buttons")
    await until(lambda: "Approve" not in can(both.teams_card(listed)), "the card in Teams without buttons")
    await both.quiet()
    assert [decision.verdict for decision in slack.decisions()] == ["approve"]


async def test_who_took_bursar_out_of_teams_is_told_in_slack(both: Both) -> None:
    slack, teams = both.slack, both.teams
    await both.works_in_slack("mia")
    await both.works_in_teams("mia")
    teams.teams.remove_personally(teams.user("mia"))  # Teams' word of it was lost
    await teams.request("eve")
    card = await slack.told("mia", "Eve", "Cursor", "to write code")
    await slack.people.click(slack.user("mia"), card, "Approve")
    await until(lambda: "Approve" not in labels(both.slack_card(card)), "the card without buttons")
    assert both.heard("mia", "Eve", "Cursor", "to write code") == ["slack"]


async def test_a_manager_who_never_spoke_is_told_once(both: Both) -> None:
    """Both channels know Mia; she has an account in neither that Bursar has seen."""
    await both.teams.request("eve")
    await until(lambda: both.heard("mia", "to write code"), "a card for Mia")
    await both.quiet()
    assert len(both.heard("mia", "to write code")) == 1
