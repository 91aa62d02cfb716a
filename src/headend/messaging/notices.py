"""From what happened to who is told: each Event is handed on once, and each notice is sent once an operation and person."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from django.db import InterfaceError, OperationalError, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from headend.access import vouchers
from headend.access.models import Voucher
from headend.customers.models import Customer
from headend.lib import clock, money
from headend.messaging import messages
from headend.system import engine
from headend.system.models import Event

log = logging.getLogger(__name__)

HANDED_ON_AT_ONCE: Final = 100
_DOTS: Final = "••••"


@dataclass(frozen=True, slots=True)
class Notice:
    """What is said, and what staff may read of it afterwards."""

    body: str
    shown: str = ""


def hand_on() -> int:
    """Turns Events that nobody has seen to into messages. Returns how many Events there were.

    By `handled_at` and not by the last id: a lower id may commit later.
    """
    if not engine.rows("SELECT 1 FROM system_event WHERE handled_at IS NULL LIMIT 1", []):
        return 0
    with transaction.atomic():
        unhandled = Event.objects.filter(handled_at__isnull=True).select_related("organization").order_by("pk")
        found = list(unhandled.select_for_update(of=("self",), skip_locked=True)[:HANDED_ON_AT_ONCE])
        for event in found:
            if event.kind in RULES:
                _say_or_log(event)
        Event.objects.filter(pk__in=[event.pk for event in found]).update(handled_at=clock.now())
    return len(found)


def _say_or_log(event: Event) -> None:
    """One Event that cannot be told must not keep the others from being told."""
    try:
        with transaction.atomic():
            _say(event)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, the next Event is somebody else's
        log.error("Event %s (%s) could not be told: %s", event.pk, event.kind, type(error).__name__)


def _say(event: Event) -> None:
    customer = Customer.objects.filter(pk=event.customer_id or 0).first()
    if customer is None or not customer.phone:
        return
    with translation.override(event.organization.language):
        notice = RULES[event.kind](event, event.payload)
    if notice is not None:
        messages.queue(
            organization=event.organization,
            kind=event.kind,
            to=customer.phone,
            body=notice.body,
            shown=notice.shown,
            customer_id=customer.pk,
            # One act may carry out two purchases: each has a code that its buyer has to read.
            unique_key=f"{event.kind}:{event.operation.hex}:{customer.pk}:{event.subject_id}",
        )


def _purchase_fulfilled(event: Event, payload: dict[str, Any]) -> Notice | None:
    if payload.get("voucher_id") is None:
        text = _("%(name)s: %(plan)s is paid. Thank you.")
        return Notice(text % {"name": event.organization.name, "plan": payload["plan"]})
    voucher = Voucher.objects.get(pk=payload["voucher_id"])
    if not payload["price_minor"]:
        # Nobody has proved that the phone is his, and a message costs more than was paid.
        return None
    text = _("%(name)s: your %(plan)s. Code %(code)s, password %(password)s")
    values = {"name": event.organization.name, "plan": voucher.plan_name}
    return Notice(
        text % {**values, "code": voucher.code, "password": vouchers.open_password(voucher)},
        text % {**values, "code": _DOTS, "password": _DOTS},
    )


def _purchase_unfulfilled(event: Event, payload: dict[str, Any]) -> Notice | None:
    text = _("%(name)s: we have your payment, but could not give you %(plan)s. The money is in your account.")
    if event.organization.support_phone:
        text = f"{text} {_('Help: %(phone)s')}"
    return Notice(
        text % {"name": event.organization.name, "plan": payload["plan"], "phone": event.organization.support_phone}
    )


def _payment_settled(event: Event, payload: dict[str, Any]) -> Notice | None:
    if payload.get("purchase_id") is not None:
        # What it bought, or did not, is told instead: one message is enough, and each costs money.
        return None
    amount = money.show(payload["amount_minor"], event.organization.currency, event.organization.language)
    return Notice(
        _("%(name)s: we have received %(amount)s. Thank you.") % {"name": event.organization.name, "amount": amount}
    )


def _signed_up(event: Event, payload: dict[str, Any]) -> Notice | None:
    # Nothing was received where it is owed, given free, or paid from the balance.
    if payload["is_owed"] or not payload["price_minor"] or payload.get("method") in ("free", "balance"):
        return None
    amount = money.show(payload["price_minor"], event.organization.currency, event.organization.language)
    text = _("%(name)s: we have received %(amount)s for %(plan)s. Thank you.")
    return Notice(text % {"name": event.organization.name, "amount": amount, "plan": payload["plan"]})


RULES: Final[dict[str, Callable[[Event, dict[str, Any]], Notice | None]]] = {
    "customer.signed_up": _signed_up,
    "package.added": _signed_up,
    "purchase.fulfilled": _purchase_fulfilled,
    "purchase.unfulfilled": _purchase_unfulfilled,
    "payment.settled": _payment_settled,
}
