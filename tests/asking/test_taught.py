"""An administrator teaches a word: the form shows first, the next question reads it, nothing that was read changes."""

from collections import OrderedDict
from pathlib import Path
from threading import Barrier, Thread

import pytest
from sqlmodel import col, select

from bot.interaction import Actor, Interaction
from bot.message import Action, Form, Message
from bot.notices import load_notices
from bot.router import Reply
from storage.imports import load, load_config_folder
from storage.models import AddedSynonym, AuditRow, UnansweredQuestion
from storage.unit_of_work import Store
from storage.yaml_source import SourceErrors
from tests.asking.company import add_import
from tests.asking.test_ask_in_chat import DIRECT, Chat, button, labels
from tests.builders import add_config, add_person, add_tool
from tests.conftest import NOW
from workflows.asking import read
from workflows.asking.taught import check_file
from workflows.asking.vocabulary import Vocabulary
from workflows.errors import Conflict, Invalid, NotAllowed, WorkflowError

QUESTION = "how many API requests did the zonkomat have in october 2026"


class School(Chat):
    """The chat with its forms."""

    def __init__(self, store: Store) -> None:
        load_notices()
        super().__init__(store)

    def made(self, who: str, kind: str, **what: object) -> Interaction:
        actor = Actor(channel="slack", external_id=f"U-{who}", person_id=self.people[who])
        return Interaction(key="k", kind=kind, actor=actor, conversation=DIRECT, received_at=NOW, **what)  # type: ignore[arg-type]

    def open(self, who: str, action: Action) -> Form | Message:
        return self.router.open(self.made(who, "action", intent=action.intent, args=action.args))

    def search(self, who: str, typed: str) -> list[tuple[str, str]]:
        found = self.router.options(self.made(who, "action", intent="teach", args={"field": "meaning"}), typed)
        return [(option.value, option.label) for option in found]

    def form(self, who: str, form: Form, **values: str) -> Interaction:
        return self.made(who, "form", intent=form.intent, args=form.args, form=values)

    def send(self, who: str, form: Form, **values: str) -> Message:
        (reply,) = self._handle(who, DIRECT, kind="form", intent=form.intent, args=form.args, form=values)
        return reply.message

    def asked(self, who: str = "fin", question: str = QUESTION) -> Reply:
        return self.say(who, question)

    def first_form(self) -> Form:
        """Of the most asked question, as the administrator opens it."""
        form = self.open("adm", button(self.say("adm", "unanswered").message, "1: This means"))
        assert isinstance(form, Form)
        return form

    def free_form(self) -> Form:
        form = self.open("adm", Action(label="", intent="teach_open"))
        assert isinstance(form, Form)
        return form

    def statuses(self) -> dict[str, str]:
        with self.store.read() as uow:
            return {row.text: row.status for row in uow.session.exec(select(UnansweredQuestion)).all()}

    def taught(self) -> list[tuple[str, str, str, bool]]:
        with self.store.read() as uow:
            rows = uow.session.exec(select(AddedSynonym).order_by(col(AddedSynonym.id))).all()
            return [(row.phrase, row.kind, row.meaning, row.ended_at is None) for row in rows]


@pytest.fixture
def school(store: Store, monkeypatch: pytest.MonkeyPatch) -> School:
    """With no names kept from a test before: on PostgreSQL both have the same address, day and imports."""
    monkeypatch.setattr(read, "_kept", OrderedDict())
    return School(store)


def test_one_click_from_the_list_to_an_answer_and_back(school: School) -> None:
    assert "I do not know" in school.asked().message.fallback
    form = school.first_form()
    assert form.fields[0].value == "zonkomat"
    assert [span.text for span in form.intro[0] if span.style == "bold"] == ["zonkomat"]
    assert ("name:tool:Claude Code", "Claude Code") in school.search("adm", "claude co")
    done = school.send("adm", form, phrase="zonkomat", meaning="name:tool:Claude Code", then="store")
    assert done.fallback == (
        "“zonkomat” means the tool Claude Code. The question reads: API requests · 1 to 31 Oct 2026 · tool Claude Code."
    ), done.fallback
    assert school.statuses() == {QUESTION.lower(): "answered"}
    assert school.asked().message.fallback.startswith("1,000 ")
    undone = school.click("adm", done, "Undo").message
    assert "means nothing to me again" in undone.fallback
    assert school.statuses() == {QUESTION.lower(): "open"}
    assert "I do not know" in school.asked().message.fallback
    assert school.taught() == [("zonkomat", "name", "tool:Claude Code", False)]
    school.send("adm", school.first_form(), phrase="Zonkomat", meaning="name:tool:Claude Code", then="store")
    assert school.taught() == [("zonkomat", "name", "tool:Claude Code", True)]
    assert school.asked().message.fallback.startswith("1,000 ")


def test_the_form_shows_how_it_reads_and_keeps_nothing(school: School) -> None:
    school.asked()
    form = school.first_form()
    values = {"phrase": "zonkomat", "meaning": "name:tool:Claude Code"}
    errors = school.router.check_form(school.form("adm", form, **values, then="show"))
    assert list(errors) == ["then"]
    assert (
        "means the tool Claude Code. The question reads: API requests · 1 to 31 Oct 2026 · tool Claude Code"
        in errors["then"]
    )
    assert school.taught() == [] and school.statuses() == {QUESTION.lower(): "open"}
    with pytest.raises(Invalid, match="Nothing is kept yet"):
        school.send("adm", form, **values, then="show")
    assert school.taught() == []
    assert "I do not know" in school.asked().message.fallback
    assert school.router.check_form(school.form("adm", form, **values, then="store")) == {}
    assert school.taught() == []


def test_a_person_who_was_left_out_stays_so_in_the_preview(school: School) -> None:
    school.asked(question="API requests of eng1 on zonkomat in october 2026")
    form = school.form("adm", school.first_form(), phrase="zonkomat", meaning="name:tool:Claude", then="show")
    errors = school.router.check_form(form)
    assert "[person]" in errors["then"] and "@" not in errors["then"]


def test_a_preview_of_one_meaning_never_answers_for_another(school: School) -> None:
    """Ids and versions of what was rolled back come again; the vocabulary must not."""
    school.asked()
    form = school.first_form()
    errors = school.router.check_form(school.form("adm", form, phrase="zonkomat", meaning="name:tool:Claude", then="show"))
    assert "tool Claude." in errors["then"]
    school.send("adm", form, phrase="zonkomat", meaning="name:tool:Claude Code", then="store")
    assert school.asked().message.fallback.startswith("1,000 ")


def test_a_measure_and_rows_can_be_taught_too(school: School) -> None:
    school.asked(question="zonks in october 2026 by squadron")
    school.send("adm", school.free_form(), phrase="the zonks", meaning="metric:requests", then="store")
    assert school.statuses() == {"zonks in october 2026 by squadron": "open"}, "half of it is still unread"
    school.send("adm", school.first_form(), phrase="squadron", meaning="dimension:department", then="store")
    assert school.statuses() == {"zonks in october 2026 by squadron": "answered"}
    message = school.asked(question="zonks in october 2026 by squadron").message
    assert message.table is not None and message.fallback.startswith("1,091 ")


def test_what_is_still_not_read_is_said_and_stays_open(school: School) -> None:
    school.asked(question="zonks of blorb in october 2026")
    form = school.first_form()
    unread = form.fields[0].value
    assert isinstance(unread, str)
    done = school.send("adm", form, phrase="zonks", meaning="metric:requests", then="store")
    assert "The question is still not read: " in done.fallback and "blorb" in done.fallback
    with school.store.read() as uow:
        (row,) = uow.session.exec(select(UnansweredQuestion)).all()
    assert (row.status, row.unread) == ("open", ["blorb"])


def test_every_question_with_the_phrase_is_settled_but_not_a_dismissed_one(school: School) -> None:
    for question in (QUESTION, "API requests of zonkomat in september 2026", "API requests of zonkomat in may 2026"):
        school.asked(question=question)
    listed = school.say("adm", "unanswered").message
    number = next(n for n, line in enumerate(listed.paragraphs) if "may" in "".join(s.text for s in line))
    school.click("adm", listed, f"{number}: Not for us")
    school.send("adm", school.free_form(), phrase="zonkomat", meaning="name:tool:Claude Code", then="store")
    assert school.statuses() == {
        QUESTION.lower(): "answered", "api requests of zonkomat in september 2026": "answered",
        "api requests of zonkomat in may 2026": "dismissed",
    }  # fmt: skip


REFUSED = [
    ("Claude", "tool Claude"),
    ("cost", "already means"),
    ("spent on claude", "already means"),
    ("last month", "is a time"),
    ("by", "a word that shapes a question"),
    ("the of", "only small words"),
    ("please", "always answered"),
    ("departmnet", "already means"),
    ("Eng1", "a person's name"),
    ("eng1@acme.example", "a person's name"),
    ("the bot of Eng2", "a person's name"),
    ("zonk 4111111111111111", "a long number"),
    ("forecast", "always answered"),
    ("bot token", "I do not give out secrets"),
    ("cancel zonk", "always answered"),
    ("hello", "always answered"),
    ("", "Write the words"),
    ("!!!", "Write the words"),
    ("zonk one two three four five six seven", "at most 6 words"),
]


@pytest.mark.parametrize(("phrase", "reason"), REFUSED)
def test_what_means_something_and_what_must_not_be_taught_is_refused(school: School, phrase: str, reason: str) -> None:
    form = school.free_form()
    errors = school.router.check_form(school.form("adm", form, phrase=phrase, meaning="metric:requests", then="store"))
    assert list(errors) == ["phrase"] and reason in errors["phrase"], errors
    with pytest.raises(Invalid):
        school.send("adm", form, phrase=phrase, meaning="metric:requests", then="store")
    assert school.taught() == []


def test_a_taught_phrase_means_something_and_is_not_taught_twice(school: School) -> None:
    form = school.free_form()
    school.send("adm", form, phrase="zonks", meaning="metric:requests", then="store")
    errors = school.router.check_form(school.form("adm", form, phrase="zonks", meaning="metric:spend", then="store"))
    assert "“zonks” is API requests" in errors["phrase"]


@pytest.mark.parametrize("meaning", ["", "metric:", "metric:nonsense", "name:tool:Nowhere", "name:person:eng1@acme.example"])
def test_a_meaning_that_nobody_offers_is_refused(school: School, meaning: str) -> None:
    errors = school.router.check_form(school.form("adm", school.free_form(), phrase="zonk", meaning=meaning, then="store"))
    assert list(errors) == ["meaning"]


def test_only_administrators_see_and_teach(school: School) -> None:
    school.asked()
    action = button(school.say("adm", "unanswered").message, "1: This means")
    form = school.first_form()
    for who in ("fin", "eng0"):
        refused = school.open(who, action)
        assert isinstance(refused, Message) and "Only admin may do this" in refused.fallback
        assert school.search(who, "claude") == []
        with pytest.raises(NotAllowed):
            school.send(who, form, phrase="zonkomat", meaning="name:tool:Claude", then="store")
        free = school.open(who, Action(label="", intent="teach_open"))
        assert isinstance(free, Message) and "Only admin may do this" in free.fallback
    done = school.send("adm", form, phrase="zonkomat", meaning="name:tool:Claude Code", then="store")
    with pytest.raises(NotAllowed):
        school.click("fin", done, "Undo")


def test_a_settled_question_is_not_taught_again_and_undo_works_once(school: School) -> None:
    school.asked()
    form = school.first_form()
    done = school.send("adm", form, phrase="zonkomat", meaning="name:tool:Claude Code", then="store")
    with pytest.raises(Conflict, match="answered already"):
        school.send("adm", form, phrase="blorb", meaning="name:tool:Claude", then="store")
    assert labels(done) == ["Undo"]
    school.click("adm", done, "Undo")
    with pytest.raises(Conflict, match="taken back already"):
        school.click("adm", done, "Undo")


def test_teaching_and_taking_back_are_audited(school: School) -> None:
    school.asked()
    done = school.send("adm", school.first_form(), phrase="zonkomat", meaning="name:tool:Claude Code", then="store")
    school.click("adm", done, "Undo")
    with school.store.read() as uow:
        rows = uow.session.exec(select(AuditRow).order_by(col(AuditRow.seq))).all()
    assert [(row.action, row.actor_person_id, "zonk" in str(row.payload)) for row in rows] == [
        ("synonym.added", school.people["adm"], False), ("synonym.ended", school.people["adm"], False),
    ]  # fmt: skip


def test_people_are_never_offered_as_a_meaning(school: School) -> None:
    assert school.search("adm", "eng1") == []
    values = [value for value, _ in school.search("adm", "")]
    assert values and not [value for value in values if "person:" in value]


OWN = """
metrics:
  requests: [zonks]
dimensions:
  department: [squadrons]
names:
  "tool:Claude Code": [the zonkomat, zonkomat]
equivalents:
  - [Anthropic, blorb inc]
"""


def test_a_file_in_the_config_folder_is_read_at_once(school: School, tmp_path: Path) -> None:
    (tmp_path / "synonyms.yaml").write_text(OWN, encoding="utf-8")
    (report,) = load_config_folder(school.store, tmp_path, None, lambda text, file: check_file(text, file) or [])
    assert (report.kind, report.status) == ("synonyms", "imported")
    message = school.asked(question="zonks of the zonkomat in october 2026 by squadrons").message
    assert message.fallback.startswith("1,000 ")
    assert school.asked(question="zonks on blorb inc in october 2026").message.fallback.startswith("1,091 ")
    (again,) = load_config_folder(school.store, tmp_path, None, lambda text, file: check_file(text, file) or [])
    assert again.status == "unchanged"


def test_a_file_is_imported_by_name_and_a_bad_one_refused_with_its_line(school: School, tmp_path: Path) -> None:
    path = tmp_path / "synonyms.yaml"
    path.write_text("metrics:\n  requests: [zonks]\n  spend: [seats, cost]\n", encoding="utf-8")
    (report,) = load(school.store, [path], check_synonyms=lambda text, file: check_file(text, file) or [])
    assert report.status == "refused" and "synonyms.yaml:3:11: 'seats': It already means something" in str(report.refused)
    assert "'cost'" not in str(report.refused), "what it means already may be repeated"
    path.write_text("metrics:\n  requests: [zonks]\n", encoding="utf-8")
    (report,) = load(school.store, [path], check_synonyms=lambda text, file: check_file(text, file) or [])
    assert report.status == "imported"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("metrics: {spent: [zonks]}", "1:11: no metric is called 'spent'; did you mean 'spend'?"),
        ("dimensions: {squad: [zonks]}", "1:14: no dimension is called 'squad'"),
        ("names: {Cursor: [zonks]}", "1:9: 'Cursor' is not like 'tool:Cursor'"),
        ("names: {'person:a@b.example': [zonks]}", "is not like 'tool:Cursor'"),
        ("metric: {spend: [zonks]}", "1:1: unknown key 'metric'; did you mean 'metrics'?"),
        ("metrics: {spend: [zonks]}\ndimensions: {tool: [zonks]}", "2:21: 'zonks': It stands under spend too."),
        ("metrics: {spend: [last month]}", "It already means something: “last month” is a time"),
        ("metrics: {spend: [forecast]}", "always answered"),
        ("metrics: [", "synonyms.yaml:1"),
    ],
)
def test_mistakes_in_a_file_have_line_and_column(text: str, said: str) -> None:
    with pytest.raises(SourceErrors) as error:
        check_file(text, "synonyms.yaml")
    assert said in str(error.value)


def test_a_name_that_two_things_share_is_asked_about(school: School) -> None:
    """A taught name is an alias: where the company later has something of that name, the question asks."""
    school.send("adm", school.free_form(), phrase="zonkomat", meaning="name:tool:Claude Code", then="store")
    with school.store.write() as uow:
        add_person(uow, "zon", department="Zonkomat")
        add_import(uow, "people", "i_zonkomat")
    assert school.asked().message.fallback.startswith("Which “zonkomat”")


def test_a_stored_file_stays_readable_beside_what_was_taught(school: School) -> None:
    with school.store.write() as uow:
        add_config(uow, "synonyms", OWN)
    school.send("adm", school.free_form(), phrase="blorbs", meaning="metric:requests", then="store")
    for question in ("zonks of the zonkomat in october 2026", "blorbs of the zonkomat in october 2026"):
        assert school.asked(question=question).message.fallback.startswith("1,000 ")


def test_two_administrators_at_once_give_a_phrase_one_meaning(school: School) -> None:
    form = school.free_form()
    school.send("adm", form, phrase="blorbs", meaning="metric:requests", then="store")  # the audit trail has begun
    start, told = Barrier(2), list[str]()

    def send(meaning: str) -> None:
        start.wait()
        try:
            school.send("adm", form, phrase="zonkomat", meaning=meaning, then="store")
        except WorkflowError as error:
            told.append(error.message)

    threads = [Thread(target=send, args=(f"name:tool:{name}",)) for name in ("Claude", "Claude Code")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([row for row in school.taught() if row[0] == "zonkomat"]) == 1 and len(told) == 1


def test_the_write_reads_nothing_again(school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    """A large company's words take a second to put in order: clicks must not wait for that."""
    school.asked()
    form = school.form("adm", school.first_form(), phrase="zonkomat", meaning="name:tool:Claude Code", then="store")
    finish = school.router.prepare(form)
    assert finish is not None and school.taught() == []
    with monkeypatch.context() as patched, school.store.write() as uow:
        patched.setattr(Vocabulary, "build", None)
        (reply,) = finish(uow)
    undo = reply.message.actions[0]
    finish = school.router.prepare(school.made("adm", "action", intent=undo.intent, args=undo.args))
    assert finish is not None
    with monkeypatch.context() as patched, school.store.write() as uow:
        patched.setattr(Vocabulary, "build", None)
        finish(uow)
    assert [active for *_, active in school.taught()] == [False] and set(school.statuses().values()) == {"open"}


def test_what_came_between_reading_and_writing_is_looked_at_again(school: School) -> None:
    school.asked()
    form = school.form("adm", school.first_form(), phrase="zonkomat", meaning="name:tool:Claude Code", then="store")
    finish = school.router.prepare(form)
    assert finish is not None
    with school.store.write() as uow:
        add_tool(uow, "zonkomat", name="Zonkomat")
    with pytest.raises(Invalid, match="already means something"), school.store.write() as uow:
        finish(uow)
    assert school.taught() == []
