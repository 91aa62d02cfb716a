"""What the history of an organization is narrowed by."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from headend.doors.console.crud import SEARCH_LONGEST, Form
from headend.lib import clock
from headend.reports.events import GROUPS, Place

EVERYBODY: Final = ""
NOBODY: Final = "0"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

_GROUP_LABELS: Final = {
    "customers": _("Customers"),
    "access": _("Access and vouchers"),
    "money": _("Money"),
    "network": _("Network"),
    "staff": _("Staff and settings"),
}


class EventsForm(Form):
    """Who, what, when, of whom. What cannot be read narrows nothing, and says so."""

    q = forms.CharField(label=_("Customer"), max_length=SEARCH_LONGEST, required=False)
    by = forms.ChoiceField(label=_("Done by"), required=False)
    about = forms.ChoiceField(
        label=_("About"),
        required=False,
        choices=[("", _("Everything")), *((group, _GROUP_LABELS[group]) for group in GROUPS)],
    )
    since = forms.DateField(
        label=_("From"), required=False, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
    until = forms.DateField(
        label=_("To"), required=False, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = self.organization.membership_set.select_related("staff").order_by("staff__name")
        by = self.fields["by"]
        assert isinstance(by, forms.ChoiceField), "declared above"
        by.choices = [
            (EVERYBODY, _("Everybody")),
            *((str(membership.staff_id), membership.staff.name) for membership in people),
            (NOBODY, _("Not staff: the system or a customer")),
        ]

    def clean(self) -> dict[str, Any]:
        since, until = self.cleaned_data.get("since"), self.cleaned_data.get("until")
        if since and until and until < since:
            self.add_error("until", _("The last day is before the first."))
        return self.cleaned_data

    def since_at(self) -> datetime | None:
        """When the first day begins."""
        day = self.cleaned_data.get("since")
        return clock.day_start(day, self.organization.timezone) if day else None

    def until_at(self) -> datetime | None:
        """When the last day is over."""
        day = self.cleaned_data.get("until")
        return clock.day_end(day, self.organization.timezone) if day else None


def write_place(place: Place) -> str:
    """A place in the history as an address carries it: microseconds, and the row."""
    return f"{(place.at - _EPOCH) // timedelta(microseconds=1)}-{place.pk}"


def read_place(text: str) -> Place | None:
    """The place that an address names; None for anything else."""
    micros, dash, pk = text.partition("-")
    if not (dash and micros.isdigit() and pk.isdigit() and micros.isascii() and pk.isascii()) or len(text) > 36:
        return None
    try:
        return Place(_EPOCH + timedelta(microseconds=int(micros)), min(int(pk), 2**63 - 1))
    except OverflowError:
        return None
