"""What this process has seen and sent since it began, for /metrics. Labels have few values each: never a person, a
conversation or a text."""

from prometheus_client import CollectorRegistry, Counter

LIVE = CollectorRegistry()
KINDS = {
    "message", "invoke", "conversationUpdate", "installationUpdate",  # of Teams
    "event_callback", "block_actions", "block_suggestion", "view_submission", "command",  # of Slack
}  # fmt: skip

RECEIVED = Counter(
    "bursar_activities_received", "Requests of chat platforms by kind and outcome", ["channel", "kind", "outcome"],
    registry=LIVE,
)  # fmt: skip
REJECTED = Counter(
    "bursar_tokens_rejected", "Callers that are not who they should be, by reason", ["channel", "reason"], registry=LIVE
)
CALLS = Counter(
    "bursar_platform_calls", "Calls to chat platforms by HTTP status, or unreachable, no_answer", ["channel", "status"],
    registry=LIVE,
)  # fmt: skip
ASKED_TO_WAIT = Counter("bursar_throttle_seconds", "Seconds of waiting that platforms asked for", ["channel"], registry=LIVE)
HELD_BACK = Counter(
    "bursar_pace_wait_seconds", "Seconds that messages waited to keep a platform's limits", ["channel"], registry=LIVE
)


def received(channel: str, kind: object, outcome: str) -> None:
    """`outcome`: handled, refused (not a trusted caller), invalid (not readable), failed (to be delivered again)."""
    RECEIVED.labels(channel, kind if kind in KINDS else "other", outcome).inc()


def called(channel: str, status: int | str, retry_after: float | None = None) -> None:
    """A call's HTTP status, and the wait in seconds when it was refused for now."""
    CALLS.labels(channel, str(status)).inc()
    if retry_after is not None:
        ASKED_TO_WAIT.labels(channel).inc(retry_after)
