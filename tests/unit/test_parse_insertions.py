"""Metamorphic: a content word put anywhere into a good question never leaves an answer, unless a rule knows the word."""

import random

import pytest

from tests.unit.parse_company import VOCABULARY, ask
from workflows.asking.fillers import FILLERS
from workflows.asking.parsed import Answerable
from workflows.asking.words import english

GOOD = """how much did we spend last month|what did design spend in October|Glean spend in September|spend since August
spend by department last month|top 5 tools in October|design spend by tool last month|spend in October vs September
which team spent the most last month|cost per active user of Glean in October|tokens by model last week|spend yesterday
finance spend excluding Glean last month|Anthropic API spend by month since July|what share of October spend is Glean
vendors over 5k in October|spend on claude-sonnet-4-5 in October|active users of Tabnine in October|run rate
average spend per day in October|October spend vs budget|which tool grew the most in October|billed by Anthropic in September
Glean seats|idle seats by tool|renewals in the next 90 days|design budget this year|spend by project this quarter
cost per head by division last month|list price of Glean in October|discount savings last quarter|spend on project Aurora
output tokens for codestral-25 last week|cache hit rate on the Anthropic API|spend by vendor in FY26|EMEA spend last month
cost centre 4010 spend in October|which departments spent over 10k last month|why did spend go up in October|my spend
what did Ingrid Solheim cost in October|spend by payment channel last month|pending approvals|headcount by department
how many tools do we have|utilisation by tool|weekly spend in October|cumulative spend this fiscal year by month
Finance and Design spend last month|Glean vs Writer in October|spend for all departments but Design|API spend last month
requests by day on the Anthropic API last week|cheapest tool per active user in October|purchased seats by vendor
second biggest vendor last quarter|spend per division in Q1|did design exceed its budget in October|untagged spend
cost per seat of Tabnine in October|spend on video tools last month""".replace("\n", "|").split("|")
BUSINESS = [
    word
    for line in (
        "refunds credits surcharge contractors interns freelancers trials staging sandbox nights weekends holidays",
        "remote onsite offshore median percentile weighted normalised restated accrued deferred prepaid uncommitted",
        "reserved batch realtime streaming uncached failed successful retried billable capitalised recurring prorated",
        "renewed cancelled churned downgraded upgraded paused suspended terminated onboarded offboarded senior junior",
        "directors executives customers clients resellers subsidiaries hardware compute storage training inference",
        "embeddings audio vision reasoning thinking voice agents automation plugins premium basic starter contractual",
        "compliant risky confidential shared pooled variable marginal incremental indirect apportioned other rest",
        "double twice triple extra additional new old former latest first final initial original future historic",
        "planned estimated verified audited reconciled disputed unpaid settled tax gross net hourly nightly biannual",
    )
    for word in line.split()
]


def _questions(words: list[str], per_word: int) -> list[tuple[str, str]]:
    pick = random.Random(11)
    found = []
    for word in words:
        for text in pick.sample(GOOD, per_word):
            tokens = text.split()
            place = pick.randint(1, len(tokens))
            found.append((word, " ".join([*tokens[:place], word, *tokens[place:]])))
    return found


def _silent(pairs: list[tuple[str, str]]) -> list[str]:
    return [text for _, text in pairs if isinstance(ask(text), Answerable)]


def test_the_questions_are_good() -> None:
    assert [text for text in GOOD if not isinstance(ask(text), Answerable)] == []


def test_an_english_word_that_no_rule_knows_is_asked_about() -> None:
    known = VOCABULARY.phrases.known | VOCABULARY.words
    words = sorted(word for word in english() if word not in known)[::18]
    assert len(words) > 2000
    assert _silent(_questions(words, 1)) == []


def test_a_business_word_is_never_left_out() -> None:
    words = [word for word in BUSINESS if word not in VOCABULARY.phrases.known]
    assert len(words) > 80
    assert _silent(_questions(words, 6)) == []


@pytest.mark.parametrize(
    "word", ["business", "corporate", "generated", "attributed", "keep", "because", "respectively", "come"]
)
def test_content_words_are_no_fillers(word: str) -> None:
    assert word not in {part.strip() for part in FILLERS.split(",")}
