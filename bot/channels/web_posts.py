"""Posts and threads of a conversation, as one person sees them."""

import zlib
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from bot.channels.web_html import Html, join, tag
from bot.channels.web_render import render_message
from bot.channels.web_store import BURSAR, Profile
from bot.channels.web_viewer import Viewer
from bot.message import Message
from storage.models import WebMessage

AVATARS = 8  # classes a0 … a7 of the style sheet


def render_items(view: Viewer, posts: Sequence[WebMessage], authors: dict[str, Profile]) -> list[tuple[str, str, Html]]:
    """Threads by their newest post, oldest first: (id, revision, content)."""
    roots: dict[int, list[WebMessage]] = {}
    for row in posts:
        root = row.thread_id if row.thread_id in roots else row.id
        roots.setdefault(root or 0, []).append(row)
    threads = sorted(roots.values(), key=lambda thread: thread[-1].id or 0)
    return [
        (
            str(thread[0].id),
            ".".join(f"{row.id}-{row.revision}" for row in thread),
            join(
                _post(view, thread[0], authors),
                tag("div", [_post(view, row, authors) for row in thread[1:]], class_="replies") if thread[1:] else None,
            ),
        )
        for thread in threads
    ]


def item(identifier: str, revision: str, content: Html) -> Html:
    """A thread in the stream, with its own box to answer in."""
    reply = tag(
        "form",
        tag("label", "Reply in this thread", for_=f"reply-{identifier}", class_="hidden"),
        tag("input", id=f"reply-{identifier}", name="text", autocomplete="off", placeholder="Reply in this thread"),
        class_="reply", data_thread=identifier,
    )  # fmt: skip
    return tag("li", tag("div", content, class_="content"), reply, class_="item", data_id=identifier, data_rev=revision)


def _post(view: Viewer, row: WebMessage, authors: dict[str, Profile]) -> Html:
    mine, own = row.author == BURSAR, row.author == view.person.email
    author = authors.get(row.author)
    name = "Bursar" if mine else (author.name if author else row.author)
    when = row.posted_at.astimezone(view.zone)
    if row.message is not None:
        message = Message.model_validate(row.message)
        files_at = f"{view.base}/{view.place}/file/{row.id}"
        body = tag("div", render_message(message, files_at), class_="card", data_message=str(row.id))
    else:
        body = tag("p", row.text, class_="said")
    return tag(
        "article",
        bursar_mark() if mine else avatar(name),
        tag(
            "div",
            tag("header", tag("span", name, class_="author"), _time(when, view.today),
                tag("span", "Only you can see this", class_="private") if row.private_to else None),
            body,
            class_="bubble",
        ),
        class_=f"post {'bot' if mine else 'own' if own else 'other'}", id=f"m{row.id}",
    )  # fmt: skip


def _time(when: datetime, today: date) -> Html:
    day = when.date()
    clock = f"{when:%H:%M}"
    text = (
        clock
        if day == today
        else f"Yesterday {clock}"
        if day == today - timedelta(days=1)
        else f"{when.day} {when:%b} {clock}"
    )
    return tag("time", text, datetime=when.isoformat(timespec="minutes"))


def avatar(name: str) -> Html:
    initials = "".join(part[0] for part in name.split()[:2]).upper()
    colour = (zlib.crc32(name.encode()) >> 9) % AVATARS
    return tag("span", initials, class_=f"avatar a{colour}", aria_hidden="true")


def bursar_mark() -> Html:
    return tag("span", "B", class_="avatar bursar", aria_hidden="true")
