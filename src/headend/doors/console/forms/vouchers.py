"""The forms of printed vouchers: a batch, and some sheets of one."""

from datetime import date, datetime
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from headend.access import batches
from headend.access.models import Batch, ConnectionType
from headend.doors.console.crud import Form, Owned
from headend.doors.console.forms.money import VoucherChoices
from headend.lib import clock
from headend.lib.refused import Refused
from headend.ui.forms import Amount

# What fits on an A4 page, cut four by ten.
ON_A_SHEET = 40


def _whole(label: Any, initial: int, hint: Any) -> forms.IntegerField:
    return forms.IntegerField(
        label=label, min_value=1, max_value=batches.VOUCHERS_AT_MOST, initial=initial, widget=Amount(), help_text=hint
    )


class BatchForm(Form):
    """Vouchers that are made together: of which plan, and how many."""

    layout: ClassVar[tuple[tuple[str, ...], ...]] = (
        ("plan",),
        ("sheets", "vouchers_per_sheet"),
        ("note",),
        ("valid_until",),
    )

    plan = Owned(
        label=_("Plan"),
        of=lambda organization: (
            organization.plan_set.filter(connection_type=ConnectionType.HOTSPOT, retired_at__isnull=True)
            .select_related("organization")
            .order_by("price_minor", "name_key")
        ),
        widget=VoucherChoices(),
        empty_label=None,
        blank=False,
        error_messages={
            "required": _("Choose a plan."),
            "invalid_choice": _("This plan is no longer sold: choose one of this list."),
        },
    )
    sheets = _whole(_("Sheets"), 10, _("They are numbered, and each is released by itself."))
    vouchers_per_sheet = _whole(_("Vouchers on a sheet"), ON_A_SHEET, _("40 fill an A4 page."))
    note = forms.CharField(
        label=_("Note"),
        max_length=200,
        required=False,
        help_text=_("Whom they are for: colleagues read it in the list."),
        widget=forms.TextInput(attrs={"class": "w-l", "autocomplete": "off"}),
    )
    valid_until = forms.DateField(
        label=_("Last day to begin"),
        required=False,
        help_text=_("Vouchers that nobody used by then end. Empty: they keep."),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "w-m"}),
    )

    def clean_valid_until(self) -> date | None:
        day: date | None = self.cleaned_data["valid_until"]
        if day is not None and day < clock.local_day(clock.now(), self.organization.timezone):
            raise forms.ValidationError(_("This day is over."))
        return day

    def values(self) -> dict[str, Any]:
        """What the verb takes."""
        values = {name: self.cleaned_data[name] for name in ("plan", "sheets", "vouchers_per_sheet", "note")}
        return {**values, "valid_until": self._ends_at()}

    def _ends_at(self) -> datetime | None:
        day = self.cleaned_data["valid_until"]
        return clock.day_end(day, self.organization.timezone) if day else None


class RangeForm(Form):
    """Some sheets of a batch, by their numbers."""

    layout: ClassVar[tuple[tuple[str, ...], ...]] = (("first", "last"),)

    first = forms.IntegerField(label=_("From sheet"), widget=Amount())
    last = forms.IntegerField(label=_("To sheet"), widget=Amount())

    def __init__(self, *args: Any, batch: Batch, **kwargs: Any) -> None:
        super().__init__(*args, organization=batch.organization, **kwargs)
        self.batch = batch

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        if {"first", "last"} <= values.keys():
            try:
                batches.check_range(batch=self.batch, first=values["first"], last=values["last"])
            except Refused as refused:
                self.refuse(refused)
        return values
