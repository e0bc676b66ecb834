"""Which tool a name, card line, FOCUS dimension, domain or application means: a function of today's catalogue.

What the catalogue does not know becomes a *discovered* tool, known by the slug of its name and awaiting triage.
"""

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlmodel import Session, col, select

from storage.known_ai import KNOWN_AI, KnownTool
from storage.models import Tool, ToolName

# What stands before the merchant on a card line: the processor or reseller.
PROCESSORS = re.compile(
    r"^(?:SQ|SQU|SP|TST|PP|PAYPAL|PADDLE(?:\.NET)?|STRIPE|LINK|FS|FASTSPRING|2CO|DRI|LS|LEMSQZY)\s*\*\s*"
)
_AI_WORDS = re.compile(r"\b(?:ai|gpt|llm|copilot|chatbot|genai)\b|gpt|\.ai\b", re.IGNORECASE)


def slug_of(name: str) -> str:
    """`GitHub Copilot` → `github-copilot`; a name without Latin letters gets a slug made of its hash."""
    slug = re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")
    return slug or f"tool-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def fold(name: str) -> str:
    """Names compare without case and with single spaces."""
    return " ".join(name.split()).casefold()


def card_lines(descriptor: str) -> list[str]:
    """The card line in capitals, then without the processor's prefix."""
    line = " ".join(descriptor.upper().split())
    bare = PROCESSORS.sub("", line)
    return [line] if bare == line else [line, bare]


@dataclass(frozen=True)
class Pattern:
    """A merchant pattern of the catalogue: the start of a card line, `*` = any run. `weight` = its letters."""

    regex: re.Pattern[str]
    weight: int
    tool_id: int

    @classmethod
    def of(cls, text: str, tool_id: int, whole_words: bool = False) -> "Pattern":
        parts = " ".join(text.upper().split()).split("*")
        # A blank beside a star is part of the run: GITHUB * COPILOT also finds GITHUB*COPILOT.
        body = ".*".join(re.escape(part.strip()) if len(parts) > 1 else re.escape(part) for part in parts)
        end = r"(?![A-Z0-9])" if whole_words and not text.endswith("*") else ""
        return cls(re.compile(body + end), len("".join(parts).replace(" ", "")), tool_id)


KNOWN_PATTERNS = [
    Pattern.of(text, number, whole_words=True) for number, known in enumerate(KNOWN_AI) for text in known.merchants
]
KNOWN_DOMAINS = {domain: known for known in KNOWN_AI for domain in known.domains}
KNOWN_NAMES = {fold(name): known for known in KNOWN_AI for name in (known.name, *known.apps)}


def best_match(patterns: Iterable[Pattern], descriptor: str) -> int | None:
    """The tool of the longest pattern that matches; None when none does or tools tie."""
    for line in card_lines(descriptor):
        hits = [pattern for pattern in patterns if pattern.regex.match(line)]
        if hits:
            longest = max(pattern.weight for pattern in hits)
            tools = {pattern.tool_id for pattern in hits if pattern.weight == longest}
            return tools.pop() if len(tools) == 1 else None
    return None


def known_merchant(descriptor: str) -> KnownTool | None:
    """The AI product of a card line, from Bursar's own list."""
    number = best_match(KNOWN_PATTERNS, descriptor)
    return None if number is None else KNOWN_AI[number]


def suffixes(domain: str) -> list[str]:
    """`a.b.com` → a.b.com, b.com, com: the longest first."""
    labels = domain.strip().lower().rstrip(".").split(".")
    return [".".join(labels[start:]) for start in range(len(labels))]


Names = dict[str, set[int]]


def _names() -> Names:
    return defaultdict(set)


@dataclass
class ToolIndex:
    """The catalogue for lookups; ids are `Tool.id`. Ambiguous names find nothing: a guess would be silently wrong."""

    levels: list[Names] = field(default_factory=lambda: [_names() for _ in range(5)])  # slug, name, alias, service, slugged
    sku_ids: Names = field(default_factory=_names)
    sub_accounts: Names = field(default_factory=_names)
    domains: Names = field(default_factory=_names)
    apps: Names = field(default_factory=_names)
    patterns: list[Pattern] = field(default_factory=list)
    _merchants: dict[str, int | None] = field(default_factory=dict)

    @classmethod
    def load(cls, session: Session) -> "ToolIndex":
        """Of the tools in the catalogue; discovered ones are found through `Inventory.discover`."""
        index = cls()
        for tool in session.exec(select(Tool).where(Tool.in_catalog)).all():
            index.add(tool)
        return index

    def add(self, tool: Tool) -> None:
        assert tool.id is not None  # it comes from the database
        number, details = tool.id, tool.details
        focus = details.get("focus", {})
        slug, name, alias, service, slugged = self.levels
        slug[fold(tool.slug)].add(number)
        name[fold(tool.name)].add(number)
        for names, texts in (
            (alias, details.get("aliases", [])),
            (service, focus.get("service_names", [])),
            (self.sku_ids, focus.get("sku_ids", [])),
            (self.sub_accounts, focus.get("sub_accounts", [])),
            (self.domains, details.get("domains", [])),
            (self.apps, details.get("oauth_apps", [])),
        ):
            for text in texts:
                names[fold(text)].add(number)
        for text in (tool.slug, tool.name, *details.get("aliases", [])):
            slugged[slug_of(text)].add(number)
        self.patterns += [Pattern.of(text, number) for text in details.get("merchants", [])]

    def named(self, name: str) -> int | None:
        """By slug, else name, else alias, else FOCUS service name; None when unknown or ambiguous."""
        for level, names in enumerate(self.levels):
            found = names.get(slug_of(name) if level == 4 else fold(name))
            if found:
                return next(iter(found)) if len(found) == 1 else None
        return None

    def focus(self, sku_id: str, sub_account: str, service_name: str) -> int | None:
        """A cost row's tool: `sku_ids` before `sub_accounts` before `service_names`, then the service as a tool's name."""
        for names, text in ((self.sku_ids, sku_id), (self.sub_accounts, sub_account), (self.levels[3], service_name)):
            found = names.get(fold(text)) if text else None
            if found and len(found) == 1:
                return next(iter(found))
        return self.named(service_name) if service_name else None

    def merchant(self, descriptor: str) -> int | None:
        """The catalogue tool of a card line; a known AI merchant's when the catalogue has a tool of that name."""
        if descriptor not in self._merchants:
            found = best_match(self.patterns, descriptor)
            known = known_merchant(descriptor) if found is None else None
            self._merchants[descriptor] = self.named(known.name) if known else found
        return self._merchants[descriptor]

    def domain(self, domain: str) -> int | None:
        """By the longest suffix at a label boundary."""
        for suffix in suffixes(domain):
            found = self.domains.get(suffix)
            if found:
                return next(iter(found)) if len(found) == 1 else None
        known = known_domain(domain)
        return self.named(known.name) if known else None

    def app(self, app_name: str, client_id: str = "") -> int | None:
        """An OAuth application by its name or client id in `oauth_apps`, else as a tool's name."""
        for text in (app_name, client_id):
            found = self.apps.get(fold(text)) if text else None
            if found and len(found) == 1:
                return next(iter(found))
        known = KNOWN_NAMES.get(fold(app_name))
        return self.named(app_name) or (self.named(known.name) if known else None)


def known_domain(domain: str) -> KnownTool | None:
    return next((KNOWN_DOMAINS[suffix] for suffix in suffixes(domain) if suffix in KNOWN_DOMAINS), None)


def known_app(app_name: str) -> tuple[str, str] | None:
    """(name, vendor) of an application that is AI by Bursar's list or by its own name; None for others."""
    known = KNOWN_NAMES.get(fold(app_name))
    if known:
        return known.name, known.vendor
    return (app_name.strip(), "") if _AI_WORDS.search(app_name) else None


def tools_named(session: Session, name: str) -> list[Tool]:
    """Every tool that goes by `name` (slug, name, alias, service name; any case); several when it is ambiguous."""
    query = select(Tool).join(ToolName, col(ToolName.tool_id) == Tool.id).where(ToolName.name == fold(name))
    return list(session.exec(query.distinct().order_by(Tool.slug)).all())


def names_of(tool: Tool) -> list[ToolName]:
    """What a stored tool goes by; the strongest kind where one text is several."""
    focus = tool.details.get("focus", {})
    texts = [
        *((text, "service") for text in focus.get("service_names", [])),
        *((text, "alias") for text in tool.details.get("aliases", [])),
        (tool.name, "name" if tool.in_catalog else "discovered"),
        (tool.slug, "slug"),
    ]
    kinds = {fold(text): kind for text, kind in texts}
    return [ToolName(name=name, tool_id=tool.id or 0, kind=kind) for name, kind in kinds.items()]


def discover(session: Session, name: str, vendor: str = "") -> int:
    """The id of the discovered tool called `name`, made when it is new. Call it only for what the index does not find.

    `vendor` is what a FOCUS row says (ProviderName); without one, Bursar's list of AI products may know it. Of several
    vendors or spellings the first in the alphabet stays, so that the order of files does not matter.
    """
    name = " ".join(name.split())
    tool = session.exec(select(Tool).where(Tool.slug == slug_of(name))).first()
    if tool is not None and tool.in_catalog:
        return tool.id or 0
    known = KNOWN_NAMES.get(fold(name))
    if tool is None:
        tool = Tool(slug=slug_of(name), name=name, vendor=known.vendor if known else "")
        session.add(tool)
    told = tool.details.get("vendor_from") == "focus"
    if vendor and (not told or vendor < tool.vendor):
        tool.vendor, tool.details = vendor, {"vendor_from": "focus"}
    tool.name = min(tool.name, name)
    session.flush()
    before = session.exec(select(ToolName).where(ToolName.tool_id == tool.id)).all()
    names = names_of(tool)
    if {(row.name, row.kind) for row in before} != {(row.name, row.kind) for row in names}:
        for row in before:
            session.delete(row)
        session.flush()
        session.add_all(names)
        session.flush()
    return tool.id or 0
