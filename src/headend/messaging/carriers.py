"""Who carries messages: set up, looked up, and spoken to."""

from typing import Final

from django.db import transaction

from headend.messaging import happenings
from headend.messaging.gateways import ADAPTERS
from headend.messaging.gateways.adapter import Adapter, Target
from headend.messaging.models import Carrier, Channel
from headend.system import events, sealing
from headend.system.models import Organization, Staff

_TABLE: Final = "messaging_carrier"


def add(*, organization: Organization, kind: str, base_url: str, sender: str, key: str, by: Staff | None) -> Carrier:
    """A carrier of SMS for the organization."""
    with transaction.atomic():
        carrier = Carrier(organization=organization, channel=Channel.SMS, kind=kind, sender=sender)
        _fill(carrier, base_url, key)
        carrier.save()
        events.record(happenings.CARRIER_ADDED(kind=kind), organization=organization, subject=carrier, by=by)
    return carrier


def move(*, carrier: Carrier, base_url: str, key: str) -> None:
    """Another address and key of the same carrier."""
    _fill(carrier, base_url, key)
    carrier.save(update_fields=["base_url", "key_sealed"])


def of(organization: Organization) -> Carrier | None:
    """The carrier of SMS, or none."""
    return Carrier.objects.filter(organization=organization, channel=Channel.SMS).first()


def speak(carrier: Carrier) -> tuple[Adapter, Target]:
    """What speaks to a carrier, and where it is. Raises SealingError where its key cannot be opened."""
    key = sealing.open_text(table=_TABLE, column="key", uid=carrier.uid, sealed=carrier.key_sealed)
    return ADAPTERS[carrier.kind], Target(carrier.base_url, key, carrier.sender)


def _fill(carrier: Carrier, base_url: str, key: str) -> None:
    carrier.base_url = base_url.rstrip("/")
    carrier.key_sealed = sealing.seal_text(table=_TABLE, column="key", uid=carrier.uid, text=key)
