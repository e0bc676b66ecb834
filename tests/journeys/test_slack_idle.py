"""An idle seat through Slack's wire: asked in a direct message, released with a click, kept with a reason."""

from storage.unit_of_work import Store
from tests.conftest import TestClock
from tests.fake_slack import FakeSlack
from tests.journeys.slack_company import labels, serving, shows, until
from tests.seats.company import ago, found_company


async def test_one_card_is_asked_and_answered_in_place(database_url: str, store: Store, clock: TestClock) -> None:
    acme = found_company(store, clock)
    slack = await FakeSlack().start()
    for name in acme.people:
        slack.add_user(name)
    acme.snapshot("copilot", {"ada": ago(81), "max": ago(90)})
    acme.sweep()
    async with serving(slack, database_url, store, clock) as running:
        card = await running.told("ada", "Do you still need Copilot?", "19.50 USD")
        assert labels(card) == ["Release", "Keep…", "Ask me in 2 weeks"]
        await running.people.click(running.user("ada"), card, "Release")
        await until(lambda: shows(card_now(slack, card), "released by Ada"), "the card to change")
        kept = await running.told("max", "Do you still need Copilot?")
        form = await running.open("max", kept, "Keep…")
        refused = await running.people.submit(running.user("max"), form, {"reason": " "})
        assert refused.json()["response_action"] == "errors"
        await running.people.submit(running.user("max"), form, {"reason": "The project starts again in January."})
        await until(lambda: "Release" not in labels(card_now(slack, kept)), "the other card to change")
        assert len(slack.direct_messages(running.user("ada"))) == len(slack.direct_messages(running.user("max"))) == 1
        assert slack.refusals == []


def card_now(slack: FakeSlack, card: dict[str, object]) -> dict[str, object]:
    return next(message for message in slack.messages if message["ts"] == card["ts"])
