"""The forms of staff and of the organization's settings."""

from typing import Any, ClassVar, Final

from babel import Locale
from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from headend.doors.console.crud import Form
from headend.lib import zones
from headend.system.models import Organization, Registration, Role
from headend.ui.forms import Amount, Choices, LogoFile, PlainForm, Secret, Suggested

LANGUAGES: Final = (("en", "English"),)
_ROLES: Final = {
    "owner": _("Everything, also making other owners"),
    "admin": _("Everything but owners"),
    "operator": _("Customers: add, edit, suspend; takes money, voids vouchers; sees the network"),
    "cashier": _("Takes money; sees customers"),
    "support": _("Sees customers and why they cannot connect; disconnects sessions"),
}


def _zones() -> list[tuple[str, str]]:
    """The time zones, each with its country in the language of the page."""
    countries = Locale.parse(get_language() or "en", sep="-").territories
    return [(name, countries.get(zones.country_of(name), "")) for name in zones.names()]


class RoleForm(Form):
    """What somebody may do here."""

    layout: ClassVar[tuple[tuple[str, ...], ...]] = (("name",), ("role",))

    name = forms.CharField(
        label=_("Name"), max_length=120, widget=forms.TextInput(attrs={"class": "w-l", "autocomplete": "off"})
    )
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices, widget=Choices(notes=_ROLES), initial="operator")


class InviteForm(RoleForm):
    """Whom to invite, and as what."""

    layout: ClassVar[tuple[tuple[str, ...], ...]] = (("name",), ("email",), ("role",))

    email = forms.EmailField(
        label=_("E-mail"),
        max_length=254,
        help_text=_("They sign in with it. Nothing is sent to it yet: you get a link, and give it to them yourself."),
        widget=forms.EmailInput(attrs={"class": "w-l", "autocomplete": "off"}),
    )


class JoinForm(PlainForm):
    """Name and password of somebody who accepts an invitation and is new here."""

    layout: ClassVar[tuple[tuple[str, ...], ...]] = (("name",), ("password",), ("again",))

    name = forms.CharField(label=_("Your name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    password = forms.CharField(
        label=_("Password"),
        max_length=200,
        strip=False,
        help_text=_("10 characters or more."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=_("Password again"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        if "again" in values and values["again"] != values.get("password"):
            self.add_error("again", _("The two passwords differ."))
        return values


class ResetForm(Form):
    """Another password for somebody who forgot theirs."""

    layout: ClassVar[tuple[tuple[str, ...], ...]] = (("password",),)

    password = forms.CharField(
        label=_("New password"),
        max_length=200,
        strip=False,
        help_text=_("10 characters or more. Tell it to them."),
        widget=Secret(),
    )


class SettingsForm(Form):
    """What is true of the whole organization."""

    layout: ClassVar[tuple[tuple[str, ...], ...]] = (
        ("name",),
        ("accent", "logo"),
        ("support_phone",),
        ("timezone", "language"),
        ("registration",),
        ("code_countries",),
        ("address_blocks",),
        ("realms",),
        ("interim_seconds",),
    )

    name = forms.CharField(label=_("Name"), max_length=120, widget=forms.TextInput(attrs={"class": "w-l"}))
    accent = forms.CharField(
        label=_("Colour"),
        max_length=7,
        help_text=_("For the main buttons and links; it is made darker or lighter where it could not be read."),
        widget=forms.TextInput(attrs={"type": "color", "class": "w-s"}),
    )
    logo = forms.FileField(
        label=_("Logo"),
        required=False,
        help_text=_("On every page of your customers. PNG, JPEG or WebP, at most 16 kB and 1024 pixels a side."),
        widget=LogoFile(),
    )
    support_phone = forms.CharField(
        label=_("Support phone"),
        max_length=40,
        required=False,
        help_text=_("Shown to customers."),
        widget=forms.TextInput(attrs={"type": "tel", "class": "w-m"}),
    )
    timezone = forms.CharField(
        label=_("Time zone"),
        max_length=60,
        help_text=_("Type a city or a country, and choose from the list."),
        widget=Suggested(values=_zones),
    )
    language = forms.ChoiceField(label=_("Language"), choices=LANGUAGES)
    registration = forms.ChoiceField(
        label=_("Customers register on the portal"),
        choices=Registration.choices,
        help_text=_("Without a code, somebody may register the phone of another and see what its owner buys."),
    )
    code_countries = forms.CharField(
        label=_("Codes by SMS also to"),
        max_length=60,
        required=False,
        help_text=_(
            "Countries besides your own, in two letters each: TZ, UG. Strangers have codes sent and you pay for each: name no"
            " more than you have customers from."
        ),
        widget=forms.TextInput(attrs={"class": "w-m", "autocapitalize": "characters"}),
    )
    address_blocks = forms.CharField(
        label=_("Own address blocks"),
        max_length=400,
        required=False,
        help_text=_(
            "Public IPv4 addresses that were assigned to you, for example 196.200.16.0/22. Fixed addresses of customers are of these, or private; others are asked about."
        ),
        widget=forms.TextInput(attrs={"class": "mono w-l", "autocomplete": "off"}),
    )
    realms = forms.CharField(
        label=_("Realms of usernames"),
        max_length=200,
        required=False,
        help_text=_(
            "Where routers send otieno@isp for the customer otieno, write isp here; several with commas. Usernames"
            " that hold an @ themselves work as they are."
        ),
        widget=forms.TextInput(attrs={"class": "w-l", "autocapitalize": "none", "spellcheck": "false"}),
    )
    interim_seconds = forms.IntegerField(
        label=_("Time between usage reports"),
        min_value=60,
        max_value=3600,
        help_text=_("How often a NAS reports each session: 60 to 3600 seconds. Shorter is more exact and more work."),
        widget=Amount(after=_("seconds")),
    )

    def __init__(self, *args: Any, organization: Organization, **kwargs: Any) -> None:
        super().__init__(*args, organization=organization, **kwargs)
        if not organization.support_phone:
            self.fields["support_phone"].help_text = _(
                "Empty: guests and customers who need help are told to call you, and find no number."
            )
            setattr(self.fields["support_phone"], "warns", True)  # noqa: B010 - the field's template reads it, Django's class lacks it
        for name in ("code_countries", "realms"):
            self.initial[name] = ", ".join(str(self.initial.get(name, "")).split())
        setattr(self.fields["logo"].widget, "organization", organization)  # noqa: B010 - Django's class lacks it

    def clean_timezone(self) -> str:
        typed = str(self.cleaned_data["timezone"])
        if typed == self.organization.timezone:
            return typed
        of_country = [name for name, country in _zones() if country.casefold() == typed.casefold()]
        # What is none of them is refused by the verb, in its words.
        return zones.read(typed) or (of_country[0] if len(of_country) == 1 else typed)

    def values(self) -> dict[str, Any]:
        """What the verb of the organization takes; its logo has verbs of its own."""
        return {name: value for name, value in self.cleaned_data.items() if name not in ("form_token", "logo")}
