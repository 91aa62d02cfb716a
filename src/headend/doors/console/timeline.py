"""Events as sentences: the timeline of a customer or of a payment, and the history of the organization."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _

from headend.access.models import ConnectionType, ValidityUnit
from headend.billing.models import Method
from headend.billing.reasons import FAILURES, OTHER_FAILURE
from headend.billing.signups import BALANCE, FREE
from headend.customers.models import SuspensionKind
from headend.doors.console import red_lines
from headend.doors.console.choices import LANGUAGES
from headend.lib import ids, mac, units
from headend.network.models import Switch, Vendor
from headend.system.models import Event, Organization, Registration, Role
from headend.ui.states import Tone
from headend.ui.templatetags import show

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened. `by` is who of the staff did it, else `nobody` says how it came; `more` is a second, quiet line."""

    at: datetime
    tone: Tone
    text: str
    by: str
    more: str = ""
    nobody: str | Promise = ""


# Kind of Event -> how it looks, and its sentence with places from `_places`.
SENTENCES: Final[dict[str, tuple[Tone, Text]]] = {
    "customer.registered": ("ok", _("Added with account number %(account_number)s")),
    "customer.signed_up": ("ok", _("Signed up for %(plan)s: %(price)s%(owed)s")),
    "package.added": ("ok", _("%(plan)s added: %(price)s%(owed)s")),
    "package.given": ("ok", _("%(plan)s given free, worth %(price)s")),
    "customer.edited": ("", _("Details changed")),
    "customer.disabled": ("bad", _("Disabled%(because)s")),
    "customer.enabled": ("ok", _("Enabled")),
    "customer.suspended": ("bad", _("Suspended, %(kind)s%(because)s")),
    "customer.lifted": ("ok", _("Suspension lifted: %(kind)s")),
    "customer.deleted": ("bad", _("Deleted")),
    "customer.undeleted": ("ok", _("Undeleted")),
    "customer.erased": ("bad", _("Deleted permanently, now %(number)s")),
    "details.sent": ("", _("Payment details sent by SMS%(also)s")),
    "customer.password_changed": ("", _("Portal password set")),
    "subscription.created": ("", _("%(plan)s added as %(username)s")),
    "subscription.completed": ("ok", _("%(plan)s has a username or an address again")),
    "subscription.activated": ("ok", _("%(plan)s activated")),
    "subscription.renewed": ("ok", _("%(plan)s renewed")),
    "subscription.period_begun": ("ok", _("Next period of %(plan)s begun early")),
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
    "wallet.refunded": ("", _("%(amount)s refunded: %(method)s %(reference)s%(because)s")),
    "wallet.written_off": ("", _("%(amount)s in the wallet written off%(because)s")),
    "debt.written_off": ("bad", _("Debt of %(amount)s written off%(because)s")),
    "payment.settled": ("ok", _("%(amount)s received: %(method)s %(receipt_code)s")),
    "payment.failed": ("bad", _("Payment of %(amount)s failed%(because)s")),
    "payment.unknown": ("bad", _("The provider does not say whether %(amount)s was paid")),
    "payment.inquired": ("", _("The provider was asked about %(amount)s")),
    "payment.conflict": (
        "bad",
        _("A receipt %(receipt_code)s over %(amount)s came that does not fit the payment; nothing was changed"),
    ),
    "purchase.fulfilled": ("ok", _("%(plan)s bought for %(price)s")),
    "purchase.unfulfilled": ("bad", _("%(plan)s was paid and not carried out, the money is in the wallet%(because)s")),
    "purchase.closed": ("", _("%(plan)s is not given any more, the money stays in the wallet")),
    # Of no customer: they stand on the organization's own history, which knows what the subject is called.
    "group.added": ("", _("Group %(name)s added")),
    "group.renamed": ("", _("Group %(was)s is now called %(name)s")),
    "group.removed": ("", _("Group %(name)s removed")),
    "group.disabled": ("bad", _("Group %(subject)s disabled%(because)s")),
    "group.enabled": ("ok", _("Group %(subject)s enabled")),
    "group.suspended": ("bad", _("Group %(subject)s suspended, %(kind)s%(because)s")),
    "group.lifted": ("ok", _("Suspension of group %(subject)s lifted: %(kind)s")),
    "plan.added": ("", _("Plan %(name)s added: %(price)s")),
    "plan.edited": ("", _("Plan %(subject)s changed")),
    "plan.retired": ("", _("Plan %(subject)s retired")),
    "plan.restored": ("", _("Plan %(subject)s on sale again")),
    "nas.added": ("", _("NAS %(name)s added: %(address)s")),
    "nas.edited": ("", _("NAS %(subject)s changed")),
    "nas.protections_reset": ("", _("What NAS %(subject)s can is learnt anew")),
    "nas.secret_revealed": ("", _("Shared secret of NAS %(subject)s shown")),
    "site.added": ("", _("Site %(name)s added")),
    "site.renamed": ("", _("Site %(was)s is now called %(name)s")),
    "nas.removed": ("bad", _("NAS %(name)s removed: %(address)s")),
    "site.removed": ("bad", _("Site %(name)s removed")),
    "staff.invited": ("", _("%(name)s invited to the staff as %(role)s: %(email)s")),
    "staff.invitation_withdrawn": ("", _("Invitation of %(name)s taken back")),
    "staff.invitation_declined": ("", _("%(name)s declined the invitation")),
    "staff.registered": ("", _("%(subject)s joined the staff as %(role)s")),
    "staff.role_changed": ("", _("%(subject)s is now %(role)s, and was %(was)s")),
    "staff.renamed": ("", _("%(subject)s has another name")),
    "staff.password_changed": ("", _("%(subject)s has another password")),
    "staff.removed": ("bad", _("%(subject)s removed from the staff, was %(role)s")),
    "organization.founded": ("ok", _("Organization founded")),
    "organization.edited": ("", _("Settings changed")),
    "clock.confirmed": ("", _("The clock of the server was confirmed")),
    "batch.issued": (
        "ok",
        ngettext_lazy(
            "Batch %(number)s of %(plan)s issued: %(vouchers)s voucher",
            "Batch %(number)s of %(plan)s issued: %(vouchers)s vouchers",
            "vouchers",
        ),
    ),
    "batch.sheets_released": (
        "ok",
        _("Sheets %(first)s to %(last)s of batch %(batch)s released, %(sheets)s of them held"),
    ),
    "batch.sheets_voided": ("bad", _("Sheets %(first)s to %(last)s of batch %(batch)s voided, %(sheets)s in all")),
    "sheet.released": ("ok", _("Sheet %(number)s of batch %(batch)s released")),
    "sheet.voided": ("bad", _("Sheet %(number)s of batch %(batch)s voided")),
    "sheet.revealed": ("", _("Passwords of sheet %(number)s of batch %(batch)s shown: %(vouchers)s")),
    "codes.paused": (
        "bad",
        ngettext_lazy(
            "Codes by SMS held back: %(codes)s was sent in an hour",
            "Codes by SMS held back: %(codes)s were sent in an hour",
            "codes",
        ),
    ),
    "codes.range_paused": (
        "bad",
        ngettext_lazy(
            "Codes by SMS held back: %(codes)s was sent in an hour to numbers that begin with %(range)s",
            "Codes by SMS held back: %(codes)s were sent in an hour to numbers that begin with %(range)s",
            "codes",
        ),
    ),
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

# Who did what nobody of the staff did, where it did not come by itself.
_OTHERS: Final[dict[str, Text]] = {
    "customer.registered": _("the customer"),
    "customer.password_changed": _("the customer"),
    "subscription.period_begun": _("the customer"),
    "payment.asked": _("the customer"),
    "captive.login_refused": _("a guest"),
}

_FIELDS: Final[dict[str, Text]] = {
    "first_name": _("first name"),
    "last_name": _("last name"),
    "company": _("company"),
    "phone": _("phone"),
    "contact_phone": _("contact phone"),
    "email": _("e-mail"),
    "group": _("group"),
    "site": _("site"),
    "account_expires_on": _("account expiry date"),
    "username": _("portal username"),
    "router_name": _("router’s username"),
    "extra_account_number": _("additional account number"),
    "price_minor": _("price"),
    "download_kbps": _("download speed"),
    "upload_kbps": _("upload speed"),
    "validity_count": _("validity"),
    "validity_unit": _("counted in"),
    "cap_bytes": _("data cap"),
    "time_limit_seconds": _("time limit"),
    "simultaneous_use": _("devices at once"),
    "idle_timeout_seconds": _("idle time-out"),
    "connection_type": _("connection type"),
    "name": _("name"),
    "address": _("IP address"),
    "vendor": _("vendor"),
    "login_hosts": _("hotspot login hosts"),
    "coa_port": _("port for Disconnect"),
    "require_message_authenticator": _("demand Message-Authenticator"),
    "limit_proxy_state": _("refuse unsigned Proxy-State"),
    "coa_message_authenticator": _("sign Disconnect"),
    "swap_octets": _("counters swapped"),
    "secret": _("shared secret"),
    "logo": _("logo"),
    "timezone": _("time zone"),
    "language": _("language"),
    "accent": _("colour"),
    "support_phone": _("support phone"),
    "account_prefix": _("account number prefix"),
    "registration": _("registering on the portal"),
    "code_countries": _("countries of codes by SMS"),
    "address_blocks": _("own address blocks"),
    "realms": _("realms"),
    "interim_seconds": _("seconds between usage reports"),
}


def lines(events: Iterable[Event], organization: Organization, *, hides_codes: bool = False) -> list[Line]:
    """One line for each act: what one operation caused stands under its first Event. `hides_codes` of vouchers."""
    drawn = []
    seen = set()
    for event in events:
        if (event.operation, event.kind) in seen:
            continue
        seen.add((event.operation, event.kind))
        drawn.append(line(event, organization, hides_codes=hides_codes))
    return drawn


def line(event: Event, organization: Organization, *, subject: str = "", hides_codes: bool = False) -> Line:
    """One Event; `subject` is what the thing that it is about is called now."""
    tone, sentence = SENTENCES.get(event.kind, ("", event.kind.replace(".", " ").replace("_", " ")))
    if event.staff is None:
        sentence = _BY_THEMSELVES.get(event.kind, sentence)
    text = str(sentence % _Places(event, organization, subject, hides_codes=hides_codes)).strip()
    nobody = _OTHERS.get(event.kind, _("automatic"))
    return Line(event.at, tone, text, event.staff.name if event.staff else "", _more(event, organization), nobody)


class _Places(dict[str, Any]):
    """What a sentence may name of an Event; what is missing is left out."""

    def __init__(self, event: Event, organization: Organization, subject: str, *, hides_codes: bool) -> None:
        payload = _said(event)
        for name, value in list(payload.items()):
            if isinstance(value, list) and len(value) == _PAIR:
                self["was"], payload[name] = _WRITTEN.get(name, str)(value[0]), value[1]
        # A count stays a number: it chooses between one and many.
        self.update({name: value if type(value) is int else str(value) for name, value in payload.items()})
        self["subject"] = subject or gettext("(gone)")
        for name, place in _AMOUNTS.items():
            if name in payload:
                self[place] = show.money(payload[name], organization.currency)
        reason = _reason(event, organization)
        self["because"] = f": {reason}" if reason else ""
        for name, write in _WRITTEN.items():
            if payload.get(name):
                self[name] = write(payload[name])
        if payload.get("logins"):
            self["also"] = gettext(", with username and password")
        if payload.get("is_owed"):
            self["owed"] = gettext(", not paid yet")
        elif payload.get("method") == FREE:
            self["owed"] = gettext(", given free")
        elif payload.get("method") == BALANCE:
            self["owed"] = gettext(", from the balance")
        if event.subject_kind == "device" and "name" in self:
            self["name"] = mac.pretty(self["name"])
        if payload.get("used_bytes"):
            self["used"] = units.show_bytes(int(payload["used_bytes"]))
        if hides_codes:
            self.update({name: show.hidden_code(self[name]) for name in _codes(event) if name in self})

    def __missing__(self, name: str) -> str:
        return "…" if name in _PERSONAL else ""


def _codes(event: Event) -> tuple[str, ...]:
    """Where an Event has the code of a voucher: a name that is shown as its password was may be one."""
    if event.subject_kind == "voucher":
        return "code", "name"
    looks_like_one = bool(ids.voucher_code(str(event.personal.get("name", ""))))
    return ("code", "name") if event.subject_kind == "credential" and looks_like_one else ("code",)


# What an Event names until its customer is deleted permanently.
_PERSONAL: Final = frozenset({"account_number", "username", "user_name", "name"})


def _said(event: Event) -> dict[str, Any]:
    """All that an Event tells; of changed details only that there were some, because `_more` tells them."""
    return {**event.payload} if event.kind == "customer.edited" else {**event.payload, **event.personal}


def _reason(event: Event, organization: Organization) -> str:
    """Why it happened: what somebody wrote, or the words of a code."""
    reason = str(_said(event).get("reason") or "")
    if event.kind == "payment.failed":
        return str(FAILURES.get(reason, OTHER_FAILURE))
    if event.kind == "purchase.unfulfilled":
        return red_lines.why_not(reason, event.payload["plan"], event.payload["price_minor"], organization)
    return reason


def _method(value: Any) -> str:
    return str(Method(value).label) if value in Method.values else str(value)


def _role(value: Any) -> str:
    return str(Role(value).label).lower() if value in Role.values else str(value)


def _kind(value: Any) -> str:
    known = value in SuspensionKind.values
    return str(SuspensionKind(value).label).lower() if known else str(value)


_WRITTEN: Final[dict[str, Callable[[Any], str]]] = {"kind": _kind, "method": _method, "role": _role}
_AMOUNTS: Final = {"amount_minor": "amount", "price_minor": "price"}


def _more(event: Event, organization: Organization) -> str:
    """What was changed, from what to what; of somebody who came back, what others have taken meanwhile."""
    if event.kind == "customer.undeleted" and event.payload.get("lost"):
        lost = ", ".join(str(_FIELDS.get(name, name)) for name in event.payload["lost"])
        return gettext("Taken by others meanwhile, and empty now: %(fields)s") % {"fields": lost}
    changed: dict[str, list[Any]] = {}
    if event.kind == "customer.edited":
        changed = event.personal
    elif "changed" in event.payload:
        changed = event.payload["changed"]
    parts = []
    # In an order of ours: the databases keep another one each.
    for name, values in sorted(changed.items()):
        before, after = (_value(name, value, organization) for value in values)
        what = {"field": str(_FIELDS.get(name, name)), "before": before, "after": after}
        # Of a secret, or a picture, only that it is another one.
        parts.append(what["field"] if before == after else gettext("%(field)s: from %(before)s to %(after)s") % what)
    return "; ".join(parts)


def _value(name: str, value: Any, organization: Organization) -> str:
    if value in (None, ""):
        return "—"
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if name in CHOICES:
        return str(CHOICES[name].get(value, value))
    unit = name.rpartition("_")[2]
    if unit == "on":
        return show.day(date.fromisoformat(value))
    if unit == "minor":
        return show.money(int(value), organization.currency)
    return _UNITS[unit](int(value)) if unit in _UNITS else str(value)


_PAIR: Final = 2
# What is one of few, by the words that its form has for it.
CHOICES: Final[dict[str, dict[Any, Text]]] = {
    "connection_type": dict(ConnectionType.choices),
    "validity_unit": dict(ValidityUnit.choices),
    "vendor": dict(Vendor.choices),
    "require_message_authenticator": dict(Switch.choices),
    "limit_proxy_state": dict(Switch.choices),
    "registration": dict(Registration.choices),
    "language": dict(LANGUAGES),
}
_UNITS: Final[dict[str, Callable[[int], str]]] = {
    "bytes": units.show_bytes,
    "kbps": units.show_rate,
    "seconds": units.show_seconds,
}
