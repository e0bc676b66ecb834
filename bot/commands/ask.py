"""`bursar ask`: one question, or a file of them, with rights and delivery as in a chat."""

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlmodel import Session

from bot.commands.ask_files import add_file_options, write_files
from bot.commands.common import Refused, add_common, open_store, print_json
from storage.directory import person_id_of
from storage.org import load_org, today
from storage.unit_of_work import Store, UnitOfWork
from workflows.asking.answer import answer
from workflows.asking.answer_object import Answer
from workflows.asking.delivery import ChannelContext
from workflows.asking.model_answer import answer_proposed, ask_of_model
from workflows.asking.model_reading import ModelReader

KINDS = ("dm", "public", "private")
OUTSIDE = ("external_shared",)  # a channel shared with another company counts as public


def configure(parser: argparse.ArgumentParser) -> None:
    add_common(parser)
    parser.add_argument("question", nargs="?", metavar="QUESTION", help="in plain words")
    parser.add_argument("--as", dest="asker", metavar="EMAIL", help="who asks")
    parser.add_argument("--channel", default="dm", metavar="PLACE",
                        help="dm, public (not opened), private (finance only), or a channel of org.yaml")  # fmt: skip
    parser.add_argument("--members", metavar="EMAIL,…", help="who else is in the channel")
    parser.add_argument("--context", metavar="QUESTION", help="the previous question of the thread")
    parser.add_argument(
        "--batch", metavar="FILE.jsonl", help="lines {id, text, as, channel?, members?, context?}; - = stdin"
    )
    parser.add_argument(
        "--verify", metavar="FILE", help="JSON lines or YAML {id?, text, as, …, now?, expect}: exit 1 when an answer differs"
    )
    add_file_options(parser)
    parser.add_argument("--record", action="store_true", help="with --verify: write today's answers where none is expected")


def run(options: argparse.Namespace) -> int:
    """0 whenever there is an answer object, a refusal or a question back included; `--verify` tells by its own."""
    if sum(given is not None for given in (options.question, options.batch, options.verify)) > 1:
        raise Refused("give a question, --batch or --verify, one of them")
    if options.record and options.verify is None:
        raise Refused("--record belongs to --verify FILE")
    if options.verify is not None:
        from bot.commands.verify_questions import verify

        return verify(open_store(options), options.verify, options.record, options.json)
    if options.batch is not None:
        return _batch(open_store(options), options.batch)
    if options.question is None:
        raise Refused('what do you want to know? Write: bursar ask "what did we spend last month" --as you@company.example')
    if not options.asker:
        raise Refused("--as EMAIL is missing: rights depend on who asks")
    store = open_store(options)
    asked = Question(options.question, options.asker, options.channel, options.members, options.context)
    found = answer_of(store, asked)
    write_files(store, options, found)
    if options.json:
        print_json(found.printed())
    else:
        _print_for_people(found)
    return 0


def _print_for_people(found: Answer) -> None:
    print(found.text)
    for number, label in enumerate(found.choices, 1):
        print(f"  {number}. {label}")


@dataclass(frozen=True)
class Question:
    """As the options or a line of a batch give it."""

    text: str
    asker: str
    channel: str | None = None
    members: Any = None
    context: str | None = None


def answer_of(store: Store, asked: Question) -> Answer:
    """As in a chat: what the parser cannot read, the optional model may be asked while no transaction is open. Raises
    Refused."""
    with store.read() as uow:
        found = ask_one(uow, asked.text, asked.asker, asked.channel, asked.members, asked.context)
    model = _model() if found.unread is not None else None
    if model is None:
        return found
    with store.read() as uow:
        person_id, place = _who_and_where(uow, asked.asker, asked.channel, asked.members)
        told = ask_of_model(uow, asked.text, person_id, asked.context or None)
    from bot.optional_model import proposed

    proposal = proposed(model, told) if told is not None else None
    if proposal is None:
        return found
    with store.read() as uow:
        return answer_proposed(uow, asked.text, person_id, place, asked.context or None, proposal) or found


@cache
def _model() -> ModelReader | None:
    from bot.optional_model import NoModel, model_reader
    from bot.settings import ModelSettings

    try:
        return model_reader(ModelSettings())
    except NoModel as error:
        raise Refused(str(error)) from error


def ask_one(uow: UnitOfWork, question: str, asker: str, channel: str | None, members: Any, context: str | None) -> Answer:
    """The parser's answer. Raises Refused for an asker that the directory does not know or a place that is none."""
    person_id, place = _who_and_where(uow, asker, channel, members)
    return answer(uow, question, person_id, place, context or None)


def _who_and_where(uow: UnitOfWork, asker: str, channel: str | None, members: Any) -> tuple[int, ChannelContext]:
    org = load_org(uow.session)
    person_id = person_id_of(uow.session, asker, today(org, uow.now))
    if person_id is None:
        raise Refused(f"{asker} is not in the company directory; import a people file or check the address")
    return person_id, channel_context(uow.session, channel or "dm", members)


def channel_context(session: Session, place: str, members: Any) -> ChannelContext:
    """`private` alone is a channel of finance people only; `members` may be a list or separated by commas."""
    names = members.split(",") if isinstance(members, str) else members
    people = tuple(name.strip().lower() for name in names if name.strip()) if names is not None else None
    if place in OUTSIDE:
        return ChannelContext("public")
    if place in KINDS:
        return ChannelContext(kind=place, members=people, all_finance=place == "private")  # type: ignore[arg-type]
    if place.lstrip("#") not in load_org(session).channels:
        raise Refused(f"{place!r} is neither dm, public, private nor a channel that org.yaml names")
    return ChannelContext(kind="public", channel_id=place.lstrip("#"), members=people)


def _batch(store: Store, path: str) -> int:
    """One answer object a line, in order; a line that cannot be read gives an error object and the rest goes on."""
    for line in _lines(path):
        print(json.dumps(_batch_line(store, line), ensure_ascii=False), flush=True)
    return 0


def _lines(path: str) -> Iterator[str]:
    try:
        if path == "-":
            yield from (line for line in sys.stdin if line.strip())
            return
        with open(path, encoding="utf-8-sig") as file:
            yield from (line for line in file if line.strip())
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(f"cannot read {path}: {error}") from error


def _batch_line(store: Store, line: str) -> dict[str, Any]:
    try:
        asked = json.loads(line)
    except ValueError as error:
        return _error(None, "", f"this line is not JSON: {error}")
    if not isinstance(asked, dict):
        return _error(None, "", "this line is not a JSON object {id, text, as}")
    number = None if asked.get("id") is None else str(asked["id"])
    question, asker = asked.get("text"), asked.get("as")
    if not isinstance(question, str) or not isinstance(asker, str) or not asker:
        return _error(number, question if isinstance(question, str) else "", "a line needs `text` and `as` (an e-mail)")
    wanted = Question(question, asker, asked.get("channel"), asked.get("members"), asked.get("context"))
    try:
        found = answer_of(store, wanted)
    except Refused as error:
        return _error(number, question, str(error))
    return found.model_copy(update={"id": number}).printed()


def _error(number: str | None, question: str, text: str) -> dict[str, Any]:
    return {"id": number, "status": "error", "question": question, "text": text}
