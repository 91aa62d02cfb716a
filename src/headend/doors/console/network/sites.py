"""Places: towers, high sites, cafés."""

from typing import Final

from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from headend.doors.console import lists, pages, saving
from headend.doors.console.lists import Column, Listing
from headend.doors.console.navigation import Entry
from headend.doors.console.pages import Request, page, url
from headend.doors.console.saving import Act
from headend.doors.console.simple import NameForm
from headend.reports import figures
from headend.system import sites

LISTING: Final = Listing(
    title=gettext_lazy("Sites"),
    icon="map-pin",
    about=gettext_lazy("Towers, high sites, cafés: where NASes stand and customers live."),
    columns=(
        Column(gettext_lazy("Name"), sort="name"),
        Column(gettext_lazy("NAS"), css="num"),
        Column(gettext_lazy("Customers"), css="num"),
        Column(""),
    ),
    row="console/sites/row.html",
    orders={"name": ("name_key",)},
    empty=gettext_lazy("No sites yet. A site tells where a NAS stands and which customers it serves."),
    add="site_add",
    add_label=gettext_lazy("Add site"),
    add_permission="network.edit",
    placeholder=gettext_lazy("Site name"),
    find=lists.by_name,
)


@page("sites/", "sites", see="network.see", rail=Entry("network", gettext_lazy("Sites"), "map-pin", 2))
def listing(request: Request) -> HttpResponse:
    """The sites with what stands there."""
    # Apart: joined, each customer of a site would be counted once for each of its NASes.
    nases = request.organization.nas_set.filter(site=OuterRef("pk")).order_by().values("site")
    rows = request.organization.site_set.annotate(
        nases=Coalesce(Subquery(nases.annotate(n=Count("pk")).values("n")), 0)
    )
    counts = figures.customers_by_site(request.organization)
    return lists.list_page(request, LISTING, rows, counts=counts.numbers, counted_at=counts.at)


@page("sites/add/", "site_add", see="network.edit", do="network.edit")
def add(request: Request) -> HttpResponse:
    """A new site."""

    def save(form: NameForm) -> str:
        site = sites.add(organization=request.organization, name=form.cleaned_data["name"], by=request.staff)
        saving.toast(request, _("The site %(name)s is added.") % {"name": site.name})
        return url(request, "sites")

    return saving.form_page(
        request,
        NameForm,
        title=_("Add site"),
        crumbs=[(_("Sites"), url(request, "sites"))],
        button=_("Add site"),
        back=url(request, "sites"),
        save=save,
        once=True,
    )


@page("sites/<int:pk>/edit/", "site_edit", see="network.edit", do="network.edit")
def edit(request: Request, pk: int) -> HttpResponse:
    """Another name for a site."""
    site = pages.fetch(request.organization.site_set.select_related("organization"), pk)

    def save(form: NameForm) -> str:
        sites.rename(site=site, name=form.cleaned_data["name"], by=request.staff)
        saving.toast(request, _("The site is now called %(name)s.") % {"name": site.name})
        return url(request, "sites")

    return saving.form_page(
        request,
        NameForm,
        title=_("Rename %(name)s") % {"name": site.name},
        crumbs=[(_("Sites"), url(request, "sites"))],
        button=_("Save"),
        back=url(request, "sites"),
        initial={"name": site.name},
        save=save,
        once=True,
    )


@page("sites/<int:pk>/removal/", "site_removal", see="network.edit", do="network.edit")
def remove(request: Request, pk: int) -> HttpResponse:
    """Removes a site that nothing uses."""
    site = pages.fetch(request.organization.site_set.select_related("organization"), pk)

    def run(form: saving.Form) -> str:
        sites.remove(site=site, by=request.staff)
        return _("The site %(name)s is removed.") % {"name": site.name}

    act = Act(
        title=_("Remove the site %(name)s?") % {"name": site.name},
        says=[_("Only a site without customers and without a NAS can be removed.")],
        button=_("Remove site"),
        icon="trash-2",
        back=url(request, "sites"),
        run=run,
    )
    return saving.act_page(request, act)
