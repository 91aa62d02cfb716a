"""Staff: who works here, and as what."""

from typing import Final

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters

from headend.doors.console import crud
from headend.doors.console.access import Request, page, url
from headend.doors.console.crud import Act, Column, Listing
from headend.doors.console.forms.staff import HireForm, ResetForm, RoleForm
from headend.lib import ids
from headend.system import staff
from headend.system.models import Membership

LISTING: Final = Listing(
    title=gettext_lazy("Staff"),
    icon="user-cog",
    about=gettext_lazy("Who works here. Only an owner makes, changes or removes an owner."),
    columns=(
        Column(gettext_lazy("Name"), sort="name"),
        Column(gettext_lazy("E-mail")),
        Column(gettext_lazy("Role")),
        Column(gettext_lazy("Since")),
        Column(gettext_lazy("Last sign-in")),
        Column(""),
    ),
    row="console/staff/row.html",
    orders={"name": ("staff__name", "pk")},
    empty=gettext_lazy("Nobody works here yet."),
    add="staff_add",
    add_label=gettext_lazy("Add staff"),
    add_permission="settings",
)


@page(see="settings")
def listing(request: Request) -> HttpResponse:
    """Everybody who works here."""
    return crud.list_page(request, LISTING, request.organization.membership_set.select_related("staff"))


@sensitive_post_parameters("password")
@page(see="settings", do="settings")
def add(request: Request) -> HttpResponse:
    """A new member of staff."""

    def save(form: HireForm) -> str:
        values = {name: form.cleaned_data[name] for name in ("email", "name", "role", "password")}
        hired = staff.register(organization=request.organization, by=request.membership, **values)
        crud.toast(request, _("%(name)s can sign in now.") % {"name": hired.staff.name})
        return url(request, "staff")

    return crud.form_page(
        request,
        HireForm,
        title=_("Add staff"),
        crumbs=[(_("Staff"), url(request, "staff"))],
        button=_("Add staff"),
        back=url(request, "staff"),
        initial={"password": ids.password(12)},
        save=save,
        once=True,
    )


@page(see="settings", do="settings")
def edit(request: Request, pk: int) -> HttpResponse:
    """Another name or role."""
    membership = _fetch(request, pk)

    def save(form: RoleForm) -> str:
        name, role = form.cleaned_data["name"], form.cleaned_data["role"]
        staff.edit(membership=_fetch(request, pk), by=request.membership, name=name, role=role)
        crud.toast(request, _("%(name)s is changed.") % {"name": name})
        return url(request, "staff")

    return crud.form_page(
        request,
        RoleForm,
        title=_("Edit %(name)s") % {"name": membership.staff.name},
        about=membership.staff.email,
        crumbs=[(_("Staff"), url(request, "staff"))],
        button=_("Save"),
        back=url(request, "staff"),
        initial={"name": membership.staff.name, "role": membership.role},
        save=save,
    )


@sensitive_post_parameters("password")
@page(see="settings", do="settings")
def password(request: Request, pk: int) -> HttpResponse:
    """A new password for somebody who forgot theirs."""
    membership = _fetch(request, pk)

    def save(form: ResetForm) -> str:
        staff.set_password(membership=membership, password=form.cleaned_data["password"], by=request.membership)
        crud.toast(request, _("%(name)s has a new password.") % {"name": membership.staff.name})
        return url(request, "staff")

    return crud.form_page(
        request,
        ResetForm,
        title=_("New password for %(name)s") % {"name": membership.staff.name},
        about=_("They are signed out everywhere."),
        crumbs=[(_("Staff"), url(request, "staff"))],
        button=_("Set password"),
        back=url(request, "staff"),
        initial={"password": ids.password(12)},
        save=save,
        once=True,
    )


@page(see="settings", do="settings")
def remove(request: Request, pk: int) -> HttpResponse:
    """Ends somebody's work here."""
    membership = _fetch(request, pk)

    def run(form: crud.Form) -> str:
        staff.remove(membership=membership, by=request.membership)
        return _("%(name)s works here no more.") % {"name": membership.staff.name}

    act = Act(
        title=_("Remove %(name)s?") % {"name": membership.staff.name},
        says=[_("They cannot open this console any more. What they did stays in the history under their name.")],
        button=_("Remove"),
        icon="trash-2",
        back=url(request, "dashboard") if membership.pk == request.membership.pk else url(request, "staff"),
        run=run,
    )
    return crud.act_page(request, act)


def _fetch(request: Request, pk: int) -> Membership:
    rows = request.organization.membership_set.select_related("staff", "organization")
    return crud.fetch(rows, pk)
