"""What keeps a customer or a group from connecting: disable and enable, suspend and lift."""

import re
from datetime import datetime
from typing import Any, ClassVar, Final

from django import forms
from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from headend.customers import suspensions
from headend.customers.models import Customer, Group, SuspensionKind
from headend.doors.console import pages, saving
from headend.doors.console.pages import Request, url
from headend.doors.console.saving import Act, Form, ReasonForm, asks
from headend.lib import clock
from headend.system.models import Organization
from headend.ui.forms import Choices, Ticks
from headend.ui.templatetags import show

# So many are listed by name, each with a tick; one tick stands for the others.
MEMBERS_LISTED: Final = 100
_ID: Final = re.compile(r"[0-9]{1,19}")


class SuspendForm(Form):
    """Why somebody may not connect, and until when."""

    layout: ClassVar[tuple[tuple[str, ...], ...]] = (("kind",), ("reason",), ("until",))

    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"),
        choices=[
            (kind.value, kind.label) for kind in (SuspensionKind.OVERDUE, SuspensionKind.ABUSE, SuspensionKind.HOLD)
        ],
        widget=Choices(
            notes={
                "overdue": gettext_lazy("Until what is owed is paid"),
                "abuse": gettext_lazy("Until somebody lifts it"),
                "hold": gettext_lazy("Asked for by the customer"),
            }
        ),
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=200,
        help_text=gettext_lazy("Colleagues read it on the customer’s page."),
    )
    until = forms.DateField(
        label=gettext_lazy("Last day"),
        required=False,
        help_text=gettext_lazy("It ends by itself after this day. Empty: until somebody lifts it."),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "w-m"}),
    )

    def ends_at(self) -> datetime | None:
        """The instant after the last day, in the organization's zone."""
        last = self.cleaned_data["until"]
        return clock.day_end(last, self.organization.timezone) if last else None


class _Members(forms.MultipleChoiceField):
    """Ids of customers. Whoever was enabled while the page was read is no choice any more, and no mistake either."""

    def valid_value(self, value: Any) -> bool:
        return _ID.fullmatch(str(value)) is not None


class EnableForm(Form):
    """Who of a group is enabled with it: everybody who is disabled themselves, unless their tick is taken off."""

    layout: ClassVar[tuple[tuple[str, ...], ...]] = (("members",),)

    members = _Members(
        label=gettext_lazy("Disabled themselves"),
        required=False,
        help_text=gettext_lazy("They are enabled with the group. Untick whoever is to stay disabled."),
        widget=Ticks(),
    )

    def __init__(self, *args: Any, organization: Organization, **kwargs: Any) -> None:
        super().__init__(*args, organization=organization, **kwargs)
        self._disabled: list[Customer] = self.initial["disabled"]
        members = self.fields["members"]
        assert isinstance(members, forms.MultipleChoiceField), "it is declared above"
        members.choices = [
            (str(row.pk), f"{row.name}, {row.account_number}") for row in self._disabled[:MEMBERS_LISTED]
        ]
        self.initial["members"] = [str(row.pk) for row in self._disabled[:MEMBERS_LISTED]]

    def wanted(self) -> list[int]:
        """The ids of whoever is to be enabled."""
        return [int(member) for member in self.cleaned_data["members"]]


class EnableManyForm(EnableForm):
    """The same of a group in which more are disabled than a page lists."""

    layout: ClassVar[tuple[tuple[str, ...], ...]] = (*EnableForm.layout, ("others",))

    others = forms.BooleanField(required=False, initial=True)

    def __init__(self, *args: Any, organization: Organization, **kwargs: Any) -> None:
        super().__init__(*args, organization=organization, **kwargs)
        more = len(self._disabled) - MEMBERS_LISTED
        text = ngettext("And %(count)s more, who is not listed", "And %(count)s more, who are not listed", more)
        self.fields["others"].label = text % {"count": more}

    def wanted(self) -> list[int]:
        others = [row.pk for row in self._disabled[MEMBERS_LISTED:]] if self.cleaned_data["others"] else []
        return [*super().wanted(), *others]


def fetch_group(request: Request, pk: int) -> Group:
    """A Group of the organization; 404 for any other."""
    return pages.fetch(request.organization.group_set.select_related("organization"), pk)


@asks("customers/<int:pk>/suspension/", "customer_suspension", do="customers.edit", of=pages.fetch_customer)
def suspend_customer(request: Request, customer: Customer) -> Act:
    """Suspends a customer with a kind, a reason and perhaps an end."""

    def run(form: SuspendForm) -> str:
        kind = form.cleaned_data["kind"]
        reason, ends_at = form.cleaned_data["reason"], form.ends_at()
        suspensions.suspend(customer=customer, kind=kind, reason=reason, ends_at=ends_at, by=request.staff)
        return _("%(name)s is suspended.") % {"name": customer.name}

    return Act(
        title=_("Suspend %(name)s?") % {"name": customer.name},
        says=[
            _(
                "They are cut off within seconds and cannot connect until the suspension ends or is lifted. Nothing is deleted."
            )
        ],
        button=_("Suspend"),
        icon="circle-pause",
        back=url(request, "customer", customer.pk),
        run=run,
        form=SuspendForm,
        initial={"kind": "overdue"},
    )


@asks("customers/<int:pk>/suspension/disabled/", "customer_disabled", do="customers.edit", of=pages.fetch_customer)
def disable_customer(request: Request, customer: Customer) -> Act:
    """Switches a customer off."""

    def run(form: ReasonForm) -> str:
        suspensions.suspend(customer=customer, kind="disabled", reason=form.cleaned_data["reason"], by=request.staff)
        return _("%(name)s is disabled.") % {"name": customer.name}

    return Act(
        title=_("Disable %(name)s?") % {"name": customer.name},
        says=[_("They are cut off within seconds and cannot connect until somebody enables them. Nothing is deleted.")],
        button=_("Disable"),
        icon="ban",
        back=url(request, "customer", customer.pk),
        run=run,
        undo=url(request, "customer_suspension_lift", customer.pk, "disabled"),
        form=ReasonForm,
    )


@asks(
    "customers/<int:pk>/suspension/<slug:kind>/lift/",
    "customer_suspension_lift",
    do="customers.edit",
    of=pages.fetch_customer,
)
def lift_customer(request: Request, customer: Customer, kind: str) -> Act:
    """Enables a customer, or lifts a suspension. A second press does no harm."""
    label = _kind(kind)

    def run(form: saving.Form) -> str:
        lifted = suspensions.lift(customer=customer, kind=kind, by=request.staff)
        if lifted is None:
            return _("There was nothing to lift.")
        if kind == SuspensionKind.DISABLED:
            return _("%(name)s is enabled.") % {"name": customer.name}
        return _("%(name)s: suspension lifted.") % {"name": customer.name}

    return Act(
        title=_("Let %(name)s connect again?") % {"name": customer.name},
        says=[_("This ends the suspension “%(kind)s” and no other.") % {"kind": label}, *_stays_off(customer, kind)],
        button=_("Enable") if kind == SuspensionKind.DISABLED else _("Lift"),
        icon="circle-check",
        harm=False,
        back=url(request, "customer", customer.pk),
        run=run,
    )


@asks("groups/<int:pk>/suspension/disabled/", "group_disabled", do="customers.edit", of=fetch_group)
def disable_group(request: Request, group: Group) -> Act:
    """Switches a whole group off."""
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

    return Act(
        title=_("Disable the group %(name)s?") % {"name": group.name},
        says=[says % {"n": show.counted(count)} if count else _("Nobody is in it.")],
        button=_("Disable group"),
        icon="ban",
        back=url(request, "groups"),
        run=run,
        undo=url(request, "group_suspension_lift", group.pk, "disabled"),
        form=ReasonForm,
    )


@asks("groups/<int:pk>/suspension/<slug:kind>/lift/", "group_suspension_lift", do="customers.edit", of=fetch_group)
def lift_group(request: Request, group: Group, kind: str) -> Act:
    """Enables a group, or lifts a suspension of it."""
    if kind == SuspensionKind.DISABLED:
        return _enable_group(request, group)
    label = _kind(kind)

    def run(form: saving.Form) -> str:
        lifted = suspensions.lift(group=group, kind=kind, by=request.staff)
        return (
            _("The group %(name)s may connect.") % {"name": group.name} if lifted else _("There was nothing to lift.")
        )

    return Act(
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


def _stays_off(customer: Customer, kind: str) -> list[str]:
    """What else keeps a customer off, once the suspension of that kind is lifted."""
    said = []
    if any(row.kind != kind for row in suspensions.open_of(customer=customer)):
        said.append(_("They stay off all the same: another suspension of theirs is in force."))
    if suspensions.open_of(group=customer.group):
        said.append(_("They stay off all the same: their group is disabled or suspended."))
    return said


def _enable_group(request: Request, group: Group) -> Act:
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

    return Act(
        title=_("Let the group %(name)s connect again?") % {"name": group.name},
        says=[_("This switches the group on. Suspensions stay, of the group and of single customers.")],
        button=_("Enable group"),
        icon="circle-check",
        harm=False,
        back=url(request, "groups"),
        run=run,
        form=form_class,
        initial={"disabled": disabled},
    )


def _kind(kind: str) -> str:
    if kind not in SuspensionKind.values:
        raise Http404
    return str(SuspensionKind(kind).label).lower()
