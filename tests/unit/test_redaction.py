"""Secrets do not reach a log, however they get there."""

import io
import logging

import pytest
from pydantic import SecretStr

from bot.redaction import Redaction
from bot.settings import Settings

SECRETS = [
    "xoxb-123456789012-abcdefGHIJKL", "xapp-1-A0123-4567-abcdef", "sk-ant-" + "api03" * 5, "sk-proj1234567890abcdef",
    "ghp_abcdefghijklmnopqrstuvwxyz0123", "AKIAABCDEFGHIJKLMNOP", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc-DEF_1",
    "Bearer abcdefghijklmnop", "https://hooks.slack.com/services/T0/B0/xyz",
]  # fmt: skip


def logged(write: object) -> str:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(Redaction(["my signing secret"]))
    log = logging.getLogger("redaction-test")
    log.propagate = False
    log.handlers = [handler]
    log.setLevel(logging.DEBUG)
    write(log)  # type: ignore[operator]
    return stream.getvalue()


@pytest.mark.parametrize("secret", SECRETS)
def test_shapes_of_secrets_are_taken_out(secret: str) -> None:
    assert secret not in logged(lambda log: log.info("token %s failed", secret))
    assert secret not in logged(lambda log: log.warning(f"{{'token': '{secret}'}}"))


def test_a_traceback_and_a_configured_secret_too() -> None:
    def fail(log: logging.Logger) -> None:
        try:
            raise RuntimeError("postgresql://bursar:hunter22@db/x refused my signing secret")
        except RuntimeError:
            log.exception("failed")

    text = logged(fail)
    assert "hunter22" not in text
    assert "my signing secret" not in text
    assert "RuntimeError" in text


def test_settings_do_not_show_secrets() -> None:
    settings = Settings(database_url="sqlite://", slack_bot_token=SecretStr("xoxb-very-secret-token"))
    assert "very-secret" not in repr(settings)
