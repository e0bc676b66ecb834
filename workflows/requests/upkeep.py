"""The regular look at open requests after the directory (`workflows/schedule.py`)."""

from storage.unit_of_work import Store
from workflows.requests.leavers import LeaverReport, alive_requests, follow_request


def follow_people(store: Store) -> LeaverReport:
    """Each open request in a short transaction of its own, so that clicks never wait long."""
    with store.read() as uow:
        ids = alive_requests(uow)
    report = LeaverReport((), ())
    for request_id in ids:
        with store.write() as uow:
            report = report.plus(follow_request(uow, request_id))
    return report
