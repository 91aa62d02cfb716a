"""What is left to send with at a carrier: asked every hour, and told to staff before it ends."""

import re
from decimal import Decimal
from typing import Final

from headend.lib import clock
from headend.messaging import carriers
from headend.messaging.models import Carrier
from headend.system.models import Organization

_NUMBER: Final = re.compile(r"-?\d+(\.\d+)?")


def queue_questions() -> None:
    """Each carrier that tells is asked."""
    for carrier in Carrier.objects.filter(is_on=True).order_by("pk"):
        carriers.ask_credit(carrier)


def ask(*, carrier_id: int) -> None:
    """Asks one carrier, and writes down what it says. Call it outside any transaction."""
    carrier = Carrier.objects.filter(pk=carrier_id, is_on=True).first()
    if carrier is None:
        return
    adapter, target = carriers.speak(carrier)
    credit = adapter.credit(target)
    if credit:
        # Of the carrier that was asked: meanwhile there may be another.
        same = Carrier.objects.filter(pk=carrier.pk, kind=carrier.kind, key_sealed=carrier.key_sealed)
        same.update(credit=credit[:80], credit_at=clock.now())


def short(organization: Organization) -> list[Carrier]:
    """The carriers that will send nothing soon, or do not any more, for want of credit."""
    return [carrier for carrier in Carrier.objects.filter(organization=organization, is_on=True) if is_short(carrier)]


def is_short(carrier: Carrier) -> bool:
    """Whether there is less than staff want to be warned of, or the carrier has just refused one for want of it."""
    left = amount_of(carrier.credit)
    is_low = carrier.credit_least is not None and left is not None and left < carrier.credit_least
    return carrier.is_on and (carrier.has_no_credit or is_low)


def amount_of(credit: str) -> Decimal | None:
    """The number in what a carrier wrote: `KES 1,234.50`; None where there is none."""
    found = _NUMBER.search(credit.replace(",", "").replace(" ", ""))
    return Decimal(found[0]) if found else None
