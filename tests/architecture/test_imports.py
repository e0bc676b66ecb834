"""Who may import whom: read from the sources, so that a forbidden import fails before it runs."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("bot", "workflows", "storage")

# A library → the only files or folders that may import it.
ONLY_IN = {
    "slack_bolt": ("bot/channels/slack",),
    "slack_sdk": ("bot/channels/slack",),
    "botbuilder": ("bot/channels/teams.py",),
    "botframework": ("bot/channels/teams.py",),
    "apscheduler": ("bot/scheduler.py",),
    "httpx": ("storage/connectors/", "bot/channels/teams"),
    "aiohttp": ("bot/channels/", "bot/bootstrap.py", "bot/commands/serve.py", "bot/commands/demo.py"),
    "polars": ("storage/ledger/", "storage/imports/"),
    "pydantic_ai": ("bot/model_reader.py",),
    "alembic": ("storage/schema.py", "storage/migrations/"),
}


def sources(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from sorted((ROOT / folder).rglob("*.py"))


def imports(path: Path) -> set[str]:
    """Modules a file imports anywhere in it, also inside functions."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


def offenders(folders: tuple[str, ...], forbidden: tuple[str, ...]) -> list[str]:
    return [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in sources(*folders)
        for name in sorted(imports(path))
        if any(name == bad or name.startswith(f"{bad}.") for bad in forbidden)
    ]


def test_storage_knows_neither_workflows_nor_bot() -> None:
    assert offenders(("storage",), ("workflows", "bot", "tests")) == []


def test_workflows_know_no_bot_no_chat_and_no_http() -> None:
    assert offenders(("workflows",), ("bot", "tests", "aiohttp", "httpx", "slack_bolt", "slack_sdk", "botbuilder")) == []


def test_intents_and_notices_know_no_channel() -> None:
    assert (
        offenders(("bot/intents", "bot/notices"), ("bot.channels", "slack_bolt", "slack_sdk", "botbuilder", "aiohttp")) == []
    )


def test_neutral_messages_know_nothing_of_us() -> None:
    assert [name for name in imports(ROOT / "bot/message.py") if name.split(".")[0] in PACKAGES] == []
    assert [name for name in imports(ROOT / "bot/interaction.py") if name.split(".")[0] in PACKAGES] == []


@pytest.mark.parametrize("library", ONLY_IN)
def test_a_library_stays_where_it_belongs(library: str) -> None:
    allowed = ONLY_IN[library]
    found = [
        str(path.relative_to(ROOT))
        for path in sources(*PACKAGES)
        if any(name == library or name.startswith(f"{library}.") for name in imports(path))
    ]
    assert [path for path in found if not path.startswith(allowed)] == []


def test_pure_rules_see_no_session_and_no_clock() -> None:
    rules = [path for path in sources("workflows") if path.name in ("rules.py", "periods.py")]
    assert rules
    for path in rules:
        bad = [
            name for name in imports(path)
            if name.startswith(("sqlmodel", "sqlalchemy", "storage.models", "storage.unit_of_work", "workflows.ports"))
        ]  # fmt: skip
        assert bad == [], path


def test_only_the_ports_ask_for_the_time() -> None:
    asks = []
    for path in sources(*PACKAGES):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute) and node.attr in ("now", "utcnow", "today"):
                value = node.value
                if isinstance(value, ast.Name) and value.id in ("datetime", "date"):
                    asks.append(str(path.relative_to(ROOT)))
    assert [path for path in asks if path != "workflows/ports.py"] == []
