"""The forms of people and their passwords: sign-in, own account."""

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from headend.doors.console.crud import Form
from headend.ui.forms import PlainForm


class SignIn(PlainForm):
    """E-mail and password."""

    layout: ClassVar[tuple[tuple[str, ...], ...]] = (("email",), ("password",))

    email = forms.EmailField(
        label=_("E-mail"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True}),
    )
    password = forms.CharField(
        label=_("Password"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class OwnName(Form):
    """What colleagues call you."""

    layout: ClassVar[tuple[tuple[str, ...], ...]] = (("name",),)

    name = forms.CharField(
        label=_("Name"), max_length=120, widget=forms.TextInput(attrs={"class": "w-l", "autocomplete": "name"})
    )


class OwnPassword(Form):
    """A new password, and the present one as proof."""

    layout: ClassVar[tuple[tuple[str, ...], ...]] = (("present",), ("password",), ("again",))

    present = forms.CharField(
        label=_("Present password"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"class": "w-m", "autocomplete": "current-password"}),
    )
    password = forms.CharField(
        label=_("New password"),
        help_text=_("10 characters or more, and not one that everybody uses."),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"class": "w-m", "autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=_("New password again"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"class": "w-m", "autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        if "again" in values and values["again"] != values.get("password"):
            self.add_error("again", _("The two passwords differ."))
        return values
