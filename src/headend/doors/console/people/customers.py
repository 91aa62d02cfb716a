"""Customers: the list, the page that answers for one, adding and changing."""

from dataclasses import dataclass
from typing import Any, ClassVar, Final

from django import forms
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters

from headend.access import signins, vouchers
from headend.access.reasons import OTHER_REASON, SHORT
from headend.customers import account_numbers
from headend.customers import customers as verbs
from headend.customers.models import Customer
from headend.customers.rules import Code as CustomerCode
from headend.doors.console import lists, mending, pages, panels, red_lines, saving
from headend.doors.console.lists import Column, Listing
from headend.doors.console.navigation import Entry
from headend.doors.console.pages import Request, draw, forbidden, may, page, render, url
from headend.doors.console.panels import Looked, Panel
from headend.doors.console.saving import Fill, Form, Owned, fills
from headend.ledger import accounts
from headend.lib import clock, ids
from headend.lib.refused import Refused
from headend.reports import customer as report
from headend.reports import customers as list_report
from headend.reports import wallet
from headend.ui import paging
from headend.ui.forms import Joined, Secret

VIEWS: Final = (
    ("all", gettext_lazy("All")),
    ("online", gettext_lazy("Online")),
    ("expiring", gettext_lazy("Expires this week")),
    ("halted", gettext_lazy("Disabled or suspended")),
    ("deleted", gettext_lazy("Deleted")),
)

EMPTY: Final = {
    "all": gettext_lazy("No customers yet. Whoever buys access from you belongs here."),
    "online": gettext_lazy("Nobody is connected just now."),
    "expiring": gettext_lazy("No package runs out within seven days."),
    "halted": gettext_lazy("Nobody is disabled or suspended."),
    "deleted": gettext_lazy("Nobody was deleted."),
}

LISTING: Final = Listing(
    title=gettext_lazy("Customers"),
    icon="users",
    columns=(
        Column(gettext_lazy("Name"), sort="name"),
        Column(gettext_lazy("Status")),
        Column(gettext_lazy("Account no."), css="p3", sort="account"),
        Column(gettext_lazy("Phone")),
        Column(gettext_lazy("Plan")),
        Column(gettext_lazy("Used, GB"), css="num"),
        Column(gettext_lazy("Joined"), css="p2", sort="joined"),
        Column(""),
    ),
    row="console/customers/row.html",
    orders={"name": ("sort_key", "pk"), "account": ("account_number",), "joined": ("created_at", "pk")},
    empty="",
    add="customer_add",
    add_label=gettext_lazy("Add Customer"),
    add_permission="customers.edit",
)

CONTACT_NOTE: Final = gettext_lazy(
    "A landline, or a relative’s phone. To call: it gets no SMS and no request to pay, and does not sign them in."
)


class CustomerForm(Form):
    """Who a customer is and how to reach them."""

    layout: ClassVar[tuple[tuple[str, ...], ...]] = (
        ("first_name", "last_name"),
        ("company",),
        ("phone",),
        ("contact_phone",),
        ("email",),
        ("group", "site"),
        ("account_expires_on",),
    )

    first_name = forms.CharField(label=gettext_lazy("First name"), max_length=80, required=False)
    last_name = forms.CharField(label=gettext_lazy("Last name"), max_length=80, required=False)
    company = forms.CharField(label=gettext_lazy("Company"), max_length=120, required=False)
    phone = forms.CharField(
        label=gettext_lazy("Phone"),
        max_length=40,
        required=False,
        help_text=gettext_lazy("A mobile number, of nobody else: it signs in, gets SMS and is asked to pay."),
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off"}),
    )
    contact_phone = forms.CharField(
        label=gettext_lazy("Contact phone"),
        max_length=40,
        required=False,
        help_text=CONTACT_NOTE,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off"}),
    )
    email = forms.EmailField(
        label=gettext_lazy("E-mail"),
        max_length=254,
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    group = Owned(
        label=gettext_lazy("Group"),
        of=lambda organization: organization.group_set.order_by("-is_default", "name_key"),
        empty_label=None,
    )
    site = Owned(
        label=gettext_lazy("Default site"),
        of=lambda organization: organization.site_set.order_by("name_key"),
        required=False,
        empty_label="—",
    )
    account_expires_on = forms.DateField(
        label=gettext_lazy("Account expiry date"),
        required=False,
        help_text=gettext_lazy("Nothing connects after this day. Empty: no end."),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "w-m"}),
    )
    extra_account_number = forms.CharField(
        label=gettext_lazy("Additional account number"),
        max_length=40,
        required=False,
        help_text=gettext_lazy("A second number to pay by, for example one from another paybill. Letters and digits."),
        widget=Joined(button=gettext_lazy("Generate"), value="extra_account_number"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.contact_holder = self._contact_holder()
        if self.contact_holder is not None:
            self.fields["contact_phone"].help_text = format_html("{} {}", CONTACT_NOTE, self.contact_says)

    def values(self) -> dict[str, Any]:
        """What the verbs take."""
        return {name: value for name, value in self.cleaned_data.items() if name != "form_token"}

    def refuse(self, refused: Refused, link: str = "") -> None:
        super().refuse(refused, link)
        if refused.field == "phone" and refused.code in (CustomerCode.PHONE_LANDLINE, CustomerCode.PHONE_TAKEN):
            self.add_error("phone", gettext_lazy("It can be their contact phone all the same."))

    @property
    def contact_says(self) -> str:
        """Who signs in with the contact phone, with the way to them; empty where nobody does."""
        holder = self.contact_holder
        if holder is None:
            return ""
        place = reverse("console:customer", args=[self.organization.slug, holder.pk])
        who = format_html('<a href="{}">{}</a> ({})', place, holder.name, holder.account_number)
        return format_html(_("{who} signs in with this number."), who=who)

    def _contact_holder(self) -> Customer | None:
        typed = str((self.data if self.is_bound else self.initial).get("contact_phone") or "")
        return verbs.holder_of_contact(organization=self.organization, text=typed)


class CustomerEditForm(CustomerForm):
    """The same, with the name to sign in to the portal by; when somebody is added, the form asks for the router's."""

    layout: ClassVar[tuple[tuple[str, ...], ...]] = (
        *CustomerForm.layout,
        ("username",),
        ("extra_account_number",),
    )

    username = forms.CharField(
        label=gettext_lazy("Portal username"),
        max_length=80,
        required=False,
        help_text=gettext_lazy("They sign in to the portal with it, or with their phone or e-mail."),
        widget=forms.TextInput(attrs={"class": "mono w-m", "autocomplete": "off", "spellcheck": "false"}),
    )


class PortalPasswordForm(Form):
    """A password for the customer's own pages."""

    layout: ClassVar[tuple[tuple[str, ...], ...]] = (("password",),)

    password = forms.CharField(
        label=gettext_lazy("Portal password"),
        max_length=128,
        strip=False,
        help_text=gettext_lazy("8 characters or more. Tell it to them: nobody can read it afterwards."),
        widget=Secret(),
    )


@dataclass(slots=True)
class Shown:
    """What of the list stands on a page: which view, searched and sorted how, and whether a search finds `more`."""

    view: str
    query: str
    order: str
    falling: bool
    cut: paging.Page
    more: bool


def look(request: Request) -> Shown:
    """The customers that the address of the list, or of a page about it, asks for."""
    view = request.GET.get("view", "all")
    view = view if view in list_report.VIEWS else "all"
    listed = list_report.listed(request.organization, view)
    rows = listed.rows
    query = request.GET.get("q", "").strip()[: lists.SEARCH_LONGEST]
    order, falling = lists.sort_asked(request, LISTING)
    more = False
    if query:
        found, more = list_report.found(request.organization, rows, query)
        cut = paging.Page(rows=found, number=1, total=len(found), size=lists.PAGE_SIZE)
    else:
        ordered = lists.in_order(rows, LISTING, order, falling, few=listed.few)
        size = lists.PAGE_SIZE
        cut = paging.cut(request, ordered, LISTING.orders[order], size=size, falling=falling, total=listed.total)
    return Shown(view, query, order, falling, cut, more)


@page("customers/", "customers", see="customers.see", rail=Entry("people", gettext_lazy("Customers"), "users", 1))
def listing(request: Request) -> HttpResponse:
    """A saved view of the customers, searched and sorted."""
    looked = look(request)
    view, query, cut, more = looked.view, looked.query, looked.cut, looked.more
    order, falling = looked.order, looked.falling
    voucher = vouchers.find(organization=request.organization, code=query) if query else None
    if voucher is not None and voucher.customer is None and not cut.rows:
        # A printed one belongs to nobody: it is all that there is to find.
        return HttpResponseRedirect(url(request, "voucher", voucher.pk))
    cut.rows = list_report.complete(request.organization, cut.rows)
    columns = tuple(Column(column.label, column.css) for column in LISTING.columns) if query else LISTING.columns
    return render(
        request,
        "console/customers/list.html",
        {
            "listing": LISTING,
            "page": cut,
            "heads": lists.heads(request, columns, order, falling),
            "query": query,
            "more": more,
            "most": len(cut.rows),
            "view": view,
            "views": [
                (name, label, paging.link(request, view="" if name == "all" else name, page=""))
                for name, label in VIEWS
            ],
            "empty": EMPTY[view],
            "voucher": voucher,
            "voucher_state": voucher.state_at(clock.now()) if voucher else "",
            "add_url": url(request, "customer_add"),
            "may_add": may(request, "customers.edit"),
            "message_url": ""
            if view == "deleted"
            else f"{url(request, 'customers_message')}?{request.GET.urlencode()}",
        },
    )


@page("customers/<int:pk>/", "customer", see="customers.see")
def show(request: Request, pk: int) -> HttpResponse:
    """The page that answers for a customer: online or not, what they have, and why they cannot connect."""
    customer = pages.fetch_even_erased(request, pk)
    if customer.erased_at is not None:
        return _show_erased(request, customer)
    looked = Looked(request, customer)
    shown = panels.seen_by(request)
    hub, money = looked.hub, wallet.of_customer(customer)
    first = hub.refusals[0] if hub.refusals else None
    return render(
        request,
        "console/customers/show.html",
        {
            "hub": hub,
            "customer": customer,
            "contact_holder": _contact_holder(customer),
            # Where one package may connect, the customer may: another package's refusal is told in its own panel.
            "refusing": mending.short(hub.refusing) if hub.refusing else "",
            "money": money,
            "red_lines": red_lines.draw(money.red_lines, request.organization),
            "usable": looked.usable,
            "refused": first,
            "why_refused": SHORT.get(first.reason, OTHER_REASON) if first else "",
            "disabled": any(row.kind == "disabled" for row in hub.suspensions),
            "lifts": [row for row in hub.suspensions if row.kind != "disabled"],
            "panels": shown,
            "main": [_drawn(one, looked) for one in shown if not one.is_aside],
            "aside": [_drawn(one, looked) for one in shown if one.is_aside],
        },
    )


@page("customers/<int:pk>/panels/<slug:name>/", "customer_panel", see="customers.see")
def show_panel(request: Request, pk: int, name: str) -> HttpResponse:
    """A later panel: the part alone for a script that puts it into the page, else a page that holds it."""
    customer, one = pages.fetch_customer(request, pk), panels.find_later(name)
    if one is None:
        raise Http404
    if not may(request, one.right):
        return forbidden(request)
    drawn = panels.drawn(one, Looked(request, customer))
    if request.headers.get("HX-Request"):
        response = HttpResponse(drawn)
    else:
        response = render(request, "console/customers/panel.html", {"customer": customer, "panel": one, "drawn": drawn})
    patch_vary_headers(response, ["HX-Request"])
    return response


@fills("customers/<int:pk>/edit/", "customer_edit", do="customers.edit", of=pages.fetch_customer)
def edit(request: Request, customer: Customer) -> Fill:
    """A customer's own details."""

    def save(form: CustomerEditForm) -> str:
        signins.edit(customer=pages.fetch_customer(request, customer.pk), by=request.staff, **form.values())
        saving.toast(request, _("%(name)s is changed.") % {"name": customer.name})
        return url(request, "customer", customer.pk)

    return Fill(
        CustomerEditForm,
        title=_("Edit %(name)s") % {"name": customer.name},
        crumbs=[(_("Customers"), url(request, "customers")), (customer.name, url(request, "customer", customer.pk))],
        button=_("Save"),
        back=url(request, "customer", customer.pk),
        initial={name: getattr(customer, name) for name in CustomerEditForm.base_fields if hasattr(customer, name)},
        save=save,
        template="console/customers/edit.html",
        more={"customer": customer},
        generate=lambda form: {"extra_account_number": account_numbers.suggest(organization=request.organization)},
    )


@sensitive_post_parameters("password")
@fills("customers/<int:pk>/password/", "customer_password", do="customers.edit", of=pages.fetch_customer)
def portal_password(request: Request, customer: Customer) -> Fill:
    """A password for the customer's own pages; the router's stays what it is."""
    back = url(request, "customer", customer.pk)

    def save(form: PortalPasswordForm) -> str:
        signins.set_password(customer=customer, password=form.cleaned_data["password"], by=request.staff)
        saving.toast(request, _("%(name)s has a new portal password.") % {"name": customer.name})
        return back

    return Fill(
        PortalPasswordForm,
        title=_("Portal password of %(name)s") % {"name": customer.name},
        about=_("Whoever is signed in to the portal as this customer is signed out. The router’s password stays."),
        crumbs=[(_("Customers"), url(request, "customers")), (customer.name, back)],
        button=_("Set portal password"),
        back=back,
        initial={"password": ids.password()},
        save=save,
        once=True,
    )


def _show_erased(request: Request, customer: Customer) -> HttpResponse:
    """What happened to somebody who was deleted permanently, for whoever comes by an old link."""
    return render(
        request,
        "console/customers/erased.html",
        {
            "customer": customer,
            "said": report.erased(customer),
            "balance_minor": accounts.balance(customer=customer),
        },
    )


def _contact_holder(customer: Customer) -> Customer | None:
    """Who else signs in with the number that this customer is called at."""
    if not customer.contact_phone:
        return None
    holder = verbs.holder_of_contact(organization=customer.organization, text=customer.contact_phone)
    return None if holder is None or holder.pk == customer.pk else holder


def _drawn(one: Panel, looked: Looked) -> SafeString:
    """A panel in its place on the page: a later one as a link, which a script follows when somebody looks there."""
    if not one.is_later:
        return panels.drawn(one, looked)
    place = url(looked.request, "customer_panel", looked.customer.pk, one.name)
    return draw(looked.request, "console/customers/later.html", {"panel": one, "place": place})
