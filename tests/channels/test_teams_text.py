"""No text of a person becomes markup in Teams: read with CommonMark, as desktops do, and by the phones' smaller rules."""

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from bot.channels.plainly import BREAK
from bot.channels.teams_text import literal, markdown, mention_tags, unlinked
from bot.message import Span, bold, code, paragraph, person, plain

DESKTOP = MarkdownIt("js-default", {"html": False, "linkify": False})
HARMLESS = {"paragraph_open", "paragraph_close", "inline", "text", "text_special"}
NASTY = st.text(
    alphabet=st.one_of(
        st.sampled_from("*_~`<>&|[]()!#-+=.:/\\ \n\t1@aZ;\"'"), st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"])
    ),
    max_size=60,
)


def tokens(text: str) -> list[Token]:
    return [one for block in DESKTOP.parse(text) for one in [block, *(block.children or [])]]


def kinds(text: str) -> set[str]:
    return {token.type for token in tokens(text)}


def seen(text: str) -> str:
    return "".join(token.content for token in tokens(text) if token.type in ("text", "text_special"))


def bare(text: str) -> str:
    return "".join(character for character in text.replace("`", "ˋ") if not character.isspace() and character != BREAK)


@settings(max_examples=600, deadline=None)
@given(NASTY)
@example("# Head\n- one\n1. two\n> quote\n---\n    code")
@example("[pay](https://evil.example) <https://evil.example> https://evil.example www.evil.example")
@example("**bold** __bold__ *it* _it_ ~~no~~ `code` ![x](y)")
@example("&lt;at&gt;Ada&lt;/at&gt; &copy; &#42;x&#42; <at>Ada</at>")
@example("a\\*b\\_c \\[x](y) C:\\*new\\")
def test_any_text_is_shown_as_it_was_written(text: str) -> None:
    escaped = literal(text)
    assert kinds(escaped) <= HARMLESS
    assert bare(seen(escaped)) == bare(text)


@settings(max_examples=300, deadline=None)
@given(NASTY)
@example("(see below)- one\n(x)1. two\n[y]* three")
def test_phones_find_nothing_either(text: str) -> None:
    """They know a backslash before `* _ [ ]` only, begin lists after any line end or bracket, and mention by tag."""
    escaped = literal(text)
    assert not re.search(r"(?<!\\)[*_\[\]]", escaped)
    assert not re.search(r"(^|[)\]\n])([-+*]|\d+\.) ", escaped)
    assert not re.search(r"<(?!\u200b)", escaped)
    assert "://" not in escaped and not re.search(r"\bwww\.", escaped, re.IGNORECASE)


STYLES = st.sampled_from(["plain", "bold", "italic", "code", "person", "link"])
SPANS = st.lists(
    st.builds(
        Span, text=NASTY, style=STYLES, person_id=st.integers(1, 4),
        url=st.sampled_from(["https://a.example/x(1)?a=*b*&c=<d>", "javascript:alert(1)", None]),
    ),
    max_size=6,
)  # fmt: skip


@settings(max_examples=600, deadline=None)
@given(SPANS)
@example([plain("1"), bold(". x")])
@example([plain("https:"), plain("//evil.example")])
@example([plain("["), code("x"), plain("](https://evil.example)")])
@example([Span(text="a", style="italic"), bold("b"), Span(text="c", style="italic")])
@example([plain("<"), Span(text="at>Ada</at>", style="bold")])
def test_spans_are_styled_and_nothing_else_is(spans: list[Span]) -> None:
    tags = mention_tags([spans], {1: "29:1", 2: "29:2"})
    text = markdown(spans, tags)
    found = tokens(text)
    styles = {"em_open", "em_close", "strong_open", "strong_close", "link_open", "link_close"}
    assert {token.type for token in found} <= HARMLESS | styles
    links = [token.attrs["href"] for token in found if token.type == "link_open"]
    linked = [
        span for span in spans if span.style == "link" and span.url and span.url.startswith("https") and span.text.strip()
    ]
    assert all(str(href).startswith("https://a.example/") for href in links) and len(links) <= len(linked)
    assert set(re.findall(r"<at>.*?</at>", text)) <= set(tags.values())
    said = "".join(span.text for span in spans if span.style != "person" or span.person_id not in tags)
    shown = re.sub(r"<at>.*?</at>", "", seen(text))
    assert bare(shown) == bare(said)


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        (paragraph(bold("Cursor"), " costs 5"), "**Cursor** costs 5"),
        (paragraph(bold(" “x” "), "s"), f"**{BREAK}“x”{BREAK}** s"),
        (paragraph(bold("a"), Span(text="b", style="italic")), f"**a**{BREAK}*b*"),
        (paragraph(code("status"), " shows"), "**status** shows"),
        (paragraph(bold("a"), code("b")), "**ab**"),
        (paragraph("one\ntwo\n\nthree"), "one\n\ntwo\n\nthree"),
        (paragraph("snake_case"), "snake\\_case"),
        (paragraph("R&D, AT&T; 3 < 4"), f"R&D, AT{'&' + BREAK}T; 3 <{BREAK} 4"),
        (paragraph(Span(text="policy", style="link", url="https://a.example/p")), "[policy](https://a.example/p)"),
        (paragraph(Span(text="policy", style="link", url="javascript:x")), "policy"),
        (paragraph("2026-11-25", " 12:30"), "2026-11-25 12:30"),
        (paragraph("  "), ""),
    ],
)
def test_texts_as_teams_gets_them(spans: list[Span], expected: str) -> None:
    assert markdown(spans, {}) == expected


def test_two_people_of_one_name_are_two_mentions() -> None:
    spans = paragraph(person("Ada Berg", 1), ", ", person("Ada Berg", 2), ", ", person("Ada Berg", 1), ", ", person("Bo", 3))
    tags = mention_tags([spans], {1: "29:1", 2: "29:2"})
    assert tags == {1: "<at>Ada Berg</at>", 2: f"<at>Ada Berg{BREAK}</at>"}
    assert markdown(spans, tags) == f"{tags[1]}, {tags[2]}, {tags[1]}, Bo"


def test_a_name_cannot_close_its_tag() -> None:
    assert mention_tags([[person('A</at> <at>B_*"\\', 1)]], {1: "29:1"}) == {1: "<at>A /at at B</at>"}
    assert mention_tags([[person("<>", 1)]], {1: "29:1"}) == {}


def test_plain_text_links_nothing() -> None:
    assert unlinked("see https://x.example and www.x.example: ok") == (
        f"see https:{BREAK}//x.example and www{BREAK}.x.example: ok"
    )
