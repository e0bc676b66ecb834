"""What a stored row means today: the person behind its e-mail on its day, the tool behind its name."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from sqlmodel import Session, col, select

from storage.models import PersonEmail, Tool
from storage.tool_index import ToolIndex, discover, known_app, known_domain, known_merchant, slug_of

_BATCH = 500


class PersonIndex:
    """Whose an e-mail is on a day. An alias not yet begun counts when nobody else had it before."""

    def __init__(self, session: Session, emails: Iterable[str]) -> None:
        self._days: dict[str, list[date]] = defaultdict(list)
        self._people: dict[str, list[int]] = defaultdict(list)
        wanted = sorted({email for email in emails if email})
        for start in range(0, len(wanted), _BATCH):
            query = select(col(PersonEmail.email), col(PersonEmail.valid_from), col(PersonEmail.person_id))
            query = query.where(col(PersonEmail.email).in_(wanted[start : start + _BATCH]))
            for email, valid_from, person_id in session.exec(query.order_by(col(PersonEmail.valid_from))):
                self._days[email].append(valid_from)
                self._people[email].append(person_id)

    def at(self, email: str | None, day: date | None) -> int | None:
        """Without a day: whose it is now."""
        days = self._days.get(email) if email else None
        if not days or not email:
            return None
        begun = len(days) if day is None else bisect_right(days, day)
        return self._people[email][max(0, begun - 1)]


# A rule's finders: in the catalogue, and as (name, vendor) of a tool to be discovered; None = no AI tool.
Named = tuple[str, str] | None
RULES: dict[str, tuple[Callable[..., int | None], Callable[..., Named]]] = {
    "name": (ToolIndex.named, lambda name: (name, "")),
    "merchant": (ToolIndex.merchant, lambda line: _named(known_merchant(line))),
    "domain": (ToolIndex.domain, lambda domain: _named(known_domain(domain))),
    "app": (ToolIndex.app, lambda name, client_id: known_app(name)),
}


def _named(known: Any) -> Named:
    return (known.name, known.vendor) if known else None


class ToolResolver:
    """Finds tools by the rule of their kind of data, and makes discovered ones (unless `reading` only)."""

    def __init__(self, session: Session, index: ToolIndex | None = None, reading: bool = False) -> None:
        self.session = session
        self.index = index or ToolIndex.load(session)
        self._reading = reading
        self._found: dict[tuple[str, ...], int | None] = {}

    def find(self, rule: str, texts: tuple[str, ...]) -> int | None:
        """The tool's id; None for an empty name and for what is no AI tool."""
        if not texts[0]:
            return None
        if (rule, *texts) not in self._found:
            self._found[rule, *texts] = self._find(rule, texts)
        return self._found[rule, *texts]

    def _find(self, rule: str, texts: tuple[str, ...]) -> int | None:
        in_catalog, otherwise = RULES[rule]
        found = in_catalog(self.index, *texts)
        named = None if found is not None else otherwise(*texts)
        if named is None:
            return found
        if self._reading:
            return self.session.exec(select(Tool.id).where(Tool.slug == slug_of(named[0]))).first()
        return discover(self.session, named[0])
