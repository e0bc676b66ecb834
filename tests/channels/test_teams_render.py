"""Whatever Bursar can say fits into Teams, and nothing of it is lost."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.teams_render import activity_of, decode_action, encode_action, render_message
from bot.message import (
    Action,
    Chart,
    Confirmation,
    Fact,
    Message,
    Series,
    Span,
    Table,
    Viewers,
    bold,
    paragraph,
    person,
    text_message,
)
from tests.channels.teams_complete import actions_of, assert_nothing_lost, at_width, button, degrade, text_of
from tests.teams_cards import Refused, check_activity, check_card

APPROVE = Action(label="Approve", intent="approve_request", args={"r": "1"}, style="primary", reserved=True)
DETAILS = Action(label="Details", intent="request_details", args={"r": "1"}, opens=True)


def test_only_paragraphs_are_a_plain_text() -> None:
    activity = activity_of(Message(fallback="x", paragraphs=[paragraph("One *star*."), paragraph("Two ", person("Bo", 1))]))
    assert activity == {"type": "message", "textFormat": "plain", "text": "One *star*.\n\nTwo Bo"}
    assert activity_of(Message(fallback="said aloud"))["text"] == "said aloud"
    assert activity_of(Message(fallback="said aloud", paragraphs=[[], paragraph(" "), []]))["text"] == "said aloud"


@pytest.mark.parametrize(
    "message",
    [
        text_message("x", DETAILS),
        Message(fallback="x", paragraphs=[paragraph(bold("x"))]),
        Message(fallback="x", paragraphs=[paragraph(person("Ada", 1))]),
        Message(fallback="x", title="T"),
        Message(fallback="x", notes=[paragraph("n")]),
    ],
)
def test_anything_more_is_a_card_with_a_summary(message: Message) -> None:
    activity = activity_of(message, {1: "29:ada"})
    check_activity(activity)
    assert activity["summary"] == "x"
    assert activity["attachments"][0]["content"]["speak"] == "x"


def test_people_are_mentioned_by_their_address() -> None:
    message = Message(fallback="x", paragraphs=[paragraph(person("Ada Berg", 1), " asks ", person("Bo", 2))])
    card = render_message(message, {1: "29:ada"})
    check_card(card)
    assert card["body"][0]["text"] == "<at>Ada Berg</at> asks Bo"
    [entity] = card["msteams"]["entities"]
    assert entity["mentioned"] == {"id": "29:ada", "name": "Ada Berg"}


def test_a_button_executes_opens_or_links() -> None:
    link = Action(label="Policy", intent="go", url="https://a.example")
    card = render_message(text_message("x", APPROVE, DETAILS, link))
    check_card(card)
    approve, details, policy = actions_of(card)
    assert approve["type"] == "Action.Execute" and approve["verb"] == "approve_request" and approve["style"] == "positive"
    assert details["type"] == "Action.Submit" and details["data"]["msteams"] == {"type": "task/fetch"}
    assert policy == {"type": "Action.OpenUrl", "title": "Policy", "url": "https://a.example"}


def test_a_confirmation_is_asked_in_a_card_of_its_own() -> None:
    confirm = Confirmation(title="Give it back?", text="The seat ends today.", confirm="Give back")
    action = Action(label="Release", intent="release", args={"s": "1"}, style="danger", confirm=confirm)
    card = render_message(text_message("x", action))
    check_card(card)
    asked = button(card, "Release")
    assert asked["type"] == "Action.ShowCard" and asked["style"] == "destructive"
    assert "Give it back?" in text_of(asked) and "The seat ends today." in text_of(asked)
    assert button(card, "Give back")["data"] == encode_action(action)


def test_more_than_six_buttons_are_behind_more() -> None:
    confirm = Confirmation(title="Sure?", text="Really.")
    actions = [
        Action(label=f"Button {number}", intent="go", args={"n": str(number)}, confirm=confirm if number in (2, 9) else None)
        for number in range(24)
    ]
    card = render_message(text_message("x", *actions))
    check_card(card)
    assert [shown["title"] for shown in card["body"][1]["actions"]][-1] == "More"
    assert len(card["body"][1]["actions"]) == 6
    assert_nothing_lost(text_message("x", *actions), card)
    assert button(card, "Button 9")["type"] == "Action.Execute"


def test_exactly_six_buttons_are_all_in_sight() -> None:
    card = render_message(text_message("x", *[Action(label=str(number), intent="go") for number in range(6)]))
    check_card(card)
    assert [shown["title"] for shown in card["body"][1]["actions"]] == ["0", "1", "2", "3", "4", "5"]


def test_a_button_whose_arguments_do_not_fit_is_named_in_words() -> None:
    card = render_message(text_message("x", Action(label="Last [month]", intent="ask", args={"q": "x" * 3000})))
    check_card(card)
    assert actions_of(card) == [] and "Please type it: Last \\[month\\]" in text_of(card)


def test_only_bursars_buttons_are_read() -> None:
    assert decode_action(encode_action(Action(label="x", intent="go", args={"a": "ü"}))) == ("go", {"a": "ü"})
    assert decode_action({"bursar": {"i": "go", "a": {}}, "one:field": "x", "msteams": {"type": "task/fetch"}}) == ("go", {})
    for data in (None, 5, "x", {}, {"bursar": 1}, {"bursar": {"i": 1, "a": {}}}, {"bursar": {"i": "x", "a": []}}):
        with pytest.raises(ValueError):
            decode_action(data)


def viewed(*person_ids: int) -> Message:
    viewers = Viewers(kind="request_thread", subject="request:1", person_ids=list(person_ids))
    return Message(fallback="x", title="R-1", actions=[APPROVE, DETAILS], viewers=viewers)


def test_a_shared_card_keeps_reserved_buttons_for_those_who_are_shown_their_own() -> None:
    card = render_message(viewed(1, 2, 3), {1: "29:ada", 2: "29:bo", 4: "29:dee"}, shared=True)
    check_card(card)
    assert [shown["title"] for shown in actions_of(card)] == ["Details"]
    assert card["refresh"]["userIds"] == ["29:ada", "29:bo"]
    assert decode_action(card["refresh"]["action"]["data"]) == (
        "refresh", {"kind": "request_thread", "subject": "request:1"},
    )  # fmt: skip


def test_a_card_for_one_has_every_button_and_no_refresh() -> None:
    card = render_message(viewed(1), {1: "29:ada"})
    assert "refresh" not in card and len(actions_of(card)) == 2


def test_where_teams_knows_no_viewer_everybody_sees_the_buttons() -> None:
    """The directory's own ids refresh nothing: only Teams' own do."""
    card = render_message(viewed(1), {1: "0f8fad5b-d9cb-469f-a165-70867728950e"}, shared=True)
    check_card(card)
    assert "refresh" not in card and len(actions_of(card)) == 2


def test_at_most_sixty_people_are_refreshed_for() -> None:
    card = render_message(viewed(*range(100)), {number: f"29:{number}" for number in range(100)}, shared=True)
    check_card(card)
    assert len(card["refresh"]["userIds"]) == 60


def test_long_texts_are_split_and_what_is_cut_says_so() -> None:
    message = Message(fallback="x", title="t", paragraphs=[paragraph("&" * 5000)])
    card = render_message(message)
    check_card(card)
    assert_nothing_lost(message, card)
    endless = Message(
        fallback="x", paragraphs=[paragraph("wörd " * 10_000)], notes=[paragraph("receipt")], actions=[APPROVE, DETAILS]
    )
    card = render_message(endless)
    check_card(card)
    assert "does not fit" in text_of(card) and "receipt" in text_of(card) and len(actions_of(card)) == 2
    assert len(json.dumps(card)) > 20_000


def test_endless_small_print_is_cut_visibly() -> None:
    card = render_message(Message(fallback="x", paragraphs=[paragraph("y")], notes=[paragraph("z " * 200)] * 30))
    check_card(card)
    assert card["body"][-1]["text"] == "…"


def test_numbers_stand_right_under_a_header() -> None:
    table = Table(columns=["Tool", "Cost"], rows=[["Cursor", "1,200 USD"]], align=["left", "right"])
    card = render_message(Message(fallback="x", table=table))
    check_card(card)
    [shown] = card["body"]
    assert [column["horizontalCellContentAlignment"] for column in shown["columns"]] == ["Left", "Right"]
    assert shown["firstRowAsHeaders"] and shown["rows"][0]["cells"][0]["items"][0]["weight"] == "Bolder"
    assert card["msteams"] == {"width": "full"}
    [header, listed] = shown["fallback"]["items"]
    assert header["text"] == "Tool · Cost" and listed["facts"] == [{"title": "Cursor", "value": "1,200 USD"}]


def test_a_table_too_wide_for_a_phone_is_a_list_there() -> None:
    table = Table(columns=["Tool", "Plan", "State", "Cost"], rows=[["Cursor", "Pro", "idle", "5 USD"], ["Zed", "", "new"]])
    message = Message(fallback="x", table=table)
    card = render_message(message)
    check_card(card)
    assert_nothing_lost(message, card)
    [drawn], [listing] = at_width(card, True)["body"], at_width(card, False)["body"]
    assert drawn["type"] == "Table" and listing["type"] == "Container"
    assert [item["text"] for item in listing["items"]] == [
        "Tool", "**Cursor**\n\nPlan: Pro · State: idle · Cost: 5 USD", "**Zed**\n\nPlan: – · State: new · Cost: –",
    ]  # fmt: skip
    assert degrade(card)["body"][0]["items"] == listing["items"]


def test_a_long_table_is_cut_with_a_note_and_a_wide_one_written_out() -> None:
    long = Message(fallback="x", table=Table(columns=["a", "b"], rows=[[f"row {number}", "é"] for number in range(240)]))
    card = render_message(long)
    check_card(card)
    shown = len(card["body"][0]["rows"]) - 1
    assert 20 < shown <= 100
    assert f"The first {shown} of 240 rows; {240 - shown} more do not fit here." in text_of(card)
    again = render_message(long.model_copy(update={"notes": [paragraph("n")], "title": "t"}), native=False)
    assert "The first 100 of 240 rows" in text_of(again)
    wide = Message(fallback="x", table=Table(columns=[f"c{n}" for n in range(25)], rows=[[str(n) for n in range(25)]]))
    card = render_message(wide)
    check_card(card)
    assert_nothing_lost(wide, card)
    fat = Message(fallback="x", table=Table(columns=["a"], rows=[["x" * 24_000]]), actions=[APPROVE])
    card = render_message(fat)
    check_card(card)
    assert "does not fit" in text_of(card) and len(actions_of(card)) == 1


CENTS = [Decimal("1.25"), Decimal("2"), Decimal("3")]


def one_series(kind: Any, labels: list[str], values: list[Decimal]) -> Chart:
    return Chart(kind=kind, title="Spend", labels=labels, series=[Series(name="s", values=values)], unit="USD")


TWO = Chart(kind="bar", title="S", labels=["a", "b"], series=[Series(name=name, values=CENTS[:2]) for name in "xy"])


@pytest.mark.parametrize(
    ("chart", "drawn"),
    [
        (one_series("bar", list("abc"), CENTS), "Chart.VerticalBar"),
        (one_series("bar", ["a name of some length", "b"], CENTS[:2]), "Chart.HorizontalBar"),
        (one_series("bar", [f"d{n}" for n in range(31)], CENTS * 11), "Chart.HorizontalBar"),
        (TWO, "Chart.VerticalBar.Grouped"),
        (one_series("line", ["2026-10", "2026-11"], CENTS[:2]), "Chart.Line"),
        (one_series("pie", list("abc"), CENTS), "Chart.Pie"),
        (one_series("pie", list("ab"), [CENTS[0], Decimal(0)]), None),
        (TWO.model_copy(update={"kind": "pie"}), None),
    ],
)
def test_charts_are_drawn_with_their_numbers_to_fall_back_on(chart: Chart, drawn: str | None) -> None:
    message = Message(fallback="x", chart=chart)
    for native in (True, False):
        card = render_message(message, native=native)
        check_card(card)
        assert_nothing_lost(message, card)
        kinds = [element["type"] for element in card["body"] if element["type"].startswith("Chart")]
        assert kinds == ([drawn] if drawn and native else [])
        assert card["body"][0]["text"].startswith(chart.title)


def test_a_chart_beside_a_table_that_fills_the_card_is_left_out_aloud() -> None:
    table = Table(columns=["a", "b"], rows=[["x" * 30, "é" * 30] for _ in range(99)])
    card = render_message(Message(fallback="x", table=table, chart=one_series("bar", ["x" * 300] * 9, CENTS * 3)))
    check_card(card)
    assert "more do not fit here" in text_of(card) and "The rest does not fit" in text_of(card)


def test_facts_are_sets_and_a_long_one_a_paragraph() -> None:
    facts = [Fact(label="Who", value="Ada"), Fact(label="Why", value="because " * 80), Fact(label="Empty", value="")]
    message = Message(fallback="x", facts=facts)
    card = render_message(message)
    check_card(card)
    assert_nothing_lost(message, card)
    assert [element["type"] for element in card["body"]] == ["FactSet", "TextBlock", "FactSet"]


def test_the_reader_refuses_what_teams_would() -> None:
    card = render_message(text_message("x", APPROVE, DETAILS))
    check_card(card)
    wrong: list[dict[str, Any]] = [
        {**card, "version": "1.6"},
        {**card, "unknown": 1},
        {**card, "body": [*card["body"], {"type": "Marquee"}]},
        {**card, "body": [{"type": "TextBlock", "text": "no wrap"}]},
        {**card, "body": [{"type": "TextBlock", "text": "[x](javascript:y)", "wrap": True}]},
        {**card, "body": [{"type": "TextBlock", "text": "<at>Ada</at>", "wrap": True}]},
        {**card, "body": [{"type": "TextBlock", "text": "x" * 29_000, "wrap": True}]},
        {**card, "body": [{"type": "ActionSet", "actions": card["body"][1]["actions"] * 4}]},
    ]
    for one in wrong:
        with pytest.raises(Refused):
            check_card(one)
    for surface in ("dialog", "extension"):
        with pytest.raises(Refused):
            check_card(card, surface)


TEXT = st.text(
    alphabet=st.one_of(st.sampled_from("*_~`<>&| \n@#:-[]()é漢"), st.characters(codec="utf-8", categories=["L", "N", "P"])),
    max_size=80,
).filter(lambda text: text.strip())
SPANS = st.builds(
    Span, text=TEXT, style=st.sampled_from(["plain", "bold", "italic", "code", "person"]), person_id=st.integers(1, 3)
)
CONFIRMED = st.none() | st.builds(Confirmation, title=TEXT, text=TEXT, confirm=TEXT)
MESSAGES = st.builds(
    Message,
    fallback=TEXT,
    title=TEXT | st.just(""),
    paragraphs=st.lists(st.lists(SPANS, max_size=6), max_size=8),
    facts=st.lists(
        st.builds(Fact, label=TEXT, value=TEXT | st.text(min_size=300, max_size=2100, alphabet="a&")), max_size=12
    ),
    table=st.none()
    | st.builds(Table, columns=st.just(["a", "b"]), rows=st.lists(st.lists(TEXT, min_size=2, max_size=2), max_size=4)),
    actions=st.lists(
        st.builds(
            Action, label=TEXT, intent=st.just("go"), args=st.just({"a": "1"}), opens=st.booleans(), confirm=CONFIRMED
        ),
        max_size=30,
    ),
    notes=st.lists(st.lists(SPANS, max_size=3), max_size=3),
)


@settings(max_examples=200, deadline=None)
@given(MESSAGES)
def test_any_message_is_accepted(message: Message) -> None:
    mentions = {1: "29:ada", 2: "29:bo"}
    for native in (True, False):
        card = render_message(message, mentions, native=native)
        check_card(card)
        check_card(degrade(card))
        assert len(actions_of(card)) == len(message.actions)
    check_activity(activity_of(message, mentions))
