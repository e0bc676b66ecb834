"""How fast Bursar speaks: never more than a platform's windows allow, and no slower than they make it."""

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.interaction import Conversation
from bot.pace import LIMITS, Limits, Pace, Window


def place(number: int) -> Conversation:
    return Conversation(channel="teams", workspace="t", id=f"c{number}")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.floats(0, 5)), min_size=1, max_size=150))
def test_no_window_is_ever_exceeded(asked: list[tuple[int, float]]) -> None:
    pace, now, sent = Pace(LIMITS), 0.0, []
    for number, wait in asked:
        now += wait / 20
        at = pace.book(place(number), now, LIMITS["teams"])
        assert at >= now
        sent.append((at, number))
    for windows, streams in (
        (LIMITS["teams"].workspace, [[at for at, _ in sent]]),
        (LIMITS["teams"].conversation, [[at for at, one in sent if one == number] for number in range(4)]),
    ):
        for stream in map(sorted, streams):
            for window in windows:
                pairs = zip(stream, stream[window.messages :], strict=False)
                assert all(late - early >= window.seconds - 1e-9 for early, late in pairs)


def test_a_burst_goes_at_once_and_only_the_rest_waits() -> None:
    pace = Pace(LIMITS)
    booked = [pace.book(place(1), 10.0, LIMITS["teams"]) for _ in range(9)]
    assert booked[:7] == [10.0] * 7
    assert booked[7] == 11.0 and booked[8] == 12.0
    assert pace.book(place(2), 10.0, LIMITS["teams"]) >= 10.0


def test_one_a_second_in_slack_and_no_wait_without_limits() -> None:
    limits = Limits(conversation=(Window(1, 1.0),))
    pace = Pace({"slack": limits})
    assert [pace.book(place(1), 0.0, limits) for _ in range(3)] == [0.0, 1.0, 2.0]
