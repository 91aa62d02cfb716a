"""Events as sentences, for the timeline of a customer or of a payment."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from headend.billing.models import Method
from headend.billing.reasons import FAILURES, OTHER_FAILURE
from headend.customers.models import SuspensionKind
from headend.doors.console import red_lines
from headend.lib import mac, units
from headend.system.models import Event, Organization
from headend.ui.states import Tone
from headend.ui.templatetags import show

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened. `by` is who did it; `more` is a second, quiet line."""

    at: datetime
    tone: Tone
    text: str
    by: str
    more: str = ""


# Kind of Event -> how it looks, and its sentence with places from `_places`.
SENTENCES: Final[dict[str, tuple[Tone, Text]]] = {
    "customer.registered": ("ok", _("Added with account number %(account_number)s")),
    "customer.signed_up": ("ok", _("Signed up for %(plan)s: %(price)s%(owed)s")),
    "customer.edited": ("", _("Details changed")),
    "customer.disabled": ("bad", _("Disabled%(because)s")),
    "customer.enabled": ("ok", _("Enabled")),
    "customer.suspended": ("bad", _("Suspended, %(kind)s%(because)s")),
    "customer.lifted": ("ok", _("Suspension lifted: %(kind)s")),
    "customer.deleted": ("bad", _("Deleted")),
    "customer.undeleted": ("ok", _("Undeleted")),
    "customer.password_changed": ("", _("Portal password set")),
    "subscription.created": ("", _("%(plan)s added as %(username)s")),
    "subscription.activated": ("ok", _("%(plan)s activated")),
    "subscription.renewed": ("ok", _("%(plan)s renewed")),
    "subscription.ended": ("bad", _("%(plan)s ended")),
    "subscription.blocked": ("bad", _("%(name)s blocked%(because)s")),
    "subscription.unblocked": ("ok", _("%(name)s unblocked")),
    "voucher.issued": ("ok", _("Voucher %(code)s of %(plan)s issued")),
    "voucher.started": ("ok", _("Voucher %(code)s of %(plan)s used for the first time")),
    "voucher.spent": ("", _("Voucher %(code)s of %(plan)s is used up")),
    "voucher.voided": ("bad", _("Voucher %(code)s of %(plan)s voided%(because)s")),
    "voucher.blocked": ("bad", _("Voucher %(name)s blocked%(because)s")),
    "voucher.unblocked": ("ok", _("Voucher %(name)s unblocked")),
    "device.blocked": ("bad", _("Device %(name)s blocked%(because)s")),
    "device.unblocked": ("ok", _("Device %(name)s unblocked")),
    "credential.revealed": ("", _("Password of %(name)s shown")),
    "credential.secret_changed": ("", _("Password of %(name)s changed")),
    "session.disconnect_asked": ("", _("Disconnect asked for %(user_name)s on %(nas)s")),
    "usage.cap_near": ("", _("80 %% of the data of %(plan)s is used")),
    "usage.cap_reached": ("bad", _("All data of %(plan)s is used: %(used)s")),
    "usage.time_used_up": ("bad", _("All time of %(plan)s is used")),
    "payment.asked": ("", _("The phone was asked to pay %(amount)s")),
    "payment.settled": ("ok", _("%(amount)s received: %(method)s %(receipt_code)s")),
    "payment.failed": ("bad", _("Payment of %(amount)s failed%(because)s")),
    "payment.unknown": ("bad", _("The provider does not say whether %(amount)s were paid")),
    "payment.inquired": ("", _("The provider was asked about %(amount)s")),
    "payment.conflict": (
        "bad",
        _("A receipt %(receipt_code)s over %(amount)s came that does not fit the payment; nothing was changed"),
    ),
    "purchase.fulfilled": ("ok", _("%(plan)s bought for %(price)s")),
    "purchase.unfulfilled": ("bad", _("%(plan)s was paid and not carried out, the money is in the wallet%(because)s")),
    "purchase.closed": ("", _("%(plan)s is not given any more, the money stays in the wallet")),
    # Of no customer: they stand on the organization's own history.
    "batch.issued": ("ok", _("Batch %(number)s of %(plan)s issued: %(vouchers)s vouchers")),
    "batch.sheets_released": (
        "ok",
        _("Sheets %(first)s to %(last)s of batch %(batch)s released, %(sheets)s of them held"),
    ),
    "batch.sheets_voided": ("bad", _("Sheets %(first)s to %(last)s of batch %(batch)s voided, %(sheets)s in all")),
    "sheet.released": ("ok", _("Sheet %(number)s of batch %(batch)s released")),
    "sheet.voided": ("bad", _("Sheet %(number)s of batch %(batch)s voided")),
    "sheet.revealed": ("", _("Passwords of sheet %(number)s of batch %(batch)s shown: %(vouchers)s")),
    "gateway.added": ("", _("Gateway %(name)s added")),
    "carrier.added": ("", _("Carrier of SMS added")),
    "organization.logo_changed": ("", _("Logo changed")),
    "captive.login_refused": (
        "bad",
        _("A guest was led to us with a login address of another host: %(host)s, %(nas)s"),
    ),
}

# What nobody of the staff did, where that reads otherwise.
_BY_THEMSELVES: Final[dict[str, Text]] = {
    "customer.registered": _("Registered with account number %(account_number)s"),
    "customer.password_changed": _("Portal password changed by the customer"),
    "purchase.closed": _("%(plan)s is not given any more: the money went into something else"),
}

_FIELDS: Final[dict[str, Text]] = {
    "first_name": _("first name"),
    "last_name": _("last name"),
    "company": _("company"),
    "phone": _("phone"),
    "email": _("e-mail"),
    "group": _("group"),
    "site": _("site"),
    "account_expires_on": _("account expiry date"),
    "username": _("portal username"),
}


def lines(events: Iterable[Event], organization: Organization) -> list[Line]:
    """One line for each act: what one operation caused stands under its first Event."""
    drawn = []
    seen = set()
    for event in events:
        if (event.operation, event.kind) in seen:
            continue
        seen.add((event.operation, event.kind))
        tone, sentence = SENTENCES.get(event.kind, ("", event.kind.replace(".", " ").replace("_", " ")))
        if event.staff is None:
            sentence = _BY_THEMSELVES.get(event.kind, sentence)
        text = (str(sentence) % _Places(event, organization)).strip()
        drawn.append(Line(event.at, tone, text, event.staff.name if event.staff else "", _more(event)))
    return drawn


class _Places(dict[str, str]):
    """What a sentence may name of an Event; what is missing is left out."""

    def __init__(self, event: Event, organization: Organization) -> None:
        payload: dict[str, Any] = event.payload
        super().__init__({name: str(value) for name, value in payload.items()})
        for name, place in _AMOUNTS.items():
            if name in payload:
                self[place] = show.money(payload[name], organization.currency)
        reason = _reason(event, organization)
        self["because"] = f": {reason}" if reason else ""
        for name, write in _WRITTEN.items():
            if payload.get(name):
                self[name] = write(payload[name])
        if payload.get("is_owed"):
            self["owed"] = gettext(", not paid yet")
        if event.subject_kind == "device":
            self["name"] = mac.pretty(self.get("name", ""))
        if payload.get("used_bytes"):
            self["used"] = units.show_bytes(int(payload["used_bytes"]))

    def __missing__(self, name: str) -> str:
        return ""


def _reason(event: Event, organization: Organization) -> str:
    """Why it happened: what somebody wrote, or the words of a code."""
    reason = str(event.payload.get("reason") or "")
    if event.kind == "payment.failed":
        return str(FAILURES.get(reason, OTHER_FAILURE))
    if event.kind == "purchase.unfulfilled":
        return red_lines.why_not(reason, event.payload["plan"], event.payload["price_minor"], organization)
    return reason


def _method(value: Any) -> str:
    return str(Method(value).label) if value in Method.values else str(value)


def _kind(value: Any) -> str:
    known = value in SuspensionKind.values
    return str(SuspensionKind(value).label).lower() if known else str(value)


_WRITTEN: Final[dict[str, Callable[[Any], str]]] = {"kind": _kind, "method": _method}
_AMOUNTS: Final = {"amount_minor": "amount", "price_minor": "price"}


def _more(event: Event) -> str:
    """What was changed, from what to what."""
    if event.kind != "customer.edited":
        return ""
    personal: dict[str, list[str]] = event.personal
    parts = []
    for name, values in personal.items():
        before, after = (value or "—" for value in values)
        what = {"field": str(_FIELDS.get(name, name)), "before": before, "after": after}
        parts.append(gettext("%(field)s: from %(before)s to %(after)s") % what)
    return "; ".join(parts)
