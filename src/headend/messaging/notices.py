"""From what happened to who is told: each Event is handed on once, and each notice is sent once an operation and person."""

import logging
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from django.db import InterfaceError, OperationalError, transaction
from django.utils import translation

from headend.customers.models import Customer
from headend.lib import braces, clock
from headend.messaging import messages, policies, texts
from headend.messaging.catalogue import CAUSES, places
from headend.messaging.catalogue.notice import Notice
from headend.messaging.models import Channel
from headend.messaging.texts import Wording
from headend.system import engine
from headend.system.models import Event

log = logging.getLogger(__name__)

HANDED_ON_AT_ONCE: Final = 100


def hand_on() -> int:
    """Turns Events that nobody has seen to into messages. Returns how many Events there were.

    By `handled_at` and not by the last id: a lower id may commit later.
    """
    if not engine.rows("SELECT 1 FROM system_event WHERE handled_at IS NULL LIMIT 1", []):
        return 0
    wordings: dict[int, Wording] = {}
    with transaction.atomic():
        unhandled = Event.objects.filter(handled_at__isnull=True).select_related("organization").order_by("pk")
        found = list(unhandled.select_for_update(of=("self",), skip_locked=True)[:HANDED_ON_AT_ONCE])
        for event in found:
            if event.kind in CAUSES:
                _say_or_log(event, wordings)
        Event.objects.filter(pk__in=[event.pk for event in found]).update(handled_at=clock.now())
    return len(found)


def tell(
    notice: Notice,
    *,
    customer: Customer,
    values: Mapping[str, str],
    unique_key: str,
    shown: Mapping[str, str] = MappingProxyType({}),
    wording: Wording | None = None,
    channels: tuple[str, ...] = tuple(Channel),
    to: str = "",
) -> list[str]:
    """Queues a notice to a customer, by each of `channels` by which the organization sends it and the customer is reached.

    Returns these. It goes `to` an address instead where one is given. With the same `unique_key` it is said once by each. What is
    secret is kept as dots, or as `shown` has it. Part of the caller's transaction, in the organization's language, which the caller
    sets.
    """
    organization = customer.organization
    wording = wording or texts.of(organization)
    said = {**places.common(customer, organization), **values}
    kept = {**places.dotted(said), **shown}
    not_before = policies.not_before(wording.policy, clock.now()) if notice.may_wait else None
    reached = []
    for channel in wording.channels(notice):
        address = to or (customer.email if channel == Channel.EMAIL else customer.phone)
        if channel not in channels or not address:
            continue
        text = wording.text(notice, channel)
        is_queued = messages.queue(
            organization=organization,
            kind=notice.code,
            channel=channel,
            lane=notice.lane,
            to=address,
            # A name could end the line, and begin a header.
            subject=" ".join(braces.fill(str(text.subject), kept).split())[: messages.SUBJECT_LONGEST],
            body=braces.fill(str(text.body), said),
            shown=braces.fill(str(text.body), kept),
            customer_id=customer.pk,
            unique_key=f"{unique_key}:{channel}",
            not_before=not_before,
        )
        if is_queued:
            reached.append(channel)
    return reached


def _say_or_log(event: Event, wordings: dict[int, Wording]) -> None:
    """One Event that cannot be told must not keep the others from being told."""
    try:
        with transaction.atomic():
            _say(event, wordings)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, the next Event is somebody else's
        log.error("Event %s (%s) could not be told: %s", event.pk, event.kind, type(error).__name__)


def _say(event: Event, wordings: dict[int, Wording]) -> None:
    customer = Customer.objects.filter(pk=event.customer_id or 0, deleted_at__isnull=True).first()
    if customer is None:
        return
    customer.organization = event.organization
    wording = wordings.get(event.organization_id) or texts.of(event.organization)
    wordings[event.organization_id] = wording
    with translation.override(event.organization.language):
        for notice, values_of in CAUSES[event.kind]:
            values = values_of(event, event.payload) if wording.channels(notice) else None
            if values is None:
                continue
            # One act may carry out two purchases: each has a code that its buyer has to read.
            key = f"{notice.code}:{event.operation.hex}:{customer.pk}:{event.subject_id}"
            if notice.addresses is None:
                tell(notice, customer=customer, values=values, unique_key=key, wording=wording)
                continue
            for number, place in enumerate(notice.addresses(event, customer)):
                tell(
                    notice,
                    customer=customer,
                    values={**values, **place.values},
                    # The Event is handed on once, so that its addresses are in one order.
                    unique_key=f"{notice.code}:{event.pk}:{number}",
                    wording=wording,
                    channels=(place.channel,),
                    to=place.to,
                )
