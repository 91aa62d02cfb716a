"""Groups of customers."""

from typing import Final

from django.db.models import Exists, OuterRef
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from headend.customers import groups
from headend.customers.models import Group
from headend.doors.console import lists, pages, saving, simple
from headend.doors.console.lists import Column, Listing
from headend.doors.console.navigation import Entry
from headend.doors.console.pages import Request, page, url
from headend.doors.console.saving import Act, asks
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


def fetch(request: Request, pk: int) -> Group:
    """A Group of the organization; 404 for any other."""
    return pages.fetch(request.organization.group_set.select_related("organization"), pk)


@page("groups/", "groups", see="customers.see", rail=Entry("people", gettext_lazy("Groups"), "folder", 2))
def listing(request: Request) -> HttpResponse:
    """The groups with the number of their customers."""
    disabled = request.organization.suspension_set.filter(group=OuterRef("pk"), kind="disabled", lifted_at__isnull=True)
    rows = request.organization.group_set.annotate(disabled=Exists(disabled))
    counts = figures.customers_by_group(request.organization)
    return lists.list_page(request, LISTING, rows, counts=counts.numbers, counted_at=counts.at)


NOUN: Final = simple.Noun(
    address="groups",
    name="group",
    listing="groups",
    do="customers.edit",
    of=fetch,
    add=lambda organization, name, by: groups.add(organization=organization, name=name, by=by),
    rename=lambda group, name, by: groups.rename(group=group, name=name, by=by),
    title=gettext_lazy("Groups"),
    add_title=gettext_lazy("Add group"),
    added=gettext_lazy("The group %(name)s is added."),
    renamed=gettext_lazy("The group is now called %(name)s."),
)

add = simple.adding(NOUN)
edit = simple.renaming(NOUN)


@asks("groups/<int:pk>/removal/", "group_removal", do="customers.edit", of=fetch)
def remove(request: Request, group: Group) -> Act:
    """Removes an empty group."""

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
    return Act(
        title=_("Remove the group %(name)s?") % {"name": group.name},
        says=says,
        # What would be refused is not offered.
        button="" if is_in_use else _("Remove group"),
        icon="trash-2",
        back=url(request, "groups"),
        run=run,
    )
