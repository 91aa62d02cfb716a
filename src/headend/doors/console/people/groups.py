"""Groups of customers."""

from typing import Final

from django.db.models import Exists, OuterRef
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from headend.customers import groups
from headend.customers.models import Group
from headend.doors.console import lists, pages, saving
from headend.doors.console.lists import Column, Listing
from headend.doors.console.navigation import Entry
from headend.doors.console.pages import Request, page, url
from headend.doors.console.saving import Act
from headend.doors.console.simple import NameForm
from headend.reports import figures

LISTING: Final = Listing(
    title=gettext_lazy("Groups"),
    icon="folder",
    about=gettext_lazy("Every customer stands in one group; a group can be disabled as a whole."),
    columns=(
        Column(gettext_lazy("Name"), sort="name"),
        Column(gettext_lazy("Status")),
        Column(gettext_lazy("Customers"), css="num"),
        Column(""),
    ),
    row="console/groups/row.html",
    orders={"name": ("name_key",)},
    empty=gettext_lazy("No groups yet."),
    add="group_add",
    add_label=gettext_lazy("Add group"),
    add_permission="customers.edit",
    placeholder=gettext_lazy("Group name"),
    find=lists.by_name,
)


@page("groups/", "groups", see="customers.see", rail=Entry("people", gettext_lazy("Groups"), "folder", 2))
def listing(request: Request) -> HttpResponse:
    """The groups with the number of their customers."""
    disabled = request.organization.suspension_set.filter(group=OuterRef("pk"), kind="disabled", lifted_at__isnull=True)
    rows = request.organization.group_set.annotate(disabled=Exists(disabled))
    counts = figures.customers_by_group(request.organization)
    return lists.list_page(request, LISTING, rows, counts=counts.numbers, counted_at=counts.at)


@page("groups/add/", "group_add", see="customers.edit", do="customers.edit")
def add(request: Request) -> HttpResponse:
    """A new group."""

    def save(form: NameForm) -> str:
        group = groups.add(organization=request.organization, name=form.cleaned_data["name"], by=request.staff)
        saving.toast(request, _("The group %(name)s is added.") % {"name": group.name})
        return url(request, "groups")

    return saving.form_page(
        request,
        NameForm,
        title=_("Add group"),
        crumbs=[(_("Groups"), url(request, "groups"))],
        button=_("Add group"),
        back=url(request, "groups"),
        save=save,
        once=True,
    )


@page("groups/<int:pk>/edit/", "group_edit", see="customers.edit", do="customers.edit")
def edit(request: Request, pk: int) -> HttpResponse:
    """Another name for a group."""
    group = _fetch(request, pk)

    def save(form: NameForm) -> str:
        groups.rename(group=group, name=form.cleaned_data["name"], by=request.staff)
        saving.toast(request, _("The group is now called %(name)s.") % {"name": group.name})
        return url(request, "groups")

    return saving.form_page(
        request,
        NameForm,
        title=_("Rename %(name)s") % {"name": group.name},
        crumbs=[(_("Groups"), url(request, "groups"))],
        button=_("Save"),
        back=url(request, "groups"),
        initial={"name": group.name},
        save=save,
        once=True,
    )


@page("groups/<int:pk>/removal/", "group_removal", see="customers.edit", do="customers.edit")
def remove(request: Request, pk: int) -> HttpResponse:
    """Removes an empty group."""
    group = _fetch(request, pk)

    def run(form: saving.Form) -> str:
        groups.remove(group=group, by=request.staff)
        return _("The group %(name)s is removed.") % {"name": group.name}

    is_in_use = group.customer_set.filter(deleted_at__isnull=True).exists()
    says = [_("Only a group without customers can be removed.")]
    if is_in_use:
        says = [_("Customers are in it. Only a group without customers can be removed: give them another group first.")]
    deleted = group.customer_set.filter(deleted_at__isnull=False).count()
    if deleted and not is_in_use:
        text = ngettext(
            "%(count)s deleted customer is in it, and stands in the default group from then on.",
            "%(count)s deleted customers are in it, and stand in the default group from then on.",
            deleted,
        )
        says.append(text % {"count": deleted})
    act = Act(
        title=_("Remove the group %(name)s?") % {"name": group.name},
        says=says,
        # What would be refused is not offered.
        button="" if is_in_use else _("Remove group"),
        icon="trash-2",
        back=url(request, "groups"),
        run=run,
    )
    return saving.act_page(request, act)


def _fetch(request: Request, pk: int) -> Group:
    return pages.fetch(request.organization.group_set.select_related("organization"), pk)
