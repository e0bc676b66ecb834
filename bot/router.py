"""From an interaction to the intent that serves it, and from its errors to words a person can act on.

An intent is one module of `bot/intents` that registers itself here: `text` handlers by their words, `act`
handlers (buttons and forms that change something; run from the inbox inside one transaction), `open` handlers (forms
and details shown at once to the one who clicked), `options` (search while typing).
"""

import importlib
import logging
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import bot.intents
from bot.interaction import Conversation, Interaction
from bot.message import Form, Message, Option, text_message
from bot.optional_model import proposed
from storage.unit_of_work import Store, UnitOfWork
from workflows.asking.model_reading import ModelQuestion, ModelReader, Proposal
from workflows.errors import Invalid, NotAllowed, WorkflowError

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Reply:
    """A message to where the interaction came from, or `to` elsewhere. `private` = to the one who acted alone."""

    message: Message
    private: bool = False
    to: Conversation | None = None
    subject: str | None = None  # what the card shows, so that it is refreshed with it
    kind: str = "message"


Replies = list[Reply]
Finish = Callable[[UnitOfWork], Replies]  # writes what a handler that `reads_first` found


@dataclass(frozen=True)
class AskModel:
    """Returned by a handler that `reads_first`, for the optional model to be asked while no transaction is open: `asked`
    tells what, `then` goes on with its proposal, `otherwise` without one, which is also what None from either means."""

    asked: Callable[[UnitOfWork], ModelQuestion | None]
    then: Callable[[UnitOfWork, Proposal], Finish | None]
    otherwise: Finish


ActHandler = Callable[[UnitOfWork, Interaction], Replies | Finish]
TextHandler = Callable[[UnitOfWork, Interaction, str], Replies | Finish | AskModel]
Text = TypeVar("Text", bound=TextHandler)
Act = TypeVar("Act", bound=ActHandler)
OpenHandler = Callable[[UnitOfWork, Interaction], Form | Message]
OptionsHandler = Callable[[UnitOfWork, Interaction, str], list[Option]]


@dataclass
class Registry:
    """Filled by the modules of `bot/intents` when they are imported."""

    text: dict[str, TextHandler] = field(default_factory=dict)  # the whole text is the word
    prefix: dict[str, TextHandler] = field(default_factory=dict)  # the word, then anything
    act: dict[str, ActHandler] = field(default_factory=dict)
    open: dict[str, OpenHandler] = field(default_factory=dict)
    options: dict[str, OptionsHandler] = field(default_factory=dict)
    examples: dict[str, Callable[[], list[Message | Form]]] = field(default_factory=dict)
    otherwise: TextHandler | None = None  # any other text is tried as a question
    reads_first: set[Any] = field(default_factory=set)  # handlers that return a Finish


registry = Registry()


def on_text(*words: str, rest: bool = False) -> Callable[[Text], Text]:
    """Serve texts that are one of `words` ("" is the bare command); with `rest` also texts that begin with one, and the
    handler gets what follows. Everything else is tried as a question: "seats" is a command, "seats of Cursor?" is not."""

    def register(handler: Text) -> Text:
        registry.text.update(dict.fromkeys(words, handler))
        if rest:
            registry.prefix.update(dict.fromkeys(words, handler))
        return handler

    return register


def reads_first(handler: Any) -> Any:
    """Mark a handler that mostly reads (a question): it runs in a read unit of work and returns a `Finish`, which writes
    in the short transaction after it. So a long answer holds no lock that a click would wait for."""
    registry.reads_first.add(handler)
    return handler


def on_question(handler: Text) -> Text:
    """Serve every text that no other handler takes."""
    registry.otherwise = handler
    return handler


def on_act(intent: str) -> Callable[[Act], Act]:
    """Serve a button or form that changes something."""

    def register(handler: Act) -> Act:
        registry.act[intent] = handler
        return handler

    return register


def on_open(intent: str) -> Callable[[OpenHandler], OpenHandler]:
    """Serve a button with `opens`: it reads only, and answers within the platform's three seconds."""

    def register(handler: OpenHandler) -> OpenHandler:
        registry.open[intent] = handler
        return handler

    return register


def on_options(intent: str) -> Callable[[OptionsHandler], OptionsHandler]:
    """Serve the search fields of a form of this intent."""

    def register(handler: OptionsHandler) -> OptionsHandler:
        registry.options[intent] = handler
        return handler

    return register


def example(name: str) -> Callable[[Any], Any]:
    """Every message and form an intent can show, for the renderer contract tests."""

    def register(factory: Any) -> Any:
        registry.examples[name] = factory
        return factory

    return register


def load_intents() -> None:
    """Import every module of `bot/intents` once."""
    for module in pkgutil.iter_modules(bot.intents.__path__):
        importlib.import_module(f"bot.intents.{module.name}")


class Router:
    def __init__(self, store: Store, model: ModelReader | None = None) -> None:
        load_intents()
        self.store = store
        self._model = model

    def handle(self, uow: UnitOfWork, interaction: Interaction) -> Replies:
        """Run an interaction inside the caller's transaction. Raises WorkflowError, which the caller rolls back and
        words with `explain`."""
        _, run = self._handler(interaction)
        found = run(uow)
        if isinstance(found, AskModel):
            found = found.otherwise
        return found(uow) if callable(found) else found

    def prepare(self, interaction: Interaction) -> Finish | None:
        """The reading part of an interaction whose handler `reads_first`, done; None for all others.

        Raises WorkflowError."""
        handler, run = self._handler(interaction)
        if handler not in registry.reads_first:
            return None
        with self.store.read() as uow:
            found = run(uow)
        if isinstance(found, AskModel):
            return self._ask_model(found) or found.otherwise
        return found if callable(found) else lambda _: found

    def _ask_model(self, wanted: AskModel) -> Finish | None:
        """The log has no word of the question."""
        if self._model is None:
            return None
        with self.store.read() as uow:
            asked = wanted.asked(uow)
        if asked is None:
            return None
        proposal = proposed(self._model, asked)
        if proposal is None:
            return None
        with self.store.read() as uow:
            found = wanted.then(uow, proposal)
        log.info("the model's reading %s", "does not hold" if found is None else "is offered")
        return found

    def _handler(self, interaction: Interaction) -> tuple[Any, Callable[[UnitOfWork], Replies | Finish | AskModel]]:
        if interaction.actor.person_id is None:
            raise NotAllowed(
                "I could not match your chat account to a person in the company directory.",
                hint=f"Ask an administrator to add {interaction.actor.email or 'your e-mail'} to the people import.",
            )
        if interaction.kind == "text":
            for_text, rest = self._text_handler(interaction.text)
            return for_text, lambda uow: for_text(uow, interaction, rest)
        for_act = registry.act.get(interaction.intent or "")
        if for_act is None:
            raise WorkflowError("This button is from an older version of Bursar.", hint="Say `help` to start again.")
        return for_act, lambda uow: for_act(uow, interaction)

    def open(self, interaction: Interaction) -> Form | Message:
        """What a button with `opens` shows. Never raises a WorkflowError: it becomes the message shown."""
        handler = registry.open.get(interaction.intent or "")
        try:
            if handler is None:
                raise WorkflowError("This button is from an older version of Bursar.", hint="Say `help` to start again.")
            if interaction.actor.person_id is None:
                raise NotAllowed("I could not match your chat account to a person in the company directory.")
            with self.store.read() as uow:
                return handler(uow, interaction)
        except WorkflowError as error:
            return explain(error)

    def check_form(self, interaction: Interaction) -> dict[str, str]:
        """Errors by field name of a submitted form, found by running it and rolling back; empty when it would pass.

        Other refusals are told after the form has closed, by the inbox."""
        try:
            finish = self.prepare(interaction)
            with self.store.rehearse() as uow:
                finish(uow) if finish else self.handle(uow, interaction)
        except Invalid as error:
            return error.fields
        except WorkflowError:
            return {}
        return {}

    def options(self, interaction: Interaction, typed: str) -> list[Option]:
        """Choices for a search field, at most 100."""
        handler = registry.options.get(interaction.intent or "")
        if handler is None or interaction.actor.person_id is None:
            return []
        with self.store.read() as uow:
            return handler(uow, interaction, typed)[:100]

    def _text_handler(self, text: str) -> tuple[TextHandler, str]:
        words = " ".join(text.split())
        lowered = words.lower()
        exact = registry.text.get(lowered.rstrip("!?. ")) or registry.text.get(lowered)
        if exact is not None:
            return exact, ""
        for prefix in sorted(registry.prefix, key=len, reverse=True):
            if lowered.startswith(prefix + " "):
                return registry.prefix[prefix], words[len(prefix) :].strip()
        if registry.otherwise is None:
            raise WorkflowError("I did not understand that.", hint="Say `help` to see what I can do.")
        return registry.otherwise, words


def explain(error: WorkflowError) -> Message:
    """A refusal as a message: what happened, then what to do."""
    text = f"{error.message} {error.hint}".strip()
    return text_message(text)
