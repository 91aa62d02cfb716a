"""What mends a refusal: the words for staff, and the button that does it."""

from dataclasses import dataclass
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from headend.access.authorize import Code, Verdict
from headend.access.reasons import SHORT, detail_text
from headend.customers.models import SuspensionKind
from headend.doors.console.pages import Request, may, url
from headend.reports.customer import Explained, Hub
from headend.system.models import Organization
from headend.ui.templatetags import show

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Remedy:
    """What is said of a rule that refuses, and the button; `post` where the button acts at once."""

    headline: Text
    advice: Text
    button: Text = ""
    url: str = ""
    post: bool = False


_WORDS: Final[dict[Code, tuple[Text, Text]]] = {
    Code.CUSTOMER_DELETED: (_("This customer is deleted."), _("Undelete to let them connect again; nothing was lost.")),
    Code.GROUP_DISABLED: (
        _("The whole group is disabled."),
        _("Everybody in the group is kept from connecting until it is enabled."),
    ),
    Code.CUSTOMER_DISABLED: (_("This customer is disabled."), _("Enable, and they can connect at once.")),
    Code.ACCOUNT_EXPIRED: (_("The account expiry date has passed."), _("Set a later date, or none.")),
    Code.SUBSCRIPTION_INACTIVE: (_("The package is not active yet."), _("Activate it, and its period begins now.")),
    Code.SUBSCRIPTION_BLOCKED: (
        _("This package is blocked."),
        _("Unblock, and it can connect at once; other packages are not touched."),
    ),
    Code.SUSPENDED: (_("Suspended: %(kind)s."), _("Lift the suspension, and they can connect at once.")),
    Code.SUBSCRIPTION_EXPIRED: (_("The period is over."), _("Renew it: a new period begins now.")),
    Code.TIME_USED_UP: (_("The time of this period is used up."), _("Renew to begin a new period.")),
    Code.CAP_REACHED: (_("The data of this period is used up."), _("Renew to begin a new period.")),
    Code.DEVICE_BLOCKED: (_("The device is blocked."), _("Unblock it under Devices.")),
    Code.SESSION_LIMIT: (
        _("As many devices are connected as the plan allows."),
        _("A further one is refused until one of them disconnects."),
    ),
    Code.USER_UNKNOWN: (_("The username is not known."), _("It was ended with its package.")),
    Code.PASSWORD_WRONG: (_("The password is wrong."), _("Compare it with the router’s, or set a new one.")),
}

_PERMISSION: Final[dict[Code, str]] = {
    Code.CUSTOMER_DELETED: "customers.delete",
    **dict.fromkeys(
        (Code.SUBSCRIPTION_INACTIVE, Code.SUBSCRIPTION_EXPIRED, Code.TIME_USED_UP, Code.CAP_REACHED), "money.take"
    ),
}


def remedy(request: Request, hub: Hub, explained: Explained) -> Remedy | None:
    """What mends the first rule that refuses a package; None where it may connect."""
    first = explained.first
    if first is None:
        return None
    headline, advice = _WORDS[first.code]
    if first.code is Code.SUSPENDED:
        headline = str(headline) % {"kind": _kind(first)}
    if _waits_for_next(explained, first.code):
        advice = gettext("The next period is paid for and begins %(start)s. It can begin now.") % {
            "start": show.moment(explained.package.ahead[0].started_at)
        }
    button, place, post = _button(request, hub, explained, first.code)
    if not place or not may(request, _PERMISSION.get(first.code, "customers.edit")):
        return Remedy(headline, advice)
    return Remedy(headline, advice, button, place, post)


def short(verdict: Verdict) -> str:
    """A refusal in a few words: `suspended, overdue`."""
    words = str(SHORT[verdict.code])
    words = words[:1].lower() + words[1:]
    return f"{words}, {_kind(verdict)}" if verdict.code is Code.SUSPENDED else words


def detail(verdict: Verdict, organization: Organization) -> str:
    """What a rule looked at, with times as pages write them."""
    found = verdict.detail
    if verdict.result == "not_checked":
        return ""
    if found.get("since"):
        since = {"kind": _kind(verdict), "time": show.moment(found["since"])}
        return (
            gettext("%(kind)s since %(time)s").strip() % since if since["kind"] else gettext("since %(time)s") % since
        )
    if found.get("until"):
        sentence = gettext("to %(time)s") if verdict.result == "pass" else gettext("ended %(time)s")
        return sentence % {"time": show.until(found["until"])}
    return detail_text(verdict, organization)


def _waits_for_next(explained: Explained, code: Code) -> bool:
    """Whether the running period is used up, and another one was paid ahead."""
    return code in (Code.TIME_USED_UP, Code.CAP_REACHED) and explained.package.can_begin_next


def _kind(verdict: Verdict) -> str:
    kind = verdict.detail.get("kind")
    return str(SuspensionKind(kind).label).lower() if kind and verdict.code is Code.SUSPENDED else ""


def _button(request: Request, hub: Hub, explained: Explained, code: Code) -> tuple[Text, str, bool]:
    customer, subscription = hub.customer, explained.package.subscription
    simple: dict[Code, tuple[Text, str, tuple[Any, ...], bool]] = {
        Code.CUSTOMER_DELETED: (_("Undelete"), "customer_deletion_lift", (customer.pk,), True),
        Code.GROUP_DISABLED: (_("Enable group"), "group_suspension_lift", (customer.group_id, "disabled"), False),
        Code.CUSTOMER_DISABLED: (_("Enable"), "customer_suspension_lift", (customer.pk, "disabled"), True),
        Code.ACCOUNT_EXPIRED: (_("Change the date"), "customer_edit", (customer.pk,), False),
        Code.SUBSCRIPTION_INACTIVE: (_("Activate"), "subscription_renewal", (subscription.pk,), False),
        Code.SUBSCRIPTION_BLOCKED: (_("Unblock"), "subscription_block_lift", (subscription.pk,), True),
        Code.SUBSCRIPTION_EXPIRED: (_("Renew"), "subscription_renewal", (subscription.pk,), False),
        Code.TIME_USED_UP: (_("Renew"), "subscription_renewal", (subscription.pk,), False),
        Code.CAP_REACHED: (_("Renew"), "subscription_renewal", (subscription.pk,), False),
    }
    if code is Code.SUSPENDED and explained.first is not None:
        kind = explained.first.detail["kind"]
        if any(row.kind == kind for row in hub.suspensions):
            return _("Lift"), url(request, "customer_suspension_lift", customer.pk, kind), True
        return _("Lift for the group"), url(request, "group_suspension_lift", customer.group_id, kind), False
    if _waits_for_next(explained, code):
        return _("Begin next period"), url(request, "subscription_next", subscription.pk), False
    if code not in simple:
        return "", "", False
    label, name, arguments, post = simple[code]
    return label, url(request, name, *arguments), post
