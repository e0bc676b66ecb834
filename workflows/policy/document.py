"""The shape of policy.yaml: which keys stand where. What they mean together is checked in `compile.py`."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag

from workflows.business_time import Duration
from workflows.policy.fields import ALL_OPERATORS, FIELDS


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, arbitrary_types_allowed=True)


def one_or_many(value: Any) -> Any:
    """A single duration stands for a list of one."""
    return [value] if isinstance(value, str) else value


Durations = Annotated[list[Duration], BeforeValidator(one_or_many)]


class CompareDoc(Strict):
    """`{field, OP: value}` with exactly one operator."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    field: str = Field(json_schema_extra={"enum": list(FIELDS)})
    eq: Any = None
    ne: Any = None
    in_: Any = Field(default=None, alias="in")
    not_in: Any = None
    lt: Any = None
    lte: Any = None
    gt: Any = None
    gte: Any = None
    contains: Any = None
    contains_any: Any = None
    min: Any = None
    max: Any = None
    is_known: Any = None

    def operators(self) -> list[str]:
        """The operators written, as policy.yaml spells them."""
        return [name for name in ALL_OPERATORS if ("in_" if name == "in" else name) in self.model_fields_set]

    def value(self, operator: str) -> Any:
        return getattr(self, "in_" if operator == "in" else operator)


class AllDoc(Strict):
    all: list["ConditionDoc"] = Field(min_length=1)


class AnyDoc(Strict):
    any: list["ConditionDoc"] = Field(min_length=1)


class NotDoc(Strict):
    not_: "ConditionDoc" = Field(alias="not")


def _condition_tag(value: Any) -> str | None:
    if not isinstance(value, Mapping):
        return None
    return next((f"<{key}>" for key in ("all", "any", "not") if key in value), "<compare>")


ConditionDoc = Annotated[
    Annotated[AllDoc, Tag("<all>")]
    | Annotated[AnyDoc, Tag("<any>")]
    | Annotated[NotDoc, Tag("<not>")]
    | Annotated[CompareDoc, Tag("<compare>")],
    Discriminator(
        _condition_tag,
        custom_error_type="condition",
        custom_error_message="a condition is {field, OPERATOR: value}, or all, any, not",
    ),
]


class TimingDoc(Strict):
    remind: Durations | None = None
    escalate: Duration | None = None
    expire: Duration | None = None


class ApproverDoc(TimingDoc):
    approver: str
    quorum: int = Field(default=1, ge=1, le=20)
    silent: list[str] = []
    fallback: str | None = None
    escalate_to: str | None = None


class ParallelDoc(Strict):
    parallel: list["StageDoc"] = Field(min_length=1)
    join: Literal["all", "any"] = "all"


def _stage_tag(value: Any) -> str | None:
    if isinstance(value, str):
        return "<name>"
    if not isinstance(value, Mapping):
        return None
    return "<parallel>" if "parallel" in value or "join" in value else "<approver>"


StageDoc = Annotated[
    Annotated[str, Tag("<name>")] | Annotated[ApproverDoc, Tag("<approver>")] | Annotated[ParallelDoc, Tag("<parallel>")],
    Discriminator(
        _stage_tag,
        custom_error_type="stage",
        custom_error_message="a stage is an approver, {approver: …} or {parallel: […]}",
    ),
]


class AutoDoc(Strict):
    auto_approve: Literal[True]
    inform: list[str] = []


class RouteDoc(Strict):
    route: list[StageDoc] = Field(min_length=1)
    inform: list[str] = []


class DenyDoc(Strict):
    deny: str = Field(min_length=1)
    suggest: Literal["alternatives"] | None = None


def _effect_tag(value: Any) -> str | None:
    if not isinstance(value, Mapping):
        return None
    named = next((f"<{key}>" for key in ("auto_approve", "route", "deny") if key in value), None)
    return named or ("<auto_approve>" if value else None)


EffectDoc = Annotated[
    Annotated[AutoDoc, Tag("<auto_approve>")] | Annotated[RouteDoc, Tag("<route>")] | Annotated[DenyDoc, Tag("<deny>")],
    Discriminator(
        _effect_tag,
        custom_error_type="effect",
        custom_error_message="`then` is one of {auto_approve: true}, {route: […]} or {deny: reason}",
    ),
]


class RuleDoc(Strict):
    id: str = Field(min_length=1, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")
    when: ConditionDoc
    then: EffectDoc


class ToleranceDoc(Strict):
    percent: int = Field(default=0, ge=0, le=100)
    amount: str | None = None


class ApprovalDoc(Strict):
    baseline: list[StageDoc] = Field(min_length=1)
    defaults: TimingDoc = TimingDoc()
    edit_tolerance: ToleranceDoc | None = None
    rules: list[RuleDoc] = []


class IdleToolDoc(Strict):
    """What may differ for one tool; what is left out is as in the defaults."""

    idle: Duration | None = None
    grace: Duration | None = None
    remind: Durations | None = None
    end_after: Duration | None = None
    end: Literal["tell_manager", "reclaim", "nothing"] | None = None
    undo: Duration | None = None
    cooldown: Duration | None = None


class ExemptDoc(Strict):
    people: list[str] = []
    departments: list[str] = []
    tools: list[str] = []


class IdleDoc(Strict):
    defaults: IdleToolDoc = IdleToolDoc()
    tools: dict[str, IdleToolDoc] = {}
    exempt: ExemptDoc = ExemptDoc()


class PolicyDoc(Strict):
    version: Literal[1]
    data_classes: list[str] = Field(default=["public", "internal", "confidential", "restricted"], min_length=1)
    groups: dict[str, list[str]] = {}
    approval: ApprovalDoc
    idle: IdleDoc = IdleDoc()


TAGS: dict[str, type[BaseModel]] = {
    "<all>": AllDoc,
    "<any>": AnyDoc,
    "<not>": NotDoc,
    "<compare>": CompareDoc,
    "<approver>": ApproverDoc,
    "<parallel>": ParallelDoc,
    "<auto_approve>": AutoDoc,
    "<route>": RouteDoc,
    "<deny>": DenyDoc,
}

for _model in (AllDoc, AnyDoc, NotDoc, ParallelDoc, RouteDoc, RuleDoc, ApprovalDoc, PolicyDoc):
    _model.model_rebuild()


def json_schema() -> dict[str, Any]:
    """For editors (`bursar policy schema`)."""
    return PolicyDoc.model_json_schema(by_alias=True) | {"$schema": "https://json-schema.org/draft/2020-12/schema"}
