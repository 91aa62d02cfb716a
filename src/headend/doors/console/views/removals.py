"""Deleting a customer, and taking it back."""

from django.http import HttpResponse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from headend.access import vouchers
from headend.customers import suspensions
from headend.customers.models import Customer, SuspensionKind
from headend.desk import removals
from headend.desk.removals import Returned
from headend.doors.console import crud
from headend.doors.console.access import Request, page, url
from headend.doors.console.crud import Act
from headend.doors.console.views import customers
from headend.ledger import accounts
from headend.lib import clock
from headend.ui.templatetags import show


@page(see="customers.delete", do="customers.delete")
def delete(request: Request, pk: int) -> HttpResponse:
    """Deletes a customer: hidden and cut off, and everything kept."""
    customer = customers.fetch(request, pk)

    def run(form: crud.Form) -> str:
        removals.delete(customer=customer, by=request.staff)
        return _("%(name)s is deleted.") % {"name": customer.name}

    act = Act(
        title=_("Delete %(name)s?") % {"name": customer.name},
        says=[
            _("They are cut off within seconds and leave the lists. Packages, usage and history are kept."),
            *_what_is_left(customer),
            _("An owner or an admin can undelete them, from the view “Deleted”."),
        ],
        button=_("Delete"),
        icon="trash-2",
        back=url(request, "customers"),
        run=run,
        undo=url(request, "customer_deletion_lift", pk),
        ways=[] if _is_disabled(customer) else [(_("Disable instead"), url(request, "customer_disabled", pk))],
    )
    return crud.act_page(request, act)


@page(see="customers.delete", do="customers.delete")
def undelete(request: Request, pk: int) -> HttpResponse:
    """Brings a deleted customer back."""
    customer = customers.fetch(request, pk)

    def run(form: crud.Form) -> str:
        returned = removals.undelete(customer=customer, by=request.staff)
        said = _("%(name)s is back.") % {"name": returned.customer.name}
        return format_html("{}{}", said, format_html_join("", " {}", ((text,) for text in _lost(request, returned))))

    act = Act(
        title=_("Undelete %(name)s?") % {"name": customer.name},
        says=[_("They are on the lists again, with everything that they had.")],
        button=_("Undelete"),
        icon="undo-2",
        harm=False,
        back=url(request, "customer", pk),
        run=run,
    )
    return crud.act_page(request, act)


def _what_is_left(customer: Customer) -> list[str]:
    """What somebody should know who is about to delete: a connection, money, vouchers."""
    says = []
    if customer.session_set.filter(ended_at__isnull=True).exists():
        says.append(_("They are connected just now."))
    balance_minor, currency = accounts.balance(customer=customer), customer.organization.currency
    if balance_minor > 0:
        says.append(
            _("%(amount)s are in the wallet, and stay there.") % {"amount": show.money(balance_minor, currency)}
        )
    if balance_minor < 0:
        says.append(_("They owe %(amount)s, and go on owing it.") % {"amount": show.money(-balance_minor, currency)})
    now = clock.now()
    usable = customer.voucher_set.filter(vouchers.in_state("unused", now) | vouchers.in_state("active", now)).count()
    if usable:
        text = ngettext(
            "%(count)s voucher cannot be used until they are undeleted; its time runs on.",
            "%(count)s vouchers cannot be used until they are undeleted; their time runs on.",
            usable,
        )
        says.append(text % {"count": usable})
    return says


def _is_disabled(customer: Customer) -> bool:
    return any(row.kind == SuspensionKind.DISABLED for row in suspensions.open_of(customer=customer))


def _lost(request: Request, returned: Returned) -> list[str]:
    """What somebody else has taken meanwhile, and who."""
    words = {"phone": _("The phone"), "email": _("The e-mail"), "username": _("The portal username")}
    sentence = _("{what} is empty: {who} has it now.")
    return [
        format_html(
            sentence,
            what=words[name],
            who=format_html('<a href="{}">{}</a>', url(request, "customer", other.pk), other.name),
        )
        for name, other in returned.lost.items()
    ]
