"""What is sold, who runs it, what a NAS sees of it, and what it used."""

from headend.access.models.logins import Block, Credential, CredentialKind, Device
from headend.access.models.sold import Batch, ConnectionType, Plan, Sheet, Subscription, Terms, ValidityUnit, Voucher
from headend.access.models.triggers import DefaultTrigger, Trigger
from headend.access.models.used import RefusalCount, Session, UsageDay, UsagePeriod

__all__ = [
    "Batch",
    "Block",
    "ConnectionType",
    "Credential",
    "CredentialKind",
    "DefaultTrigger",
    "Device",
    "Plan",
    "RefusalCount",
    "Session",
    "Sheet",
    "Subscription",
    "Terms",
    "Trigger",
    "UsageDay",
    "UsagePeriod",
    "ValidityUnit",
    "Voucher",
]
