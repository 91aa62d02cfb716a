"""Jobs about customers whose verbs stand above, in `access` and `desk`: queued here, where all can see it who cause them."""

from enum import StrEnum
from typing import Final

from headend.system import jobs
from headend.system.models import Organization

ENFORCE: Final = jobs.Kind("enforce")
ERASE_TRACES: Final = jobs.Kind("erase_traces")


class Scope(StrEnum):
    """Whose live sessions are decided for again."""

    CUSTOMER = "customer"
    GROUP = "group"
    SUBSCRIPTION = "subscription"
    VOUCHER = "voucher"
    SHEET = "sheet"
    BATCH = "batch"
    NAS = "nas"
    ORGANIZATION = "organization"


def decide_again(scope: Scope, scope_id: int, *, organization: Organization) -> None:
    """Has the worker disconnect whoever would now be refused."""
    jobs.queue(ENFORCE, organization=organization, scope=scope, scope_id=scope_id)


def erase_traces(customer_id: int, *, organization: Organization, delay_seconds: float = 0) -> None:
    """Has the worker wipe what came to be of a customer who was deleted permanently."""
    jobs.queue(
        ERASE_TRACES,
        organization=organization,
        lane="soon",
        unique_key=f"{ERASE_TRACES}:{customer_id}",
        delay_seconds=delay_seconds,
        customer_id=customer_id,
    )
