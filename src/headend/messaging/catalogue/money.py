"""Notices of money: what was received, what could not be given for it, what is low."""

from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from headend.access.models import Subscription
from headend.ledger.models import Account, AccountKind
from headend.lib import clock
from headend.messaging.catalogue import places
from headend.messaging.catalogue.notice import Notice, Text
from headend.messaging.models import Channel, Message, Policy
from headend.system.models import Event


def _settled(event: Event, payload: dict[str, Any]) -> dict[str, str] | None:
    if payload.get("purchase_id") is not None:
        # What it bought, or did not, is told instead: one message is enough, and each costs money.
        return None
    return {"amount": places.amount(payload["amount_minor"], event.organization), "plan": ""}


def _charged(event: Event, payload: dict[str, Any]) -> dict[str, str] | None:
    # Nothing was received where it is owed, given free, or paid from the balance.
    if payload["is_owed"] or not payload["price_minor"] or payload.get("method") in ("free", "balance"):
        return None
    return {"amount": places.amount(payload["price_minor"], event.organization), "plan": payload["plan"]}


def _unfulfilled(_event: Event, payload: dict[str, Any]) -> dict[str, str] | None:
    return {"plan": payload["plan"]}


def _is_low_still(message: Message) -> bool:
    """Whether the wallet holds less still than it should."""
    running = Subscription.objects.filter(
        customer=message.customer_id, ended_at__isnull=True, expires_at__gt=clock.now()
    )
    next_one = running.order_by("expires_at", "pk").first()
    policy = Policy.objects.filter(organization=message.organization_id).first()
    wallet = Account.objects.filter(customer=message.customer_id, kind=AccountKind.WALLET).first()
    if next_one is None:
        return False
    least_minor = next_one.price_minor if policy is None or policy.low_minor is None else policy.low_minor
    return (wallet.balance_minor if wallet else 0) < least_minor


PAYMENT_RECEIVED: Final = Notice(
    "payment.received",
    _("Payment received"),
    _("When money has come: by mobile money, or into the hand of staff."),
    {
        Channel.SMS: Text(_("{organization}: we have received {amount}. Thank you.")),
        Channel.EMAIL: Text(
            _("Hello {first_name},\n\nwe have received {amount}. Thank you.\n\n{portal}\n\n{help}"),
            _("We have received {amount}"),
        ),
    },
    places=("amount", "plan"),
    causes={"payment.settled": _settled, "customer.signed_up": _charged, "package.added": _charged},
)
PURCHASE_UNFULFILLED: Final = Notice(
    "purchase.unfulfilled",
    _("Paid, and not carried out"),
    _("When a package was paid and could not be given: the money is in the wallet."),
    {
        Channel.SMS: Text(
            _(
                "{organization}: we have your payment, but could not give you {plan}. The money is in your account. {help}"
            )
        ),
        Channel.EMAIL: Text(
            _(
                "Hello {first_name},\n\nwe have your payment, but could not give you {plan}. The money is in your account, and you can spend"
                " it there.\n\n{portal}\n\n{help}"
            ),
            _("Your payment for {plan}"),
        ),
    },
    places=("plan",),
    causes={"purchase.unfulfilled": _unfulfilled},
)
LOW_BALANCE: Final = Notice(
    "balance.low",
    _("Low balance"),
    _("In the evening, when a wallet holds less than “Hours and reminders” says, and not more often."),
    {
        Channel.SMS: Text(_("{organization}: your balance is {balance}. {plan} costs {price}. Pay at {portal}")),
        Channel.EMAIL: Text(
            _(
                "Hello {first_name},\n\nyour balance is {balance}. {plan} costs {price}, and ends {expires}. Pay here:"
                "\n\n{portal}\n\nYour account number is {account}. {help}"
            ),
            _("Your balance is {balance}"),
        ),
    },
    places=("balance", "plan", "price", "expires"),
    on=(),
    may_wait=True,
    is_true_still=_is_low_still,
)
NOTICES: Final = (PAYMENT_RECEIVED, PURCHASE_UNFULFILLED, LOW_BALANCE)
