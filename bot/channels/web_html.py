"""HTML that cannot forget to escape: text is escaped unless it is already `Html`."""

import json
from collections.abc import Iterable
from html import escape
from urllib.parse import urlsplit

VOID = frozenset({"input", "meta", "link", "br"})  # in HTML; SVG's elements are closed


class Html(str):
    """Markup that is safe to send."""

    __slots__ = ()


def _markup(child: object) -> str:
    if child is None or child is False:
        return ""
    if isinstance(child, Html):
        return child
    if isinstance(child, str):
        return escape(child, quote=False)
    if isinstance(child, Iterable):
        return "".join(_markup(part) for part in child)
    return escape(str(child), quote=False)


def join(*children: object) -> Html:
    return Html("".join(_markup(child) for child in children))


def tag(name: str, /, *children: object, **attributes: object) -> Html:
    """`class_` and `for_` lose their underscore, other underscores become hyphens; None and False leave the attribute
    out, True gives it without a value."""
    parts = [name]
    for key, value in attributes.items():
        if value is None or value is False:
            continue
        label = key.rstrip("_").replace("_", "-")
        parts.append(label if value is True else f'{label}="{escape(str(value), quote=True)}"')
    opening = f"<{' '.join(parts)}>"
    return Html(opening if name in VOID else f"{opening}{join(*children)}</{name}>")


def safe_url(url: str | None) -> str | None:
    """Only web and mail addresses may be followed; anything else (javascript:, data:) is None."""
    if url is None:
        return None
    return url if urlsplit(url.strip()).scheme in ("http", "https", "mailto") else None


def as_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
