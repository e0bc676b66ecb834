"""Which tool a charge key belongs to: the catalogue's, else one discovered by its ServiceName."""

from collections.abc import Iterable
from typing import Any, Protocol

from sqlmodel import Session, select

from storage.models import Tool
from storage.tool_index import ToolIndex, discover, slug_of
from storage.unit_of_work import Store


class ToolKey(Protocol):
    """The dimensions of a charge key that tell its tool."""

    @property
    def provider(self) -> str: ...
    @property
    def service_name(self) -> str: ...
    @property
    def sub_account(self) -> str: ...
    @property
    def sku_id(self) -> str: ...


class Known:
    """What matters of a tool here."""

    def __init__(self, tool: Tool) -> None:
        self.id = tool.id or 0
        self.name, self.vendor, self.in_catalog = tool.name, tool.vendor, tool.in_catalog
        self.vendor_told = tool.details.get("vendor_from") == "focus"
        split = tool.details.get("split")
        self.split: dict[str, Any] | None = split if isinstance(split, dict) and split else None


class ToolFinder:
    """Today's catalogue and the tools discovered so far."""

    def __init__(self, session: Session) -> None:
        self._load(session)

    def _load(self, session: Session) -> None:
        self._index = ToolIndex.load(session)
        tools = {tool.slug: Known(tool) for tool in session.exec(select(Tool))}
        self._by_slug = tools
        self._by_id = {known.id: known for known in tools.values()}
        self._found: dict[tuple[str, str, str], int | None] = {}

    def refresh(self, store: Store) -> None:
        with store.read() as uow:
            self._load(uow.session)

    def _focus(self, key: ToolKey) -> int | None:
        names = (key.sku_id, key.sub_account, key.service_name)
        if names not in self._found:
            self._found[names] = self._index.focus(*names)
        return self._found[names]

    def of_key(self, key: ToolKey) -> int | None:
        """The tool's id, None when it has yet to be discovered (`discover_tools`)."""
        found = self._focus(key)
        if found is not None:
            return found
        known = self._by_slug.get(slug_of(key.service_name))
        return known.id if known else None

    def is_new(self, key: ToolKey) -> bool:
        """Whether the key shows a tool, or a vendor or spelling of a discovered one, that is not recorded."""
        if self._focus(key) is not None:
            return False
        known = self._by_slug.get(slug_of(key.service_name))
        if known is None:
            return True
        better_vendor = bool(key.provider) and (not known.vendor_told or key.provider < known.vendor)
        return not known.in_catalog and (better_vendor or " ".join(key.service_name.split()) < known.name)

    def split_of(self, tool_id: int) -> dict[str, Any] | None:
        """The `split` of catalog.yaml, None without one."""
        known = self._by_id.get(tool_id)
        return known.split if known else None


def discover_tools(store: Store, shown: Iterable[tuple[str, str]]) -> None:
    """Record the tools of (ServiceName, provider) pairs that nothing else knows."""
    with store.write() as uow:
        for service_name, provider in sorted(set(shown)):
            discover(uow.session, service_name, provider)
