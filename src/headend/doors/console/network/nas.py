"""NASes: what asks us who may connect."""

from collections.abc import Iterable
from typing import Any, ClassVar, Final
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables

from headend.access.authorize import Unasked
from headend.access.reasons import OTHER_REASON, SHORT
from headend.doors.console import lists, pages, saving
from headend.doors.console.lists import Column, Listing
from headend.doors.console.navigation import Entry
from headend.doors.console.network import routeros
from headend.doors.console.pages import Request, is_reachable, page, public_url, render, url
from headend.doors.console.saving import Act, Fill, Form, Owned, asks, fills
from headend.lib import clock
from headend.network import nas as verbs
from headend.network.models import NAS, Switch, Vendor
from headend.reports import nas as report
from headend.reports import strangers

LISTING: Final = Listing(
    title=gettext_lazy("NAS (routers)"),
    icon="router",
    about=gettext_lazy(
        "A NAS is a router or access point that asks us who may connect. Counts are of the last 24 hours."
    ),
    columns=(
        Column(gettext_lazy("Name"), sort="name"),
        Column(gettext_lazy("State")),
        Column(gettext_lazy("IP address")),
        Column(gettext_lazy("Vendor"), css="p3"),
        Column(gettext_lazy("Site")),
        Column(gettext_lazy("Last heard")),
        Column(gettext_lazy("Sessions"), css="num"),
        Column(gettext_lazy("Refused"), css="num"),
        Column(gettext_lazy("Unanswered"), css="num"),
        Column(""),
    ),
    row="console/nas/row.html",
    orders={"name": ("name_key",)},
    empty=gettext_lazy("No NAS (router) yet. Add yours, then paste the lines that we show into it."),
    add="nas_add",
    add_label=gettext_lazy("Add NAS"),
    add_permission="network.edit",
    placeholder=gettext_lazy("NAS name"),
    find=lists.by_name,
)

# Listening on these says nothing about where we are.
EVERY_ADDRESS: Final = ("", "0.0.0.0", "::")  # noqa: S104 - compared, not bound
# Nor does an address by which a machine speaks to itself; it is what the settings say where nobody set them.
ADDRESS_LONGEST: Final = 45


class NASForm(Form):
    """A router or access point, and how it is spoken to."""

    layout: ClassVar[tuple[tuple[str, ...], ...]] = (
        ("name",),
        ("address", "vendor"),
        ("secret",),
        ("site",),
        ("login_hosts",),
        ("coa_port",),
        ("require_message_authenticator", "limit_proxy_state"),
        ("coa_message_authenticator",),
        ("swap_octets",),
    )

    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=80, widget=forms.TextInput(attrs={"class": "w-m", "autocomplete": "off"})
    )
    address = forms.CharField(
        label=gettext_lazy("IP address"),
        max_length=45,
        help_text=gettext_lazy("From which its RADIUS packets come."),
        widget=forms.TextInput(attrs={"class": "mono", "autocomplete": "off"}),
    )
    vendor = forms.ChoiceField(
        label=gettext_lazy("Vendor"), choices=Vendor.choices, help_text=gettext_lazy("Whose attributes it understands.")
    )
    secret = forms.CharField(
        label=gettext_lazy("Shared secret"),
        max_length=100,
        strip=False,
        required=False,
        help_text=gettext_lazy("16 characters or more. Empty: one is made, or the present one stays."),
        widget=forms.TextInput(attrs={"class": "mono w-l", "autocomplete": "off", "spellcheck": "false"}),
    )
    site = Owned(
        label=gettext_lazy("Site"),
        of=lambda organization: organization.site_set.order_by("name_key"),
        required=False,
        empty_label="—",
    )
    login_hosts = forms.CharField(
        label=gettext_lazy("Hotspot login hosts"),
        max_length=2000,
        required=False,
        help_text=gettext_lazy(
            "Where its hotspot takes logins, as the router names itself in link-login-only: 10.5.50.1, login.lan:8080."
            " Guests are sent back to these and to its IP address only. Empty where there is no hotspot."
        ),
        widget=forms.TextInput(attrs={"class": "mono w-l", "autocomplete": "off", "spellcheck": "false"}),
    )
    coa_port = forms.IntegerField(
        label=gettext_lazy("Port for Disconnect"),
        min_value=1,
        max_value=65535,
        initial=3799,
        widget=forms.NumberInput(attrs={"class": "w-s"}),
    )
    require_message_authenticator = forms.ChoiceField(
        label=gettext_lazy("Demand Message-Authenticator"),
        choices=Switch.choices,
        initial="auto",
        help_text=gettext_lazy("Refuses forged packets (BlastRADIUS)."),
    )
    limit_proxy_state = forms.ChoiceField(
        label=gettext_lazy("Refuse unsigned Proxy-State"),
        choices=Switch.choices,
        initial="auto",
        help_text=gettext_lazy("Only a proxy sends it."),
    )
    coa_message_authenticator = forms.BooleanField(
        label=gettext_lazy("Sign Disconnect with Message-Authenticator"), required=False, initial=True
    )
    swap_octets = forms.BooleanField(
        label=gettext_lazy("Upload and download are reported the other way round"),
        required=False,
        help_text=gettext_lazy("CoovaChilli does so. One test download shows it."),
    )

    def values(self) -> dict[str, Any]:
        """What the verbs take."""
        return {name: value for name, value in self.cleaned_data.items() if name != "form_token"}


def nas_values(nas: NAS) -> dict[str, Any]:
    """A NAS as its form shows it; its secret stays hidden."""
    return {name: getattr(nas, name) for name in _shown(NASForm.base_fields)}


def fetch(request: Request, pk: int) -> NAS:
    """A NAS of the organization; 404 for any other."""
    return pages.fetch(request.organization.nas_set.select_related("organization", "site"), pk)


@page("nas/", "nas", see="network.see", rail=Entry("network", gettext_lazy("NAS"), "router", 1))
def listing(request: Request) -> HttpResponse:
    """The NASes, with when each was last heard and what it had refused."""
    rows = request.organization.nas_set.select_related("site")
    counts, since = report.by_nas(request.organization), report.silent_since()
    return lists.list_page(
        request,
        LISTING,
        rows,
        template="console/nas/list.html",
        counts=counts,
        live=report.live_by_nas(request.organization),
        silent_since=since,
        strangers=strangers.recent(),
    )


@page("nas/<int:pk>/", "nas_show", see="network.see")
def show(request: Request, pk: int) -> HttpResponse:
    """One NAS: its protections, its refusals, and the lines to paste into it."""
    return _show(request, fetch(request, pk), "")


@fills("nas/add/", "nas_add", do="network.edit")
def add(request: Request) -> Fill:
    """A new NAS."""

    def save(form: NASForm) -> str:
        nas = verbs.add(organization=request.organization, by=request.staff, **_for_adding(form))
        saving.toast(request, _("%(name)s is added. Paste the lines below into it.") % {"name": nas.name})
        return url(request, "nas_show", nas.pk)

    return Fill(
        NASForm,
        title=_("Add NAS"),
        crumbs=[(_("NAS"), url(request, "nas"))],
        button=_("Add NAS"),
        back=url(request, "nas"),
        # From the line that names an address which is no NAS.
        initial={"address": request.GET.get("address", "")[:ADDRESS_LONGEST]},
        save=save,
        once=True,
    )


@sensitive_post_parameters("secret")
@fills("nas/<int:pk>/edit/", "nas_edit", do="network.edit", of=fetch)
def edit(request: Request, nas: NAS) -> Fill:
    """Another name, address or secret."""

    def save(form: NASForm) -> str:
        verbs.edit(nas=fetch(request, nas.pk), by=request.staff, **form.values())
        saving.toast(request, _("%(name)s is changed.") % {"name": form.cleaned_data["name"]})
        return url(request, "nas_show", nas.pk)

    return Fill(
        NASForm,
        title=_("Edit %(name)s") % {"name": nas.name},
        crumbs=[(_("NAS"), url(request, "nas")), (nas.name, url(request, "nas_show", nas.pk))],
        button=_("Save"),
        back=url(request, "nas_show", nas.pk),
        initial=nas_values(nas),
        save=save,
    )


@sensitive_variables()
@never_cache
@page("nas/<int:pk>/secret/", "nas_secret", do="network.edit")
def secret(request: Request, pk: int) -> HttpResponse:
    """The page with the secret in it; that it was shown is an Event."""
    nas = fetch(request, pk)
    return _show(request, nas, verbs.reveal_secret(nas=nas, by=request.staff))


@asks("nas/<int:pk>/removal/", "nas_removal", do="network.edit", of=fetch)
def remove(request: Request, nas: NAS) -> Act:
    """Removes a NAS on which nobody ever was."""

    def run(form: saving.Form) -> str:
        verbs.remove(nas=nas, by=request.staff)
        return _("%(name)s is removed.") % {"name": nas.name}

    return Act(
        title=_("Remove %(name)s?") % {"name": nas.name},
        says=[
            _("Requests from %(address)s get no answer from then on.") % {"address": nas.address},
            _("Only a NAS on which nobody ever was can be removed: sessions name it for good."),
        ],
        button=_("Remove NAS"),
        icon="trash-2",
        back=url(request, "nas"),
        run=run,
    )


@asks("nas/<int:pk>/protections/lift/", "nas_protections_lift", do="network.edit", of=fetch)
def reset_protections(request: Request, nas: NAS) -> Act:
    """Forgets what a NAS has shown that it can, for a router that was replaced."""

    def run(form: saving.Form) -> str:
        verbs.reset_protections(nas=nas, by=request.staff)
        return _("What %(name)s can is learnt anew.") % {"name": nas.name}

    return Act(
        title=_("Learn anew what %(name)s can?") % {"name": nas.name},
        says=[
            _(
                "Do this after the router was replaced by an older one. Its next signed packet turns the protections on again."
            )
        ],
        button=_("Learn anew"),
        icon="refresh-cw",
        harm=False,
        back=url(request, "nas_show", nas.pk),
        run=run,
        once=True,
    )


def _shown(names: Iterable[str]) -> list[str]:
    return [name for name in names if name not in ("secret", "form_token")]


def _show(request: Request, nas: NAS, revealed: str) -> HttpResponse:
    refusals = report.refusals_of(nas)
    captive_url = f"{public_url(request)}{reverse('captive:splash', args=[request.organization.slug])}?nas={nas.token}"
    return render(
        request,
        "console/nas/show.html",
        {
            "nas": nas,
            "live": report.live_by_nas(request.organization)[nas.pk],
            "is_removable": not nas.session_set.exists(),
            "silent_since": report.silent_since(),
            "strangers": [] if nas.last_seen_at else strangers.recent(),
            "guessed": report.guessed(nas) if any(row.reason == Unasked.GUESSING_SLOWED for row in refusals) else [],
            "secret": revealed,
            "lines": _lines(request, nas, revealed),
            "pppoe_server": routeros.pppoe_server() if nas.vendor == Vendor.MIKROTIK else [],
            "captive_url": captive_url,
            "reachable": is_reachable(captive_url),
            "login_page": routeros.login_page(captive_url) if nas.vendor == Vendor.MIKROTIK else "",
            "refused": [
                (SHORT.get(row.reason, OTHER_REASON), row) for row in refusals if row.reason in report.LOGIN_REASONS
            ],
            "dropped": [
                (SHORT.get(row.reason, OTHER_REASON), row) for row in refusals if row.reason not in report.LOGIN_REASONS
            ],
            "now": clock.now(),
        },
    )


def _lines(request: HttpRequest, nas: NAS, revealed: str) -> list[str]:
    """What to paste into this NAS so that it asks us; empty where we do not know its language."""
    if nas.vendor != Vendor.MIKROTIK:
        return []
    return routeros.lines(
        nas,
        secret=revealed or _("THE-SHARED-SECRET"),
        server=_server(request),
        auth_port=_port(settings.ENVIRONMENT.auth),
        acct_port=_port(settings.ENVIRONMENT.acct),
        web_host=urlsplit(public_url(request)).hostname or "",
    )


def _server(request: HttpRequest) -> str:
    """The address that NASes send to: the one we listen on, else the one that this page was asked for."""
    listening = str(settings.ENVIRONMENT.auth).rpartition(":")[0].strip("[]")
    if listening not in EVERY_ADDRESS:
        return listening
    return urlsplit(f"//{request.get_host()}").hostname or ""


def _port(address: str) -> int:
    return int(address.rpartition(":")[2])


def _for_adding(form: NASForm) -> dict[str, Any]:
    values = form.values()
    # Unticked, the verb decides by vendor.
    return {**values, "swap_octets": values["swap_octets"] or None}
