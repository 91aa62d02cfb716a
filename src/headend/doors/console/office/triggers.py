"""At which percentages every customer is told how much data is used; what is said stands among the notices."""

from typing import ClassVar, Final

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from headend.access import triggers
from headend.access.models import DefaultTrigger
from headend.doors.console import lists, pages, saving
from headend.doors.console.lists import Column, Listing
from headend.doors.console.pages import Request, page, url
from headend.doors.console.saving import Act, Fill, Form, asks, fills
from headend.ui.forms import Amount

LISTING: Final = Listing(
    title=gettext_lazy("Usage triggers"),
    icon="bell",
    about=gettext_lazy(
        "Every customer is told when so much of the data of a package is used, once in each period. Further ones of a single customer,"
        " to any address, stand on the customer’s page under “Notifications”."
    ),
    columns=(
        Column(gettext_lazy("Used"), css="num", sort="percent"),
        Column(gettext_lazy("Told by")),
        Column(""),
    ),
    row="console/triggers/row.html",
    orders={"percent": ("percent",)},
    empty=gettext_lazy("No customer is told by itself how much data is used."),
    add="default_trigger_add",
    add_label=gettext_lazy("Add trigger"),
    add_permission="settings",
)


class DefaultTriggerForm(Form):
    """At how much it is said, and by which channels."""

    layout: ClassVar[tuple[tuple[str, ...], ...]] = (("percent",), ("by_email",), ("by_sms",))

    percent = forms.IntegerField(
        label=gettext_lazy("When so much is used"), min_value=1, max_value=triggers.WHOLE, widget=Amount(after="%")
    )
    by_email = forms.BooleanField(
        label=gettext_lazy("By e-mail"),
        required=False,
        help_text=gettext_lazy("To the address of the customer, where there is one."),
    )
    by_sms = forms.BooleanField(
        label=gettext_lazy("By SMS"),
        required=False,
        help_text=gettext_lazy("To the mobile number of the customer, where there is one."),
    )


def fetch(request: Request, pk: int) -> DefaultTrigger:
    """A DefaultTrigger of the organization; 404 for any other."""
    return pages.fetch(triggers.defaults(organization=request.organization).select_related("organization"), pk)


@page("usage-triggers/", "default_triggers", see="settings")
def listing(request: Request) -> HttpResponse:
    """Those that hold for every customer."""
    rows = triggers.defaults(organization=request.organization)
    return lists.list_page(request, LISTING, rows, template="console/triggers/list.html")


@fills("usage-triggers/add/", "default_trigger_add", do="settings")
def add(request: Request) -> Fill:
    """A further one."""

    def save(form: DefaultTriggerForm) -> str:
        typed = {name: form.cleaned_data[name] for name in ("percent", "by_email", "by_sms")}
        triggers.add_default(organization=request.organization, by=request.staff, **typed)
        saving.toast(request, _("Every customer is told at %(percent)s %%.") % {"percent": typed["percent"]})
        return url(request, "default_triggers")

    return Fill(
        DefaultTriggerForm,
        title=_("Add trigger"),
        crumbs=[(_("Notices"), url(request, "notices")), (_("Usage triggers"), url(request, "default_triggers"))],
        button=_("Add trigger"),
        back=url(request, "default_triggers"),
        initial={"by_email": True, "by_sms": True},
        save=save,
        once=True,
    )


@asks("usage-triggers/<int:pk>/deletion/", "default_trigger_deletion", do="settings", of=fetch)
def delete(request: Request, trigger: DefaultTrigger) -> Act:
    """Tells customers nothing more at this percentage."""

    def run(form: saving.Form) -> str:
        triggers.delete_default(trigger=trigger, by=request.staff)
        return _("The trigger is deleted.")

    return Act(
        title=_("Delete the trigger at %(percent)s %%?") % {"percent": trigger.percent},
        says=[_("It holds for every customer. Those that stand on a customer’s own page stay.")],
        button=_("Delete trigger"),
        icon="trash-2",
        back=url(request, "default_triggers"),
        run=run,
    )
