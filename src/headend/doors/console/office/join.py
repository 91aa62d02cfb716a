"""Accepting an invitation: whoever has the link becomes a member of the staff."""

from typing import Any, ClassVar

from django import forms
from django.contrib import auth
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from headend.lib.refused import Refused
from headend.system import invitations
from headend.system.models import Invitation, Organization, Staff
from headend.ui import refusals
from headend.ui.mistakes import OrganizationForm


class JoinForm(OrganizationForm):
    """Name and password of somebody who accepts an invitation and is new here."""

    layout: ClassVar[tuple[tuple[str, ...], ...]] = (("name",), ("password",), ("again",))

    name = forms.CharField(
        label=gettext_lazy("Your name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    password = forms.CharField(
        label=gettext_lazy("Password"),
        max_length=200,
        strip=False,
        help_text=gettext_lazy("10 characters or more."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=gettext_lazy("Password again"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        if "again" in values and values["again"] != values.get("password"):
            self.add_error("again", gettext_lazy("The two passwords differ."))
        return values


@sensitive_post_parameters("password", "again")
@never_cache
def join(request: HttpRequest, slug: str, token: str) -> HttpResponse:
    """What is offered; accepting or declining it. Who is signed in with another e-mail is told so, and may sign out here."""
    organization = get_object_or_404(Organization, slug=slug)
    with translation.override(organization.language):
        invitation = invitations.by_token(organization=organization, token=token)
        if invitation is None:
            return _page(request, organization, status=404)
        if request.method == "POST" and "decline" in request.POST:
            invitations.decline(invitation=invitation)
            return _page(request, organization, declined=True)
        if request.method == "POST" and "leave" in request.POST:
            auth.logout(request)
            return HttpResponseRedirect(request.path)
        if not request.user.is_authenticated:
            return _newcomer(request, invitation)
        return _known(request, invitation, request.user)


def _known(request: HttpRequest, invitation: Invitation, person: Staff) -> HttpResponse:
    is_other = person.email_key != invitation.email_key
    if request.method != "POST" or is_other:
        return _page(request, invitation.organization, invitation=invitation, person=person, is_other=is_other)
    try:
        invitations.accept(invitation=invitation, person=person)
    except Refused as refused:
        return _page(
            request, invitation.organization, refusal=str(refusals.TEXTS[refused.code] % refused.detail), status=400
        )
    return _enter(invitation.organization)


def _newcomer(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    sent = request.POST if request.method == "POST" else None
    form = JoinForm(sent, organization=invitation.organization, initial={"name": invitation.name})
    if request.method == "POST" and form.is_valid():
        try:
            membership = invitations.accept_as_new(
                invitation=invitation, name=form.cleaned_data["name"], password=form.cleaned_data["password"]
            )
        except Refused as refused:
            form.refuse(refused)
        else:
            auth.login(request, membership.staff, backend="headend.system.staff.Backend")
            return _enter(invitation.organization)
    status = 400 if form.errors else 200
    return _page(request, invitation.organization, invitation=invitation, form=form, status=status)


def _enter(organization: Organization) -> HttpResponse:
    return HttpResponseRedirect(reverse("console:dashboard", args=[organization.slug]))


def _page(request: HttpRequest, organization: Organization, *, status: int = 200, **context: object) -> HttpResponse:
    title = _("Work for %(name)s") % {"name": organization.name}
    shown = {"organization": organization, "here": request.path, "title": title, **context}
    return render(request, "console/join.html", shown, status=status)
