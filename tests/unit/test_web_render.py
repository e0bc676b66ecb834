"""The browser's renderer: every message and form an intent can show loses nothing, and nothing people type is markup."""

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.web_chart import compact
from bot.channels.web_html import safe_url, tag
from bot.channels.web_render import render_form, render_home, render_message, render_options
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
    paragraph,
    text_message,
)
from bot.router import load_intents, registry

load_intents()
VOID = {"input", "meta", "link", "br"}


class Page(HTMLParser):
    """The text, the elements and the nesting of a piece of HTML, as a browser would take it."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.text: list[str] = []
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.feed(markup)
        self.close()
        assert self.open == [], f"left open: {self.open}"

    def handle_starttag(self, name: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.append((name, {key: value or "" for key, value in attributes}))
        if name not in VOID:
            self.open.append(name)

    def handle_endtag(self, name: str) -> None:
        assert self.open.pop() == name

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def named(self, name: str) -> list[dict[str, str]]:
        return [attributes for element, attributes in self.elements if element == name]

    @property
    def words(self) -> str:
        values = [attributes.get("value", "") for _, attributes in self.elements]
        return "\n".join([*self.text, *values])


def texts_of(message: Message) -> Iterator[str]:
    yield message.title
    for span in (span for lines in (message.paragraphs, message.notes) for line in lines for span in line):
        yield span.text
    yield from (file.name for file in message.attachments)
    for fact in message.facts:
        yield from (fact.label, fact.value)
    if message.table:
        yield message.table.caption
        yield from message.table.columns
        for row in message.table.rows:
            yield from row
    if message.chart:
        yield from (message.chart.title, message.chart.unit, *message.chart.labels)
        if message.table is None:
            yield from (f"{value:,f}" for series in message.chart.series for value in series.values)


def check_message(message: Message) -> None:
    page = Page(render_message(message))
    text = "".join(page.text)
    for expected in texts_of(message):
        assert expected in text
    links = [a for a in page.named("a") if "data-intent" in a]
    shown = [(b["data-intent"], json.loads(b["data-args"])) for b in [*page.named("button"), *links]]
    assert sorted(map(repr, shown)) == sorted(repr((a.intent, a.args)) for a in message.actions)
    for action in message.actions:
        assert action.label in text
    assert text.strip(), "a message must show something"


def check_form(form: Form) -> None:
    page = Page(render_form(form))
    (element,) = page.named("form")
    assert (element["data-intent"], json.loads(element["data-args"])) == (form.intent, form.args)
    assert form.title in page.words and form.submit in page.words
    ids = {attributes["id"] for _, attributes in page.elements if "id" in attributes}
    labels = {label["for"] for label in page.named("label") if "for" in label}
    for field in form.fields:
        assert field.label in page.words and field.hint in page.words
        names = [attributes for _, attributes in page.elements if attributes.get("name") == field.name]
        assert names or not field.options, field.name
        assert f"field-{field.name}" in labels & ids, "every label points at its control"
        for option in field.options:
            assert option.label in page.words and option.description in page.words
        wanted = [field.value] if isinstance(field.value, str) else field.value or []
        for value in wanted:
            assert value in page.words


@pytest.mark.parametrize("name", sorted(registry.examples))
def test_every_example_is_shown_whole(name: str) -> None:
    made = registry.examples[name]()
    for shown in made if isinstance(made, list) else [made]:
        check_form(shown) if isinstance(shown, Form) else check_message(shown)


def everything() -> Message:
    return Message(
        fallback="Nora asks for Cursor",
        title="Nora <asks> & waits",
        paragraphs=[paragraph("For ", bold("prototypes"), Span(text="see", style="link", url="https://example.org/?a=1&b=2"))],
        facts=[Fact(label="Yearly cost", value="$480.00")],
        table=Table(columns=["Tool", "Spend"], rows=[["Cursor", "$1"], ["<img src=x onerror=1>", "$2"]],
                    align=["left", "right"]),
        chart=Chart(kind="bar", title="Spend", labels=["Cursor", "Jasper"], unit="USD",
                    series=[Series(name="now", values=[Decimal("1234.50"), Decimal(-3)])]),
        actions=[
            Action(label="Approve", intent="decide", args={"request": "r_1"}, style="primary"),
            Action(label="Deny", intent="deny", opens=True, style="danger"),
            Action(label="Release", intent="release", confirm=Confirmation(title="Release it?", text="It can be undone.")),
            Action(label="Docs", intent="docs", url="https://example.org/docs"),
        ],
        notes=[paragraph("Only you see this.")],
    )  # fmt: skip


@pytest.mark.parametrize("kind", ["bar", "line", "pie"])
def test_a_message_with_everything_in_it(kind: str) -> None:
    message = everything()
    assert message.chart is not None
    check_message(message.model_copy(update={"chart": message.chart.model_copy(update={"kind": kind})}))


def test_buttons_say_what_they_do() -> None:
    page = Page(render_message(everything()))
    approve, deny, release = (b for b in page.named("button"))
    assert "primary" in approve["class"] and "data-opens" not in approve and "data-confirm" not in approve
    assert "danger" in deny["class"] and "data-opens" in deny
    assert json.loads(release["data-confirm"])["text"] == "It can be undone."


@given(st.text())
def test_what_people_type_is_never_markup(text: str) -> None:
    message = Message(fallback="x", title=text, paragraphs=[paragraph(text)], facts=[Fact(label=text, value=text)],
                      actions=[Action(label=text, intent=text, args={text: text})])  # fmt: skip
    plain = Page(render_message(text_message("x", Action(label="x", intent="x")).model_copy(
        update={"title": "x", "facts": [Fact(label="x", value="x")]})))  # fmt: skip
    page = Page(render_message(message))
    if text.strip("\0"):
        assert [name for name, _ in page.elements if name != "h3"] == [name for name, _ in plain.elements if name != "h3"]
    field = FormField(name="f", label=text, kind="search", hint="h", value=text, options=[Option(value=text, label=text)])
    names = {name for name, _ in Page(render_form(Form(title=text, intent="i", args={"a": text}, fields=[field]))).elements}
    assert names <= {"form", "h2", "div", "label", "p", "input", "ul", "li", "span", "button"}


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", " JaVaScRiPt:alert(1)", "data:text/html,x", "//evil.example/x", "vbscript:x"]
)
def test_links_that_run_something_are_only_text(url: str) -> None:
    message = Message(fallback="x", paragraphs=[[Span(text="click me", style="link", url=url)]],
                      actions=[Action(label="Go", intent="go", url=url)])  # fmt: skip
    page = Page(render_message(message))
    assert page.named("a") == [] and "click me" in page.words
    assert [b["data-intent"] for b in page.named("button")] == ["go"]


def test_safe_links_pass() -> None:
    assert safe_url("https://example.org/a?b=c") == "https://example.org/a?b=c"
    assert safe_url("mailto:ada@acme.example") == "mailto:ada@acme.example"


def test_attributes_are_quoted() -> None:
    assert tag("p", "<", title='a "b" <c>') == '<p title="a &quot;b&quot; &lt;c&gt;">&lt;</p>'


def test_field_errors_are_tied_to_their_field() -> None:
    form = Form(title="Ask", intent="i", fields=[FormField(name="why", label="Why?", kind="multiline")])
    page = Page(render_form(form, {"why": "Please say why."}))
    (box,) = page.named("textarea")
    assert box["aria-invalid"] == "true" and "field-why-error" in box["aria-describedby"]
    assert "Please say why." in page.words


def test_fallback_is_shown_when_there_is_nothing_else() -> None:
    assert "Something went wrong" in Page(render_message(Message(fallback="Something went wrong"))).words


def test_home_keeps_its_sections_in_order() -> None:
    words = Page(render_home(Home(sections=[text_message("first"), text_message("second")]))).words
    assert words.index("first") < words.index("second")


def test_options_carry_value_and_label() -> None:
    (entry,) = Page(render_options([Option(value="t_1", label="Cursor", description="Anysphere")], "list")).named("li")
    assert (entry["data-value"], entry["data-label"], entry["id"]) == ("t_1", "Cursor", "list-0")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("0", "0"),
        ("999", "999"),
        ("1000", "1k"),
        ("1234567", "1.2M"),
        ("-20500", "-20.5k"),
        ("0.25", "0.25"),
        ("2000000000", "2B"),
    ],
)
def test_numbers_on_charts_are_short(value: str, text: str) -> None:
    assert compact(Decimal(value)) == text


@pytest.mark.parametrize("kind", ["bar", "line", "pie"])
@pytest.mark.parametrize("values", [[], ["0"], ["0", "0"], ["-5", "-7"], ["5"], ["1e-9", "99999999999.999999999"]])
def test_charts_of_odd_values_are_drawn(kind: str, values: list[str]) -> None:
    labels = [f"label {index}" for index in range(len(values))]
    chart = Chart(kind=kind, title="t", labels=labels, series=[Series(name="s", values=[Decimal(v) for v in values])])
    check_message(Message(fallback="x", chart=chart))
    assert not re.search(r'[" ,]-?(nan|inf)\b', render_message(Message(fallback="x", chart=chart)))
