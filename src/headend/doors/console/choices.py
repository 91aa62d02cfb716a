"""Choices that pages of several wings offer: plans, connection types and methods of payment."""

from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from headend.access.models import Plan
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
            option["note"] = show.staff_terms(plan)
        return option


class VoucherChoices(PlanChoices):
    """Plans of which vouchers are made, all of them shown: nothing else on the page decides among them."""

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        return super().create_option(name, value, *args, **kwargs) | {"css": ""}
