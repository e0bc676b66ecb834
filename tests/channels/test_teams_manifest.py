"""The Teams package installs the bot the code is, and refuses to be made of nonsense."""

import io
import json
import zipfile
from typing import Any

import pytest
from PIL import Image, ImageChops

from bot.router import load_intents, registry
from manifests.teams import icons
from manifests.teams.package import FOLDER, NOBODY, Unfit, manifest_for, package

APP = "11111111-2222-3333-4444-555555555555"


@pytest.fixture(scope="module")
def manifest() -> dict[str, Any]:
    with zipfile.ZipFile(io.BytesIO(package(APP, "bursar.acme.com"))) as archive:
        assert sorted(archive.namelist()) == ["color.png", "manifest.json", "outline.png"]
        return dict(json.loads(archive.read("manifest.json")))


def test_the_company_s_bot_and_host_stand_everywhere(manifest: dict[str, Any]) -> None:
    text = json.dumps(manifest)
    assert NOBODY not in text and "example.com" not in text
    assert manifest["id"] == manifest["bots"][0]["botId"] == manifest["composeExtensions"][0]["botId"] == APP
    assert manifest["developer"]["websiteUrl"] == "https://bursar.acme.com"
    assert set(manifest["bots"][0]["scopes"]) == {"personal", "team", "groupChat"}


def test_every_command_is_one_that_bursar_serves(manifest: dict[str, Any]) -> None:
    load_intents()
    commands = [command for lists in manifest["bots"][0]["commandLists"] for command in lists["commands"]]
    assert {
        command["title"] for command in commands if command.get("type") != "prompt"
    } <= registry.text.keys() | registry.prefix.keys()
    assert all(command["prompt"] for command in commands if command.get("type") == "prompt")


def test_the_same_input_gives_the_same_package() -> None:
    assert package(APP, "bursar.acme.com") == package(f" {APP.upper()} ", "https://bursar.acme.com/")


@pytest.mark.parametrize(("app_id", "host"), [
    ("", "bursar.acme.com"), (NOBODY, "bursar.acme.com"), ("bursar", "bursar.acme.com"), (APP, ""), (APP, "localhost"),
    (APP, "bursar.acme.com/api"), (APP, "http://bursar.acme.com"), (APP, "bursar acme.com"),
])  # fmt: skip
def test_what_cannot_be_installed_is_refused(app_id: str, host: str) -> None:
    with pytest.raises(Unfit):
        manifest_for(app_id, host)


@pytest.mark.parametrize("name", ["color", "outline"])
def test_the_icons_are_what_the_program_draws(name: str) -> None:
    drawn = getattr(icons, f"{name}_icon")()
    stored = Image.open(FOLDER / f"{name}.png").convert("RGBA")
    difference = ImageChops.difference(drawn, stored).getextrema()
    assert stored.size == drawn.size and all(most <= 8 for _, most in difference)


def test_the_outline_is_white_on_nothing() -> None:
    colours = Image.open(FOLDER / "outline.png").convert("RGBA").getcolors(maxcolors=2000) or []
    assert {colour[:3] for _, colour in colours if colour[3]} == {(255, 255, 255)}
    assert {0, 255} <= {colour[3] for _, colour in colours}
