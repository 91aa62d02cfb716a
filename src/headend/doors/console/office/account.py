"""Your account: the name and the password of whoever is signed in."""

from typing import Final

from django.contrib.auth import update_session_auth_hash
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from headend.doors.console import crud
from headend.doors.console.access import ANYBODY, Request, page, url
from headend.doors.console.forms.sign_in import OwnName, OwnPassword
from headend.system import staff, throttles

TRIES: Final = 10
WINDOW_SECONDS: Final = 15 * 60


@page(see=ANYBODY, do=ANYBODY)
def account(request: Request) -> HttpResponse:
    """The own name, and the way to a new password."""

    def save(form: OwnName) -> str:
        staff.edit(membership=request.membership, name=form.cleaned_data["name"], by=request.membership)
        crud.toast(request, _("Your name is changed."))
        return url(request, "account")

    return crud.form_page(
        request,
        OwnName,
        title=_("Your account"),
        about=request.staff.email,
        button=_("Save"),
        back=url(request, "dashboard"),
        initial={"name": request.staff.name},
        save=save,
        template="console/account.html",
    )


@sensitive_post_parameters()
@page(see=ANYBODY, do=ANYBODY)
def password(request: Request) -> HttpResponse:
    """A new password; other browsers that are signed in are signed out."""

    def save(form: OwnPassword) -> str:
        right = throttles.hit(key=f"password:{request.staff.pk}", limit=TRIES, window_seconds=WINDOW_SECONDS)
        if not right or not request.staff.check_password(form.cleaned_data["present"]):
            form.add_error("present", _("This is not your present password."))
            return ""
        staff.set_password(membership=request.membership, password=form.cleaned_data["password"], by=request.membership)
        update_session_auth_hash(request, request.membership.staff)
        crud.toast(request, _("Your password is changed. Other browsers are signed out."))
        return url(request, "account")

    return crud.form_page(
        request,
        OwnPassword,
        title=_("Change your password"),
        crumbs=[(_("Your account"), url(request, "account"))],
        button=_("Change password"),
        back=url(request, "account"),
        save=save,
    )
