"""Plans: what is sold."""

from typing import Any, ClassVar, Final

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from headend.access import plans
from headend.access.models import ConnectionType, Plan, ValidityUnit
from headend.access.plans import LONGEST
from headend.access.rules import Code
from headend.doors.console import lists, pages, saving
from headend.doors.console.lists import Column, Listing
from headend.doors.console.navigation import Entry
from headend.doors.console.pages import Request, page, render, url
from headend.doors.console.saving import Act, Fill, Form, asks, fills
from headend.lib.refused import Refused
from headend.reports import batches as report
from headend.reports import figures
from headend.ui.forms import Amount, Bytes, Choices, Duration, Money, ShortDuration, Speed

LISTING: Final = Listing(
    title=gettext_lazy("Plans"),
    icon="package",
    columns=(
        Column(gettext_lazy("Name"), sort="name"),
        Column(gettext_lazy("Status")),
        Column(gettext_lazy("Connection")),
        Column(gettext_lazy("Down / up")),
        Column(gettext_lazy("Data")),
        Column(gettext_lazy("Validity")),
        Column(gettext_lazy("In use"), css="num"),
        Column(gettext_lazy("Price"), css="num", is_money=True),
        Column(""),
    ),
    row="console/plans/row.html",
    orders={"name": ("name_key",)},
    empty=gettext_lazy("No plans yet. A plan is what you sell: a price, a speed, and how long it runs."),
    add="plan_add",
    add_label=gettext_lazy("Add plan"),
    add_permission="network.edit",
    placeholder=gettext_lazy("Plan name"),
    find=lists.by_name,
)

# What a plan must have, and what is said beside each that is missing.
_WANTED: Final = {
    "name": gettext_lazy("Give a name."),
    "connection_type": gettext_lazy("Choose a connection type."),
    "price": gettext_lazy("Give a price; 0 is free."),
    "download": gettext_lazy("Give a speed, or tick unlimited."),
    "upload": gettext_lazy("Give a speed, or tick unlimited."),
    "validity_count": gettext_lazy("Give how long it runs."),
    "validity_unit": gettext_lazy("Choose what it is counted in."),
}


class PlanForm(Form):
    """What is sold. Speeds are typed in Mbit/s or ticked as unlimited; zero and blank are neither."""

    layout: ClassVar[tuple[tuple[str, ...], ...]] = (
        ("name",),
        ("connection_type",),
        ("price",),
        ("download", "upload"),
        ("unlimited_download", "unlimited_upload"),
        ("validity_count", "validity_unit"),
        ("cap", "hours"),
        ("simultaneous_use", "idle_minutes"),
    )

    demanded: ClassVar[tuple[str, ...]] = (
        "name",
        "connection_type",
        "price",
        "download",
        "upload",
        "unlimited_download",
        "unlimited_upload",
        "validity_count",
        "validity_unit",
    )

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=80,
        required=False,
        widget=forms.TextInput(attrs={"class": "w-l", "autocomplete": "off"}),
    )
    connection_type = forms.ChoiceField(
        label=gettext_lazy("Connection type"),
        choices=ConnectionType.choices,
        widget=Choices(),
        initial="pppoe",
        required=False,
    )
    price = Money(label=gettext_lazy("Price"), required=False, help_text=gettext_lazy("For one period. 0 is free."))
    download = Speed(label=gettext_lazy("Download speed"), required=False)
    upload = Speed(label=gettext_lazy("Upload speed"), required=False)
    unlimited_download = forms.BooleanField(label=gettext_lazy("Unlimited download speed"), required=False)
    unlimited_upload = forms.BooleanField(label=gettext_lazy("Unlimited upload speed"), required=False)
    validity_count = forms.IntegerField(
        label=gettext_lazy("Validity"), required=False, min_value=0, max_value=1_000_000, widget=Amount()
    )
    validity_unit = forms.ChoiceField(
        label=gettext_lazy("Counted in"),
        choices=ValidityUnit.choices,
        initial="months",
        required=False,
        widget=forms.Select(attrs={"class": "w-s"}),
    )
    cap = Bytes(
        label=gettext_lazy("Data cap"), required=False, help_text=gettext_lazy("For one period. Empty: no cap.")
    )
    hours = Duration(
        label=gettext_lazy("Time limit"),
        required=False,
        after=gettext_lazy("hours online"),
        help_text=gettext_lazy("For one period. Empty: no limit."),
    )
    simultaneous_use = forms.IntegerField(
        label=gettext_lazy("Devices at once"),
        min_value=1,
        max_value=1000,
        initial=1,
        widget=Amount(),
        help_text=gettext_lazy("How many may be connected together."),
    )
    idle_minutes = ShortDuration(
        label=gettext_lazy("Idle time-out"),
        required=False,
        help_text=gettext_lazy("Disconnects who is silent. Empty: never."),
    )

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        longest = LONGEST.get(values.get("validity_unit", ""))
        if longest is not None and (values.get("validity_count") or 0) > longest:
            self.add_error("validity_count", gettext_lazy("That is more than a hundred years."))
        missing = [name for name in _WANTED if name not in self.errors and not self._has(name)]
        if missing:
            self.refuse(Refused(Code.PLAN_INCOMPLETE))
        for name in missing:
            self.add_error(name, _WANTED[name])
        return values

    def terms(self) -> dict[str, Any]:
        """What the verbs take."""
        values = self.cleaned_data
        return {
            "name": values["name"],
            "connection_type": values["connection_type"],
            "price_minor": values["price"],
            "download_kbps": None if values["unlimited_download"] else values["download"],
            "upload_kbps": None if values["unlimited_upload"] else values["upload"],
            "validity_count": values["validity_count"],
            "validity_unit": values["validity_unit"],
            "cap_bytes": values["cap"],
            "time_limit_seconds": values["hours"],
            "simultaneous_use": values["simultaneous_use"],
            "idle_timeout_seconds": values["idle_minutes"] or None,
        }

    def _has(self, name: str) -> bool:
        value = self.cleaned_data.get(name)
        # A price of 0 is a price; a speed or a validity of 0 is none.
        return value is not None if name == "price" else bool(value or self.cleaned_data.get(f"unlimited_{name}"))


def plan_values(plan: Plan) -> dict[str, Any]:
    """A plan as its form shows it."""
    return {
        "name": plan.name,
        "connection_type": plan.connection_type,
        "price": plan.price_minor,
        "download": plan.download_kbps,
        "upload": plan.upload_kbps,
        "unlimited_download": plan.download_kbps is None,
        "unlimited_upload": plan.upload_kbps is None,
        "validity_count": plan.validity_count,
        "validity_unit": plan.validity_unit,
        "cap": plan.cap_bytes,
        "hours": plan.time_limit_seconds,
        "simultaneous_use": plan.simultaneous_use,
        "idle_minutes": plan.idle_timeout_seconds,
    }


def fetch(request: Request, pk: int) -> Plan:
    """A Plan of the organization; 404 for any other."""
    return pages.fetch(request.organization.plan_set.select_related("organization"), pk)


@page("plans/", "plans", see="network.see", rail=Entry("access", gettext_lazy("Plans"), "package", 3))
def listing(request: Request) -> HttpResponse:
    """The plans, with how many packages and vouchers of each are in use."""
    counts = figures.in_use_by_plan(request.organization)
    rows = request.organization.plan_set.all()
    return lists.list_page(request, LISTING, rows, counts=counts.numbers, counted_at=counts.at)


@page("plans/<int:pk>/", "plan", see="network.see")
def show(request: Request, pk: int) -> HttpResponse:
    """What a plan promises."""
    plan = fetch(request, pk)
    in_use = plan.subscription_set.filter(ended_at__isnull=True, activated_at__isnull=False).count()
    usable = report.usable_vouchers([plan]).get(plan.pk, 0)
    context = {"plan": plan, "in_use": in_use, "usable": usable}
    return render(request, "console/plans/show.html", context)


@fills("plans/add/", "plan_add", do="network.edit")
def add(request: Request) -> Fill:
    """A new plan."""

    def save(form: PlanForm) -> str:
        plan = plans.add(organization=request.organization, by=request.staff, **form.terms())
        saving.toast(request, _("The plan %(name)s is on sale.") % {"name": plan.name})
        return url(request, "plans")

    return Fill(
        PlanForm,
        title=_("Add plan"),
        crumbs=[(_("Plans"), url(request, "plans"))],
        button=_("Add plan"),
        back=url(request, "plans"),
        initial={"validity_count": 1},
        save=save,
        once=True,
    )


@fills("plans/<int:pk>/edit/", "plan_edit", do="network.edit", of=fetch)
def edit(request: Request, plan: Plan) -> Fill:
    """Changes what is sold from now on."""

    def save(form: PlanForm) -> str:
        plans.edit(plan=fetch(request, plan.pk), by=request.staff, **form.terms())
        saving.toast(request, _("The plan %(name)s is changed.") % {"name": form.cleaned_data["name"]})
        return url(request, "plan", plan.pk)

    return Fill(
        PlanForm,
        title=_("Edit %(name)s") % {"name": plan.name},
        about=_("This changes what is sold from now on. Packages that were sold already keep their terms."),
        crumbs=[(_("Plans"), url(request, "plans")), (plan.name, url(request, "plan", plan.pk))],
        button=_("Save"),
        back=url(request, "plan", plan.pk),
        initial=plan_values(plan),
        save=save,
    )


@asks("plans/<int:pk>/retirement/", "plan_retirement", do="network.edit", of=fetch)
def retire(request: Request, plan: Plan) -> Act:
    """Stops selling a plan."""

    def run(form: saving.Form) -> str:
        plans.retire(plan=plan, by=request.staff)
        return _("%(name)s is no longer sold.") % {"name": plan.name}

    return Act(
        title=_("Retire %(name)s?") % {"name": plan.name},
        says=[_("It is no longer offered. Customers who have it keep it, and can renew.")],
        button=_("Retire plan"),
        icon="ban",
        back=url(request, "plans"),
        run=run,
        undo=url(request, "plan_retirement_lift", plan.pk),
    )


@asks("plans/<int:pk>/retirement/lift/", "plan_retirement_lift", do="network.edit", of=fetch)
def restore(request: Request, plan: Plan) -> Act:
    """Sells a retired plan again."""

    def run(form: saving.Form) -> str:
        plans.restore(plan=plan, by=request.staff)
        return _("%(name)s is on sale again.") % {"name": plan.name}

    return Act(
        title=_("Sell %(name)s again?") % {"name": plan.name},
        button=_("Restore plan"),
        icon="undo-2",
        harm=False,
        back=url(request, "plans"),
        run=run,
    )
