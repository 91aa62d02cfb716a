"""Choices that pages of several wings offer: plans, connection types and methods of payment."""

from typing import Any, Final

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from headend.access.models import Plan
from headend.lib import units
from headend.ui.forms import Choices
from headend.ui.templatetags import show

TYPE_NOTES = {
    "pppoe": _("The router signs in with a username and password"),
    "hotspot": _("The person signs in on the captive portal"),
    "static": _("A fixed address of their own"),
    "none": _("On record only; add a package later"),
}

METHOD_NOTES: Final = {
    "cash": _("In hand; has no reference"),
    "mobile": _("The code of the message, as QJK4R81XQ2"),
    "bank": _("The bank’s reference"),
    "cheque": _("The cheque’s number"),
}


class PlanChoices(Choices):
    """Plans with price and terms; a stylesheet shows those of the chosen connection type."""

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        plan = getattr(value, "instance", None)
        if isinstance(plan, Plan):
            option["css"] = f"for-{plan.connection_type}"
            option["price"] = show.price(plan.price_minor, plan.organization.currency)
            option["note"] = terms_in_words(plan)
        return option


class VoucherChoices(PlanChoices):
    """Plans of which vouchers are made, all of them shown: nothing else on the page decides among them."""

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        return super().create_option(name, value, *args, **kwargs) | {"css": ""}


def terms_in_words(plan: Plan) -> str:
    """What a plan promises, in one line: `10M down, 3M up, 300 GB, 1 month`."""
    if plan.download_kbps is None and plan.upload_kbps is None:
        speed = gettext("unlimited speed")
    else:
        down, up = show.rate(plan.download_kbps), show.rate(plan.upload_kbps)
        speed = gettext("%(down)s down, %(up)s up") % {"down": down, "up": up}
    parts = [speed]
    if plan.cap_bytes is not None:
        parts.append(units.show_bytes(plan.cap_bytes))
    if plan.time_limit_seconds is not None:
        parts.append(gettext("%(time)s online") % {"time": units.show_seconds(plan.time_limit_seconds)})
    parts.append(show.validity(plan))
    return ", ".join(parts)
