"""What keeps a customer or a group from connecting: disable and enable, suspend and lift."""

from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from headend.customers import suspensions
from headend.customers.models import Customer, Group, SuspensionKind
from headend.doors.console import crud
from headend.doors.console.access import Request, page, url
from headend.doors.console.crud import Act
from headend.doors.console.forms.customers import (
    MEMBERS_LISTED,
    EnableForm,
    EnableManyForm,
    ReasonForm,
    SuspendForm,
)
from headend.doors.console.people import customers
from headend.ui.templatetags import show


@page(see="customers.edit", do="customers.edit")
def suspend_customer(request: Request, pk: int) -> HttpResponse:
    """Suspends a customer with a kind, a reason and perhaps an end."""
    customer = customers.fetch(request, pk)

    def run(form: SuspendForm) -> str:
        kind = form.cleaned_data["kind"]
        reason, ends_at = form.cleaned_data["reason"], form.ends_at()
        suspensions.suspend(customer=customer, kind=kind, reason=reason, ends_at=ends_at, by=request.staff)
        return _("%(name)s is suspended.") % {"name": customer.name}

    act = Act(
        title=_("Suspend %(name)s?") % {"name": customer.name},
        says=[
            _(
                "They are cut off within seconds and cannot connect until the suspension ends or is lifted. Nothing is deleted."
            )
        ],
        button=_("Suspend"),
        icon="circle-pause",
        back=url(request, "customer", pk),
        run=run,
    )
    return crud.act_page(request, act, SuspendForm, initial={"kind": "overdue"})


@page(see="customers.edit", do="customers.edit")
def disable_customer(request: Request, pk: int) -> HttpResponse:
    """Switches a customer off."""
    customer = customers.fetch(request, pk)

    def run(form: ReasonForm) -> str:
        suspensions.suspend(customer=customer, kind="disabled", reason=form.cleaned_data["reason"], by=request.staff)
        return _("%(name)s is disabled.") % {"name": customer.name}

    act = Act(
        title=_("Disable %(name)s?") % {"name": customer.name},
        says=[_("They are cut off within seconds and cannot connect until somebody enables them. Nothing is deleted.")],
        button=_("Disable"),
        icon="ban",
        back=url(request, "customer", pk),
        run=run,
        undo=url(request, "customer_suspension_lift", pk, "disabled"),
    )
    return crud.act_page(request, act, ReasonForm)


@page(see="customers.edit", do="customers.edit")
def lift_customer(request: Request, pk: int, kind: str) -> HttpResponse:
    """Enables a customer, or lifts a suspension. A second press does no harm."""
    customer = customers.fetch(request, pk)
    label = _kind(kind)

    def run(form: crud.Form) -> str:
        lifted = suspensions.lift(customer=customer, kind=kind, by=request.staff)
        if lifted is None:
            return _("There was nothing to lift.")
        if kind == SuspensionKind.DISABLED:
            return _("%(name)s is enabled.") % {"name": customer.name}
        return _("%(name)s: suspension lifted.") % {"name": customer.name}

    act = Act(
        title=_("Let %(name)s connect again?") % {"name": customer.name},
        says=[_("This ends the suspension “%(kind)s” and no other.") % {"kind": label}, *_stays_off(customer, kind)],
        button=_("Enable") if kind == SuspensionKind.DISABLED else _("Lift"),
        icon="circle-check",
        harm=False,
        back=url(request, "customer", pk),
        run=run,
    )
    return crud.act_page(request, act)


def _stays_off(customer: Customer, kind: str) -> list[str]:
    """What else keeps a customer off, once the suspension of that kind is lifted."""
    said = []
    if any(row.kind != kind for row in suspensions.open_of(customer=customer)):
        said.append(_("They stay off all the same: another suspension of theirs is in force."))
    if suspensions.open_of(group=customer.group):
        said.append(_("They stay off all the same: their group is disabled or suspended."))
    return said


@page(see="customers.edit", do="customers.edit")
def disable_group(request: Request, pk: int) -> HttpResponse:
    """Switches a whole group off."""
    group = _group(request, pk)
    # Counted no further than lists do: the question must not wait for it.
    count = group.customer_set.filter(deleted_at__isnull=True)[: show.COUNTED + 1].count()
    says = ngettext(
        "Its %(n)s customer is cut off within seconds and cannot connect until it is enabled.",
        "Its %(n)s customers are cut off within seconds and cannot connect until it is enabled.",
        count,
    )

    def run(form: ReasonForm) -> str:
        suspensions.suspend(group=group, kind="disabled", reason=form.cleaned_data["reason"], by=request.staff)
        return _("The group %(name)s is disabled.") % {"name": group.name}

    act = Act(
        title=_("Disable the group %(name)s?") % {"name": group.name},
        says=[says % {"n": show.counted(count)} if count else _("Nobody is in it.")],
        button=_("Disable group"),
        icon="ban",
        back=url(request, "groups"),
        run=run,
        undo=url(request, "group_suspension_lift", pk, "disabled"),
    )
    return crud.act_page(request, act, ReasonForm)


@page(see="customers.edit", do="customers.edit")
def lift_group(request: Request, pk: int, kind: str) -> HttpResponse:
    """Enables a group, or lifts a suspension of it."""
    if kind == SuspensionKind.DISABLED:
        return _enable_group(request, _group(request, pk))
    group, label = _group(request, pk), _kind(kind)

    def run(form: crud.Form) -> str:
        lifted = suspensions.lift(group=group, kind=kind, by=request.staff)
        return (
            _("The group %(name)s may connect.") % {"name": group.name} if lifted else _("There was nothing to lift.")
        )

    act = Act(
        title=_("Let the group %(name)s connect again?") % {"name": group.name},
        says=[
            _("This ends the suspension “%(kind)s” of the group; what keeps single customers of it off stays.")
            % {"kind": label}
        ],
        button=_("Enable group"),
        icon="circle-check",
        harm=False,
        back=url(request, "groups"),
        run=run,
    )
    return crud.act_page(request, act)


def _enable_group(request: Request, group: Group) -> HttpResponse:
    """Switches a group on, and with it those of its customers who are disabled themselves, as far as they are ticked."""
    disabled = list(suspensions.disabled_in(group=group))
    form_class = EnableManyForm if len(disabled) > MEMBERS_LISTED else EnableForm if disabled else None

    def run(form: EnableForm) -> str:
        wanted = form.wanted() if disabled else []
        lifted, enabled = suspensions.enable_group(group=group, members=wanted, by=request.staff)
        if lifted is None and not enabled:
            return _("There was nothing to lift.")
        said = _("The group %(name)s may connect.") % {"name": group.name}
        if not enabled:
            return said
        also = ngettext("%(count)s customer is enabled with it.", "%(count)s customers are enabled with it.", enabled)
        return f"{said} {also % {'count': enabled}}"

    act = Act(
        title=_("Let the group %(name)s connect again?") % {"name": group.name},
        says=[_("This switches the group on. Suspensions stay, of the group and of single customers.")],
        button=_("Enable group"),
        icon="circle-check",
        harm=False,
        back=url(request, "groups"),
        run=run,
    )
    return crud.act_page(request, act, form_class, initial={"disabled": disabled})


def _group(request: Request, pk: int) -> Group:
    return crud.fetch(request.organization.group_set.select_related("organization"), pk)


def _kind(kind: str) -> str:
    if kind not in SuspensionKind.values:
        raise Http404
    return str(SuspensionKind(kind).label).lower()
