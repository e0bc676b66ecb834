"""A frozen chain for the record: who was asked by which rule, who was looked at and left out."""

from typing import Any

from storage.models import Request, RequestSlot
from storage.org import OrgSettings
from storage.unit_of_work import UnitOfWork
from workflows.requests.records import decisions_of, name_of, slots_of, stages_of, when


def chain_trace(uow: UnitOfWork, request: Request, org: OrgSettings) -> list[dict[str, Any]]:
    """JSON values, by stage."""
    return [
        {
            "position": position,
            "join": stage.join,
            "status": stage.status,
            "slots": [_slot(uow, request, slot, org) for slot in slots_of(uow, stage)],
        }
        for position, stage in enumerate(stages_of(uow, request))
    ]


def _slot(uow: UnitOfWork, request: Request, slot: RequestSlot, org: OrgSettings) -> dict[str, Any]:
    left_out = [entry for entry in slot.considered if entry.get("why_not")]
    decided = [one for one in decisions_of(uow, request) if one.slot_id == slot.id]
    return {
        "approver": slot.approver,
        "rule": slot.rule_id,
        "quorum": slot.quorum,
        "status": slot.status,
        "people": [name_of(uow, person, org) for person in slot.candidates],
        "silent": [name_of(uow, person, org) for person in slot.silent],
        "left_out": [
            {
                "who": name_of(uow, entry["person_id"], org) if entry.get("person_id") else entry.get("email", "anybody"),
                "by": entry["by"],
                "why_not": entry["why_not"],
            }
            for entry in left_out
        ],
        "decisions": [
            {
                "who": name_of(uow, one.person_id, org),
                "verdict": one.verdict,
                "at": when(org, one.decided_at),
                "why": one.reason,
            }
            for one in decided
        ],
        "note": slot.note,
    }
