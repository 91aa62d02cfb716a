"""The forms of a package: which plan, and the name and password that it connects with."""

from typing import Any, ClassVar, Final

from django import forms
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from headend.access.credentials import PASSWORD_LONGEST_BYTES
from headend.access.models import ConnectionType, Plan
from headend.doors.console.crud import Form, Owned
from headend.lib import address, units
from headend.ui.forms import Choices, Joined, Secret
from headend.ui.templatetags import show

TYPE_NOTES = {
    "pppoe": _("The router signs in with a username and password"),
    "hotspot": _("The person signs in on the captive portal"),
    "static": _("A fixed address of their own"),
    "none": _("On record only; add a package later"),
}


_ADDRESS_DOUBTS: Final[dict[address.Doubt, str]] = {
    "foreign": gettext_noop(
        "%(address)s is neither private nor in one of your own address blocks (Settings): what is sent to it may reach somebody else."
    ),
    "edge": gettext_noop("%(address)s ends a range of 256 addresses: most networks keep it for themselves."),
}


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


def _password(help_text: Any) -> forms.CharField:
    return forms.CharField(
        label=_("Password"),
        max_length=PASSWORD_LONGEST_BYTES,
        strip=False,
        required=False,
        help_text=help_text,
        widget=Secret(),
    )


def _username() -> forms.CharField:
    return forms.CharField(
        label=_("Username"),
        max_length=120,
        help_text=_("What the router or the person signs in with."),
        widget=Joined(button=_("Generate Username"), value="username"),
    )


def _address(help_text: Any) -> forms.CharField:
    return forms.CharField(
        label=_("IP Address"),
        max_length=45,
        required=False,
        help_text=help_text,
        widget=forms.TextInput(attrs={"class": "mono w-m", "autocomplete": "off", "inputmode": "decimal"}),
    )


class NetworkPassword(Form):
    """The base of forms with a password that a router sends: one that may not arrive as it was typed is asked for twice."""

    password = _password(_("6 characters or more. Empty: one is made."))
    # What was warned of and is sent once more is meant.
    password_meant = forms.CharField(
        max_length=PASSWORD_LONGEST_BYTES, strip=False, required=False, widget=forms.HiddenInput
    )

    def clean_password(self) -> str:
        typed = str(self.cleaned_data["password"])
        doubts = _doubts(typed)
        if not doubts or typed == self.data.get("password_meant"):
            return typed
        self.data = {**{name: self.data[name] for name in self.data}, "password_meant": typed}
        again = gettext("Save again to use it as it is, or type another.")
        # One thing to see to, whatever it consists of.
        raise forms.ValidationError(" ".join([*doubts, again]))


class FixedAddress(Form):
    """The base of forms with a customer's fixed address: one that is probably somebody else's is asked for twice."""

    framed_address = _address(_("Static plans need one. For PPPoE, empty takes one of the router’s pool."))
    # What was warned of and is sent once more is meant.
    address_meant = forms.CharField(max_length=45, required=False, widget=forms.HiddenInput)

    def clean_framed_address(self) -> str:
        typed = str(self.cleaned_data["framed_address"])
        if self.data.get("connection_type") == ConnectionType.HOTSPOT:
            # What was typed before somebody chose another type is not seen any more.
            return ""
        canonical, own = address.parse(typed), address.blocks(self.organization.address_blocks)
        if canonical is None or ":" in canonical or not address.can_be_customers(canonical, own):
            # The verb has words for it.
            return typed
        doubt = address.doubt(canonical, own)
        if not doubt or typed == self.data.get("address_meant"):
            return typed
        self.data = {**{name: self.data[name] for name in self.data}, "address_meant": typed}
        raise forms.ValidationError(
            [
                gettext(_ADDRESS_DOUBTS[doubt]) % {"address": canonical},
                gettext("Save again to use it all the same, or type another."),
            ]
        )


class PackageForm(NetworkPassword, FixedAddress):
    """A plan for a customer. The connection type decides which plans are offered."""

    layout: ClassVar[tuple[tuple[str, ...], ...]] = (
        ("connection_type",),
        ("plan",),
        ("framed_address",),
        ("username",),
        ("password",),
        ("activate",),
    )
    css: ClassVar[dict[str, str]] = {"framed_address": "not-hotspot"}

    connection_type = forms.ChoiceField(
        label=_("Connection type"), choices=ConnectionType.choices, widget=Choices(notes=TYPE_NOTES), initial="pppoe"
    )
    plan = Owned(
        label=_("Plan"),
        of=lambda organization: (
            organization.plan_set.filter(retired_at__isnull=True)
            .select_related("organization")
            .order_by("price_minor", "name_key")
        ),
        widget=PlanChoices(),
        empty_label=None,
        blank=False,
        error_messages={"required": _("Choose a plan."), "invalid_choice": _("Choose a plan of this list.")},
    )
    username = _username()
    password = _password(_("Generated. You can type another."))
    activate = forms.BooleanField(
        label=_("Activate now"),
        required=False,
        initial=True,
        help_text=_("Otherwise it is on record only until somebody activates it."),
    )

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        plan, kind = values.get("plan"), values.get("connection_type")
        if plan is not None and kind is not None and plan.connection_type != kind:
            self.add_error("plan", _("This plan is of another connection type."))
        return values


class LoginForm(NetworkPassword):
    """A username and its password, for a package that has none."""

    layout: ClassVar[tuple[tuple[str, ...], ...]] = (("username",), ("password",))

    username = _username()


class AddressForm(FixedAddress):
    """A fixed address, for a package that has none."""

    layout: ClassVar[tuple[tuple[str, ...], ...]] = (("framed_address",),)

    framed_address = _address(_("Empty: without one."))


class LoginAndAddressForm(LoginForm, AddressForm):
    """Both."""

    layout: ClassVar[tuple[tuple[str, ...], ...]] = (*LoginForm.layout, *AddressForm.layout)


class PasswordForm(NetworkPassword):
    """Another password for a username."""

    layout: ClassVar[tuple[tuple[str, ...], ...]] = (("password",),)


class NextForm(Form):
    """The period that is to begin: what the page asked about, and no other."""

    layout: ClassVar[tuple[tuple[str, ...], ...]] = ()

    period = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**63 - 1, required=False)


def _doubts(password: str) -> list[str]:
    """Why a router may send another password than this one, or a person type another."""
    doubts = []
    if password != password.strip():
        doubts.append(gettext("It begins or ends with a space, which nobody sees."))
    foreign = sorted({sign for sign in password if not sign.isascii()})
    if foreign:
        doubts.append(
            gettext("Many routers can send only plain letters, digits and signs, and not these: %(signs)s.")
            % {"signs": " ".join(foreign)}
        )
    return doubts
