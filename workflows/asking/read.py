"""From a text to what it means: the names of this company's data, the asker, the thread's last plan."""

from datetime import date

from storage.org import OrgSettings
from storage.unit_of_work import UnitOfWork
from workflows.asking.memory import Asked
from workflows.asking.parsed import Parsed, Unsupported


def read_question(
    uow: UnitOfWork, org: OrgSettings, today: date, person_id: int, question: str, context: Asked | str | None
) -> Parsed:
    """`context` is the thread's last plan, or the previous question, which is read first."""
    return Unsupported("not_in_data", "Questions in words are not understood yet.")
