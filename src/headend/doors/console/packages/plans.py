"""Plans: what is sold."""

from typing import Final

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from headend.access import plans
from headend.access.models import Plan
from headend.doors.console import crud
from headend.doors.console.access import Request, page, render, url
from headend.doors.console.crud import Act, Column, Listing
from headend.doors.console.forms.network import PlanForm, plan_values
from headend.doors.console.forms.subscriptions import terms_in_words
from headend.reports import batches as report
from headend.reports import figures

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
    find=crud.by_name,
)


@page(see="network.see")
def listing(request: Request) -> HttpResponse:
    """The plans, with how many packages and vouchers of each are in use."""
    counts = figures.in_use_by_plan(request.organization)
    rows = request.organization.plan_set.all()
    return crud.list_page(request, LISTING, rows, counts=counts.numbers, counted_at=counts.at)


@page(see="network.see")
def show(request: Request, pk: int) -> HttpResponse:
    """What a plan promises."""
    plan = _fetch(request, pk)
    in_use = plan.subscription_set.filter(ended_at__isnull=True, activated_at__isnull=False).count()
    usable = report.usable_vouchers([plan]).get(plan.pk, 0)
    context = {"plan": plan, "terms": terms_in_words(plan), "in_use": in_use, "usable": usable}
    return render(request, "console/plans/show.html", context)


@page(see="network.edit", do="network.edit")
def add(request: Request) -> HttpResponse:
    """A new plan."""

    def save(form: PlanForm) -> str:
        plan = plans.add(organization=request.organization, by=request.staff, **form.terms())
        crud.toast(request, _("The plan %(name)s is on sale.") % {"name": plan.name})
        return url(request, "plans")

    return crud.form_page(
        request,
        PlanForm,
        title=_("Add plan"),
        crumbs=[(_("Plans"), url(request, "plans"))],
        button=_("Add plan"),
        back=url(request, "plans"),
        initial={"validity_count": 1},
        save=save,
        once=True,
    )


@page(see="network.edit", do="network.edit")
def edit(request: Request, pk: int) -> HttpResponse:
    """Changes what is sold from now on."""
    plan = _fetch(request, pk)

    def save(form: PlanForm) -> str:
        plans.edit(plan=_fetch(request, pk), by=request.staff, **form.terms())
        crud.toast(request, _("The plan %(name)s is changed.") % {"name": form.cleaned_data["name"]})
        return url(request, "plan", pk)

    return crud.form_page(
        request,
        PlanForm,
        title=_("Edit %(name)s") % {"name": plan.name},
        about=_("This changes what is sold from now on. Packages that were sold already keep their terms."),
        crumbs=[(_("Plans"), url(request, "plans")), (plan.name, url(request, "plan", pk))],
        button=_("Save"),
        back=url(request, "plan", pk),
        initial=plan_values(plan),
        save=save,
    )


@page(see="network.edit", do="network.edit")
def retire(request: Request, pk: int) -> HttpResponse:
    """Stops selling a plan."""
    plan = _fetch(request, pk)

    def run(form: crud.Form) -> str:
        plans.retire(plan=plan, by=request.staff)
        return _("%(name)s is no longer sold.") % {"name": plan.name}

    act = Act(
        title=_("Retire %(name)s?") % {"name": plan.name},
        says=[_("It is no longer offered. Customers who have it keep it, and can renew.")],
        button=_("Retire plan"),
        icon="ban",
        back=url(request, "plans"),
        run=run,
        undo=url(request, "plan_retirement_lift", pk),
    )
    return crud.act_page(request, act)


@page(see="network.edit", do="network.edit")
def restore(request: Request, pk: int) -> HttpResponse:
    """Sells a retired plan again."""
    plan = _fetch(request, pk)

    def run(form: crud.Form) -> str:
        plans.restore(plan=plan, by=request.staff)
        return _("%(name)s is on sale again.") % {"name": plan.name}

    act = Act(
        title=_("Sell %(name)s again?") % {"name": plan.name},
        button=_("Restore plan"),
        icon="undo-2",
        harm=False,
        back=url(request, "plans"),
        run=run,
    )
    return crud.act_page(request, act)


def _fetch(request: Request, pk: int) -> Plan:
    return crud.fetch(request.organization.plan_set.select_related("organization"), pk)
