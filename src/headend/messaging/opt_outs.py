"""Who wants nothing promotional: asked when it is queued, and again when it is sent. Receipts and codes go to everybody."""

from collections.abc import Collection
from typing import Final

from django.db import transaction
from django.utils.crypto import salted_hmac

from headend.customers.models import Customer
from headend.lib import ids
from headend.messaging import happenings
from headend.messaging.models import Channel, OptOut
from headend.system import events
from headend.system.models import Organization, Staff

# In front of what stands for the address of somebody who was deleted permanently.
_ERASED: Final = "erased:"


def add(*, organization: Organization, channel: str, address: str, how: str, by: Staff | None = None) -> bool:
    """Nothing promotional goes to the address (E.164, or an e-mail) by the channel any more. False where it was so already."""
    with transaction.atomic():
        if is_out(organization, channel, address):
            return False
        # Two at once: the second adds none, and says nothing of it.
        added, is_new = OptOut.objects.get_or_create(
            organization=organization, channel=channel, address=key_of(channel, address), defaults={"how": how}
        )
        if is_new:
            _record(happenings.OPT_OUT_ADDED(channel=channel, how=how), added, address, by)
    return is_new


def withdraw(*, organization: Organization, channel: str, address: str, how: str, by: Staff | None = None) -> bool:
    """Promotional messages may go there again. False where they might already."""
    with transaction.atomic():
        rows = OptOut.objects.filter(
            organization=organization, channel=channel, address__in=_forms(organization.pk, channel, address)
        )
        found = rows.first()
        if found is None or not rows.delete()[0]:
            return False
        _record(happenings.OPT_OUT_WITHDRAWN(channel=channel, how=how), found, address, by)
    return True


def is_out(organization: Organization, channel: str, address: str) -> bool:
    """Whether nothing promotional may go to one address."""
    return bool(among(organization, channel, [address]))


def among(organization: Organization, channel: str, addresses: Collection[str]) -> set[str]:
    """Those of `addresses`, as they are given, to which nothing promotional may go."""
    forms = {form: address for address in addresses for form in _forms(organization.pk, channel, address)}
    rows = OptOut.objects.filter(organization=organization, channel=channel, address__in=forms)
    return {forms[found] for found in rows.values_list("address", flat=True)}


def erase(*, organization: Organization, addresses: Collection[str]) -> None:
    """Keeps that these are out, in a form from which nobody reads an address. Part of the caller's transaction."""
    for channel in Channel.values:
        for address in addresses:
            plain = key_of(channel, address)
            rows = OptOut.objects.filter(organization=organization, channel=channel, address=plain)
            rows.update(address=_digest(organization.pk, channel, plain))


def key_of(channel: str, address: str) -> str:
    """An address as it is compared."""
    return ids.name_key(address) if channel == Channel.EMAIL else address


def customer_of(organization: Organization, channel: str, address: str) -> int | None:
    """Whose address it is; None where nobody here has it."""
    rows = Customer.objects.filter(organization=organization, deleted_at__isnull=True)
    plain = key_of(channel, address)
    if channel == Channel.EMAIL:
        own = rows.filter(email_key=plain).exclude(email_key="")
    else:
        own = rows.filter(phone=plain).exclude(phone="")
    # In no order: for one the databases would take another index.
    return next(iter(own.order_by().values_list("pk", flat=True)[:1]), None)


def _forms(organization_id: int, channel: str, address: str) -> tuple[str, str]:
    plain = key_of(channel, address)
    return plain, _digest(organization_id, channel, plain)


def _digest(organization_id: int, channel: str, plain: str) -> str:
    value = f"{organization_id}:{channel}:{plain}"
    return _ERASED + salted_hmac("messaging.opt_outs", value, algorithm="sha256").hexdigest()


def _record(happened: events.Happened, opt_out: OptOut, address: str, by: Staff | None) -> None:
    """Whose address it is has it in the timeline; the Event itself does not say the address."""
    events.record(
        happened,
        organization=opt_out.organization,
        subject=opt_out,
        by=by,
        customer_id=customer_of(opt_out.organization, opt_out.channel, address),
    )
