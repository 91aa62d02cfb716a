"""The fields of what a package connects with: a username, a password that a router can send, a fixed address."""

from typing import Any, Final

from django import forms
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from headend.access.credentials import PASSWORD_LONGEST_BYTES
from headend.access.models import ConnectionType
from headend.doors.console.saving import Form
from headend.lib import address
from headend.ui.forms import Joined, Secret

_ADDRESS_DOUBTS: Final[dict[address.Doubt, str]] = {
    "foreign": gettext_noop(
        "%(address)s is neither private nor in one of your own address blocks (Settings): what is sent to it may reach somebody else."
    ),
    "edge": gettext_noop("%(address)s ends a range of 256 addresses: most networks keep it for themselves."),
}


def password(help_text: Any) -> forms.CharField:
    """A password that a router sends."""
    return forms.CharField(
        label=_("Password"),
        max_length=PASSWORD_LONGEST_BYTES,
        strip=False,
        required=False,
        help_text=help_text,
        widget=Secret(),
    )


def username() -> forms.CharField:
    """What the router or the person signs in with."""
    return forms.CharField(
        label=_("Username"),
        max_length=120,
        help_text=_("What the router or the person signs in with."),
        widget=Joined(button=_("Generate Username"), value="username"),
    )


def fixed_address(help_text: Any) -> forms.CharField:
    """A fixed address of a customer."""
    return forms.CharField(
        label=_("IP Address"),
        max_length=45,
        required=False,
        help_text=help_text,
        widget=forms.TextInput(attrs={"class": "mono w-m", "autocomplete": "off", "inputmode": "decimal"}),
    )


class NetworkPasswordForm(Form):
    """The base of forms with a password that a router sends: one that may not arrive as it was typed is asked for twice."""

    password = password(_("6 characters or more. Empty: one is made."))
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


class FixedAddressForm(Form):
    """The base of forms with a customer's fixed address: one that is probably somebody else's is asked for twice."""

    framed_address = fixed_address(_("Static plans need one. For PPPoE, empty takes one of the router’s pool."))
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
