"""Messages, forms and the home page as HTML. Values in, values out: no session, no clock."""

from collections.abc import Mapping

from bot.channels.web_chart import render_chart
from bot.channels.web_html import Html, as_json, join, safe_url, tag
from bot.message import Action, Fact, Form, FormField, Home, Message, Option, Paragraph, Span, Table

INPUT_TYPES = {"text": "text", "number": "number", "date": "date"}


def render_message(message: Message, files_at: str = "") -> Html:
    """The inside of a card; a message that is nothing but its fallback shows that. `files_at` is where its files are
    fetched; without it they are only named."""
    table = _table(message.table) if message.table else None
    parts = [
        tag("h3", message.title, class_="card-title") if message.title else None,
        _paragraphs(message.paragraphs),
        render_facts(message.facts),
        render_chart(message.chart, table) if message.chart else table,
        _files(message, files_at),
        _notes(message.notes),
        render_actions(message.actions),
    ]
    bare = not (message.title or message.paragraphs or message.facts or message.table or message.chart)
    return join(tag("p", message.fallback) if bare else None, parts)


def render_home(home: Home) -> Html:
    return join([tag("section", render_message(section), class_="card home-card") for section in home.sections])


def render_form(form: Form, errors: Mapping[str, str] | None = None) -> Html:
    """A form for a dialog; `errors` stand beside their fields and are read with them."""
    return tag(
        "form",
        tag("h2", form.title, class_="dialog-title", id="dialog-title"),
        _paragraphs(form.intro),
        render_facts(form.facts),
        [render_field(field, (errors or {}).get(field.name)) for field in form.fields],
        tag(
            "div",
            tag("button", "Cancel", type="button", class_="button", data_close=True),
            tag("button", form.submit, type="submit", class_="button primary"),
            class_="actions dialog-actions",
        ),
        class_="form", novalidate=True, data_intent=form.intent, data_args=as_json(form.args),
    )  # fmt: skip


def render_paragraph(paragraph: Paragraph) -> Html:
    return join([_span(span) for span in paragraph])


def render_facts(facts: list[Fact]) -> Html | None:
    if not facts:
        return None
    return tag("dl", [tag("div", tag("dt", f.label), tag("dd", f.value), class_="fact") for f in facts], class_="facts")


def render_actions(actions: list[Action]) -> Html | None:
    if not actions:
        return None
    return tag("div", [_action(action) for action in actions], class_="actions")


def render_options(options: list[Option], listbox: str) -> Html:
    """The entries of a search field's list."""
    return join([
        tag("li", tag("span", o.label), tag("small", o.description) if o.description else None, role="option",
            id=f"{listbox}-{index}", data_value=o.value, data_label=o.label, aria_selected="false")
        for index, o in enumerate(options)
    ])  # fmt: skip


def _paragraphs(paragraphs: list[Paragraph]) -> list[Html]:
    return [tag("p", render_paragraph(paragraph)) for paragraph in paragraphs]


def _span(span: Span) -> Html:
    if span.style == "bold":
        return tag("strong", span.text)
    if span.style == "italic":
        return tag("em", span.text)
    if span.style == "code":
        return tag("code", span.text)
    if span.style == "person":
        return tag("span", span.text, class_="person")
    url = safe_url(span.url)
    if span.style == "link" and url is not None:
        return tag("a", span.text, href=url, target="_blank", rel="noopener noreferrer")
    return join(span.text)


def _table(table: Table) -> Html:
    def side(index: int) -> str | None:
        return "right" if index < len(table.align) and table.align[index] == "right" else None

    head = [tag("th", name, scope="col", class_=side(index)) for index, name in enumerate(table.columns)]
    rows = [tag("tr", [tag("td", cell, class_=side(index)) for index, cell in enumerate(row)]) for row in table.rows]
    caption = tag("caption", table.caption) if table.caption else None
    grid = tag("table", caption, tag("thead", tag("tr", head)), tag("tbody", rows))
    return tag("div", grid, class_="table-scroll", tabindex="0", role="region", aria_label=table.caption or "Table")


def _files(message: Message, at: str) -> Html | None:
    if not message.attachments:
        return None
    links = [
        tag("a", f"Download {file.name}", href=f"{at}/{number}", download=file.name, class_="button")
        if at
        else tag("span", f"File: {file.name}")
        for number, file in enumerate(message.attachments)
    ]
    return tag("p", links, class_="actions files")


def _notes(notes: list[Paragraph]) -> Html | None:
    if not notes:
        return None
    return tag("div", [tag("p", render_paragraph(note)) for note in notes], class_="notes")


def _action(action: Action) -> Html:
    style = {"primary": "button primary", "danger": "button danger"}.get(action.style, "button")
    url = safe_url(action.url)
    if url is not None:
        return tag("a", action.label, href=url, class_=style, target="_blank", rel="noopener noreferrer",
                   data_intent=action.intent, data_args=as_json(action.args))  # fmt: skip
    confirm = action.confirm
    return tag(
        "button", action.label, type="button", class_=style, data_intent=action.intent, data_args=as_json(action.args),
        data_opens=action.opens, data_confirm=as_json(confirm.model_dump()) if confirm else None,
        aria_haspopup="dialog" if action.opens or confirm else None,
    )  # fmt: skip


def render_field(field: FormField, error: str | None = None) -> Html:
    name = f"field-{field.name}"
    described = [f"{name}-hint" if field.hint else "", f"{name}-error"]
    control = _control(field, name, " ".join(part for part in described if part), bool(error))
    optional = None if field.required else tag("span", "optional", class_="optional")
    return tag(
        "div",
        tag("label", field.label, optional, for_=name, id=f"{name}-label"),
        tag("p", field.hint, class_="hint", id=f"{name}-hint") if field.hint else None,
        control,
        tag("p", error or "", class_="error", id=f"{name}-error", hidden=not error),
        class_="field", data_field=field.name,
    )  # fmt: skip


def _control(field: FormField, name: str, described: str, invalid: bool) -> Html:
    common: dict[str, object] = {
        "id": name, "name": field.name, "aria_describedby": described, "required": field.required,
        "aria_invalid": "true" if invalid else None, "maxlength": field.max_length,
    }  # fmt: skip
    value = field.value if isinstance(field.value, str) else ""
    if field.kind == "multiline":
        return tag("textarea", value, rows="4", placeholder=field.placeholder or None, **common)
    if field.kind == "select":
        return _select(field, value, common)
    if field.kind == "multiselect":
        return _checkboxes(field, name, described)
    if field.kind in ("search", "person"):
        return _search(field, name, described, invalid)
    return tag("input", type=INPUT_TYPES[field.kind], value=value or None, placeholder=field.placeholder or None,
               step="any" if field.kind == "number" else None, autocomplete="off", **common)  # fmt: skip


def _select(field: FormField, value: str, common: dict[str, object]) -> Html:
    empty = tag("option", field.placeholder or "Choose…", value="", selected=not value)
    options = [
        tag("option", f"{o.label} – {o.description}" if o.description else o.label, value=o.value, selected=o.value == value)
        for o in field.options
    ]
    common.pop("maxlength")
    return tag("select", empty, options, **common)


def _checkboxes(field: FormField, name: str, described: str) -> Html:
    chosen = field.value if isinstance(field.value, list) else [field.value] if field.value else []
    boxes = [
        tag(
            "label",
            tag("input", type="checkbox", name=field.name, value=o.value, checked=o.value in chosen,
                id=name if index == 0 else None),
            tag("span", o.label, tag("small", o.description) if o.description else None),
            class_="check",
        )
        for index, o in enumerate(field.options)
    ]  # fmt: skip
    return tag("div", boxes, class_="checks", role="group", aria_labelledby=f"{name}-label", aria_describedby=described)


def _search(field: FormField, name: str, described: str, invalid: bool) -> Html:
    """A combobox: the script fetches its list while one types; the hidden input has the chosen value."""
    chosen = field.value if isinstance(field.value, str) else ""
    label = next((o.label for o in field.options if o.value == chosen), chosen)
    listbox = f"{name}-list"
    return tag(
        "div",
        tag("input", type="text", id=name, value=label or None, placeholder=field.placeholder or "Type to search…",
            role="combobox", aria_expanded="false", aria_controls=listbox, aria_autocomplete="list", autocomplete="off",
            aria_describedby=described, aria_invalid="true" if invalid else None, required=field.required,
            data_search=field.kind),
        tag("input", type="hidden", name=field.name, value=chosen),
        tag("ul", render_options(field.options, listbox), id=listbox, role="listbox", aria_labelledby=f"{name}-label",
            hidden=True),
        class_="search",
    )  # fmt: skip
