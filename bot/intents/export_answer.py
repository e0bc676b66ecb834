"""An answer's rows as a CSV file, made at the click's rights and told to the one who clicked alone."""

from datetime import date

from bot.interaction import Interaction
from bot.message import Message, text_message
from bot.notices.exports import file_message
from bot.router import Finish, Replies, Reply, example, on_act, reads_first
from storage.spend_query import Period, SpendQuery
from storage.unit_of_work import UnitOfWork
from workflows.asking.export import NOTICE, Export, export_answer, file_name, record_export
from workflows.asking.memory import load_reading
from workflows.errors import NotAllowed
from workflows.notify import notify


@on_act("export_answer")
@reads_first
def export(uow: UnitOfWork, interaction: Interaction) -> Finish:
    """Refused here, at once, for whoever may not see it; the file itself is made again when it is sent."""
    person_id, where = interaction.actor.person_id, interaction.conversation
    if person_id is None:
        raise NotAllowed("I could not match your chat account to a person in the company directory.")
    reading_id = interaction.args["id"]
    made = export_answer(uow, load_reading(uow, reading_id, None, person_id), person_id)

    def finish(writing: UnitOfWork) -> Replies:
        direct = where.kind == "direct"
        subject = f"reading:{reading_id}"
        record_export(writing, made, subject=subject, person_id=person_id, channel=where.channel)
        notify(
            writing, NOTICE, key=f"export:{interaction.key}", subject=subject, person_id=person_id,
            conversation=where.model_dump(mode="json") if direct else None,
        )  # fmt: skip
        return [] if direct else [Reply(text_message("The file is in your direct message with me."), private=True)]

    return finish


@example("answer_file")
def example_file() -> Message:
    content = b"Tool,AI spend (USD)\r\nCursor,4321.00\r\n"
    plan = SpendQuery(metrics=("spend",), period=Period(start=date(2026, 7, 1), end=date(2026, 10, 1)), group_by=("tool",))
    return file_message(Export(file_name(plan), content, 1, plan))
