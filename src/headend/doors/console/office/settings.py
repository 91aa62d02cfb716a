"""What is true of the whole organization."""

from typing import Any, ClassVar, Final

from babel import Locale
from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from headend.doors.console import saving
from headend.doors.console.navigation import Entry
from headend.doors.console.pages import Request, url
from headend.doors.console.saving import Fill, Form, fills
from headend.lib import zones
from headend.system import logos, organizations
from headend.system.models import Organization, Registration
from headend.system.organizations import LANGUAGES
from headend.ui import bodies
from headend.ui.forms import Amount, LogoFile, Suggested

# Far more than a logo may have, so that most pictures which are too large are refused beside the field.
_LOGO_FORM_BYTES: Final = 1_000_000


def _zones() -> list[tuple[str, str]]:
    """The time zones, each with its country in the language of the page."""
    countries = Locale.parse(get_language() or "en", sep="-").territories
    return [(name, countries.get(zones.country_of(name), "")) for name in zones.names()]


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

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120, widget=forms.TextInput(attrs={"class": "w-l"}))
    accent = forms.CharField(
        label=gettext_lazy("Colour"),
        max_length=7,
        help_text=gettext_lazy(
            "For the main buttons and links; it is made darker or lighter where it could not be read."
        ),
        widget=forms.TextInput(attrs={"type": "color", "class": "w-s"}),
    )
    logo = forms.FileField(
        label=gettext_lazy("Logo"),
        required=False,
        help_text=gettext_lazy(
            "On every page of your customers. PNG, JPEG or WebP, at most 16 kB and 1024 pixels a side."
        ),
        widget=LogoFile(),
    )
    support_phone = forms.CharField(
        label=gettext_lazy("Support phone"),
        max_length=40,
        required=False,
        help_text=gettext_lazy("Shown to customers."),
        widget=forms.TextInput(attrs={"type": "tel", "class": "w-m"}),
    )
    timezone = forms.CharField(
        label=gettext_lazy("Time zone"),
        max_length=60,
        help_text=gettext_lazy("Type a city or a country, and choose from the list."),
        widget=Suggested(values=_zones),
    )
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=LANGUAGES)
    registration = forms.ChoiceField(
        label=gettext_lazy("Customers register on the portal"),
        choices=Registration.choices,
        help_text=gettext_lazy(
            "Without a code, somebody may register the phone of another and see what its owner buys."
        ),
    )
    code_countries = forms.CharField(
        label=gettext_lazy("Codes by SMS also to"),
        max_length=60,
        required=False,
        help_text=gettext_lazy(
            "Countries besides your own, in two letters each: TZ, UG. Strangers have codes sent and you pay for each: name no"
            " more than you have customers from."
        ),
        widget=forms.TextInput(attrs={"class": "w-m", "autocapitalize": "characters"}),
    )
    address_blocks = forms.CharField(
        label=gettext_lazy("Own address blocks"),
        max_length=400,
        required=False,
        help_text=gettext_lazy(
            "Public IPv4 addresses that were assigned to you, for example 196.200.16.0/22. Fixed addresses of customers are of these, or private; others are asked about."
        ),
        widget=forms.TextInput(attrs={"class": "mono w-l", "autocomplete": "off"}),
    )
    realms = forms.CharField(
        label=gettext_lazy("Realms of usernames"),
        max_length=200,
        required=False,
        help_text=gettext_lazy(
            "Where routers send otieno@isp for the customer otieno, write isp here; several with commas. Usernames"
            " that hold an @ themselves work as they are."
        ),
        widget=forms.TextInput(attrs={"class": "w-l", "autocapitalize": "none", "spellcheck": "false"}),
    )
    interim_seconds = forms.IntegerField(
        label=gettext_lazy("Time between usage reports"),
        min_value=60,
        max_value=3600,
        help_text=gettext_lazy(
            "How often a NAS reports each session: 60 to 3600 seconds. Shorter is more exact and more work."
        ),
        widget=Amount(after=gettext_lazy("seconds")),
    )

    def __init__(self, *args: Any, organization: Organization, **kwargs: Any) -> None:
        super().__init__(*args, organization=organization, **kwargs)
        if not organization.support_phone:
            self.fields["support_phone"].help_text = gettext_lazy(
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


@fills(
    "settings/",
    "settings",
    do="settings",
    rail=Entry("organization", gettext_lazy("Settings"), "settings", 3),
)
@bodies.takes(_LOGO_FORM_BYTES, files=True)
def settings(request: Request) -> Fill:
    """Name, colour, logo, zone and language."""
    organization = request.organization
    fields = [name for name in SettingsForm.base_fields if name not in ("form_token", "logo")]

    def save(form: SettingsForm) -> str:
        # Two verbs and one form: what is refused leaves all of it as it was.
        with transaction.atomic():
            _change_logo(request, form.cleaned_data["logo"])
            organizations.edit(organization=organization, by=request.staff, **form.values())
        saving.toast(request, _("The settings are saved."))
        return url(request, "settings")

    return Fill(
        SettingsForm,
        title=_("Settings"),
        about=_("What stays: country %(country)s, currency %(currency)s, address /%(slug)s/.")
        % {"country": organization.country, "currency": organization.currency, "slug": organization.slug},
        button=_("Save"),
        back=url(request, "dashboard"),
        initial={name: getattr(organization, name) for name in fields},
        save=save,
    )


def _change_logo(request: Request, sent: "UploadedFile[Any] | bool | None") -> None:
    """A picture takes the place of the present one; False, from the tick, takes that away; nothing changes nothing."""
    if sent is False:
        logos.remove(organization=request.organization, by=request.staff)
    elif isinstance(sent, UploadedFile):
        # No more than what shows that it is too much.
        content = sent.read(logos.BYTES_MOST + 1)
        logos.put(organization=request.organization, content=content, by=request.staff)
