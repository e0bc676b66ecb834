"""A question's meaning while it is being read, and how it becomes a plan."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from storage.spend_query import ContractsBy, Filter, Grain, Having
from workflows.asking.chart import Chart, Item
from workflows.asking.parsed import AskerFacts, Scope, Slot
from workflows.asking.period_types import Direction, PeriodContext, Reading
from workflows.asking.vocabulary import Vocabulary

DIRECTIONS: dict[str, Direction] = {
    **dict.fromkeys(["seats_purchased", "seats_assigned", "seats_active", "seats_idle", "seats_pending", "seats_untracked",
                     "utilisation", "idle_seat_cost", "tools_held", "headcount", "tools", "pending_approvals"], "stock"),
    **dict.fromkeys(["budget", "budget_remaining", "budget_used", "budget_left_share"], "plan"),
    "renewals": "event",
}  # fmt: skip
SEAT_METRICS = frozenset(
    ["seats_purchased", "seats_assigned", "seats_active", "seats_idle", "seats_pending", "seats_untracked"]
)


def direction(metrics: tuple[str, ...] | list[str]) -> Direction:
    """Back for actuals, as of a day for stocks, ahead for plans and renewals; unknown looks back. Stocks beside an actual
    are those of its period's last day."""
    kinds = {DIRECTIONS.get(metric, "flow") for metric in metrics}
    if kinds == {"stock", "flow"} or not kinds:
        return "flow"
    return DIRECTIONS.get(metrics[0], "flow")


_JOINING = ("and the", "and for", "and in", "and on", "and with")
_EVERY = ("all", "everybody", "everyone", "everything", "anyone", "anybody", "anything", "any")


class Unclear(Exception):
    """The reading stops: a question back. With a `key`, reading again with `Draft.answers[key] = n` takes option n."""

    def __init__(self, slot: Slot, question: str, words: str = "", key: str = "", labels: tuple[str, ...] = ()) -> None:
        super().__init__(question)
        self.slot, self.question, self.words, self.key, self.labels = slot, question, words, key, labels


@dataclass(frozen=True)
class Option:
    """A way out of an unclear place; `apply` edits the draft."""

    label: str
    apply: Callable[["Draft"], None]


class Unread(Unclear):
    """Words that no rule used: they may be words of the company's own, which an administrator can teach."""


class NotSaid(Exception):
    """Understood, and not in the data; `reason` as in Unsupported."""

    def __init__(self, reason: str, text: str, offer: str = "") -> None:
        super().__init__(text)
        self.reason, self.text, self.offer = reason, text, offer


@dataclass
class Draft:
    metrics: list[str] = field(default_factory=list)
    filters: list[Filter] = field(default_factory=list)
    reading: Reading | None = None
    compare: Reading | Literal["budget"] | None = None
    group_by: list[str] = field(default_factory=list)
    grain: Grain | None = None
    having: list[Having] = field(default_factory=list)
    share: bool = False
    share_base: tuple[Filter, ...] = ()
    aggregate: str | None = None
    explain: bool = False
    transform: Literal["cumulative", "rolling_avg_3"] | None = None
    order: Literal["asc", "desc"] | None = None
    limit: int | None = None
    offset: int = 0
    scope: Scope | None = None
    growth: bool = False
    trend: bool = False
    bounded: str = ""  # the unit of a condition: a currency, % or number
    bound_metric: str = ""  # the metric a condition names
    whole: str = ""  # the dimension of the name after "share of"
    paid_only: bool = False  # the cheapest of what costs anything
    placed: bool = False  # where the money goes: rows are meant
    summed: bool = False  # the sentence says "sum of"
    past: bool = False  # contracts that have ended
    contracts: ContractsBy = "ends"
    idle_days: int | None = None
    several: bool = False  # more than one metric is meant
    inherited: tuple[Filter, ...] = ()  # filters of the plan that is edited
    inherited_metrics: tuple[str, ...] = ()
    inherits_rows: bool = False  # groups and series are those of the plan that is edited
    merged: bool = False  # edits the plan before
    freed: str = ""  # the dimension whose name in the plan before no longer bounds
    refers: bool = False  # they, those: the rows of the plan that is edited
    answers: dict[str, int] = field(default_factory=dict)
    assumptions: list[str] = field(default_factory=list)

    def note(self, text: str) -> None:
        if text and text not in self.assumptions:
            self.assumptions.append(text)

    def measure(self, metric: str) -> None:
        if metric not in self.metrics:
            self.metrics.append(metric)

    def group(self, dimension: str) -> None:
        if dimension not in self.group_by:
            self.group_by.append(dimension)


@dataclass
class Sentence:
    """The items of one text that say something, and what reading needs. Rules mark items used."""

    chart: Chart
    ctx: PeriodContext
    vocabulary: Vocabulary
    asker: AskerFacts
    base_currency: str
    idle_days: int = 30
    seq: list[Item] = field(default_factory=list)

    def __post_init__(self) -> None:
        for left, word, right in zip(self.chart.items, self.chart.items[1:], self.chart.items[2:], strict=False):
            whole = (left.has("dim") and not left.entities) or left.text.lower() in _EVERY
            if word.text.lower() == "but" and whole and right.entities:  # all departments but Design
                word.kinds = {"not": word.text}
        for item in self.chart.items[1:]:
            if item.has("follow", "and") and item.text.lower() in _JOINING and not item.has("entity"):
                item.kinds = {"and": "and"}  # the warehouse and the finance team
        self.seq = [item for item in self.chart.items if set(item.kinds) - {"filler", "mark"}]
        while self.seq and self.seq[0].has("and", "comma"):
            self.seq.pop(0)
        while self.seq and self.seq[-1].has("and", "comma"):
            self.seq.pop()

    def joins_metrics(self) -> bool:
        """Whether measures are listed or set side by side: spend, seats and users; spend vs list price."""
        kinds = ("metric", "seat", "actual", "tokenside")
        for item in self.seq:
            if item.has("versus") or item.has("and"):
                before, after = self.before(item), self.after(item)
                if before and after and any(before.has(k) for k in kinds) and any(after.has(k) for k in kinds):
                    return True
        return any(item.has("compare") for item in self.seq)

    def shouted(self) -> bool:
        """Capitals say nothing where every word has them."""
        words = [t.raw for t in self.chart.tokens if t.raw[:1].isalpha()]
        return len(words) > 2 and sum(word[0].isupper() for word in words) * 4 > len(words) * 3

    def open(self, kind: str, value: str | None = None) -> Iterator[Item]:
        """Unused items of a kind, in order."""
        return (item for item in self.seq if not item.used and item.has(kind, value))

    def first(self, kind: str, value: str | None = None) -> Item | None:
        return next(self.open(kind, value), None)

    def any(self, kind: str, value: str | None = None) -> bool:
        """Used or not."""
        return any(item.has(kind, value) for item in self.seq)

    def after(self, item: Item) -> Item | None:
        place = self.seq.index(item) + 1
        return self.seq[place] if place < len(self.seq) else None

    def before(self, item: Item) -> Item | None:
        place = self.seq.index(item)
        return self.seq[place - 1] if place else None

    def word_before(self, item: Item) -> str:
        return self.chart.tokens[item.start - 1].text if item.start else ""

    def word_after(self, item: Item) -> str:
        return self.chart.tokens[item.end].text if item.end < len(self.chart.tokens) else ""


def decide(draft: Draft, slot: Slot, key: str, question: str, options: Sequence[Option], words: str = "") -> None:
    """Takes the option that was chosen for `key`, the only one, or asks. Raises Unclear."""
    chosen = draft.answers.get(key, 0 if len(options) == 1 else None)
    if chosen is None or chosen >= len(options):
        raise Unclear(slot, question, words, key, tuple(option.label for option in options))
    options[chosen].apply(draft)


def use(*items: Item | None) -> None:
    for item in items:
        if item is not None:
            item.used = True
