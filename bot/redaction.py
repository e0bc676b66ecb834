"""Keeps secrets out of the log: the configured ones and everything shaped like one."""

import logging
import re

from pydantic import SecretStr

from bot.settings import Settings

SHAPES = re.compile(
    r"xox[a-z]-[\w-]{8,}|xapp-[\w-]{8,}|xoxe[.\w-]{8,}|sk-(?:ant-)?[\w-]{16,}|gh[pousr]_\w{20,}|AKIA[0-9A-Z]{16}"
    r"|eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*|(?i:bearer)\s+[\w.~+/-]{8,}=*|https://hooks\.slack\.com/\S+|(?<=://)[^/\s:@]+:[^@\s]+(?=@)"
)


class Redaction(logging.Filter):
    """Rewrites a record's finished text, its arguments and its traceback."""

    def __init__(self, secrets: list[str]) -> None:
        super().__init__()
        self._secrets = [secret for secret in secrets if len(secret) >= 6]

    def clean(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "[secret]")
        return SHAPES.sub("[secret]", text)

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = self.clean(record.getMessage()), None
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = self.clean(record.exc_text)
        return True


def install_redaction(settings: Settings) -> None:
    """On every handler of the root logger."""
    values = [getattr(settings, name) for name in Settings.model_fields]
    redaction = Redaction([value.get_secret_value() for value in values if isinstance(value, SecretStr)])
    for handler in logging.getLogger().handlers:
        handler.addFilter(redaction)
