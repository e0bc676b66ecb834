"""Refuses cards, dialogs and activities that Teams would refuse or draw wrongly, and a little more; written from
Microsoft's pages (Adaptive Cards 1.5, cards in Teams, universal actions, typeahead search, dialogs), not from Bursar's
table."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

CARD = "application/vnd.microsoft.card.adaptive"
CONSENT = "application/vnd.microsoft.teams.card.file.consent"
INFO = "application/vnd.microsoft.teams.card.file.info"
ELEMENT = {"id", "isVisible", "separator", "height", "spacing", "targetWidth", "fallback"}
SPACINGS = {"None", "ExtraSmall", "Small", "Default", "Medium", "Large", "ExtraLarge", "Padding"}
MENTION = re.compile(r"<at>[^<>]+</at>")
LINK = re.compile(r"(?<!\\)\[(?:\\.|[^\[\]\\])+\]\(https?://[^\s()<>]+\)")
MRI = re.compile(r"(29:|8:orgid:)\S+")


class Refused(Exception):
    """Why Teams would not take it."""


def need(condition: object, reason: str) -> None:
    if not condition:
        raise Refused(reason)


def only(thing: Any, required: set[str], optional: set[str], name: str) -> None:
    need(isinstance(thing, dict), f"{name} is not an object")
    need(required <= thing.keys(), f"{name} lacks {required - thing.keys()}")
    need(thing.keys() <= required | optional, f"{name} has unknown {thing.keys() - required - optional}")


def words(text: Any, limit: int, name: str) -> None:
    need(isinstance(text, str) and text.strip(), f"{name} is empty")
    need(len(text) <= limit, f"{name} has {len(text)} characters of {limit}")


def among(thing: dict[str, Any], key: str, allowed: set[Any], name: str) -> None:
    need(key not in thing or thing[key] in allowed, f"{name} {key} {thing.get(key)!r}")


def number(value: Any, name: str) -> None:
    need(
        isinstance(value, int | float) and not isinstance(value, bool) and value == value, f"{name} is no number: {value!r}"
    )


def check_activity(activity: Any) -> None:
    """What is posted to the Bot Connector, without addressing."""
    only(activity, {"type"}, {"text", "textFormat", "summary", "attachments"}, "activity")
    need(activity["type"] == "message", "not a message")
    need(("text" in activity) != ("attachments" in activity), "text or a card")
    if "text" in activity:
        words(activity["text"], 28_000, "text")
        need(activity.get("textFormat") == "plain", "a text of people must be plain")
    else:
        words(activity.get("summary"), 2000, "summary")
        need(len(activity["attachments"]) == 1, "one card a message")
        [attachment] = activity["attachments"]
        FILES.get(attachment.get("contentType"), lambda one: check_card(attached(one)))(attachment)
    need(len(json.dumps(activity)) <= 28 * 1024, f"the message has {len(json.dumps(activity))} bytes")


def attached(attachment: Any) -> Any:
    only(attachment, {"contentType", "content"}, set(), "attachment")
    need(attachment["contentType"] == CARD, "content type")
    return attachment["content"]


def file_name(name: Any) -> None:
    words(name, 250, "file name")
    need(not re.search(r"[\"*:<>?/\\|\0-\x1f]", name), f"OneDrive takes no file called {name!r}")


def file_consent(attachment: Any) -> None:
    only(attachment, {"contentType", "name", "content"}, set(), "consent")
    file_name(attachment["name"])
    content = attachment["content"]
    only(content, {"description", "sizeInBytes", "acceptContext", "declineContext"}, set(), "consent")
    words(content["description"], 400, "description")
    need(isinstance(content["sizeInBytes"], int) and content["sizeInBytes"] > 0, "size of the file")
    need(all(isinstance(content[name], dict) for name in ("acceptContext", "declineContext")), "context")


def file_info(attachment: Any) -> None:
    only(attachment, {"contentType", "contentUrl", "name", "content"}, set(), "file info")
    file_name(attachment["name"])
    need(re.fullmatch(r"https?://\S+", str(attachment["contentUrl"])), "contentUrl")
    only(attachment["content"], {"uniqueId", "fileType"}, set(), "file info")
    for name in ("uniqueId", "fileType"):
        words(attachment["content"][name], 100, name)


FILES = {CONSENT: file_consent, INFO: file_info}


def check_task(task: Any) -> None:
    """A dialog's task info."""
    only(task, {"title", "card", "height", "width"}, set(), "task")
    words(task["title"], 64, "dialog title")
    for side in ("height", "width"):
        among(task, side, {"small", "medium", "large"}, "dialog")
    check_card(attached(task["card"]), "dialog")


def check_search(answer: Any) -> None:
    """What the invoke application/search is answered with."""
    only(answer, {"type", "value"}, set(), "search answer")
    need(answer["type"] == "application/vnd.microsoft.search.searchResponse", "search answer type")
    only(answer["value"], {"results"}, set(), "search value")
    need(len(answer["value"]["results"]) <= 15, "more than 15 results")
    choices(answer["value"]["results"])


def check_card(card: Any, surface: str = "message") -> None:
    """`surface`: message, dialog (submits only, no refresh) or extension (a card a person sends from the compose box;
    its preview must be a hero or thumbnail card, never this)."""
    optional = {"$schema", "fallbackText", "speak", "refresh", "msteams", "actions"}
    only(card, {"type", "version", "body"}, optional, "card")
    need(card["type"] == "AdaptiveCard" and card["version"] == "1.5", "type and version")
    need(len(json.dumps(card)) <= 28 * 1024, f"the card has {len(json.dumps(card))} bytes")
    for key in ("fallbackText", "speak"):
        words(card.get(key), 2000, key)
    need(card["body"], "an empty card")
    elements(card["body"])
    check_actions(card.get("actions", []))
    if "refresh" in card:
        refresh(card["refresh"])
    if "msteams" in card:
        msteams(card["msteams"])
    mentions(card)
    of_surface(card, surface)
    ids = [one["id"] for one in walk(card) if str(one.get("type", "")).startswith("Input.")]
    need(len(ids) == len(set(ids)), "an input id twice")


def of_surface(card: dict[str, Any], surface: str) -> None:
    acts = [one for one in walk({key: value for key, value in card.items() if key != "refresh"}) if is_action(one)]
    fetches = [act for act in acts if "msteams" in act.get("data", {})]
    if surface != "message":
        need("refresh" not in card, f"refresh in a {surface}")
        need(not any(act["type"] == "Action.Execute" for act in acts), f"Action.Execute in a {surface}")
        need(not fetches, f"task/fetch in a {surface}")
    else:
        submits = [act for act in acts if act["type"] == "Action.Submit"]
        need(all(act in fetches for act in submits), "a submit that opens no dialog: use Action.Execute")


def walk(thing: Any) -> Iterator[dict[str, Any]]:
    """Every object in a card, but not the data of its actions."""
    if isinstance(thing, dict):
        yield thing
        for key, value in thing.items():
            if key != "data" or str(thing.get("type", "")).startswith("Chart."):
                yield from walk(value)
    elif isinstance(thing, list):
        for one in thing:
            yield from walk(one)


def is_action(thing: dict[str, Any]) -> bool:
    return str(thing.get("type", "")).startswith("Action.")


def refresh(thing: Any) -> None:
    only(thing, {"action", "userIds"}, set(), "refresh")
    need(thing["action"].get("type") == "Action.Execute", "refresh must execute")
    check_action(thing["action"], nested=True)
    users = thing["userIds"]
    need(1 <= len(users) <= 60 and len(set(users)) == len(users), f"{len(users)} users to refresh for")
    need(all(MRI.fullmatch(user) for user in users), "users to refresh for are named by their 29: or 8:orgid: id")


def msteams(thing: Any) -> None:
    only(thing, set(), {"width", "entities"}, "msteams")
    among(thing, "width", {"full"}, "msteams")
    for entity in thing.get("entities", []):
        only(entity, {"type", "text", "mentioned"}, set(), "entity")
        need(entity["type"] == "mention" and MENTION.fullmatch(entity["text"]), "mention text")
        only(entity["mentioned"], {"id", "name"}, set(), "mentioned")
        words(entity["mentioned"]["id"], 200, "mentioned id")
        words(entity["mentioned"]["name"], 200, "mentioned name")


def mentions(card: dict[str, Any]) -> None:
    """Every tag means one person, and every person is in the text."""
    tags = [entity["text"] for entity in card.get("msteams", {}).get("entities", [])]
    need(len(tags) == len(set(tags)), "two people behind one mention")
    need(set(tags) == set(MENTION.findall(json.dumps(card["body"], ensure_ascii=False))), "mentions and entities differ")


def elements(items: Any) -> None:
    need(isinstance(items, list), "elements are no list")
    widths = [item["targetWidth"] for item in items if isinstance(item, dict) and "targetWidth" in item]
    need(widths.count("atLeast:Standard") == widths.count("atMost:Narrow") == len(widths) / 2, "shown at some widths only")
    for item in items:
        need(isinstance(item, dict) and item.get("type") in ELEMENTS, f"element {item!r:.80}")
        among(item, "spacing", SPACINGS, item["type"])
        among(item, "separator", {True, False}, item["type"])
        need("fallback" not in item or item["type"] in FALLIBLE, f"{item['type']} needs no fallback")
        ELEMENTS[item["type"]](item)


def text_block(item: dict[str, Any]) -> None:
    optional = ELEMENT | {"size", "weight", "color", "isSubtle", "fontType", "horizontalAlignment", "style", "maxLines"}
    only(item, {"type", "text", "wrap"}, optional - {"fallback"}, "TextBlock")
    need(item["wrap"] is True, "text that does not wrap is cut on a phone")
    markdown(item["text"])
    among(item, "size", {"Small", "Default", "Medium", "Large", "ExtraLarge"}, "TextBlock")
    among(item, "weight", {"Lighter", "Default", "Bolder"}, "TextBlock")
    among(item, "color", {"Default", "Dark", "Light", "Accent", "Good", "Warning", "Attention"}, "TextBlock")
    among(item, "style", {"default", "heading"}, "TextBlock")
    among(item, "horizontalAlignment", {"Left", "Center", "Right"}, "TextBlock")


def markdown(text: Any) -> None:
    """Only what Bursar may write: bold, italic, links, mentions; nothing Teams cannot draw."""
    words(text, 28_000, "text")
    rest = LINK.sub("", MENTION.sub("", text))
    need(not re.search(r"<[/a-zA-Z!?]", rest), f"a tag: {text!r:.80}")
    need(not re.search(r"(?<!\\)\[", rest), f"a link that is none: {text!r:.80}")
    need("`" not in rest, "code is not drawn")
    need(not re.search(r"^\s*(#|>|[-+] |\d+[.)]\s|---|===)", rest, re.MULTILINE), f"a heading, list or quote: {text!r:.80}")
    need("://" not in rest, f"a bare address: {text!r:.80}")
    need(not re.search(r"[^\n]\n[^\n]", text), "single line ends are joined by Teams")


def fact_set(item: dict[str, Any]) -> None:
    only(item, {"type", "facts"}, ELEMENT - {"fallback"}, "FactSet")
    need(item["facts"], "no facts")
    for fact in item["facts"]:
        only(fact, {"title", "value"}, set(), "fact")
        markdown(fact["title"])
        markdown(fact["value"])


def container(item: dict[str, Any]) -> None:
    only(item, {"type", "items"}, ELEMENT | {"style"}, "Container")
    need(item["items"], "an empty container")
    elements(item["items"])


def action_set(item: dict[str, Any]) -> None:
    only(item, {"type", "actions"}, ELEMENT | {"horizontalAlignment"}, "ActionSet")
    need(item["actions"], "no actions")
    check_actions(item["actions"])


def table(item: dict[str, Any]) -> None:
    look = {"firstRowAsHeaders", "showGridLines", "gridStyle", "horizontalCellContentAlignment"}
    only(item, {"type", "columns", "rows", "fallback"}, ELEMENT | look, "Table")
    for column in item["columns"]:
        only(column, {"width"}, {"horizontalCellContentAlignment", "verticalCellContentAlignment"}, "column")
        number(column["width"], "column width")
        among(column, "horizontalCellContentAlignment", {"Left", "Center", "Right"}, "column")
    need(len(item["rows"]) >= 1, "a table without rows")
    for row in item["rows"]:
        only(row, {"type", "cells"}, {"style"}, "row")
        need(row["type"] == "TableRow" and len(row["cells"]) == len(item["columns"]), "cells of a row")
        for cell in row["cells"]:
            only(cell, {"type", "items"}, {"style", "verticalContentAlignment"}, "cell")
            need(cell["type"] == "TableCell" and cell["items"], "an empty cell")
            elements(cell["items"])
    fallback(item)


def fallback(item: dict[str, Any]) -> None:
    """What old clients show instead, out of what they know; nothing only for what they show beside it, unasked."""
    if item["fallback"] == "drop":
        need(item.get("targetWidth", "").startswith("atLeast:"), "dropped, and nothing in its place")
        return
    elements([item["fallback"]])
    need(not any(one.get("type") in FALLIBLE for one in walk(item["fallback"])), "the fallback may need a fallback")


def chart(item: dict[str, Any]) -> None:
    kind = item["type"]
    axes = set() if kind == "Chart.Pie" else {"xAxisTitle", "yAxisTitle", "yMin", "yMax", "color"}
    only(item, {"type", "data", "fallback"}, ELEMENT | {"title", "showTitle", "colorSet", "showLegend"} | axes, kind)
    need(item["data"], "a chart without data")
    for datum in item["data"]:
        if kind in ("Chart.Line", "Chart.VerticalBar.Grouped"):
            only(datum, {"legend", "values"}, {"color"}, "series")
            words(datum["legend"], 200, "legend")
            points(datum["values"], {"x", "y"}, "x", "y")
        else:
            points([datum], {"legend", "value"} if kind == "Chart.Pie" else {"x", "y"}, *POINT[kind == "Chart.Pie"])
    fallback(item)


POINT = {True: ("legend", "value"), False: ("x", "y")}


def points(data: Any, keys: set[str], label: str, value: str) -> None:
    need(data, "a series without points")
    for point in data:
        only(point, keys, {"color"}, "point")
        words(point[label], 400, "point label")
        number(point[value], "point value")


def labelled(item: dict[str, Any], optional: set[str]) -> None:
    only(
        item,
        {"type", "id", "label", "isRequired"},
        optional | ELEMENT | {"errorMessage", "value", "placeholder"},
        item["type"],
    )
    words(item["id"], 200, "input id")
    words(item["label"], 300, "label")
    need(isinstance(item["isRequired"], bool), "isRequired")
    need(not item["isRequired"] or item.get("errorMessage", "").strip(), "a required input without a message")


def text_input(item: dict[str, Any]) -> None:
    labelled(item, {"isMultiline", "maxLength", "regex", "style"})
    need(item.get("maxLength", 1) > 0, "maxLength")
    need(len(item.get("value", "")) <= item.get("maxLength", 28_000), "value longer than allowed")


def number_input(item: dict[str, Any]) -> None:
    labelled(item, {"min", "max"})
    for key in {"value", "min", "max"} & item.keys():
        number(item[key], key)


def date_input(item: dict[str, Any]) -> None:
    labelled(item, {"min", "max"})
    for key in {"value", "min", "max"} & item.keys():
        need(re.fullmatch(r"\d{4}-\d\d-\d\d", item[key]), f"{key} is no date")


def choice_set(item: dict[str, Any]) -> None:
    labelled(item, {"choices", "choices.data", "style", "isMultiSelect", "wrap"})
    among(item, "style", {"compact", "expanded", "filtered"}, "ChoiceSet")
    need(item["choices"] or "choices.data" in item, "nothing to choose")
    choices(item["choices"])
    known = {choice["value"] for choice in item["choices"]}
    chosen = item.get("value", "").split(",") if item.get("isMultiSelect") else [item.get("value", "")]
    need(all(value in known for value in chosen if value), "what is chosen is no choice")
    need(not item.get("isMultiSelect") or not any("," in value for value in known), "a comma in a multiple choice")
    if "choices.data" in item:
        only(item["choices.data"], {"type", "dataset"}, {"associatedInputs"}, "Data.Query")
        need(item["choices.data"]["type"] == "Data.Query", "choices.data")
        words(item["choices.data"]["dataset"], 200, "dataset")
        need(item.get("style") == "filtered", "typing needs style filtered")


def choices(listed: Any) -> None:
    values = [choice["value"] for choice in listed]
    need(len(values) == len(set(values)), "a choice twice")
    for choice in listed:
        only(choice, {"title", "value"}, set(), "choice")
        words(choice["title"], 300, "choice")
        words(choice["value"], 1000, "choice value")


def check_actions(actions: list[dict[str, Any]], *, nested: bool = False) -> None:
    need(len(actions) <= 6, f"{len(actions)} actions: Teams shows six")
    for action in actions:
        check_action(action, nested=nested)


def check_action(action: Any, *, nested: bool) -> None:
    """`nested`: within a card that another action shows; there none may show yet another."""
    need(isinstance(action, dict) and action.get("type") in ACTIONS, f"action {action!r:.80}")
    required, optional = ACTIONS[action["type"]]
    only(action, {"type", "title"} | required, optional | {"style", "id", "tooltip"}, action["type"])
    words(action["title"], 60, "button")
    among(action, "style", {"default", "positive", "destructive"}, "button")
    if action["type"] == "Action.ShowCard":
        need(not nested, "a card shown within a shown card")
        only(action["card"], {"type", "body"}, {"version", "actions"}, "shown card")
        need(action["card"]["type"] == "AdaptiveCard" and action["card"]["body"], "shown card")
        elements(action["card"]["body"])
        inner = [one for one in walk(action["card"]) if one.get("type") == "Action.ShowCard"]
        need(not inner, "a card shown within a shown card")
    elif action["type"] == "Action.OpenUrl":
        need(re.fullmatch(r"https?://\S+", action["url"]), "url")
    else:
        need(isinstance(action["data"], dict), "data must be an object, or inputs are not sent")
        need(len(json.dumps(action["data"])) <= 4096, "data")
        need(action["data"].get("msteams", {"type": "task/fetch"}) == {"type": "task/fetch"}, "msteams data")


ACTIONS: dict[str, tuple[set[str], set[str]]] = {
    "Action.Execute": ({"verb", "data"}, {"associatedInputs", "fallback"}),
    "Action.Submit": ({"data"}, {"associatedInputs"}),
    "Action.OpenUrl": ({"url"}, set()),
    "Action.ShowCard": ({"card"}, set()),
}
CHARTS = ("VerticalBar", "VerticalBar.Grouped", "HorizontalBar", "Line", "Pie")
FALLIBLE = {"Table", *(f"Chart.{name}" for name in CHARTS)}
ELEMENTS: dict[str, Callable[[dict[str, Any]], None]] = {
    "TextBlock": text_block,
    "FactSet": fact_set,
    "Container": container,
    "ActionSet": action_set,
    "Table": table,
    "Input.Text": text_input,
    "Input.Number": number_input,
    "Input.Date": date_input,
    "Input.ChoiceSet": choice_set,
    **{f"Chart.{name}": chart for name in CHARTS},
}
