"""What is sold, who runs it, what a NAS sees of it, and what it used."""

from headend.access.models.sold import (
    Batch,
    Block,
    ConnectionType,
    Credential,
    CredentialKind,
    Device,
    Plan,
    RefusalCount,
    Session,
    Sheet,
    Subscription,
    Terms,
    UsageDay,
    UsagePeriod,
    ValidityUnit,
    Voucher,
)

__all__ = [
    "Batch",
    "Block",
    "ConnectionType",
    "Credential",
    "CredentialKind",
    "Device",
    "Plan",
    "RefusalCount",
    "Session",
    "Sheet",
    "Subscription",
    "Terms",
    "UsageDay",
    "UsagePeriod",
    "ValidityUnit",
    "Voucher",
]
