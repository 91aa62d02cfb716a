"""Notices of an account: codes, how to pay and sign in, that somebody may not connect, and may again."""

from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from headend.customers.models import Customer
from headend.messaging.catalogue.notice import Notice, Text
from headend.messaging.models import Channel, Lane
from headend.system import throttles
from headend.system.models import Event

WELCOMES_AN_HOUR: Final = 60


def _of_kind(*kinds: str) -> Any:
    """Of suspensions only some are told: `abuse` is talked about first."""

    def values(_event: Event, payload: dict[str, Any]) -> dict[str, str] | None:
        return {} if payload["kind"] in kinds else None

    return values


def _registered(event: Event, _payload: dict[str, Any]) -> dict[str, str] | None:
    """Who registers alone on the portal has a password at once; who buys at a hotspot, or was added by staff, has none."""
    customer = Customer.objects.filter(pk=event.customer_id or 0).exclude(password="").first()
    if event.staff_id or customer is None:
        return None
    # Nobody has proved the address: whoever registers strangers must not have thousands of mails sent.
    key = f"welcomes:{event.organization_id}"
    if not throttles.hit(key=key, limit=WELCOMES_AN_HOUR, window_seconds=60 * 60):
        return None
    return {"username": customer.email or customer.phone or customer.username}


WELCOME: Final = Notice(
    "welcome.by_staff",
    _("Welcome, added by staff"),
    _("When staff add a customer and tick “Send credentials via email”."),
    {
        Channel.EMAIL: Text(
            _(
                "Hello {first_name},\n\nwelcome to {organization}. Your account number is {account}.\n\nSign in here with {username}:"
                "\n\n{portal}\n\n{access}\n\n{help}"
            ),
            _("Welcome to {organization}"),
            needs=("access",),
        ),
    },
    places=("username", "access"),
)
WELCOME_ALONE: Final = Notice(
    "welcome.registered",
    _("Welcome, registered alone"),
    _("When somebody has registered on the portal."),
    {
        Channel.EMAIL: Text(
            _(
                "Hello {first_name},\n\nwelcome to {organization}. Your account number is {account}.\n\nSign in with {username} and the password"
                " that you chose:\n\n{portal}\n\nYou forgot it? There you can have a link sent that sets another.\n\n{help}"
            ),
            _("Welcome to {organization}"),
        ),
        Channel.SMS: Text(
            _("{organization}: welcome. Your account number is {account}. Sign in with {username} at {portal}")
        ),
    },
    places=("username",),
    on=(Channel.EMAIL,),
    causes={"customer.registered": _registered},
)
PASSWORD_RESET: Final = Notice(
    "password.reset",
    _("Password reset"),
    _("When staff press “Password Reset”, or a customer forgot the password: a link by e-mail, else a code by SMS."),
    {
        Channel.EMAIL: Text(
            _(
                "Hello {first_name},\n\nset a new password here:\n\n{link}\n\nThe link works once, and for 3 days. Until then your present password"
                " stays. You did not ask for it? Then do nothing.\n\n{help}"
            ),
            _("Set a new password"),
            needs=("link",),
        ),
        Channel.SMS: Text(
            _(
                "{organization}: to set a new password, go to {portal}code/check/ and type {code}. It is good for a day. Tell it to nobody."
            ),
            needs=("code",),
        ),
    },
    places=("link", "code"),
    lane=Lane.NOW,
)
CODE: Final = Notice(
    "one_time_code",
    _("Code by SMS"),
    _("When somebody registers on the portal, or signs in without a password."),
    {
        Channel.SMS: Text(
            _("{organization}: your code is {code}. It is good for 10 minutes. Tell it to nobody."),
            needs=("code",),
        ),
    },
    places=("code",),
    lane=Lane.NOW,
)
DETAILS: Final = Notice(
    "details.sent",
    _("Payment details"),
    _("When staff press “Send Payment Details”."),
    {
        Channel.SMS: Text(
            _(
                "{organization}: your account number is {account}. {owed} Pay at {portal}, or to us with this number as the"
                " reference. {logins} {help}"
            )
        ),
        Channel.EMAIL: Text(
            _(
                "Hello {first_name},\n\nyour account number is {account}. {owed}\n\nPay here, or to us with this number as the"
                " reference:\n\n{portal}\n\n{logins}\n\n{help}"
            ),
            _("How to pay {organization}"),
        ),
    },
    places=("owed", "logins"),
)
SUSPENDED: Final = Notice(
    "customer.suspended",
    _("Suspended"),
    _("When somebody was suspended for what is owed, or put on hold."),
    {
        Channel.SMS: Text(_("{organization}: your access is suspended. Pay at {portal} {help}")),
        Channel.EMAIL: Text(
            _("Hello {first_name},\n\nyour access is suspended. What is owed stands here:\n\n{portal}\n\n{help}"),
            _("Your access is suspended"),
        ),
    },
    causes={"customer.suspended": _of_kind("overdue")},
)
RESTORED: Final = Notice(
    "customer.restored",
    _("Restored"),
    _("When such a suspension was lifted."),
    {
        Channel.SMS: Text(_("{organization}: you can connect again. Thank you.")),
        Channel.EMAIL: Text(
            _("Hello {first_name},\n\nyou can connect again. Thank you.\n\n{portal}\n\n{help}"),
            _("You can connect again"),
        ),
    },
    causes={"customer.lifted": _of_kind("overdue", "hold")},
)
NOTICES: Final = (WELCOME, WELCOME_ALONE, CODE, PASSWORD_RESET, DETAILS, SUSPENDED, RESTORED)
