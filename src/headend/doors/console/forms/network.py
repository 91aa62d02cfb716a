"""The forms of plans, NASes, groups and sites."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, ClassVar, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from headend.access.models import ConnectionType, Plan, ValidityUnit
from headend.access.plans import LONGEST
from headend.access.rules import Code
from headend.doors.console.crud import Form, Owned
from headend.lib import money, units
from headend.lib.refused import Refused
from headend.network.models import NAS, Switch, Vendor
from headend.system.models import Organization
from headend.ui.forms import Amount, Choices, read_amount

KBPS_IN_MBIT: Final = 1000
SECONDS_IN_HOUR: Final = 3600
SECONDS_IN_MINUTE: Final = 60

# What a plan must have, and what is said beside each that is missing.
_WANTED: Final = {
    "name": _("Give a name."),
    "connection_type": _("Choose a connection type."),
    "price": _("Give a price; 0 is free."),
    "download": _("Give a speed, or tick unlimited."),
    "upload": _("Give a speed, or tick unlimited."),
    "validity_count": _("Give how long it runs."),
    "validity_unit": _("Choose what it is counted in."),
}


class NameForm(Form):
    """A name, for what has nothing else."""

    layout: ClassVar[tuple[tuple[str, ...], ...]] = (("name",),)

    name = forms.CharField(
        label=_("Name"), max_length=80, widget=forms.TextInput(attrs={"class": "w-m", "autocomplete": "off"})
    )


def _speed(label: Any) -> forms.DecimalField:
    return forms.DecimalField(
        label=label,
        required=False,
        min_value=0,
        max_digits=9,
        decimal_places=3,
        widget=Amount(after="Mbit/s"),
        localize=False,
    )


def _whole(label: Any, after: Any, hint: Any = "") -> forms.IntegerField:
    return forms.IntegerField(
        label=label, required=False, min_value=0, max_value=1_000_000, widget=Amount(after=after), help_text=hint
    )


class PlanForm(Form):
    """What is sold. Speeds are typed in Mbit/s or ticked as unlimited; zero and blank are neither."""

    layout: ClassVar[tuple[tuple[str, ...], ...]] = (
        ("name",),
        ("connection_type",),
        ("price",),
        ("download", "upload"),
        ("unlimited_download", "unlimited_upload"),
        ("validity_count", "validity_unit"),
        ("cap", "hours"),
        ("simultaneous_use", "idle_minutes"),
    )

    demanded: ClassVar[tuple[str, ...]] = (
        "name",
        "connection_type",
        "price",
        "download",
        "upload",
        "unlimited_download",
        "unlimited_upload",
        "validity_count",
        "validity_unit",
    )

    name = forms.CharField(
        label=_("Name"),
        max_length=80,
        required=False,
        widget=forms.TextInput(attrs={"class": "w-l", "autocomplete": "off"}),
    )
    connection_type = forms.ChoiceField(
        label=_("Connection type"), choices=ConnectionType.choices, widget=Choices(), initial="pppoe", required=False
    )
    price = forms.CharField(label=_("Price"), max_length=20, required=False, help_text=_("For one period. 0 is free."))
    download = _speed(_("Download speed"))
    upload = _speed(_("Upload speed"))
    unlimited_download = forms.BooleanField(label=_("Unlimited download speed"), required=False)
    unlimited_upload = forms.BooleanField(label=_("Unlimited upload speed"), required=False)
    validity_count = _whole(_("Validity"), "")
    validity_unit = forms.ChoiceField(
        label=_("Counted in"),
        choices=ValidityUnit.choices,
        initial="months",
        required=False,
        widget=forms.Select(attrs={"class": "w-s"}),
    )
    cap = forms.DecimalField(
        label=_("Data cap"),
        required=False,
        min_value=Decimal("0.001"),
        max_digits=12,
        decimal_places=3,
        widget=Amount(after="GB"),
        help_text=_("For one period. Empty: no cap."),
    )
    hours = forms.DecimalField(
        label=_("Time limit"),
        required=False,
        min_value=Decimal("0.01"),
        max_digits=8,
        decimal_places=2,
        widget=Amount(after=_("hours online")),
        help_text=_("For one period. Empty: no limit."),
    )
    simultaneous_use = forms.IntegerField(
        label=_("Devices at once"),
        min_value=1,
        max_value=1000,
        initial=1,
        widget=Amount(),
        help_text=_("How many may be connected together."),
    )
    idle_minutes = _whole(_("Idle time-out"), _("minutes"), _("Disconnects who is silent. Empty: never."))

    def __init__(self, *args: Any, organization: Organization, **kwargs: Any) -> None:
        super().__init__(*args, organization=organization, **kwargs)
        self.fields["price"].widget = Amount(before=organization.currency)

    def clean_price(self) -> int | None:
        typed = self.cleaned_data["price"]
        return read_amount(typed, self.organization.currency) if typed else None

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        longest = LONGEST.get(values.get("validity_unit", ""))
        if longest is not None and (values.get("validity_count") or 0) > longest:
            self.add_error("validity_count", _("That is more than a hundred years."))
        missing = [name for name in _WANTED if name not in self.errors and not self._has(name)]
        if missing:
            self.refuse(Refused(Code.PLAN_INCOMPLETE))
        for name in missing:
            self.add_error(name, _WANTED[name])
        return values

    def terms(self) -> dict[str, Any]:
        """What the verbs take."""
        values = self.cleaned_data
        return {
            "name": values["name"],
            "connection_type": values["connection_type"],
            "price_minor": values["price"],
            "download_kbps": None if values["unlimited_download"] else int(values["download"] * KBPS_IN_MBIT),
            "upload_kbps": None if values["unlimited_upload"] else int(values["upload"] * KBPS_IN_MBIT),
            "validity_count": values["validity_count"],
            "validity_unit": values["validity_unit"],
            "cap_bytes": int(values["cap"] * units.GIGABYTE) if values["cap"] else None,
            "time_limit_seconds": int(values["hours"] * SECONDS_IN_HOUR) if values["hours"] else None,
            "simultaneous_use": values["simultaneous_use"],
            "idle_timeout_seconds": values["idle_minutes"] * SECONDS_IN_MINUTE if values["idle_minutes"] else None,
        }

    def _has(self, name: str) -> bool:
        value = self.cleaned_data.get(name)
        # A price of 0 is a price; a speed or a validity of 0 is none.
        return value is not None if name == "price" else bool(value or self.cleaned_data.get(f"unlimited_{name}"))


def plan_values(plan: Plan) -> dict[str, Any]:
    """A plan as its form shows it."""
    return {
        "name": plan.name,
        "connection_type": plan.connection_type,
        "price": money.plain(plan.price_minor, plan.organization.currency),
        "download": _trim(plan.download_kbps, KBPS_IN_MBIT),
        "upload": _trim(plan.upload_kbps, KBPS_IN_MBIT),
        "unlimited_download": plan.download_kbps is None,
        "unlimited_upload": plan.upload_kbps is None,
        "validity_count": plan.validity_count,
        "validity_unit": plan.validity_unit,
        "cap": _trim(plan.cap_bytes, units.GIGABYTE),
        "hours": _trim(plan.time_limit_seconds, SECONDS_IN_HOUR),
        "simultaneous_use": plan.simultaneous_use,
        "idle_minutes": _trim(plan.idle_timeout_seconds, SECONDS_IN_MINUTE),
    }


class NASForm(Form):
    """A router or access point, and how it is spoken to."""

    layout: ClassVar[tuple[tuple[str, ...], ...]] = (
        ("name",),
        ("address", "vendor"),
        ("secret",),
        ("site",),
        ("login_hosts",),
        ("coa_port",),
        ("require_message_authenticator", "limit_proxy_state"),
        ("coa_message_authenticator",),
        ("swap_octets",),
    )

    name = forms.CharField(
        label=_("Name"), max_length=80, widget=forms.TextInput(attrs={"class": "w-m", "autocomplete": "off"})
    )
    address = forms.CharField(
        label=_("IP address"),
        max_length=45,
        help_text=_("From which its RADIUS packets come."),
        widget=forms.TextInput(attrs={"class": "mono", "autocomplete": "off"}),
    )
    vendor = forms.ChoiceField(
        label=_("Vendor"), choices=Vendor.choices, help_text=_("Whose attributes it understands.")
    )
    secret = forms.CharField(
        label=_("Shared secret"),
        max_length=100,
        strip=False,
        required=False,
        help_text=_("16 characters or more. Empty: one is made, or the present one stays."),
        widget=forms.TextInput(attrs={"class": "mono w-l", "autocomplete": "off", "spellcheck": "false"}),
    )
    site = Owned(
        label=_("Site"),
        of=lambda organization: organization.site_set.order_by("name_key"),
        required=False,
        empty_label="—",
    )
    login_hosts = forms.CharField(
        label=_("Hotspot login hosts"),
        max_length=2000,
        required=False,
        help_text=_(
            "Where its hotspot takes logins, as the router names itself in link-login-only: 10.5.50.1, login.lan:8080."
            " Guests are sent back to these and to its IP address only. Empty where there is no hotspot."
        ),
        widget=forms.TextInput(attrs={"class": "mono w-l", "autocomplete": "off", "spellcheck": "false"}),
    )
    coa_port = forms.IntegerField(
        label=_("Port for Disconnect"),
        min_value=1,
        max_value=65535,
        initial=3799,
        widget=forms.NumberInput(attrs={"class": "w-s"}),
    )
    require_message_authenticator = forms.ChoiceField(
        label=_("Demand Message-Authenticator"),
        choices=Switch.choices,
        initial="auto",
        help_text=_("Refuses forged packets (BlastRADIUS)."),
    )
    limit_proxy_state = forms.ChoiceField(
        label=_("Refuse unsigned Proxy-State"),
        choices=Switch.choices,
        initial="auto",
        help_text=_("Only a proxy sends it."),
    )
    coa_message_authenticator = forms.BooleanField(
        label=_("Sign Disconnect with Message-Authenticator"), required=False, initial=True
    )
    swap_octets = forms.BooleanField(
        label=_("Upload and download are reported the other way round"),
        required=False,
        help_text=_("CoovaChilli does so. One test download shows it."),
    )

    def values(self) -> dict[str, Any]:
        """What the verbs take."""
        return {name: value for name, value in self.cleaned_data.items() if name != "form_token"}


def nas_values(nas: NAS) -> dict[str, Any]:
    """A NAS as its form shows it; its secret stays hidden."""
    return {name: getattr(nas, name) for name in _shown(NASForm.base_fields)}


def _shown(names: Iterable[str]) -> list[str]:
    return [name for name in names if name not in ("secret", "form_token")]


def _trim(count: int | None, unit: int) -> str:
    """A count in a larger unit as somebody would type it: 10000 kbit/s as `10`, 512 as `0.512`."""
    if count is None:
        return ""
    return f"{(Decimal(count) / unit).normalize():f}"
