"""The model of BURSAR_LLM_MODEL, if one is set, and asking it: whatever goes wrong is as if there were none."""

import logging
from typing import TYPE_CHECKING

from workflows.asking.model_reading import ModelQuestion, ModelReader, Proposal

if TYPE_CHECKING:
    from bot.settings import ModelSettings

log = logging.getLogger(__name__)


class NoModel(Exception):
    """One is set, but it cannot be asked; the text says what to do."""


def model_reader(settings: "ModelSettings") -> ModelReader | None:
    """None without a setting. Raises NoModel."""
    if settings.llm_model is None:
        return None
    try:
        from bot.model_reader import AgentReader, CannotAsk
    except ImportError as error:
        raise NoModel("BURSAR_LLM_MODEL is set, but the extra is missing: pip install 'bursar[llm]'") from error
    try:
        return AgentReader(settings.llm_model, settings.llm_timeout_seconds)
    except CannotAsk as error:
        raise NoModel(f"BURSAR_LLM_MODEL: {error}") from error


def proposed(model: ModelReader, asked: ModelQuestion) -> Proposal | None:
    """None when the model gave nothing. The log has no word of the question."""
    try:
        return model(asked)
    except Exception as error:  # whatever a provider's client raises
        log.warning("the model gave no reading: %s", type(error).__name__)
        return None
