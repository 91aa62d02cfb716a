"""Staff: who works here, and as what."""

from typing import ClassVar, Final

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters

from headend.doors.console import lists, pages, saving
from headend.doors.console.lists import Column, Listing
from headend.doors.console.navigation import Entry
from headend.doors.console.pages import Request, is_reachable, page, public_url, render, url
from headend.doors.console.saving import Act, Fill, Form, asks, fills
from headend.lib import ids
from headend.lib.refused import Refused
from headend.system import invitations, staff
from headend.system.models import Invitation, Membership, Role
from headend.ui.forms import Choices, Secret

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

_ROLES: Final = {
    "owner": gettext_lazy("Everything, also making other owners"),
    "admin": gettext_lazy("Everything but owners"),
    "operator": gettext_lazy("Customers: add, edit, suspend; takes money, voids vouchers; sees the network"),
    "cashier": gettext_lazy("Takes money; sees customers"),
    "support": gettext_lazy("Sees customers and why they cannot connect; disconnects sessions"),
}


class RoleForm(Form):
    """What somebody may do here."""

    layout: ClassVar[tuple[tuple[str, ...], ...]] = (("name",), ("role",))

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=120,
        widget=forms.TextInput(attrs={"class": "w-l", "autocomplete": "off"}),
    )
    role = forms.ChoiceField(
        label=gettext_lazy("Role"), choices=Role.choices, widget=Choices(notes=_ROLES), initial="operator"
    )


class InviteForm(RoleForm):
    """Whom to invite, and as what."""

    layout: ClassVar[tuple[tuple[str, ...], ...]] = (("name",), ("email",), ("role",))

    email = forms.EmailField(
        label=gettext_lazy("E-mail"),
        max_length=254,
        help_text=gettext_lazy(
            "They sign in with it. Nothing is sent to it yet: you get a link, and give it to them yourself."
        ),
        widget=forms.EmailInput(attrs={"class": "w-l", "autocomplete": "off"}),
    )


class ResetForm(Form):
    """Another password for somebody who forgot theirs."""

    layout: ClassVar[tuple[tuple[str, ...], ...]] = (("password",),)

    password = forms.CharField(
        label=gettext_lazy("New password"),
        max_length=200,
        strip=False,
        help_text=gettext_lazy("10 characters or more. Tell it to them."),
        widget=Secret(),
    )


def fetch_invitation(request: Request, pk: int) -> Invitation:
    """A Invitation of the organization; 404 for any other."""
    return pages.fetch(request.organization.invitation_set.select_related("organization", "created_by"), pk)


def fetch(request: Request, pk: int) -> Membership:
    """A Membership of the organization; 404 for any other."""
    rows = request.organization.membership_set.select_related("staff", "organization")
    return pages.fetch(rows, pk)


@page("staff/", "staff", see="settings", rail=Entry("organization", gettext_lazy("Staff"), "user-cog", 1))
def listing(request: Request) -> HttpResponse:
    """Everybody who works here, and who is invited to."""
    invited = request.organization.invitation_set.order_by("name", "pk")
    return lists.list_page(
        request,
        LISTING,
        request.organization.membership_set.select_related("staff"),
        template="console/staff/list.html",
        invited=list(invited),
    )


@fills("staff/add/", "staff_add", do="settings")
def add(request: Request) -> Fill:
    """Invites somebody."""

    def save(form: InviteForm) -> str:
        values = {name: form.cleaned_data[name] for name in ("email", "name", "role")}
        invitation = invitations.invite(organization=request.organization, by=request.membership, **values)
        return url(request, "staff_invitation", invitation.pk)

    return Fill(
        InviteForm,
        title=_("Add staff"),
        about=_("They accept with a link, and choose a password of their own."),
        crumbs=[(_("Staff"), url(request, "staff"))],
        button=_("Invite"),
        back=url(request, "staff"),
        save=save,
        once=True,
    )


@page("staff/invitations/<int:pk>/", "staff_invitation", see="settings")
def invitation(request: Request, pk: int) -> HttpResponse:
    """The link of an invitation, to be given to whom it is for. Whoever may not make such a member does not see it: it makes one."""
    invited = fetch_invitation(request, pk)
    why_not = saving.refusal_of(request.organization, lambda: staff.check_owner_rule(request.membership, invited.role))
    link = "" if why_not else public_url(request) + url(request, "join", invitations.token_of(invited))
    shown = {"invited": invited, "link": link, "why_not": why_not, "reachable": is_reachable(link)}
    return render(request, "console/staff/invitation.html", shown)


@page("staff/invitations/<int:pk>/renewal/", "staff_invitation_renewal", do="settings")
def renew(request: Request, pk: int) -> HttpResponse:
    """A new link in place of one that is over or lost."""
    invited = fetch_invitation(request, pk)
    try:
        invitations.renew(invitation=invited, by=request.membership)
        saving.toast(request, _("There is a new link. The old one opens nothing any more."))
    except Refused as refused:
        messages.error(request, saving.refusal_text(request.organization, refused))
    return HttpResponseRedirect(url(request, "staff_invitation", pk))


@asks("staff/invitations/<int:pk>/removal/", "staff_invitation_removal", do="settings", of=fetch_invitation)
def withdraw(request: Request, invited: Invitation) -> Act:
    """Takes an invitation back."""

    def run(form: saving.Form) -> str:
        invitations.withdraw(invitation=invited, by=request.membership)
        return _("%(name)s is not invited any more.") % {"name": invited.name}

    return Act(
        title=_("Take the invitation of %(name)s back?") % {"name": invited.name},
        says=[_("The link opens nothing any more.")],
        button=_("Take it back"),
        icon="trash-2",
        back=url(request, "staff"),
        run=run,
    )


@fills("staff/<int:pk>/edit/", "staff_edit", do="settings", of=fetch)
def edit(request: Request, membership: Membership) -> Fill:
    """Another name or role."""

    def save(form: RoleForm) -> str:
        name, role = form.cleaned_data["name"], form.cleaned_data["role"]
        staff.edit(membership=fetch(request, membership.pk), by=request.membership, name=name, role=role)
        saving.toast(request, _("%(name)s is changed.") % {"name": name})
        return url(request, "staff")

    return Fill(
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
@fills("staff/<int:pk>/password/", "staff_password", do="settings", of=fetch)
def password(request: Request, membership: Membership) -> Fill:
    """A new password for somebody who forgot theirs."""

    def save(form: ResetForm) -> str:
        staff.set_password(membership=membership, password=form.cleaned_data["password"], by=request.membership)
        saving.toast(request, _("%(name)s has a new password.") % {"name": membership.staff.name})
        return url(request, "staff")

    return Fill(
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


@asks("staff/<int:pk>/removal/", "staff_removal", do="settings", of=fetch)
def remove(request: Request, membership: Membership) -> Act:
    """Ends somebody's work here."""

    def run(form: saving.Form) -> str:
        staff.remove(membership=membership, by=request.membership)
        return _("%(name)s works here no more.") % {"name": membership.staff.name}

    says = [_("They cannot open this console any more. What they did stays in the history under their name.")]
    if request.organization.invitation_set.filter(created_by=membership.staff_id).exists():
        says.append(_("Whom they invited, and who has not accepted yet, is not invited any more."))
    return Act(
        title=_("Remove %(name)s?") % {"name": membership.staff.name},
        says=says,
        button=_("Remove"),
        icon="trash-2",
        back=url(request, "dashboard") if membership.pk == request.membership.pk else url(request, "staff"),
        run=run,
    )
