"""Answers as CSV files: nothing in them runs in a spreadsheet, numbers stay numbers, nobody gets what they may not see."""

import csv
import io
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sqlmodel import select

from bot.interaction import Actor, Interaction
from bot.notices import Notice, build, load_notices
from bot.router import Reply
from storage.models import AskedReading, AuditRow, OutboxItem
from storage.spend_query import Period, QueryResult, ResultRow, SpendQuery
from storage.unit_of_work import Store
from tests.asking.test_ask_in_chat import CHANNEL, DIRECT, SPEND, Chat, button, labels
from tests.conftest import NOW
from workflows.asking import export
from workflows.asking.answer_object import Answer, row_of
from workflows.asking.export import csv_file, file_name, safe
from workflows.errors import Invalid, NotAllowed, NotFound

NASTY = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\x00=1", "\uff1d1", "\uff0b1", "\uff0d1",
         "\uff20x", "\u22121",
         " =1", "\ufeff=cmd|' /C calc'!A0", "\u200b=1",
         "\u00a0@x", '=HYPERLINK("http://x","y")', "\ufe66x", "\u207c1",
         "-2+3+cmd|'x'!A0", '"=1+1', "a,b", 'a"b', "a\r\nb", "ordinary", "", "'=1"]  # fmt: skip
LEADING = set("=+-@\t\r\n\x00\uff1d\uff0b\uff0d\uff20\u2212")
TEXT = (
    st.text(max_size=30)
    | st.sampled_from(NASTY)
    | st.builds(str.__add__, st.sampled_from(sorted(LEADING)), st.text(max_size=9))
)


def made(rows: list[ResultRow], **plan: object) -> Answer:
    period = Period(start=date(2026, 10, 1), end=date(2026, 11, 1))
    query = SpendQuery(metrics=("spend",), period=period, group_by=("project",), **plan)  # type: ignore[arg-type]
    result = QueryResult(currency="USD", values={"spend": Decimal("-5.5")}, rows=tuple(rows))
    return Answer(
        status="answered", question="=what", text="", headline="+5", receipt=["Metric: =x.", "Filters: @none."],
        query=query, result=result, rows=[row_of(query, row) for row in rows],
    )  # fmt: skip


def read(content: bytes) -> list[list[str]]:
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True))


def is_formula(cell: str) -> bool:
    return cell[:1] in LEADING or cell.strip("\u200b\u00a0\ufeff ")[:1] in set("=+-@\uff1d\uff0b\uff0d\uff20\u2212")


@given(st.lists(st.tuples(TEXT, st.decimals(-(10**9), 10**9, places=2)), max_size=8))
@example([(text, Decimal("-5")) for text in NASTY])
def test_no_cell_is_a_formula_and_every_number_is_one(content: list[tuple[str, Decimal]]) -> None:
    rows = [ResultRow(keys={"project": text}, values={"spend": amount}) for text, amount in content]
    lines = read(csv_file(made(rows)))
    assert len({len(line) for line in lines}) == 1, "RFC 4180: as many fields in every line"
    if not rows:
        return
    assert lines[0] == ["Project", "AI spend (USD)"]
    for line, (text, amount) in zip(lines[1 : len(rows) + 1], content, strict=True):
        assert not is_formula(line[0])
        assert line[0].removeprefix("'").replace("\x00", "") == text.removeprefix("'").replace("\x00", "") or line[0] == text
        assert Decimal(line[1]) == amount and "E" not in line[1] and "," not in line[1]
    for line in lines[len(rows) + 1 :]:
        assert not is_formula(line[0])


def test_minus_five_is_minus_five_and_a_name_that_looks_like_it_is_text() -> None:
    rows = [ResultRow(keys={"project": "-5"}, values={"spend": Decimal(-5)}),
            ResultRow(keys={"project": None}, values={"spend": None}),
            ResultRow(keys={"project": None}, values={"spend": Decimal("0.1")}, others=True)]  # fmt: skip
    lines = read(csv_file(made(rows)))
    assert lines[:5] == [
        ["Project", "AI spend (USD)"],
        ["'-5", "-5.00"],
        ["unattributed", ""],
        ["all others", "0.10"],
        ["", ""],
    ]
    assert lines[5:] == [["Question", "'=what"], ["Answer", "'+5"], ["Total AI spend (USD)", "-5.50"], ["Metric", "'=x."],
                         ["Filters", "'@none."]]  # fmt: skip


@pytest.mark.parametrize("text", ["OpenAI", "gpt-5", "a=b", "'quoted", "1,000", "O'Neil", "ünïcode", ""])
def test_harmless_text_stays_as_it_is(text: str) -> None:
    assert safe(text) == text


def test_a_comparison_has_both_sides() -> None:
    rows = [ResultRow(keys={"project": "Atlas"}, values={"spend": Decimal(30)}, previous={"spend": Decimal(40)}),
            ResultRow(keys={"project": "New"}, values={"spend": Decimal(7)}, previous={"spend": None})]  # fmt: skip
    before = Period(start=date(2026, 9, 1), end=date(2026, 10, 1))
    lines = read(csv_file(made(rows, compare=before)))
    assert lines[:3] == [
        ["Project", "AI spend (USD)", "Before (USD)", "Difference (USD)", "Change (ratio)"],
        ["Atlas", "30.00", "40.00", "-10.00", "-0.25"],
        ["New", "7.00", "", "", ""],
    ]


def test_a_file_is_named_by_its_plan() -> None:
    query = made([]).query
    assert query is not None and file_name(query) == "ai-spend-by-project-2026-10-01-to-2026-10-31.csv"


@pytest.fixture
def chat(store: Store) -> Chat:
    load_notices()
    return Chat(store)


def export_of(chat: Chat, who: str, reply: Reply, where: object = DIRECT) -> list[Reply]:
    action = button(reply.message, "Export CSV")
    return chat._handle(who, where, kind="action", intent=action.intent, args=action.args)  # type: ignore[arg-type]


def sent_file(chat: Chat) -> tuple[OutboxItem, list[list[str]]]:
    """The newest notice, built as the outbox does when it sends."""
    with chat.store.read() as uow:
        item = uow.session.exec(
            select(OutboxItem).where(OutboxItem.kind == "answer_file").order_by(OutboxItem.id.desc())
        ).first()  # type: ignore[union-attr]
        assert item is not None
        message = build(uow, Notice(item.kind, item.subject or "", item.person_id, item.payload))
        assert message is not None
        return item, read(message.attachments[0].data) if message.attachments else []


def test_the_file_goes_to_the_clicker_alone_and_is_written_down(chat: Chat) -> None:
    reply = chat.say("fin", "API requests in october 2026 by department", SPEND)
    (said,) = export_of(chat, "fin", reply, SPEND)
    assert said.private
    item, lines = sent_file(chat)
    assert item.person_id == chat.people["fin"] and item.conversation is None
    assert item.payload == {}, "the file is made when it is sent, not kept in the row"
    assert lines[0] == ["Department", "API requests"] and ["Finance", "55"] in lines
    assert ["Total API requests", "1091"] in lines and any(line[0] == "Data through" for line in lines)
    with chat.store.read() as uow:
        row = uow.session.exec(select(AuditRow).where(AuditRow.action == "answer.exported")).one()
        reading = uow.session.get(AskedReading, (item.subject or "").partition(":")[2])
    assert row.actor_person_id == chat.people["fin"] and row.channel == "slack" and row.subject == item.subject
    assert reading is not None and reading.plan is not None
    assert row.payload["plan"] == SpendQuery.model_validate(reading.plan).digest
    assert row.payload["metrics"] == ["requests"] and row.payload["rows"] == 4


def test_in_a_direct_message_it_comes_there_without_more_words(chat: Chat) -> None:
    reply = chat.say("fin", "API requests in october 2026")
    assert export_of(chat, "fin", reply) == []
    item, lines = sent_file(chat)
    assert item.conversation is not None and item.conversation["id"] == DIRECT.id
    assert lines[:2] == [["Answer", "API requests"], ["total", "1091"]]


def test_rights_are_those_of_the_one_who_clicks(chat: Chat) -> None:
    reply = chat.say("fin", "API requests in october 2026 by person", SPEND)
    with pytest.raises(NotAllowed):
        export_of(chat, "leg1", reply, SPEND)
    own = chat.say("eng2", "my API requests in october 2026")
    with pytest.raises(NotFound):
        export_of(chat, "eng3", own)
    with chat.store.read() as uow:
        assert uow.session.exec(select(OutboxItem).where(OutboxItem.kind == "answer_file")).first() is None
        assert uow.session.exec(select(AuditRow).where(AuditRow.action == "answer.exported")).first() is None


def test_rights_are_those_of_the_moment_of_sending(chat: Chat) -> None:
    from tests.asking.test_delivery import ORG
    from tests.builders import add_config

    reply = chat.say("fin", "API requests in october 2026 by person")
    export_of(chat, "fin", reply)
    _, lines = sent_file(chat)
    assert lines[0] == ["Person", "E-mail", "API requests"]
    assert any(line[1].endswith("@acme.example") for line in lines[1:])
    with chat.store.write() as uow:
        add_config(uow, "org", ORG.replace("fin@acme.example, ", ""))
    _, lines = sent_file(chat)
    assert lines == []


def test_a_file_that_is_too_large_says_how_to_narrow(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "MAX_BYTES", 100)
    reply = chat.say("fin", "API requests in october 2026 by department")
    with pytest.raises(Invalid) as refused:
        export_of(chat, "fin", reply)
    assert "shorter period" in refused.value.hint


def test_said_in_words_it_is_offered_and_not_done(chat: Chat) -> None:
    chat.say("fin", "API requests in october 2026 by department")
    reply = chat.say("fin", "export this as csv")
    assert labels(reply.message) == ["Export CSV"]
    assert "API requests · 1 to 31 Oct 2026 · by department" in reply.message.fallback
    with chat.store.read() as uow:
        assert uow.session.exec(select(OutboxItem)).first() is None
    export_of(chat, "fin", reply)
    assert ["Finance", "55"] in sent_file(chat)[1]
    assert chat.say("fin", "and in september 2026?").message.fallback.startswith("50 API requests")


def test_my_own_numbers_stay_mine_when_exported_in_words(chat: Chat) -> None:
    chat.say("eng0", "API requests of my team in october 2026")
    reply = chat.say("eng0", "csv please")
    export_of(chat, "eng0", reply)
    assert ["your team", "21"] in [line[:2] for line in sent_file(chat)[1]] or ["total", "21"] in sent_file(chat)[1]


def test_nothing_before_means_nothing_to_export(chat: Chat) -> None:
    reply = chat.say("fin", "export this as csv")
    assert "Ask the question first" in reply.message.fallback and "Export CSV" not in labels(reply.message)


def test_nobody_unknown_exports(chat: Chat) -> None:
    reply = chat.say("fin", "API requests in october 2026", CHANNEL)
    action = button(reply.message, "Export CSV")
    actor = Actor(channel="slack", external_id="U-x", email="x@acme.example")
    clicked = Interaction(key="k", kind="action", actor=actor, conversation=CHANNEL, intent=action.intent, args=action.args,
                          received_at=NOW)  # fmt: skip
    with chat.store.write() as uow, pytest.raises(NotAllowed):
        chat.router.handle(uow, clicked)
