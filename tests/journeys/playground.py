"""Microsoft 365 Agents Playground 0.2.28 with the sample company's people in it, in front of a running Bursar.

It is Microsoft's client for bots: its conversations, its rendering of cards, its Bot Connector. What it has not (dialogs,
clicks of anybody but its own user) is sent as Teams would send it. `.ci/playground` names the version.
"""

import asyncio
import os
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from manifests.demo.company import DOMAIN

TENANT = "00000000-0000-0000-0000-00000000aaaa"
PERSONAL, CHANNEL, TEAM = "personal-chat-id", "ai-tools", "team-marketing"
CURRENT = "Samuel Ostrander"
OTHERS = ("Genevieve Stavros", "Kenji Abernathy", "Helena Brandvold", "Idris Valemont", "Meredith Okonjo")
MODULES = Path(os.environ.get("BURSAR_PLAYGROUND", Path(__file__).parents[2] / ".ci/playground/node_modules"))
PROGRAM = MODULES / "@microsoft/m365agentsplayground/cli.js"
BOT = {"id": "28:bursar", "name": "Bursar"}


def account(name: str) -> dict[str, str]:
    """A person as the Playground's settings want them."""
    number = [CURRENT, *OTHERS].index(name) + 1
    given, surname = name.split()
    email = f"{given}.{surname}@{DOMAIN}".lower()
    return {
        "id": f"29:{given.lower()}", "name": name, "givenName": given, "surname": surname, "email": email,
        "userPrincipleName": email, "aadObjectId": f"00000000-0000-0000-0000-{number:012d}",
    }  # fmt: skip


def settings_text() -> str:
    """`.m365agentsplayground.yml`: exactly five others, one group chat, one team with one more channel. JSON is YAML."""
    import json

    return json.dumps({
        "version": "0.1.1", "tenantId": TENANT, "bot": BOT, "currentUser": account(CURRENT),
        "users": [account(name) for name in OTHERS], "personalChat": {"id": PERSONAL},
        "groupChat": {"id": "group-chat-id", "name": "AI spend"},
        "team": {"id": TEAM, "name": "Marketing", "aadGroupId": "00000000-0000-0000-0000-0000000000c1",
                 "channels": [{"id": CHANNEL, "name": "AI tools"}]},
    })  # fmt: skip


@dataclass
class Playground:
    """`url` is the page; `bot` the address of Bursar's endpoint."""

    url: str
    bot: str
    http: httpx.AsyncClient

    def _activity(self, who: str, name: str, chat: str, kind: str, value: Any, card: str | None) -> dict[str, Any]:
        person = account(who)
        return {
            "type": "invoke", "name": name, "id": str(uuid.uuid4()), "channelId": "msteams",
            "serviceUrl": f"{self.url}/_connector".replace("127.0.0.1", "localhost"), "value": value,
            "from": {name: person[name] for name in ("id", "name", "aadObjectId")}, "recipient": BOT,
            "conversation": {"id": chat, "conversationType": kind, "tenantId": TENANT},
            "channelData": {"tenant": {"id": TENANT}}, "localTimezone": "America/New_York", "locale": "en-US",
            **({"replyToId": card} if card else {}),
        }  # fmt: skip

    async def press(self, who: str, chat: str, kind: str, card: str, button: dict[str, Any]) -> None:
        """An Action.Execute of anybody, through the Playground."""
        action = {name: button[name] for name in ("type", "verb", "data")}
        value = {"action": action, "trigger": "manual"}
        activity = self._activity(who, "adaptiveCard/action", chat, kind, value, card)
        (await self.http.post(f"{self.url}/_internal/v1/customActivities", json=activity)).raise_for_status()

    async def dialog(self, who: str, chat: str, kind: str, card: str | None, name: str, data: dict[str, Any]) -> Any:
        """`task/fetch` or `task/submit`, which the Playground cannot send for a card, straight to Bursar."""
        activity = self._activity(who, name, chat, kind, {"data": data}, card)
        answer = await self.http.post(self.bot, json=activity)
        answer.raise_for_status()
        return answer.json() if answer.content else None


@asynccontextmanager
async def playground(folder: Path, bot: str, port: int) -> AsyncIterator[Playground]:
    """The Playground on a port of the loopback. Raises FileNotFoundError when npm has not brought it."""
    if not PROGRAM.exists():
        raise FileNotFoundError(f"{PROGRAM}: run `npm install` in .ci/playground (make test-playground does)")
    (folder / ".m365agentsplayground.yml").write_text(settings_text())
    process = await asyncio.create_subprocess_exec(
        "node", str(PROGRAM), "start", "-e", bot, "-c", "msteams", "-p", str(port), "--disable-telemetry",
        cwd=folder, env={**os.environ, "BROWSER": "none"}, stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    async with httpx.AsyncClient(timeout=30.0) as http:
        running = Playground(f"http://127.0.0.1:{port}", bot, http)
        try:
            await _until_it_answers(http, running.url)
            yield running
        finally:
            process.terminate()
            await process.wait()


async def _until_it_answers(http: httpx.AsyncClient, url: str) -> None:
    for _ in range(150):
        try:
            (await http.get(f"{url}/_internal/v1/config")).raise_for_status()
        except httpx.HTTPError:
            await asyncio.sleep(0.2)
        else:
            return
    raise TimeoutError("the Agents Playground did not start: its settings file may be wrong (it says nothing then)")
