"""Notices of an account: codes, how to pay and sign in, that somebody may not connect, and may again."""

from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from headend.messaging.catalogue.notice import Notice, Text
from headend.messaging.models import Channel, Lane
from headend.system.models import Event


def _of_kind(*kinds: str) -> Any:
    """Of suspensions only some are told: `abuse` is talked about first."""

    def values(_event: Event, payload: dict[str, Any]) -> dict[str, str] | None:
        return {} if payload["kind"] in kinds else None

    return values


CODE: Final = Notice(
    "one_time_code",
    _("Code by SMS"),
    _("When somebody registers on the portal, or signs in without a password."),
    {
        Channel.SMS: Text(
            _("{organization}: your code is {code}. It is good for 10 minutes. Tell it to nobody."),
        ),
    },
    places=("code",),
    needs=("code",),
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
    needs=("account",),
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
NOTICES: Final = (CODE, DETAILS, SUSPENDED, RESTORED)
