"""What people see, without a word of any platform: messages, forms and the home page. Renderers escape and degrade."""

import base64
from collections.abc import Iterator
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Neutral(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Span(Neutral):
    """A run of text. `person` shows the directory's name in `text` and mentions `person_id` where the platform can."""

    text: str
    style: Literal["plain", "bold", "italic", "code", "link", "person"] = "plain"
    url: str | None = None
    person_id: int | None = None


Paragraph = list[Span]


def plain(text: str) -> Span:
    return Span(text=text)


def bold(text: str) -> Span:
    return Span(text=text, style="bold")


def code(text: str) -> Span:
    return Span(text=text, style="code")


def person(name: str, person_id: int) -> Span:
    return Span(text=name, style="person", person_id=person_id)


def paragraph(*parts: str | Span) -> Paragraph:
    return [plain(part) if isinstance(part, str) else part for part in parts]


class Fact(Neutral):
    """A labelled value, the facts a decision needs; two to a row where there is room."""

    label: str
    value: str


class Table(Neutral):
    """`align` has one entry a column. Cells are text already formatted for people."""

    columns: list[str]
    rows: list[list[str]]
    align: list[Literal["left", "right"]] = []
    caption: str = ""


class Series(Neutral):
    name: str
    values: list[Decimal]  # one a label of the chart


class Chart(Neutral):
    kind: Literal["bar", "line", "pie"]
    title: str
    labels: list[str]
    series: list[Series]
    unit: str = ""


class Confirmation(Neutral):
    title: str
    text: str
    confirm: str = "Yes"
    cancel: str = "Cancel"


class Action(Neutral):
    """A button: an intent and opaque ids, never state. `opens` = the intent answers at once with a form or a message
    shown to the clicker alone (a modal); otherwise the click goes through the inbox. `reserved` = for the message's
    viewers; where a platform shows everybody the same card, everybody sees it and the workflow decides."""

    label: str
    intent: str
    args: dict[str, str] = {}
    style: Literal["default", "primary", "danger"] = "default"
    confirm: Confirmation | None = None
    opens: bool = False
    reserved: bool = False
    url: str | None = None


class Option(Neutral):
    value: str
    label: str
    description: str = ""


class FormField(Neutral):
    """`search` options are fetched while typing from the form's intent (`options`); others stand in `options`."""

    name: str
    label: str
    kind: Literal["text", "multiline", "number", "date", "select", "multiselect", "search", "person"]
    hint: str = ""
    placeholder: str = ""
    required: bool = True
    options: list[Option] = []
    value: str | list[str] | None = None
    max_length: int | None = None


class Form(Neutral):
    """Something to fill in; `intent` receives `args` and the values by field name."""

    title: str
    intent: str
    args: dict[str, str] = {}
    intro: list[Paragraph] = []
    facts: list[Fact] = []
    fields: list[FormField] = []
    submit: str = "Send"


class Attachment(Neutral):
    """A file that goes with a message. `content` is base64; empty where a channel keeps the message but not the file."""

    name: str
    media_type: str
    content: str = ""

    @property
    def data(self) -> bytes:
        return base64.b64decode(self.content)


class Viewers(Neutral):
    """People who see a version of a shared card made for them, where the platform can (Teams): the notice of `kind` and
    `subject`, built for each. At most 60 count."""

    kind: str
    subject: str
    person_ids: list[int]


class Message(Neutral):
    """One message. `fallback` is what notifications and plain-text clients show; required, because it is read aloud."""

    fallback: str
    title: str = ""
    paragraphs: list[Paragraph] = []
    facts: list[Fact] = []
    table: Table | None = None
    chart: Chart | None = None
    actions: list[Action] = []
    notes: list[Paragraph] = Field(default=[], description="small print: receipts, who may see it")
    viewers: Viewers | None = None
    attachments: list[Attachment] = []


class Home(Neutral):
    """The home page: sections from top to bottom."""

    sections: list[Message]


def text_message(text: str, *actions: Action) -> Message:
    """A message of one plain paragraph."""
    return Message(fallback=text, paragraphs=[paragraph(text)], actions=list(actions))


def people_named(shown: Neutral) -> Iterator[int]:
    """The ids of all person spans in a message, form or home page."""
    if isinstance(shown, Home):
        for section in shown.sections:
            yield from people_named(section)
        return
    paragraphs = shown.intro if isinstance(shown, Form) else []
    if isinstance(shown, Message):
        paragraphs = [*shown.paragraphs, *shown.notes]
    yield from (span.person_id for paragraph in paragraphs for span in paragraph if _names(span))  # type: ignore[misc]


def _names(span: Span) -> bool:
    return span.style == "person" and span.person_id is not None


def attach(name: str, media_type: str, data: bytes) -> Attachment:
    return Attachment(name=name, media_type=media_type, content=base64.b64encode(data).decode())


def without_files(message: Message, advice: str = "Ask me for it in Slack or in the browser.") -> Message:
    """Where a file cannot be carried, its place is taken by a sentence."""
    sentences = [paragraph(f"I cannot send the file {file.name} here. {advice}") for file in message.attachments]
    return message.model_copy(update={"paragraphs": [*message.paragraphs, *sentences], "attachments": []})
