"""Whatever Bursar can say fits into Slack, and nothing of it is lost."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.slack_render import decode_action, encode_action, render_home, render_message
from bot.channels.slack_views import (
    field_errors,
    render_details,
    render_form,
    render_options,
    submitted_values,
)
from bot.interaction import Conversation
from bot.message import (
    Action,
    Chart,
    Confirmation,
    Fact,
    Form,
    FormField,
    Home,
    Message,
    Option,
    Series,
    Span,
    Table,
    bold,
    code,
    paragraph,
    person,
    text_message,
)
from tests.channels.slack_complete import assert_form_complete, assert_nothing_lost
from tests.slack_blocks import check_blocks, check_options, check_view
from tests.slack_client import buttons, text_of

HERE = Conversation(channel="slack", workspace="T1", id="C1", kind="public", thread_id="1.1")


def test_control_characters_and_marks_are_literal() -> None:
    text = "<!channel> <@U1> & *bold* _it_ ~no~ `code` snake_case_name 2*3*4\n> quote"
    [block] = render_message(text_message(text)).blocks
    check_blocks([block], "message")
    shown = block["text"]["text"]
    assert shown.startswith("&lt;!channel&gt; &lt;@U1&gt; &amp; *\u200bbold*")
    assert "snake_case_name 2*3*4\n\u200b&gt; quote" in shown
    assert shown.replace("\u200b", "") == text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def test_styles_links_and_mentions() -> None:
    link = Span(text="the | policy", style="link", url="https://a.example/?a=1&b=|2")
    message = Message(
        fallback="x",
        paragraphs=[paragraph(bold("Cursor"), "s ", code("a`b"), " ", link, " ", person("Ada", 1), " ", person("Bo", 2))],
    )
    [block] = render_message(message, {1: "U0ADA"}).blocks
    check_blocks([block], "message")
    expected = "*Cursor*\u200bs a`b <https://a.example/?a=1&amp;b=%7C2|the ¦ policy> <@U0ADA> Bo"
    assert block["text"]["text"] == expected


def test_long_texts_are_split_and_what_is_cut_says_so() -> None:
    message = text_message("&" * 2000)
    blocks = render_message(message).blocks
    check_blocks(blocks, "message")
    assert_nothing_lost(message, blocks)
    endless = render_message(text_message("word " * 10_000)).blocks
    check_blocks(endless, "message")
    assert "does not fit" in text_of(endless)


def test_endless_small_print_is_cut_visibly() -> None:
    blocks = render_message(
        Message(fallback="x", paragraphs=[paragraph("y " * 5000)], notes=[paragraph("z " * 9000)])
    ).blocks
    check_blocks(blocks, "message")
    assert blocks[-1]["elements"][0]["text"] == "…"


def test_buttons_survive_when_the_text_does_not() -> None:
    actions = [Action(label=f"Button {number}", intent="go", args={"n": str(number)}) for number in range(60)]
    message = Message(fallback="x", paragraphs=[paragraph("word " * 10_000)], actions=actions)
    blocks = render_message(message).blocks
    check_blocks(blocks, "message")
    assert len(buttons(blocks)) == 60


def test_a_long_table_is_cut_with_a_note_and_a_wide_one_written_out() -> None:
    long = Message(fallback="x", table=Table(columns=["a", "b"], rows=[[str(number), ""] for number in range(240)]))
    blocks = render_message(long).blocks
    check_blocks(blocks, "message")
    assert len(blocks[0]["rows"]) == 100
    assert "first 99 of 240 rows; 141 more" in text_of(blocks)
    wide = Message(fallback="x", table=Table(columns=[f"c{n}" for n in range(25)], rows=[[str(n) for n in range(25)]]))
    blocks = render_message(wide).blocks
    check_blocks(blocks, "message")
    assert_nothing_lost(wide, blocks)
    fat = Message(fallback="x", table=Table(columns=["a"], rows=[["x" * 900] for _ in range(30)]))
    check_blocks(render_message(fat).blocks, "message")


CENTS = [Decimal("1.25"), Decimal("2"), Decimal("3")]


def one_series(kind: Any, labels: list[str], values: list[Decimal], title: str = "Spend", name: str = "s") -> Chart:
    return Chart(kind=kind, title=title, labels=labels, series=[Series(name=name, values=values)])


NINE = Chart(kind="bar", title="S", labels=["a"], series=[Series(name=f"s{n}", values=CENTS[:1]) for n in range(9)])


@pytest.mark.parametrize(
    ("chart", "native", "listed"),
    [
        (one_series("bar", list("abc"), CENTS), True, False),
        (one_series("pie", list("abc"), CENTS), True, False),
        (one_series("pie", list("ab"), [CENTS[0], Decimal(0)]), False, True),
        (one_series("pie", list("abcdefghijklmn"), CENTS * 5), False, True),
        (one_series("line", [f"d{n}" for n in range(31)], CENTS * 11), True, True),
        (one_series("bar", ["x" * 40], CENTS[:1], title="T" * 80, name="n" * 40), True, True),
        (one_series("bar", ["x" * 30, "x" * 31], CENTS[:2]), False, True),
        (NINE, True, True),
    ],
)
def test_charts_are_drawn_where_they_can_be_and_listed_where_not(chart: Chart, native: bool, listed: bool) -> None:
    blocks = render_message(Message(fallback="x", chart=chart)).blocks
    check_blocks(blocks, "message")
    kinds = [block["type"] for block in blocks]
    assert ("data_visualization" in kinds) is native
    assert ("section" in kinds) is listed
    if listed:
        for words in [*chart.labels, *(series.name for series in chart.series)]:
            assert words[:60] in text_of(blocks)
    check_blocks(render_message(Message(fallback="x", chart=chart), native=False).blocks, "message")


def test_a_button_whose_arguments_do_not_fit_is_named_in_words() -> None:
    message = Message(fallback="x", actions=[Action(label="Last month", intent="ask", args={"q": "x" * 3000})])
    blocks = render_message(message).blocks
    check_blocks(blocks, "message")
    assert "Last month" in text_of(blocks)


def test_confirmations_and_styles() -> None:
    confirm = Confirmation(title="Sure?" * 40, text="It ends the seat." * 40, confirm="Release" * 9, cancel="Keep" * 9)
    action = Action(label="Release" * 30, intent="go", style="danger", confirm=confirm)
    link = Action(label="Policy", intent="go", url="https://a.example")
    blocks = render_message(Message(fallback="x", actions=[action, link])).blocks
    check_blocks(blocks, "message")
    first, second = buttons(blocks)
    assert first["style"] == "danger" and first["text"]["text"].endswith("…")
    assert second["url"] == "https://a.example"


def test_only_bursars_buttons_are_read() -> None:
    assert decode_action(encode_action(Action(label="x", intent="go", args={"a": "ü"}))) == ("go", {"a": "ü"})
    for value in ("5", "{}", '{"i":1,"a":{}}', '{"i":"x"}', "no json", '{"i":"x","a":[]}'):
        with pytest.raises(ValueError):
            decode_action(value)


def test_a_form_of_every_kind_of_field() -> None:
    options = [Option(value=f"v{number}", label=f"Label {number}" * 12, description="d" * 90) for number in range(250)]
    kinds = ["text", "multiline", "number", "date", "select", "multiselect", "search", "person"]
    values: dict[str, Any] = {"text": "x" * 4000, "number": "12.5", "date": "2026-11-25", "select": "v240",
                              "multiselect": ["v1", "v249"], "search": "v3", "person": "7"}  # fmt: skip
    fields = [
        FormField(
            name=kind, label=kind.title(), kind=kind, hint="hint", placeholder="p" * 200, value=values.get(kind),
            options=options if kind in ("select", "multiselect", "search") else [],
        )
        for kind in kinds
    ]  # fmt: skip
    empty = [FormField(name=f"empty {kind}", label="Empty", kind=kind, required=False) for kind in kinds]
    form = Form(
        title="A title that is longer than Slack likes",
        intent="go",
        args={"a": "1"},
        facts=[Fact(label="Who", value="Ada")],
        intro=[paragraph("Read this")],
        fields=[*fields, *empty],
        submit="Send it to the approvers now",
    )
    view = render_form(form, HERE, "9.9")
    assert_form_complete(form, view, HERE)
    assert "A title that is longer than Slack likes" in text_of(view["blocks"])


def test_form_values_and_errors() -> None:
    state = {
        "field:reason": {"value": {"type": "plain_text_input", "value": None}},
        "field:plan": {"value": {"type": "static_select", "selected_option": {"value": "pro"}}},
        "field:tool": {"value": {"type": "external_select", "selected_option": None}},
        "field:many": {"value": {"type": "multi_static_select", "selected_options": [{"value": "a"}, {"value": "b"}]}},
        "field:none": {"value": {"type": "multi_external_select", "selected_options": []}},
        "field:day": {"value": {"type": "datepicker", "selected_date": "2026-11-25"}},
        "other": {"x": {"type": "plain_text_input", "value": "not ours"}},
    }
    assert submitted_values(state) == {
        "reason": "", "plan": "pro", "tool": "", "many": ["a", "b"], "none": [], "day": "2026-11-25",
    }  # fmt: skip
    assert field_errors({"b": "Wrong.", "gone": "Lost."}, ["a", "b"]) == {"field:b": "Wrong.", "field:a": "Lost."}


def test_options_are_unique_and_within_limits() -> None:
    options = [Option(value="a", label="First"), Option(value="a", label="Second"), Option(value="x" * 151, label="Long")]
    rendered = render_options(options)
    check_options(rendered)
    assert [option["text"]["text"] for option in rendered] == ["First"]


def test_a_home_page_too_long_says_so() -> None:
    section = Message(fallback="x", title="Section", actions=[Action(label="Go", intent="go")])
    view = render_home(Home(sections=[section] * 80))
    check_view(view, "home")
    assert "more than fits" in text_of(view["blocks"])


def test_forms_too_large_for_slack_are_an_error_of_the_intent() -> None:
    with pytest.raises(ValueError, match="do not fit"):
        render_form(Form(title="x", intent="go", args={"a": "x" * 3000}), HERE)


TEXT = st.text(
    alphabet=st.one_of(st.sampled_from("*_~`<>&| \n@#:-é漢"), st.characters(codec="utf-8", categories=["L", "N", "P"])),
    max_size=80,
).filter(str.strip)
SPANS = st.builds(
    Span, text=TEXT, style=st.sampled_from(["plain", "bold", "italic", "code", "person"]), person_id=st.integers(1, 3)
)
MESSAGES = st.builds(
    Message,
    fallback=TEXT,
    title=TEXT | st.just(""),
    paragraphs=st.lists(st.lists(SPANS, max_size=6), max_size=8),
    facts=st.lists(
        st.builds(Fact, label=TEXT, value=TEXT | st.text(min_size=1900, max_size=2100, alphabet="a&")), max_size=12
    ),
    table=st.none()
    | st.builds(Table, columns=st.just(["a", "b"]), rows=st.lists(st.lists(TEXT, min_size=2, max_size=2), max_size=4)),
    actions=st.lists(
        st.builds(Action, label=TEXT, intent=st.just("go"), args=st.just({"a": "1"}), opens=st.booleans()), max_size=30
    ),
    notes=st.lists(st.lists(SPANS, max_size=3), max_size=3),
)


@settings(max_examples=200, deadline=None)
@given(MESSAGES)
def test_any_message_is_accepted(message: Message) -> None:
    for native in (True, False):
        rendered = render_message(message, {1: "U0ADA"}, native=native)
        check_blocks(rendered.blocks, "message")
        assert len(buttons(rendered.blocks)) == len(message.actions)
        json.dumps(rendered.blocks)
    check_view(render_details(message, HERE), "modal")
    check_view(render_home(Home(sections=[message] * 3)), "home")
