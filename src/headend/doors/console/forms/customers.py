"""The forms of a customer, and of what keeps one from connecting."""

import re
from datetime import datetime
from typing import Any, ClassVar, Final

from django import forms
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from headend.customers import customers
from headend.customers.models import Customer, SuspensionKind
from headend.customers.rules import Code
from headend.doors.console.crud import Form, Owned
from headend.lib import clock
from headend.lib.refused import Refused
from headend.system.models import Organization
from headend.ui.forms import Choices, Joined, Secret, Ticks

# So many are listed by name, each with a tick; one tick stands for the others.
MEMBERS_LISTED: Final = 100
CONTACT_NOTE: Final = _(
    "A landline, or a relative’s phone. To call: it gets no SMS and no request to pay, and does not sign them in."
)
_ID: Final = re.compile(r"[0-9]{1,19}")


class CustomerForm(Form):
    """Who a customer is and how to reach them."""

    layout: ClassVar[tuple[tuple[str, ...], ...]] = (
        ("first_name", "last_name"),
        ("company",),
        ("phone",),
        ("contact_phone",),
        ("email",),
        ("group", "site"),
        ("account_expires_on",),
    )

    first_name = forms.CharField(label=_("First name"), max_length=80, required=False)
    last_name = forms.CharField(label=_("Last name"), max_length=80, required=False)
    company = forms.CharField(label=_("Company"), max_length=120, required=False)
    phone = forms.CharField(
        label=_("Phone"),
        max_length=40,
        required=False,
        help_text=_("A mobile number, of nobody else: it signs in, gets SMS and is asked to pay."),
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off"}),
    )
    contact_phone = forms.CharField(
        label=_("Contact phone"),
        max_length=40,
        required=False,
        help_text=CONTACT_NOTE,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off"}),
    )
    email = forms.EmailField(
        label=_("E-mail"),
        max_length=254,
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    group = Owned(
        label=_("Group"),
        of=lambda organization: organization.group_set.order_by("-is_default", "name_key"),
        empty_label=None,
    )
    site = Owned(
        label=_("Default site"),
        of=lambda organization: organization.site_set.order_by("name_key"),
        required=False,
        empty_label="—",
    )
    account_expires_on = forms.DateField(
        label=_("Account expiry date"),
        required=False,
        help_text=_("Nothing connects after this day. Empty: no end."),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "w-m"}),
    )
    extra_account_number = forms.CharField(
        label=_("Additional account number"),
        max_length=40,
        required=False,
        help_text=_("A second number to pay by, for example one from another paybill. Letters and digits."),
        widget=Joined(button=_("Generate"), value="extra_account_number"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.contact_holder = self._contact_holder()
        if self.contact_holder is not None:
            self.fields["contact_phone"].help_text = format_html("{} {}", CONTACT_NOTE, self.contact_says)

    def values(self) -> dict[str, Any]:
        """What the verbs take."""
        return {name: value for name, value in self.cleaned_data.items() if name != "form_token"}

    def refuse(self, refused: Refused) -> None:
        super().refuse(refused)
        if refused.field == "phone" and refused.code in (Code.PHONE_LANDLINE, Code.PHONE_TAKEN):
            self.add_error("phone", _("It can be their contact phone all the same."))

    @property
    def contact_says(self) -> str:
        """Who signs in with the contact phone, with the way to them; empty where nobody does."""
        holder = self.contact_holder
        if holder is None:
            return ""
        place = reverse("console:customer", args=[self.organization.slug, holder.pk])
        who = format_html('<a href="{}">{}</a> ({})', place, holder.name, holder.account_number)
        return format_html(gettext("{who} signs in with this number."), who=who)

    def _contact_holder(self) -> Customer | None:
        typed = str((self.data if self.is_bound else self.initial).get("contact_phone") or "")
        return customers.holder_of_contact(organization=self.organization, text=typed)


class CustomerEditForm(CustomerForm):
    """The same, with the name to sign in to the portal by; when somebody is added, the form asks for the router's."""

    layout: ClassVar[tuple[tuple[str, ...], ...]] = (
        *CustomerForm.layout,
        ("username",),
        ("extra_account_number",),
    )

    username = forms.CharField(
        label=_("Portal username"),
        max_length=80,
        required=False,
        help_text=_("They sign in to the portal with it, or with their phone or e-mail."),
        widget=forms.TextInput(attrs={"class": "mono w-m", "autocomplete": "off", "spellcheck": "false"}),
    )


class PortalPasswordForm(Form):
    """A password for the customer's own pages."""

    layout: ClassVar[tuple[tuple[str, ...], ...]] = (("password",),)

    password = forms.CharField(
        label=_("Portal password"),
        max_length=128,
        strip=False,
        help_text=_("8 characters or more. Tell it to them: nobody can read it afterwards."),
        widget=Secret(),
    )


class SuspendForm(Form):
    """Why somebody may not connect, and until when."""

    layout: ClassVar[tuple[tuple[str, ...], ...]] = (("kind",), ("reason",), ("until",))

    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=[
            (kind.value, kind.label) for kind in (SuspensionKind.OVERDUE, SuspensionKind.ABUSE, SuspensionKind.HOLD)
        ],
        widget=Choices(
            notes={
                "overdue": _("Until what is owed is paid"),
                "abuse": _("Until somebody lifts it"),
                "hold": _("Asked for by the customer"),
            }
        ),
    )
    reason = forms.CharField(
        label=_("Reason"), max_length=200, help_text=_("Colleagues read it on the customer’s page.")
    )
    until = forms.DateField(
        label=_("Last day"),
        required=False,
        help_text=_("It ends by itself after this day. Empty: until somebody lifts it."),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "w-m"}),
    )

    def ends_at(self) -> datetime | None:
        """The instant after the last day, in the organization's zone."""
        last = self.cleaned_data["until"]
        return clock.day_end(last, self.organization.timezone) if last else None


class DetailsForm(Form):
    """What a message about paying holds besides."""

    layout: ClassVar[tuple[tuple[str, ...], ...]] = (("with_logins",),)

    with_logins = forms.BooleanField(label=_("With the username and the password of each package"), required=False)


class EraseForm(Form):
    """The account number of whoever is to be deleted permanently, as somebody copies it from the page."""

    layout: ClassVar[tuple[tuple[str, ...], ...]] = (("account_number",),)

    account_number = forms.CharField(
        label=_("Account number"),
        # Longer than any: a wrong one is told as that.
        max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, organization: Organization, **kwargs: Any) -> None:
        super().__init__(*args, organization=organization, **kwargs)
        hint = _("Type %(number)s to show that this customer is meant.")
        self.fields["account_number"].help_text = hint % {"number": self.initial["number"]}


class _Members(forms.MultipleChoiceField):
    """Ids of customers. Whoever was enabled while the page was read is no choice any more, and no mistake either."""

    def valid_value(self, value: Any) -> bool:
        return _ID.fullmatch(str(value)) is not None


class EnableForm(Form):
    """Who of a group is enabled with it: everybody who is disabled themselves, unless their tick is taken off."""

    layout: ClassVar[tuple[tuple[str, ...], ...]] = (("members",),)

    members = _Members(
        label=_("Disabled themselves"),
        required=False,
        help_text=_("They are enabled with the group. Untick whoever is to stay disabled."),
        widget=Ticks(),
    )

    def __init__(self, *args: Any, organization: Organization, **kwargs: Any) -> None:
        super().__init__(*args, organization=organization, **kwargs)
        self._disabled: list[Customer] = self.initial["disabled"]
        members = self.fields["members"]
        assert isinstance(members, forms.MultipleChoiceField), "it is declared above"
        members.choices = [
            (str(row.pk), f"{row.name}, {row.account_number}") for row in self._disabled[:MEMBERS_LISTED]
        ]
        self.initial["members"] = [str(row.pk) for row in self._disabled[:MEMBERS_LISTED]]

    def wanted(self) -> list[int]:
        """The ids of whoever is to be enabled."""
        return [int(member) for member in self.cleaned_data["members"]]


class EnableManyForm(EnableForm):
    """The same of a group in which more are disabled than a page lists."""

    layout: ClassVar[tuple[tuple[str, ...], ...]] = (*EnableForm.layout, ("others",))

    others = forms.BooleanField(required=False, initial=True)

    def __init__(self, *args: Any, organization: Organization, **kwargs: Any) -> None:
        super().__init__(*args, organization=organization, **kwargs)
        more = len(self._disabled) - MEMBERS_LISTED
        text = ngettext("And %(count)s more, who is not listed", "And %(count)s more, who are not listed", more)
        self.fields["others"].label = text % {"count": more}

    def wanted(self) -> list[int]:
        others = [row.pk for row in self._disabled[MEMBERS_LISTED:]] if self.cleaned_data["others"] else []
        return [*super().wanted(), *others]


class ReasonForm(Form):
    """Why something is done."""

    layout: ClassVar[tuple[tuple[str, ...], ...]] = (("reason",),)

    reason = forms.CharField(label=_("Reason"), max_length=200, help_text=_("Colleagues read it later."))
