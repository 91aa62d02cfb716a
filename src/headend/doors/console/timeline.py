"""Events as sentences, for the timeline of a customer."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from headend.customers.models import SuspensionKind
from headend.lib import mac, units
from headend.system.models import Event
from headend.ui.states import Tone

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
    "customer.edited": ("", _("Details changed")),
    "customer.disabled": ("bad", _("Disabled%(because)s")),
    "customer.enabled": ("ok", _("Enabled")),
    "customer.suspended": ("bad", _("Suspended, %(kind)s%(because)s")),
    "customer.lifted": ("ok", _("Suspension lifted: %(kind)s")),
    "customer.deleted": ("bad", _("Deleted")),
    "customer.undeleted": ("ok", _("Undeleted")),
    "subscription.created": ("", _("%(plan)s added as %(username)s")),
    "subscription.activated": ("ok", _("%(plan)s activated")),
    "subscription.renewed": ("ok", _("%(plan)s renewed")),
    "subscription.ended": ("bad", _("%(plan)s ended")),
    "subscription.blocked": ("bad", _("%(name)s blocked%(because)s")),
    "subscription.unblocked": ("ok", _("%(name)s unblocked")),
    "device.blocked": ("bad", _("Device %(name)s blocked%(because)s")),
    "device.unblocked": ("ok", _("Device %(name)s unblocked")),
    "credential.revealed": ("", _("Password of %(name)s shown")),
    "credential.secret_changed": ("", _("Password of %(name)s changed")),
    "session.disconnect_asked": ("", _("Disconnect asked for %(user_name)s on %(nas)s")),
    "usage.cap_near": ("", _("80 %% of the data of %(plan)s is used")),
    "usage.cap_reached": ("bad", _("All data of %(plan)s is used: %(used)s")),
    "usage.time_used_up": ("bad", _("All time of %(plan)s is used")),
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
}


def lines(events: Iterable[Event]) -> list[Line]:
    """One line for each act: what one operation caused stands under its first Event."""
    drawn = []
    seen = set()
    for event in events:
        if (event.operation, event.kind) in seen:
            continue
        seen.add((event.operation, event.kind))
        tone, sentence = SENTENCES.get(event.kind, ("", event.kind.replace(".", " ").replace("_", " ")))
        text = str(sentence) % _Places(event)
        drawn.append(Line(event.at, tone, text, event.staff.name if event.staff else "", _more(event)))
    return drawn


class _Places(dict[str, str]):
    """What a sentence may name of an Event; what is missing is left out."""

    def __init__(self, event: Event) -> None:
        payload: dict[str, Any] = event.payload
        super().__init__({name: str(value) for name, value in payload.items()})
        reason = str(payload.get("reason") or "")
        self["because"] = f": {reason}" if reason else ""
        for name, write in _WRITTEN.items():
            if payload.get(name):
                self[name] = write(payload[name])
        if event.subject_kind == "device":
            self["name"] = mac.pretty(self.get("name", ""))
        if payload.get("used_bytes"):
            self["used"] = units.show_bytes(int(payload["used_bytes"]))

    def __missing__(self, name: str) -> str:
        return ""


def _kind(value: Any) -> str:
    known = value in SuspensionKind.values
    return str(SuspensionKind(value).label).lower() if known else str(value)


_WRITTEN: Final[dict[str, Callable[[Any], str]]] = {"kind": _kind}


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
