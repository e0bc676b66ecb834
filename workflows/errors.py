"""What a workflow refuses, as sentences a person can act on. The router turns them into private replies."""


class WorkflowError(Exception):
    """Says what happened and what to do; safe to show to the person who acted. Nothing was changed.

    `subject` ("request:ID") makes a refused attempt appear in the audit trail.
    """

    def __init__(self, message: str, hint: str = "", subject: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.subject = subject


class NotAllowed(WorkflowError):
    """The actor may not do or see this."""


class NotFound(WorkflowError):
    """No such thing, or none that the actor may know of."""


class Conflict(WorkflowError):
    """It was decided, changed or ended meanwhile; the message says by whom and when."""


class Invalid(WorkflowError):
    """The input cannot be used; `fields` names the form fields and what is wrong with each."""

    def __init__(self, message: str, fields: dict[str, str] | None = None, hint: str = "") -> None:
        super().__init__(message, hint)
        self.fields = fields or {}
