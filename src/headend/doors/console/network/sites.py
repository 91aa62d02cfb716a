"""Places: towers, high sites, cafés."""

from typing import Final

from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from headend.doors.console import lists, pages, saving, simple
from headend.doors.console.lists import Column, Listing
from headend.doors.console.navigation import Entry
from headend.doors.console.pages import Request, page, url
from headend.doors.console.saving import Act, asks
from headend.reports import figures
from headend.system import sites
from headend.system.models import Site

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


def fetch(request: Request, pk: int) -> Site:
    """A site of the organization; 404 for any other."""
    return pages.fetch(request.organization.site_set.select_related("organization"), pk)


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


NOUN: Final = simple.Noun(
    address="sites",
    name="site",
    listing="sites",
    do="network.edit",
    of=fetch,
    add=lambda organization, name, by: sites.add(organization=organization, name=name, by=by),
    rename=lambda site, name, by: sites.rename(site=site, name=name, by=by),
    title=gettext_lazy("Sites"),
    add_title=gettext_lazy("Add site"),
    added=gettext_lazy("The site %(name)s is added."),
    renamed=gettext_lazy("The site is now called %(name)s."),
)

add = simple.adding(NOUN)
edit = simple.renaming(NOUN)


@asks("sites/<int:pk>/removal/", "site_removal", do="network.edit", of=fetch)
def remove(request: Request, site: Site) -> Act:
    """Removes a site that nothing uses."""

    def run(form: saving.Form) -> str:
        sites.remove(site=site, by=request.staff)
        return _("The site %(name)s is removed.") % {"name": site.name}

    return Act(
        title=_("Remove the site %(name)s?") % {"name": site.name},
        says=[_("Only a site without customers and without a NAS can be removed.")],
        button=_("Remove site"),
        icon="trash-2",
        back=url(request, "sites"),
        run=run,
    )
