"""Forms and details as dialogs: everything in them, every value kept, every error at its field."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.teams_forms import render_details, render_form, render_search, unpack_form
from bot.interaction import Conversation
from bot.message import (
    Action,
    Confirmation,
    Fact,
    Form,
    FormField,
    Message,
    Option,
    Table,
    paragraph,
    person,
    text_message,
)
from tests.channels.teams_complete import actions_of, assert_form_complete, button, inputs_of, squeezed, text_of
from tests.teams_cards import check_search, check_task

HERE = Conversation(channel="teams", workspace="tenant", id="19:x@thread.tacv2", kind="public", thread_id="1")
KINDS: Any = ["text", "multiline", "number", "date", "select", "multiselect", "search", "person"]


def form_of(*fields: FormField, **more: Any) -> Form:
    return Form(title="Ask for a tool", intent="request_submit", args={"r": "1"}, fields=list(fields), **more)


def rendered(form: Form, **more: Any) -> dict[str, Any]:
    task = render_form(form, HERE, "9.9", nonce="n1", **more)
    check_task(task)
    return task


def card_of(task: dict[str, Any]) -> dict[str, Any]:
    card: dict[str, Any] = task["card"]["content"]
    return card


def sent(form: Form, **inputs: Any) -> dict[str, str | list[str]]:
    [submit] = card_of(rendered(form))["actions"]
    return unpack_form({**submit["data"], **inputs}).values


def test_a_form_of_every_kind_of_field() -> None:
    options = [Option(value=f"v{number}", label=f"Label, {number}", description="d" * 30) for number in range(250)]
    values: dict[str, Any] = {"text": "x" * 4000, "multiline": "a\nb", "number": "12.5", "date": "2026-11-25",
                              "select": "v240", "multiselect": ["v1", "v249"], "search": "v3", "person": "7"}  # fmt: skip
    fields = [
        FormField(
            name=kind, label=kind.title(), kind=kind, hint="hint", placeholder="type here", value=values[kind],
            options=options if kind in ("select", "multiselect", "search") else [],
        )
        for kind in KINDS
    ]  # fmt: skip
    empty = [FormField(name=f"empty {kind}", label="Empty", kind=kind, required=False) for kind in KINDS]
    form = form_of(*fields, *empty, facts=[Fact(label="Who", value="Ada")], intro=[paragraph("Read this")])
    task = rendered(form)
    assert_form_complete(form, task, HERE)
    types = [element["type"] for element in inputs_of(card_of(task)).values()]
    assert types[:8] == ["Input.Text", "Input.Text", "Input.Number", "Input.Date"] + ["Input.ChoiceSet"] * 4
    assert "Only the first" in text_of(card_of(task))


def test_required_fields_say_what_is_missing() -> None:
    reason = FormField(name="reason", label="Why?", kind="text")
    days = FormField(name="days", label="Days", kind="number", required=False)
    elements = inputs_of(card_of(rendered(form_of(reason, days))))
    assert elements["one:reason"]["isRequired"] and elements["one:reason"]["errorMessage"] == "Please fill in: Why?"
    assert not elements["one:days"]["isRequired"]


FEW = [Option(value="a", label="A"), Option(value="b", label="B", description="second")]


@pytest.mark.parametrize(
    ("options", "style"),
    [
        (FEW, "expanded"),
        ([*FEW, Option(value="c", label="*C*")], "compact"),
        ([Option(value=str(number), label=f"L{number}") for number in range(7)], "filtered"),
    ],
)
def test_few_choices_stand_open_and_many_are_searched(options: list[Option], style: str) -> None:
    [element] = inputs_of(
        card_of(rendered(form_of(FormField(name="x", label="X", kind="select", options=options))))
    ).values()
    assert element["style"] == style and "choices.data" not in element
    assert len(element["choices"]) == len(options)


def test_a_search_asks_the_intent_and_shows_what_is_chosen_by_name() -> None:
    field = FormField(name="tool", label="Tool", kind="search", value="7", options=[Option(value="7", label="Cursor")])
    [element] = inputs_of(card_of(rendered(form_of(field)))).values()
    assert element["choices.data"] == {"type": "Data.Query", "dataset": "request_submit/tool"}
    assert element["choices"] == [{"title": "Cursor", "value": "7"}] and element["value"] == "7"


def test_answers_of_a_search() -> None:
    options = [Option(value=str(number), label=f"Tool {number}", description="by X") for number in range(26)]
    answer = render_search([*options, Option(value="new:to", label="to (new)")])
    check_search(answer)
    results = answer["value"]["results"]
    assert len(results) == 15 and results[0] == {"title": "Tool 0 – by X", "value": "0"}
    assert results[-1]["value"] == "new:to"
    check_search(render_search([Option(value="a", label="First"), Option(value="a", label="Second")]))
    assert render_search([])["value"]["results"] == []


def test_what_was_filled_in_is_read_back() -> None:
    options = [Option(value=value, label=value) for value in ("a,b", "c%2C", "d e")]
    form = form_of(
        FormField(name="many", label="M", kind="multiselect", options=options),
        FormField(name="reason", label="R", kind="text"),
        FormField(name="days", label="D", kind="number"),
    )
    element = inputs_of(card_of(rendered(form)))["many:many"]
    chosen = ",".join(choice["value"] for choice in element["choices"])
    assert sent(form, **{"many:many": chosen, "one:reason": "x,y", "one:days": 12}) == {
        "many": ["a,b", "c%2C", "d e"], "reason": "x,y", "days": "12",
    }  # fmt: skip
    assert sent(form, **{"one:reason": None}) == {"many": [], "reason": "", "days": ""}


def test_a_dialog_remembers_where_it_was_opened() -> None:
    [submit] = card_of(rendered(form_of(FormField(name="x", label="X", kind="text"))))["actions"]
    form = unpack_form(json.loads(json.dumps(submit["data"])))
    assert (form.intent, form.args, form.place, form.message_id, form.nonce) == (
        "request_submit", {"r": "1"}, HERE, "9.9", "n1",
    )  # fmt: skip


@pytest.mark.parametrize(
    "data",
    [None, "x", {}, {"bursar": 1}, {"bursar": {"i": "x", "a": {}}}, {"bursar": {"i": "x", "a": [], "c": {}, "m": 1, "n": 1}},
     {"bursar": {"i": "x", "a": {}, "c": {"id": 1}, "m": None, "n": "", "f": []}},
     {"bursar": {"i": "x", "a": {}, "c": {"channel": "teams", "id": "1"}, "m": None, "n": "", "f": 5}}],
)  # fmt: skip
def test_only_bursars_dialogs_are_read(data: Any) -> None:
    with pytest.raises(ValueError):
        unpack_form(data)


def test_errors_stand_at_their_fields_with_every_value_kept() -> None:
    form = form_of(
        FormField(name="tool", label="Tool", kind="search", value="7", options=[Option(value="7", label="Cursor")]),
        FormField(name="seats", label="Seats", kind="number"),
        FormField(name="classes", label="Data", kind="multiselect", options=FEW),
        FormField(name="day", label="Day", kind="date"),
        intro=[paragraph("Intro")],
    )
    values: dict[str, Any] = {"tool": "7", "seats": "1,5", "classes": ["a", "b"], "day": "soon"}
    errors = {"seats": "Write a whole number, like 3.", "": "Some answers cannot be read.", "gone": "Lost."}
    task = render_form(form, HERE, "9.9", nonce="n1", errors=errors, values=values)
    check_task(task)
    body = card_of(task)["body"]
    texts = [element.get("text", element.get("id")) for element in body]
    assert texts[:3] == ["Some answers cannot be read.", "Lost.", "Intro"]
    assert texts[texts.index("one:seats") + 1] == "Write a whole number, like 3."
    assert body[texts.index("one:seats") + 1]["color"] == "Attention"
    elements = inputs_of(card_of(task))
    assert [element["value"] for element in elements.values()] == ["7", "1,5", "a,b", "soon"]


def test_a_form_with_more_choices_than_fit_keeps_its_inputs() -> None:
    options = [Option(value=f"v{number}", label="漢" * 60) for number in range(300)]
    form = form_of(
        FormField(name="plan", label="Plan", kind="select", options=options, value="v299"),
        FormField(name="why", label="Why", kind="multiline", value="x" * 4000),
        intro=[paragraph("word " * 4000)],
    )
    card = card_of(rendered(form))
    elements = inputs_of(card)
    assert list(elements) == ["one:plan", "one:why"] and elements["one:plan"]["value"] == "v299"
    assert "does not fit" in text_of(card) and "Only the first" in text_of(card)


def test_forms_too_large_for_teams_are_an_error_of_the_intent() -> None:
    with pytest.raises(ValueError, match="do not fit"):
        render_form(Form(title="x", intent="go", args={"a": "x" * 3000}), HERE, nonce="n")


def test_people_in_an_introduction_are_mentioned() -> None:
    task = render_form(form_of(intro=[paragraph(person("Ada", 1), " asks")]), HERE, None, {1: "29:ada"}, nonce="n")
    check_task(task)
    assert card_of(task)["msteams"]["entities"][0]["mentioned"]["id"] == "29:ada"


def test_details_submit_what_their_buttons_mean() -> None:
    confirm = Confirmation(title="Sure?", text="It ends.", confirm="End it")
    message = Message(
        fallback="x",
        title="R-1",
        paragraphs=[paragraph("All of it")],
        table=Table(columns=["a"], rows=[["b"]]),
        actions=[
            Action(label="Change", intent="edit_open", args={"r": "1"}, opens=True),
            Action(label="Cancel it", intent="cancel_request", args={"r": "1"}, confirm=confirm),
        ],
    )
    task = render_details(message, HERE, "9.9", nonce="n2")
    check_task(task)
    assert task["title"] == "R-1" and "R-1" not in text_of(card_of(task)["body"])
    change, cancel = actions_of(card_of(task))
    assert unpack_form(change["data"]).intent == "edit_open"
    form = unpack_form(cancel["data"])
    assert (form.intent, form.args, form.place, form.message_id, form.nonce, form.values) == (
        "cancel_request", {"r": "1"}, HERE, "9.9", "n2", {},
    )  # fmt: skip
    assert button(card_of(task), "End it")["type"] == "Action.Submit"


def test_a_long_title_is_written_out_below() -> None:
    title = "A title that is longer than what Teams has room for above " * 2
    for task in (rendered(form_of().model_copy(update={"title": title})), render_details(text_message("x"), HERE)):
        check_task(task)
    assert squeezed(title) in squeezed(text_of(card_of(rendered(form_of().model_copy(update={"title": title})))))


WORDS = st.text(min_size=1, max_size=9).filter(str.strip)
FIELDS = st.lists(
    st.builds(
        FormField,
        name=st.text(alphabet="abc", min_size=1, max_size=4),
        label=st.text(min_size=1, max_size=40).filter(str.strip),
        kind=st.sampled_from(KINDS),
        hint=st.text(max_size=20),
        required=st.booleans(),
        options=st.lists(st.builds(Option, value=WORDS, label=st.just("L")), max_size=9),
        value=st.none() | st.text(max_size=20) | st.lists(WORDS, max_size=3),
    ),
    max_size=5,
    unique_by=lambda field: field.name,
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(FIELDS, st.dictionaries(st.text(alphabet="abc", max_size=4), st.text(min_size=1).filter(str.strip), max_size=3))
def test_any_form_is_accepted(fields: list[FormField], errors: dict[str, str]) -> None:
    task = render_form(form_of(*fields), HERE, "9.9", nonce="n", errors=errors)
    check_task(task)
    assert len(inputs_of(card_of(task))) == len(fields)
