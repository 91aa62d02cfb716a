"""Events as sentences: what all packages declare can happen, gathered, and drawn for whoever reads it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.utils.translation import gettext

from headend.access import happenings as access
from headend.access.models import ConnectionType, ValidityUnit
from headend.billing import happenings as billing
from headend.billing.models import Method
from headend.billing.reasons import FAILURES, OTHER_FAILURE
from headend.billing.signups import BALANCE, FREE
from headend.customers import happenings as customers
from headend.customers.models import SuspensionKind
from headend.desk import happenings as desk
from headend.lib import ids, mac, units
from headend.messaging import catalogue
from headend.messaging import happenings as messaging
from headend.messaging.models import Channel
from headend.network import happenings as network
from headend.network.models import Switch, Vendor
from headend.system import happenings as system
from headend.system.events import Area, Happening, Nothing, Text
from headend.system.models import Event, Organization, Registration, Role
from headend.system.organizations import LANGUAGES
from headend.ui.states import Tone
from headend.ui.templatetags import show


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened. `by` is who of the staff did it, else `nobody` says how it came; `more` is a second, quiet line."""

    at: datetime
    tone: Tone
    text: str
    by: str
    more: str = ""
    nobody: Text = ""


# A door's words for why a purchase was not carried out, from the code, the plan, its price and the organization.
Why = Callable[[str, str, int, Organization], str]

PACKAGES: Final = (system, customers, network, access, messaging, billing, desk)

# Every kind of Event that can happen, as the packages declare it.
HAPPENINGS: Final[dict[str, Happening[...]]] = {
    one.kind: one for package in PACKAGES for one in vars(package).values() if isinstance(one, Happening)
}

# What can be changed of anything, in words.
FIELDS: Final[dict[str, Text]] = {
    **system.FIELDS,
    **customers.FIELDS,
    **network.FIELDS,
    **access.FIELDS,
    **messaging.FIELDS,
    **desk.FIELDS,
}


def kinds_of(area: str) -> list[str]:
    """The kinds of Events of an area."""
    return [kind for kind, happening in HAPPENINGS.items() if happening.area == area]


def lines(events: Iterable[Event], organization: Organization, *, why: Why, hides_codes: bool = False) -> list[Line]:
    """One line for each act: what one operation caused stands under its first Event. `hides_codes` of vouchers."""
    drawn = []
    seen = set()
    for event in events:
        if (event.operation, event.kind) in seen:
            continue
        seen.add((event.operation, event.kind))
        drawn.append(line(event, organization, why=why, hides_codes=hides_codes))
    return drawn


def line(event: Event, organization: Organization, *, why: Why, subject: str = "", hides_codes: bool = False) -> Line:
    """One Event; `subject` is what the thing that it is about is called now."""
    happening = HAPPENINGS.get(event.kind) or _unknown(event.kind)
    sentence = happening.sentence if event.staff else happening.alone or happening.sentence
    return Line(
        event.at,
        happening.tone,
        str(sentence % _Places(event, organization, subject, why=why, hides_codes=hides_codes)).strip(),
        event.staff.name if event.staff else "",
        _more(event, organization),
        happening.doer,
    )


def _unknown(kind: str) -> Happening[[]]:
    """Of an older or a newer version: read by its kind."""
    return Happening(kind, Nothing, Area.STAFF, sentence=kind.replace(".", " ").replace("_", " "), when="")


class _Places(dict[str, Any]):
    """What a sentence may name of an Event; what is missing is left out."""

    def __init__(self, event: Event, organization: Organization, subject: str, *, why: Why, hides_codes: bool) -> None:
        payload = _said(event)
        for name, value in list(payload.items()):
            if isinstance(value, list) and len(value) == _PAIR:
                self["was"], payload[name] = _WRITTEN.get(name, str)(value[0]), value[1]
        # A count stays a number: it chooses between one and many.
        self.update({name: value if type(value) is int else str(value) for name, value in payload.items()})
        self["subject"] = subject or gettext("(gone)")
        # There was SMS alone before Events told which.
        self["channel"] = _channel(Channel.SMS)
        for name, place in _AMOUNTS.items():
            if name in payload:
                self[place] = show.money(payload[name], organization.currency)
        reason = _reason(event, organization, why)
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
    return {**event.payload} if event.kind == customers.CUSTOMER_EDITED.kind else {**event.payload, **event.personal}


def _reason(event: Event, organization: Organization, why: Why) -> str:
    """Why it happened: what somebody wrote, or the words of a code."""
    reason = str(_said(event).get("reason") or "")
    if event.kind == billing.PAYMENT_FAILED.kind:
        return str(FAILURES.get(reason, OTHER_FAILURE))
    if event.kind == billing.PURCHASE_UNFULFILLED.kind:
        return why(reason, event.payload["plan"], event.payload["price_minor"], organization)
    return reason


def _method(value: Any) -> str:
    return str(Method(value).label) if value in Method.values else str(value)


def _role(value: Any) -> str:
    return str(Role(value).label).lower() if value in Role.values else str(value)


def _kind(value: Any) -> str:
    known = value in SuspensionKind.values
    return str(SuspensionKind(value).label).lower() if known else str(value)


def _channel(value: Any) -> str:
    return str(Channel(value).label) if value in Channel.values else str(value)


def _channels(value: Any) -> str:
    return gettext(" and ").join(_channel(name) for name in str(value).split())


_WRITTEN: Final[dict[str, Callable[[Any], str]]] = {
    "kind": _kind,
    "method": _method,
    "role": _role,
    "channel": _channel,
    "channels": _channels,
    "notice": lambda value: str(catalogue.label(value)),
}
_AMOUNTS: Final = {"amount_minor": "amount", "price_minor": "price"}


def _more(event: Event, organization: Organization) -> str:
    """What was changed, from what to what; of somebody who came back, what others have taken meanwhile."""
    if event.kind == desk.CUSTOMER_UNDELETED.kind and event.payload.get("lost"):
        lost = ", ".join(str(FIELDS.get(name, name)) for name in event.payload["lost"])
        return gettext("Taken by others meanwhile, and empty now: %(fields)s") % {"fields": lost}
    changed: dict[str, list[Any]] = {}
    if event.kind == customers.CUSTOMER_EDITED.kind:
        changed = event.personal
    elif "changed" in event.payload:
        changed = event.payload["changed"]
    parts = []
    # In an order of ours: the databases keep another one each.
    for name, values in sorted(changed.items()):
        before, after = (_value(name, value, organization) for value in values)
        what = {"field": str(FIELDS.get(name, name)), "before": before, "after": after}
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
