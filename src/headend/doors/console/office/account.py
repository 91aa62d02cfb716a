"""Your account: the name and the password of whoever is signed in."""

from typing import Any, ClassVar, Final

from django import forms
from django.contrib.auth import update_session_auth_hash
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters

from headend.doors.console import saving
from headend.doors.console.pages import ANYBODY, Request, url
from headend.doors.console.saving import Fill, Form, fills
from headend.system import staff, throttles

TRIES: Final = 10
WINDOW_SECONDS: Final = 15 * 60


class OwnNameForm(Form):
    """What colleagues call you."""

    layout: ClassVar[tuple[tuple[str, ...], ...]] = (("name",),)

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=120,
        widget=forms.TextInput(attrs={"class": "w-l", "autocomplete": "name"}),
    )


class OwnPasswordForm(Form):
    """A new password, and the present one as proof."""

    layout: ClassVar[tuple[tuple[str, ...], ...]] = (("present",), ("password",), ("again",))

    present = forms.CharField(
        label=gettext_lazy("Present password"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"class": "w-m", "autocomplete": "current-password"}),
    )
    password = forms.CharField(
        label=gettext_lazy("New password"),
        help_text=gettext_lazy("10 characters or more, and not one that everybody uses."),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"class": "w-m", "autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=gettext_lazy("New password again"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"class": "w-m", "autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        if "again" in values and values["again"] != values.get("password"):
            self.add_error("again", gettext_lazy("The two passwords differ."))
        return values


@fills("account/", "account", do=ANYBODY)
def account(request: Request) -> Fill:
    """The own name, and the way to a new password."""

    def save(form: OwnNameForm) -> str:
        staff.edit(membership=request.membership, name=form.cleaned_data["name"], by=request.membership)
        saving.toast(request, _("Your name is changed."))
        return url(request, "account")

    return Fill(
        OwnNameForm,
        title=_("Your account"),
        about=request.staff.email,
        button=_("Save"),
        back=url(request, "dashboard"),
        initial={"name": request.staff.name},
        save=save,
        template="console/account.html",
    )


@sensitive_post_parameters()
@fills("account/password/", "account_password", do=ANYBODY)
def password(request: Request) -> Fill:
    """A new password; other browsers that are signed in are signed out."""

    def save(form: OwnPasswordForm) -> str:
        right = throttles.hit(key=f"password:{request.staff.pk}", limit=TRIES, window_seconds=WINDOW_SECONDS)
        if not right or not request.staff.check_password(form.cleaned_data["present"]):
            form.add_error("present", _("This is not your present password."))
            return ""
        staff.set_password(membership=request.membership, password=form.cleaned_data["password"], by=request.membership)
        update_session_auth_hash(request, request.membership.staff)
        saving.toast(request, _("Your password is changed. Other browsers are signed out."))
        return url(request, "account")

    return Fill(
        OwnPasswordForm,
        title=_("Change your password"),
        crumbs=[(_("Your account"), url(request, "account"))],
        button=_("Change password"),
        back=url(request, "account"),
        save=save,
    )
