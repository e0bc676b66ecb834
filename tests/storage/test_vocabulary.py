"""The names a question may use, as the store has them."""

from datetime import date

from storage.models import Budget, Usage
from storage.unit_of_work import Store
from storage.vocabulary import load_vocabulary_lists
from tests.builders import add_person, add_tool
from workflows.asking.vocabulary import Vocabulary

TODAY = date(2026, 11, 23)


def test_names_come_from_people_tools_usage_and_budgets(store: Store) -> None:
    with store.write() as uow:
        add_person(uow, "Ada Byron", department="Engineering", cost_center="CC-1", division="Technology")
        add_person(uow, "Max Ernst", department="Marketing")
        add_tool(uow, "cursor", name="Cursor", vendor="Anysphere", category="coding_assistant")
        add_tool(uow, "gh-copilot", name="GitHub Copilot", vendor="GitHub", category="coding_assistant")
        uow.session.add(Usage(day=TODAY, tool_name="Cursor", model="gpt-5-mini", project="Hermes"))
        uow.session.add(Budget(period="2026", scope_type="project", scope="Aurora", amount=1, currency="USD"))
    with store.read() as uow:
        lists = load_vocabulary_lists(uow.session, TODAY)
    assert lists.departments == ("Engineering", "Marketing")
    assert (lists.cost_centers, lists.divisions) == (("CC-1",), ("Technology",))
    assert [tool.name for tool in lists.tools] == ["Cursor", "GitHub Copilot"]
    assert "gh-copilot" in lists.tools[1].aliases
    assert lists.vendors == ("Anysphere", "GitHub") and lists.categories == ("coding_assistant",)
    assert lists.models == ("gpt-5-mini",) and lists.projects == ("Aurora", "Hermes")
    assert [person.email for person in lists.people] == ["ada.byron@acme.example", "max.ernst@acme.example"]


def test_a_mover_is_one_person_in_the_department_of_the_day(store: Store) -> None:
    with store.write() as uow:
        add_person(uow, "Ada Byron", department="Engineering", effective_from=date(2027, 1, 1))
    with store.read() as uow:
        people = load_vocabulary_lists(uow.session, TODAY).people
    assert [(person.name, person.department) for person in people] == [("Ada Byron", "Engineering")]


def test_slugs_and_aliases_are_names_of_the_tool(store: Store) -> None:
    with store.write() as uow:
        add_tool(uow, "gh-copilot", name="GitHub Copilot", vendor="GitHub")
    with store.read() as uow:
        vocabulary = Vocabulary.build(load_vocabulary_lists(uow.session, TODAY))
    assert [entity.value for entity in vocabulary.exact["ghcopilot"]] == ["GitHub Copilot"]
