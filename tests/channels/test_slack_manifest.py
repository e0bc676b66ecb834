"""The manifest installs the app the code is: every scope has a use, every event a listener, nothing is left over."""

import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from bot.channels import slack
from tests.fake_slack import NEEDS

MANIFEST = Path(__file__).parents[2] / "manifests" / "slack.yaml"
CHANNEL_FILES = sorted((Path(__file__).parents[2] / "bot" / "channels").glob("slack*.py"))
EVENT_SCOPES = {"app_mention": "app_mentions:read", "message.im": "im:history", "app_home_opened": None}


@pytest.fixture(scope="module")
def manifest() -> dict[str, Any]:
    return dict(YAML(typ="safe").load(MANIFEST.read_text()))


@pytest.fixture(scope="module")
def source() -> str:
    return "\n".join(path.read_text() for path in CHANNEL_FILES)


def methods_called(source: str) -> set[str]:
    """Web API methods, as the names of AsyncWebClient are made of theirs: chat_postMessage → chat.postMessage."""
    found = re.findall(r"client\.((?:auth|chat|conversations|files|users|views)_\w+)\(", source)
    return {name.replace("_", ".", 1) for name in found}


def test_every_scope_is_needed_and_every_need_has_its_scope(manifest: dict[str, Any], source: str) -> None:
    called = methods_called(source)
    assert {"chat.postMessage", "conversations.open", "users.info", "views.open"} <= called
    assert called <= NEEDS.keys(), "a method whose scope the fake Slack does not know"
    needed = {NEEDS[method] for method in called} | set(EVENT_SCOPES.values()) | {"commands"}
    assert set(manifest["oauth_config"]["scopes"]["bot"]) == needed - {None}
    assert "user" not in manifest["oauth_config"]["scopes"]


def test_every_scope_and_event_is_explained() -> None:
    lines = MANIFEST.read_text().splitlines()
    listed = [line for line in lines if re.match(r"\s+- [a-z_.:]+\b", line) and "command:" not in line]
    assert listed
    assert [line for line in listed if not re.search(r" # \w.{15,}", line)] == []


def test_every_event_is_listened_to(manifest: dict[str, Any], source: str) -> None:
    subscribed = set(manifest["settings"]["event_subscriptions"]["bot_events"])
    listened = set(re.findall(r'app\.event\("(\w+)"\)', source))
    assert {event.split(".")[0] for event in subscribed} == listened
    assert subscribed == EVENT_SCOPES.keys()


def test_the_command_and_the_addresses(manifest: dict[str, Any]) -> None:
    [command] = manifest["features"]["slash_commands"]
    assert command["command"] == slack.COMMAND
    interactivity = manifest["settings"]["interactivity"]
    addresses = {
        command["url"],
        manifest["settings"]["event_subscriptions"]["request_url"],
        interactivity["request_url"],
        interactivity["message_menu_options_url"],
    }
    assert len(addresses) == 1
    assert addresses.pop().startswith("https://") and interactivity["is_enabled"] is True


def test_slacks_limits_of_manifests(manifest: dict[str, Any]) -> None:
    allowed = {"_metadata", "display_information", "features", "oauth_config", "settings"}
    assert manifest.keys() <= allowed
    shown = manifest["display_information"]
    assert 1 <= len(shown["name"]) <= 35 and len(shown["description"]) <= 140
    assert 175 <= len(shown["long_description"]) <= 4000
    assert re.fullmatch("#[0-9a-f]{6}", shown["background_color"])
    assert re.fullmatch(r"[a-zA-Z0-9_. -]{1,80}", manifest["features"]["bot_user"]["display_name"])
    command = manifest["features"]["slash_commands"][0]
    assert command["command"].startswith("/") and len(command["command"]) <= 32
    assert len(command["description"]) <= 2000 and len(command["usage_hint"]) <= 1000
    assert manifest["features"]["app_home"]["home_tab_enabled"] is True
    assert manifest["features"]["app_home"]["messages_tab_read_only_enabled"] is False
