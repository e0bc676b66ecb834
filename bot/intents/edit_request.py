"""Changing a request that is not granted yet; what was approved stands while the change stays within the tolerance."""

from dataclasses import replace

from bot.intents.request_tool import search
from bot.interaction import Interaction
from bot.message import Form, paragraph, text_message
from bot.request_form import draft_of_form, request_fields
from bot.router import Replies, Reply, on_act, on_open, on_options
from storage.models import Request
from storage.org import load_org
from storage.unit_of_work import UnitOfWork
from workflows.errors import NotFound
from workflows.policy.load import load_policy
from workflows.requests.edit import draft_of, edit

WORDS = {
    "unchanged": "Nothing was changed.",
    "kept": "Changed. The approvals given so far stand.",
    "asked_again": "Changed. Those who decide are asked again, because it is not the same any more.",
    "replaced": "That is another tool: the old request is cancelled and a new one is made.",
}


@on_open("edit_open")
def edit_form(uow: UnitOfWork, interaction: Interaction) -> Form:
    request = uow.session.get(Request, interaction.args["r"])
    if request is None:
        raise NotFound("This request does not exist (any more).")
    fields = request_fields(uow, draft_of(request), load_policy(uow.session).data_classes)
    return Form(
        title=f"Change R-{request.number}",
        intent="edit_request",
        args={"r": request.id, "v": str(request.revision)},
        intro=[paragraph("A change of cost, seats or data may have to be approved again; a better reason never has.")],
        fields=fields,
        submit="Change",
    )


on_options("edit_request")(search)


@on_act("edit_request")
def edit_request(uow: UnitOfWork, interaction: Interaction) -> Replies:
    actor = interaction.actor.person_id or 0
    request = uow.session.get(Request, interaction.args["r"])
    if request is None:
        raise NotFound("This request does not exist (any more).")
    filled = draft_of_form(interaction.form, actor, load_org(uow.session).base_currency)
    changed = replace(filled, plan=request.plan)
    outcome = edit(
        uow, actor, request.id, changed, interaction.key, int(interaction.args["v"]), channel=interaction.actor.channel
    )
    return [Reply(text_message(WORDS[outcome.effect]), private=interaction.conversation.kind != "direct")]
