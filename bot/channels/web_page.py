"""The pages around the messages: choosing a person, and a person's view of conversations and home."""

from collections.abc import Sequence

from bot.channels.web_html import Html, as_json, join, tag
from bot.channels.web_posts import avatar, bursar_mark
from bot.channels.web_store import Profile
from bot.channels.web_viewer import CHANNELS, DIRECT, HOME, Viewer, place_name

ABOUT = {
    DIRECT: "Your direct message. Only you and Bursar see it.",
    HOME: "What you have, what waits for you, what it costs.",
    "ai-spend": "Everybody is here. Totals may be told in the open.",
    "general": "Everybody is here. Numbers are told to you alone.",
}
TRY = {
    DIRECT: ("request", "status", "seats", "what did my team spend last month?", "help"),
    "ai-spend": ("what did we spend last month by department?", "top 5 tools by spend this year",
                 "spend by month this year", "budget remaining by department"),
    "general": ("request Cursor", "which tools may I use?", "what did Marketing spend last month?"),
}  # fmt: skip


def document(title: str, token: str, *body: object, **attributes: object) -> str:
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1, viewport-fit=cover"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", name="bursar-token", content=token),
        tag("title", title),
        tag("link", rel="icon", href="/web/icon.svg", type="image/svg+xml"),
        tag("link", rel="stylesheet", href="/web/app.css"),
        tag("script", src="/web/app.js", defer=True),
    )
    return "<!doctype html>" + tag("html", head, tag("body", body, **attributes), lang="en")


def picker(company: str, token: str, cast: Sequence[tuple[Profile, str]], found: Sequence[Profile], search: str,
           waiting: dict[str, int]) -> str:  # fmt: skip
    """Where one chooses whom to be."""
    cards = [_person_card(person, about, waiting.get(person.email, 0)) for person, about in cast]
    results = [_person_card(person, "", waiting.get(person.email, 0)) for person in found]
    return document(
        f"Bursar at {company}", token,
        tag(
            "main",
            tag("header", _wordmark(), tag("p", company, class_="company"), class_="picker-top"),
            tag("h1", "Who do you want to be?"),
            tag("p", "Everybody here is invented. Open two people side by side and watch a request travel.", class_="lede"),
            tag("ul", cards, class_="people") if cards else None,
            tag(
                "form",
                tag("label", "Or anybody else", for_="search"),
                tag("div", tag("input", id="search", name="q", type="search", value=search or None, autocomplete="off",
                               placeholder="Name or department"),
                    tag("button", "Find", type="submit", class_="button"), class_="find"),
                method="get", action="/", role="search",
            ),
            tag("ul", results, class_="people small", aria_label="People found") if results else None,
            tag("p", f"Nobody matches “{search}”. Try a first name or a department.", class_="lede")
            if search and not results else None,
            class_="picker",
        ),
        class_="picking",
    )  # fmt: skip


def not_found(company: str, token: str, what: str) -> str:
    back = tag("p", tag("a", "Choose a person", href="/", class_="button primary"))
    return document("Not found", token, tag("main", _wordmark(), tag("h1", what), back, class_="picker"), class_="picking")


def conversation_page(view: Viewer, items: Html) -> str:
    name = place_name(view.place)
    stream = tag(
        "div",
        tag("div", tag("ol", items, id="stream", class_="stream"), role="log", aria_live="polite",
            aria_label=f"Messages in {name}"),
        tag("p", tag("span", class_="dots", aria_hidden="true"), "Bursar is working on it", id="working", class_="working",
            hidden=True, role="status"),
        _empty(view) if not items else None,
        class_="scroll", id="scroll",
    )  # fmt: skip
    return _frame(view, stream, _composer(view))


def home_page(view: Viewer, content: Html) -> str:
    return _frame(view, tag("div", tag("div", content, id="home", class_="home"), class_="scroll", id="scroll"))


def _wordmark() -> Html:
    return tag("a", tag("span", "B", class_="mark", aria_hidden="true"), "Bursar", href="/", class_="wordmark")


def badge(count: int, name: str) -> Html:
    """Present even when empty, because the script fills it."""
    return tag("span", str(count) if count else "", class_="badge", data_badge=name, hidden=not count,
               aria_label=f"{count} new")  # fmt: skip


def _person_card(person: Profile, about: str, waiting: int) -> Html:
    return tag(
        "li",
        tag(
            "a",
            avatar(person.name),
            tag("span", tag("strong", person.name), tag("small", _post_of(person)),
                tag("small", about, class_="about") if about else None, class_="who"),
            badge(waiting, f"as:{person.email}"),
            href=f"/as/{person.email}/{DIRECT}",
        ),
    )  # fmt: skip


def _frame(view: Viewer, *content: object) -> str:
    name = place_name(view.place)
    return document(
        f"{name} – {view.person.name} – Bursar", view.token,
        tag("a", "Skip to the conversation", href="#main", class_="skip"),
        _sidebar(view),
        tag(
            "main",
            tag("header", tag("div", tag("h1", name), tag("p", ABOUT.get(view.place, "")), class_="where"),
                tag("a", avatar(view.person.name), tag("span", f"Be somebody else than {view.person.name}", class_="hidden"),
                    href="/", class_="me-small"), class_="top"),
            content,
            id="main", class_="main",
        ),
        _tabs(view),
        tag("dialog", id="dialog", aria_labelledby="dialog-title"),
        tag("div", id="toast", class_="toast", role="status", hidden=True),
        data_base=view.base, data_place=view.place, class_="app",
    )  # fmt: skip


def _sidebar(view: Viewer) -> Html:
    cast = [_colleague(person, about, view) for person, about in view.cast if person.email != view.person.email]
    return tag(
        "nav",
        tag("div", _wordmark(), tag("p", view.company, class_="company")),
        tag("a", avatar(view.person.name), tag("span", tag("strong", view.person.name),
            tag("small", _post_of(view.person)), class_="who"), href="/", class_="me",
            title="Be somebody else"),
        tag("ul", [_link(view, place) for place in (HOME, DIRECT)], class_="places"),
        tag("h2", "Channels"),
        tag("ul", [_link(view, place) for place in CHANNELS], class_="places"),
        join(tag("h2", "Be somebody else"), tag("ul", cast, class_="places cast")) if cast else None,
        class_="sidebar", aria_label="Conversations",
    )  # fmt: skip


def _colleague(person: Profile, about: str, view: Viewer) -> Html:
    who = tag("span", tag("strong", person.name), tag("small", person.title), class_="who")
    waiting = badge(view.waiting.get(person.email, 0), f"as:{person.email}")
    return tag("li", tag("a", avatar(person.name), who, waiting, href=f"/as/{person.email}/{DIRECT}", title=about))


def _post_of(person: Profile) -> str:
    """`VP Marketing` says its department already."""
    if person.department in person.title:
        return person.title
    return ", ".join(part for part in (person.title, person.department) if part)


def _tabs(view: Viewer) -> Html:
    """The same places at the bottom of a phone."""
    links = [_link(view, place) for place in (HOME, DIRECT, *CHANNELS)]
    people = tag("li", tag("a", "People", badge(0, "people"), href="/"))
    return tag("nav", tag("ul", links, people), class_="tabs", aria_label="Conversations, short")


def _link(view: Viewer, place: str) -> Html:
    current = "page" if place == view.place else None
    return tag("li", tag("a", tag("span", place_name(place)), badge(view.unread.get(place, 0), place),
                         href=f"{view.base}/{place}", aria_current=current))  # fmt: skip


def _empty(view: Viewer) -> Html:
    text = (
        "Ask for a tool, ask what something costs, or see what you have."
        if view.place == DIRECT
        else "Ask here and Bursar answers in the thread of your question."
    )
    return tag("div", bursar_mark(), tag("p", text), class_="empty", id="empty")


def _composer(view: Viewer) -> Html:
    where = "Message Bursar" if view.place == DIRECT else f"Ask Bursar in #{view.place}"
    chips = [tag("button", text, type="button", class_="chip", data_say=text) for text in TRY.get(view.place, ())]
    return tag(
        "form",
        tag("div", chips, class_="chips", role="group", aria_label="Things to try"),
        tag("div",
            tag("label", where, for_="text", class_="hidden"),
            tag("textarea", "", id="text", name="text", rows="1", placeholder=where, autocomplete="off", maxlength="2000"),
            tag("button", tag("span", "Send"), type="submit", class_="button primary send"), class_="write"),
        class_="composer", id="composer", data_me=as_json({"name": view.person.name, "avatar": avatar(view.person.name)}),
    )  # fmt: skip
