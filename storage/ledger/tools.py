"""Which tool a charge key belongs to: the catalogue's, else one discovered by its ServiceName."""

from collections.abc import Iterable
from typing import Any

from sqlmodel import Session, select

from storage.models import ChargeKey, Tool
from storage.tool_index import ToolIndex, discover, slug_of
from storage.unit_of_work import Store


class ToolFinder:
    """Today's catalogue and the tools discovered so far."""

    def __init__(self, session: Session) -> None:
        self._index = ToolIndex.load(session)
        self.tools = {tool.id or 0: tool for tool in session.exec(select(Tool))}
        self._by_slug = {tool.slug: tool for tool in self.tools.values()}

    def of_key(self, key: ChargeKey) -> int | None:
        """The tool's id, None when it has yet to be discovered (`discover_tools`)."""
        found = self._index.focus(key.sku_id, key.sub_account, key.service_name)
        if found is not None:
            return found
        tool = self._by_slug.get(slug_of(key.service_name))
        return tool.id if tool else None

    def is_new(self, key: ChargeKey) -> bool:
        """Whether the key shows a tool, or a vendor or spelling of a discovered one, that is not recorded."""
        if self._index.focus(key.sku_id, key.sub_account, key.service_name) is not None:
            return False
        tool = self._by_slug.get(slug_of(key.service_name))
        if tool is None:
            return True
        told = tool.details.get("vendor_from") == "focus"
        better_vendor = bool(key.provider) and (not told or key.provider < tool.vendor)
        return not tool.in_catalog and (better_vendor or " ".join(key.service_name.split()) < tool.name)

    def split_of(self, tool_id: int) -> dict[str, Any] | None:
        """The `split` of catalog.yaml, None without one."""
        tool = self.tools.get(tool_id)
        split = tool.details.get("split") if tool else None
        return split if isinstance(split, dict) and split else None


def discover_tools(store: Store) -> None:
    """Record the tools that charges show and nothing else knows."""
    with store.read() as uow:
        finder = ToolFinder(uow.session)
        keys: Iterable[ChargeKey] = uow.session.exec(select(ChargeKey))
        shown = sorted({(key.service_name, key.provider) for key in keys if finder.is_new(key)})
    if shown:
        with store.write() as uow:
            for service_name, provider in shown:
                discover(uow.session, service_name, provider)
