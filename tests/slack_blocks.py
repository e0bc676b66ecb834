"""Refuses Block Kit that Slack would refuse, and a little more; written from Slack's pages, not from Bursar's table."""

import re
from collections.abc import Callable
from typing import Any

SURFACES = {
    "message": {"header", "section", "context", "actions", "divider", "table", "data_visualization"},
    "home": {"header", "section", "context", "actions", "divider", "table", "data_visualization", "input"},
    "modal": {"header", "section", "context", "actions", "divider", "input"},
}
ENTITY = re.compile(r"<(@[UW][A-Z0-9]+|https?://[^\s<>|]+\|[^<>|]+)>|&(amp|lt|gt);")


class Refused(Exception):
    """What Slack would answer, with the reason as it lists them in response_metadata."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def need(condition: object, reason: str) -> None:
    if not condition:
        raise Refused(reason)


def only(thing: dict[str, Any], required: set[str], optional: set[str], name: str) -> None:
    need(isinstance(thing, dict), f"{name} is not an object")
    need(required <= thing.keys(), f"{name} lacks {required - thing.keys()}")
    need(thing.keys() <= required | optional, f"{name} has unknown {thing.keys() - required - optional}")


def plain_text(thing: Any, limit: int, name: str) -> None:
    only(thing, {"type", "text"}, {"emoji"}, name)
    need(thing["type"] == "plain_text", f"{name} must be plain_text")
    length(thing["text"], limit, name)


def length(text: Any, limit: int, name: str) -> None:
    need(isinstance(text, str) and text.strip(), f"{name} is empty")
    need(len(text) <= limit, f"{name} has {len(text)} characters of {limit}")


def mrkdwn(thing: Any, limit: int, name: str) -> None:
    """Also that no control character stands outside an entity: that is how `<!channel>` would get through."""
    only(thing, {"type", "text"}, {"verbatim"}, name)
    need(thing["type"] == "mrkdwn", f"{name} must be mrkdwn")
    length(thing["text"], limit, name)
    rest = ENTITY.sub("", thing["text"])
    need(not re.search("[<>&]", rest), f"{name} has an unescaped control character: {rest!r}")


def check_blocks(blocks: Any, surface: str) -> None:
    need(isinstance(blocks, list) and blocks, "blocks are missing")
    need(len(blocks) <= (50 if surface == "message" else 100), f"{len(blocks)} blocks")
    ids: list[str] = []
    for block in blocks:
        need(block.get("type") in SURFACES[surface], f"{block.get('type')} is not for a {surface}")
        CHECKS[block["type"]](block)
        ids += [element["action_id"] for element in block.get("elements", []) if "action_id" in element]
        if "block_id" in block:
            length(block["block_id"], 255, "block_id")
    need(len(ids) == len(set(ids)), "action_id twice")
    named = [block["block_id"] for block in blocks if "block_id" in block]
    need(len(named) == len(set(named)), "block_id twice")
    need(sum(block["type"] == "data_visualization" for block in blocks) <= 2, "more than two charts")
    need(sum(block["type"] == "table" for block in blocks) <= 1, "only_one_table_allowed")
    total = sum(len(text["text"]) for block in blocks for text in texts_of(block))
    need(total <= 13_200, "msg_blocks_too_long")


def texts_of(block: dict[str, Any]) -> list[dict[str, Any]]:
    if block["type"] == "section":
        return [block["text"]] if "text" in block else block["fields"]
    return block["elements"] if block["type"] == "context" else []


def header(block: dict[str, Any]) -> None:
    only(block, {"type", "text"}, {"block_id"}, "header")
    plain_text(block["text"], 150, "header")


def section(block: dict[str, Any]) -> None:
    only(block, {"type"}, {"text", "fields", "block_id"}, "section")
    need("text" in block or "fields" in block, "section without text")
    if "text" in block:
        mrkdwn(block["text"], 3000, "section text")
    if "fields" in block:
        need(1 <= len(block["fields"]) <= 10, "section fields")
        for field in block["fields"]:
            mrkdwn(field, 2000, "section field")


def context(block: dict[str, Any]) -> None:
    only(block, {"type", "elements"}, {"block_id"}, "context")
    need(1 <= len(block["elements"]) <= 10, "context elements")
    for element in block["elements"]:
        mrkdwn(element, 2000, "context element")


def actions(block: dict[str, Any]) -> None:
    only(block, {"type", "elements"}, {"block_id"}, "actions")
    need(1 <= len(block["elements"]) <= 25, f"{len(block['elements'])} actions")
    for element in block["elements"]:
        button(element)


def button(element: dict[str, Any]) -> None:
    only(element, {"type", "text", "action_id"}, {"value", "url", "style", "confirm"}, "button")
    need(element["type"] == "button", "only buttons are used")
    plain_text(element["text"], 75, "button text")
    length(element["action_id"], 255, "action_id")
    if "value" in element:
        length(element["value"], 2000, "button value")
    if "url" in element:
        length(element["url"], 3000, "button url")
    need(element.get("style", "primary") in ("primary", "danger"), "button style")
    if "confirm" in element:
        confirm(element["confirm"])


def confirm(dialog: dict[str, Any]) -> None:
    only(dialog, {"title", "text", "confirm", "deny"}, {"style"}, "confirm")
    for name, limit in (("title", 100), ("text", 300), ("confirm", 30), ("deny", 30)):
        plain_text(dialog[name], limit, f"confirm {name}")


def divider(block: dict[str, Any]) -> None:
    only(block, {"type"}, {"block_id"}, "divider")


def table(block: dict[str, Any]) -> None:
    only(block, {"type", "rows"}, {"column_settings", "block_id"}, "table")
    need(1 <= len(block["rows"]) <= 100, "table rows")
    widths = {len(row) for row in block["rows"]}
    need(len(widths) == 1 and 1 <= widths.pop() <= 20, "table columns")
    need(len(block.get("column_settings", [])) <= 20, "column settings")
    for setting in block.get("column_settings", []):
        only(setting, set(), {"align", "is_wrapped"}, "column setting")
        need(setting.get("align", "left") in ("left", "center", "right"), "align")
    characters = 0
    for cell in (cell for row in block["rows"] for cell in row):
        only(cell, {"type", "text"}, set(), "cell")
        need(cell["type"] == "raw_text" and cell["text"].strip(), "cell")
        characters += len(cell["text"])
    need(characters <= 10_000, "table characters")


def chart(block: dict[str, Any]) -> None:
    only(block, {"type", "title", "chart"}, {"block_id"}, "chart")
    length(block["title"], 50, "chart title")
    drawing = block["chart"]
    if drawing["type"] == "pie":
        only(drawing, {"type", "segments"}, set(), "pie")
        points(drawing["segments"], 12, positive=True)
        return
    only(drawing, {"type", "series", "axis_config"}, set(), "chart")
    need(drawing["type"] in ("bar", "line", "area"), "chart type")
    only(drawing["axis_config"], {"categories"}, {"x_label", "y_label"}, "axis")
    categories = drawing["axis_config"]["categories"]
    need(1 <= len(drawing["series"]) <= 6, "series")
    need(len({series["name"] for series in drawing["series"]}) == len(drawing["series"]), "series names")
    for series in drawing["series"]:
        only(series, {"name", "data"}, set(), "series")
        length(series["name"], 20, "series name")
        points(series["data"], 20, positive=False)
        need([point["label"] for point in series["data"]] == categories, "points are not the categories")


def points(data: list[dict[str, Any]], limit: int, *, positive: bool) -> None:
    need(1 <= len(data) <= limit, "points")
    need(len({point["label"] for point in data}) == len(data), "a label twice")
    for point in data:
        only(point, {"label", "value"}, set(), "point")
        length(point["label"], 20, "point label")
        need(isinstance(point["value"], int | float) and not isinstance(point["value"], bool), "point value")
        need(point["value"] > 0 or not positive, "pie value")


def input_block(block: dict[str, Any]) -> None:
    only(block, {"type", "label", "element"}, {"hint", "optional", "block_id"}, "input")
    plain_text(block["label"], 2000, "label")
    if "hint" in block:
        plain_text(block["hint"], 2000, "hint")
    element = block["element"]
    need(element["type"] in ELEMENTS, f"input element {element['type']}")
    only(element, {"type", "action_id"}, ELEMENTS[element["type"]], element["type"])
    if "placeholder" in element:
        plain_text(element["placeholder"], 150, "placeholder")
    menu(element)


ELEMENTS = {
    "plain_text_input": {"multiline", "max_length", "initial_value", "placeholder"},
    "number_input": {"is_decimal_allowed", "initial_value", "placeholder"},
    "datepicker": {"initial_date"},
    "static_select": {"options", "option_groups", "initial_option", "placeholder"},
    "multi_static_select": {"options", "option_groups", "initial_options", "placeholder"},
    "external_select": {"min_query_length", "initial_option", "placeholder"},
    "multi_external_select": {"min_query_length", "initial_options", "placeholder"},
}


def menu(element: dict[str, Any]) -> None:
    need(1 <= element.get("max_length", 1) <= 3000, "max_length")
    need(len(element.get("initial_value", "")) <= element.get("max_length", 3000), "initial_value")
    if element["type"] in ("static_select", "multi_static_select"):
        need(("options" in element) != ("option_groups" in element), "options or option_groups")
    groups = [group["options"] for group in element.get("option_groups", [])]
    need(len(groups) <= 100, "option groups")
    listed = [element["options"]] if "options" in element else groups
    for group in element.get("option_groups", []):
        plain_text(group["label"], 75, "group label")
    for options in listed:
        check_options(options)
    chosen = [*element.get("initial_options", []), *([element["initial_option"]] if "initial_option" in element else [])]
    known = [option for options in listed for option in options]
    need(element["type"] == "external_select" or all(option in known for option in chosen), "initial option")


def check_options(options: list[dict[str, Any]]) -> None:
    need(1 <= len(options) <= 100, "options")
    need(len({option["value"] for option in options}) == len(options), "option value twice")
    for option in options:
        only(option, {"text", "value"}, {"description"}, "option")
        plain_text(option["text"], 75, "option text")
        length(option["value"], 150, "option value")
        if "description" in option:
            plain_text(option["description"], 75, "option description")


CHECKS: dict[str, Callable[[dict[str, Any]], None]] = {
    "header": header,
    "section": section,
    "context": context,
    "actions": actions,
    "divider": divider,
    "table": table,
    "data_visualization": chart,
    "input": input_block,
}


def check_view(view: Any, kind: str) -> None:
    need(isinstance(view, dict) and view.get("type") == kind, f"the view is not a {kind}")
    optional = {"callback_id", "private_metadata", "external_id"}
    if kind == "modal":
        only(view, {"type", "title", "blocks"}, optional | {"submit", "close", "notify_on_close", "clear_on_close"}, kind)
        for name in ("title", "submit", "close"):
            if name in view:
                plain_text(view[name], 24, f"modal {name}")
        has_input = any(block.get("type") == "input" for block in view["blocks"])
        need(not has_input or "submit" in view, "input without submit")
    else:
        only(view, {"type", "blocks"}, optional, kind)
    need(len(view.get("private_metadata", "")) <= 3000, "private_metadata")
    need(len(view.get("callback_id", "x")) <= 255, "callback_id")
    check_blocks(view["blocks"], kind)
