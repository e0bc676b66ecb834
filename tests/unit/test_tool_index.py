"""Which tool a name, card line, domain or application means."""

import pytest

from storage.catalog import parse_catalog
from storage.imports.documents import columns_of
from storage.models import Tool
from storage.tool_index import ToolIndex, known_app, known_domain, known_merchant, slug_of
from storage.yaml_source import SourceErrors

CATALOG = """
tools:
  - slug: github-copilot
    name: GitHub Copilot
    aliases: [copilot]
    merchants: [GITHUB*COPILOT, GITHUB]
    domains: [copilot.github.com]
    oauth_apps: [Copilot Chat]
    focus: {service_names: [Copilot Business], sub_accounts: [team-a], sku_ids: [SKU-1]}
  - slug: m365-copilot
    name: Microsoft 365 Copilot
    aliases: [copilot]
    merchants: [MSFT*COPILOT]
    focus: {service_names: [M365], sku_ids: [SKU-2]}
  - slug: chatgpt
    name: ChatGPT
    focus: {sub_accounts: [team-b]}
"""


def index() -> ToolIndex:
    result = ToolIndex()
    for number, entry in enumerate(parse_catalog(CATALOG).tools, start=1):
        result.add(Tool(id=number, slug=entry.slug, **columns_of(entry)))
    return result


@pytest.mark.parametrize(
    ("name", "tool"),
    [
        ("github-copilot", 1), ("GITHUB  copilot", 1), ("Copilot Business", 1), ("GitHub Copilot", 1),
        ("copilot", None), ("Microsoft 365 Copilot", 2), ("m365-copilot", 2), ("nothing", None), ("Chat GPT", None),
    ],
)  # fmt: skip
def test_names(name: str, tool: int | None) -> None:
    """An ambiguous alias finds nothing: a guess would be silently wrong."""
    assert index().named(name) == tool


@pytest.mark.parametrize(
    ("line", "tool"),
    [
        ("GITHUB, INC.", 1), ("github *copilot pro", 1), ("GITHUB   COPILOT", 1), ("MSFT * COPILOT E0400", 2),
        ("MSFT AZURE", None), ("PAYPAL *GITHUB INC", 1), ("SQ *GITHUB", 1), ("THE GITHUB SHOP", None),
        ("OPENAI *CHATGPT SUBSCR", 3), ("Shell 1234", None),
    ],
)  # fmt: skip
def test_card_lines(line: str, tool: int | None) -> None:
    """The last one: a product Bursar knows, under the name of a catalogue tool."""
    assert index().merchant(line) == tool


def test_the_longest_pattern_wins_and_a_tie_finds_nothing() -> None:
    catalog = """
tools:
  - {slug: a, name: A, merchants: ["ACME"]}
  - {slug: b, name: B, merchants: ["ACME AI"]}
  - {slug: c, name: C, merchants: ["ACME AI"]}
  - {slug: d, name: D, merchants: ["ACME AI PRO"]}
"""
    result = ToolIndex()
    for number, entry in enumerate(parse_catalog(catalog).tools, start=1):
        result.add(Tool(id=number, slug=entry.slug, **columns_of(entry)))
    assert result.merchant("ACME AI PRO 1") == 4
    assert result.merchant("ACME AI") is None
    assert result.merchant("ACME CORP") == 1


@pytest.mark.parametrize(
    ("sku", "account", "service", "tool"),
    [
        ("sku-1", "team-b", "M365", 1), ("", "team-b", "M365", 3), ("x", "y", "m365", 2), ("", "", "ChatGPT", 3),
        ("", "", "Copilot", None), ("", "", "", None),
    ],
)  # fmt: skip
def test_a_cost_row_is_its_skus_before_its_accounts_before_its_services(
    sku: str, account: str, service: str, tool: int | None
) -> None:
    assert index().focus(sku, account, service) == tool


def test_domains_match_at_label_boundaries() -> None:
    assert index().domain("api.copilot.github.com.") == 1
    assert index().domain("evilcopilot.github.com") is None
    assert index().domain("chat.chatgpt.com") == 3
    assert known_domain("notclaude.ai") is None
    assert known_domain("www.claude.ai") is not None


def test_applications() -> None:
    assert index().app("copilot chat") == 1
    assert index().app("GitHub Copilot") == 1
    assert index().app("Zoom") is None
    assert known_app("Zoom") is None
    assert known_app("Mail Assistant GPT") == ("Mail Assistant GPT", "")
    assert known_app("Mailchimp") is None
    assert known_app("otter") == ("Otter.ai", "Otter.ai")


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("OPENAI *CHATGPT SUBSCR", "ChatGPT"), ("OPENAI API CREDITS", "OpenAI"), ("CURSOR USAGE  AUG", "Cursor"),
        ("Cursor Ai Powered Ide", "Cursor"), ("ANTHROPIC* API", "Anthropic"), ("CLAUDE.AI SUBSCRIPTION", "Claude"),
        ("PADDLE.NET* ELEVENLABS", "ElevenLabs"), ("SUNOCO 0123", None), ("CLAUDE'S BAKERY", None), ("CURSORY BOOKS", None),
    ],
)  # fmt: skip
def test_known_ai_merchants(line: str, name: str | None) -> None:
    known = known_merchant(line)
    assert (known.name if known else None) == name


def test_slugs() -> None:
    assert slug_of("GitHub Copilot!") == "github-copilot"
    assert slug_of("豆包").startswith("tool-")
    assert slug_of("豆包") != slug_of("文心")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("tools:\n  - {slug: a, name: A, vendr: B}\n", "catalog.yaml:2:24: unknown key 'vendr'; did you mean 'vendor'?"),
        ("tools:\n  - {slug: a}\n", "catalog.yaml:2:5: 'name' is missing"),
        ("tools:\n  - {slug: a, name: A}\n  - {slug: A, name: B}\n", "catalog.yaml:3:12: the slug 'A' is used twice"),
        ("tools:\n  - {slug: a, name: A, status: aproved}\n",
         "catalog.yaml:2:32: 'aproved' is not allowed; did you mean 'approved'?"),
        ("tools:\n  - {slug: a, name: A, merchants: ['*']}\n", "would match every card line"),
        ("tools:\n  - {slug: a, name: A, split: {fixed: {X: 0.7, Y: 0.2}}}\n", "the shares add up to 0.9, not 1"),
        ("tools:\n  - {slug: a, name: A, split: {by: seats, fixed: {X: 1}}}\n", "exclude each other"),
        ("tools:\n  - {slug: a, name: A, list_price: {amount: x, currency: USD}}\n", "catalog.yaml:2:45"),
        ("tools:\n  - {slug: a, name: A, owner: nobody}\n", "not an e-mail address"),
        ("tools: [\n", "catalog.yaml:2:1"),
    ],
)  # fmt: skip
def test_mistakes_in_a_catalogue_are_told_with_their_place(text: str, said: str) -> None:
    with pytest.raises(SourceErrors) as caught:
        parse_catalog(text)
    assert said in str(caught.value)


def test_prices_are_exact() -> None:
    text = "tools:\n  - {slug: a, name: A, list_price: {amount: 19.99, currency: USD}, split: {fixed: {X: 0.7, Y: 0.3}}}\n"
    (tool,) = parse_catalog(text).tools
    assert str(tool.list_price.amount) == "19.99"  # type: ignore[union-attr]
    assert tool.details()["split"] == {"fixed": {"X": "0.7", "Y": "0.3"}}
