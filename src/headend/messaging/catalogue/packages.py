"""Notices of what was bought: that it is there, and that it ends."""

from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from headend.access import vouchers
from headend.access.models import Subscription, Voucher
from headend.messaging.catalogue import places
from headend.messaging.catalogue.notice import Notice, Text
from headend.messaging.models import Channel, Message
from headend.system.models import Event


def _paid(event: Event, payload: dict[str, Any]) -> dict[str, str] | None:
    if payload.get("voucher_id") is not None:
        return None
    return _given(event, payload)


def _given(event: Event, payload: dict[str, Any]) -> dict[str, str] | None:
    """It may run from its first use: then nobody knows to when."""
    begun = Event.objects.filter(
        customer_id=event.customer_id,
        operation=event.operation,
        kind__in=("subscription.activated", "subscription.renewed"),
    )
    ends = [each.payload["expires_at"] for each in begun if each.payload.get("plan") == event.payload["plan"]]
    ends_at = max(filter(None, ends), default="")
    until = places.end(datetime.fromisoformat(ends_at), event.organization) if ends_at else ""
    return {"plan": payload["plan"], "until": gettext("It runs until %(end)s.") % {"end": until} if until else ""}


def _voucher(event: Event, payload: dict[str, Any]) -> dict[str, str] | None:
    if payload.get("voucher_id") is None or not payload["price_minor"]:
        # For one that cost nothing nobody has proved that the phone is his, and a message costs more than was paid.
        return None
    voucher = Voucher.objects.get(pk=payload["voucher_id"])
    return {"plan": voucher.plan_name, "code": voucher.code, "password": vouchers.open_password(voucher)}


def _ends_still(message: Message) -> bool:
    """Whether the package of a reminder, and its end, are what they were: both stand in the key by which it is said once."""
    _code, pk, seconds, *_channel = (message.unique_key or "").split(":")
    row = Subscription.objects.filter(pk=pk, ended_at__isnull=True).first()
    return row is not None and row.expires_at is not None and int(row.expires_at.timestamp()) == int(seconds)


_SOON: Final = ("plan", "price", "expires", "balance")

PACKAGE_ACTIVE: Final = Notice(
    "package.active",
    _("Package active"),
    _("When a package was paid, renewed or given free."),
    {
        Channel.SMS: Text(_("{organization}: {plan} is active. {until} Thank you.")),
        Channel.EMAIL: Text(
            _("Hello {first_name},\n\n{plan} is active. {until} Thank you.\n\n{portal}\n\n{help}"),
            _("{plan} is active"),
        ),
    },
    places=("plan", "until"),
    causes={"purchase.fulfilled": _paid, "package.given": _given},
)
VOUCHER_BOUGHT: Final = Notice(
    "voucher.bought",
    _("Voucher bought"),
    _("When a voucher was bought: its code and password."),
    {
        Channel.SMS: Text(
            _("{organization}: your {plan}. Code {code}, password {password}"), needs=("code", "password")
        ),
        Channel.EMAIL: Text(
            _(
                "Hello {first_name},\n\nhere is your {plan}. Thank you.\n\nCode: {code}\nPassword: {password}\n\n{portal}\n\n{help}"
            ),
            _("Your {plan}"),
            needs=("code", "password"),
        ),
    },
    places=("plan", "code", "password"),
    causes={"purchase.fulfilled": _voucher},
)
EXPIRING_3: Final = Notice(
    "package.expiring_3",
    _("Package ends in 3 days"),
    _("Three days before a package of a week or more ends."),
    {
        Channel.SMS: Text(_("{organization}: your {plan} ends {expires}. It costs {price}. Pay at {portal}")),
        Channel.EMAIL: Text(
            _(
                "Hello {first_name},\n\nyour {plan} ends {expires}. It costs {price}, and your balance is {balance}. Pay here:"
                "\n\n{portal}\n\nYour account number is {account}. {help}"
            ),
            _("Your {plan} ends {expires}"),
        ),
    },
    places=_SOON,
    on=(Channel.EMAIL,),
    may_wait=True,
    is_true_still=_ends_still,
)
EXPIRING_1: Final = Notice(
    "package.expiring_1",
    _("Package ends tomorrow"),
    _("A day before a package of two days or more ends."),
    EXPIRING_3.texts,
    places=_SOON,
    may_wait=True,
    is_true_still=_ends_still,
)
EXPIRED: Final = Notice(
    "package.expired",
    _("Package ended"),
    _("When a package has ended and was not renewed."),
    {
        Channel.SMS: Text(_("{organization}: your {plan} has ended. It costs {price}. Pay at {portal}")),
        Channel.EMAIL: Text(
            _(
                "Hello {first_name},\n\nyour {plan} has ended. It costs {price}. As soon as it is paid you are online again:"
                "\n\n{portal}\n\nYour account number is {account}. {help}"
            ),
            _("Your {plan} has ended"),
        ),
    },
    places=_SOON,
    may_wait=True,
    is_true_still=_ends_still,
)
NOTICES: Final = (PACKAGE_ACTIVE, VOUCHER_BOUGHT, EXPIRING_3, EXPIRING_1, EXPIRED)
