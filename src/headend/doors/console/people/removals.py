"""Deleting a customer, taking it back, and deleting for good."""

from typing import Any, ClassVar

from django import forms
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from headend.access import vouchers
from headend.customers import suspensions
from headend.customers.models import Customer, SuspensionKind
from headend.desk import erasures, removals
from headend.desk.removals import Returned
from headend.desk.rules import Code, wants_undeleting
from headend.doors.console import pages, saving
from headend.doors.console.pages import Request, may, url
from headend.doors.console.saving import Act, Form, asks
from headend.ledger import accounts
from headend.lib import clock
from headend.lib.refused import Refused
from headend.system.models import Organization
from headend.ui.templatetags import show


class EraseForm(Form):
    """The account number of whoever is to be deleted permanently, as somebody copies it from the page."""

    layout: ClassVar[tuple[tuple[str, ...], ...]] = (("account_number",),)

    account_number = forms.CharField(
        label=gettext_lazy("Account number"),
        # Longer than any: a wrong one is told as that.
        max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, organization: Organization, **kwargs: Any) -> None:
        super().__init__(*args, organization=organization, **kwargs)
        hint = gettext_lazy("Type %(number)s to show that this customer is meant.")
        self.fields["account_number"].help_text = hint % {"number": self.initial["number"]}


@asks("customers/<int:pk>/deletion/", "customer_deletion", do="customers.delete", of=pages.fetch_customer)
def delete(request: Request, customer: Customer) -> Act:
    """Deletes a customer: hidden and cut off, and everything kept."""

    def run(form: saving.Form) -> str:
        removals.delete(customer=customer, by=request.staff)
        return _("%(name)s is deleted.") % {"name": customer.name}

    return Act(
        title=_("Delete %(name)s?") % {"name": customer.name},
        says=[
            _("They are cut off within seconds and leave the lists. Packages, usage and history are kept."),
            _("Phone, e-mail, usernames and fixed addresses are free for others from then on."),
            *_what_is_left(customer),
            _("An owner or an admin can undelete them, from the view “Deleted”."),
        ],
        button=_("Delete"),
        icon="trash-2",
        back=url(request, "customers"),
        run=run,
        undo=url(request, "customer_deletion_lift", customer.pk),
        ways=_ways(request, customer),
    )


@asks("customers/<int:pk>/deletion/lift/", "customer_deletion_lift", do="customers.delete", of=pages.fetch_even_erased)
def undelete(request: Request, customer: Customer) -> Act:
    """Brings a deleted customer back."""

    def run(form: saving.Form) -> str:
        returned = removals.undelete(customer=customer, by=request.staff)
        said = _("%(name)s is back.") % {"name": returned.customer.name}
        return format_html("{}{}", said, format_html_join("", " {}", ((text,) for text in _lost(request, returned))))

    return Act(
        title=_("Undelete %(name)s?") % {"name": customer.name},
        says=[
            _("They are on the lists again, with everything that they had."),
            _("What somebody else has taken meanwhile comes back empty, and you are told who has it."),
        ],
        button=_("Undelete"),
        icon="undo-2",
        harm=False,
        back=url(request, "customer", customer.pk),
        run=run,
    )


@asks("customers/<int:pk>/erasure/", "customer_erasure", do="customers.erase", of=pages.fetch_even_erased)
def erase(request: Request, customer: Customer) -> Act | HttpResponse:
    """Deletes a customer for good, once the account number is typed."""
    back = url(request, "customer", customer.pk)
    if customer.erased_at is not None:
        return HttpResponseRedirect(back)
    hindrances = erasures.hindrances(customer=customer)

    def run(form: EraseForm) -> str:
        gone = erasures.erase(customer=customer, account_number=form.cleaned_data["account_number"], by=request.staff)
        return _("Deleted permanently. What was paid and used stands under %(number)s.") % {
            "number": gone.account_number
        }

    return Act(
        title=_("Delete %(name)s permanently?") % {"name": customer.name},
        says=_what_is_in_the_way(request, customer, hindrances) if hindrances else _what_goes(customer),
        button="" if hindrances else _("Delete permanently"),
        icon="trash-2",
        back=back,
        run=run,
        ways=_ways_to_settle(request, customer, hindrances),
        form=None if hindrances and request.method != "POST" else EraseForm,
        initial={"number": customer.account_number},
    )


def _ways(request: Request, customer: Customer) -> list[tuple[str, str]]:
    """What may be wanted instead of hiding: less, or more."""
    ways = [] if _is_disabled(customer) else [(_("Disable instead"), url(request, "customer_disabled", customer.pk))]
    if may(request, "customers.erase"):
        ways.append((_("Delete permanently…"), url(request, "customer_erasure", customer.pk)))
    return ways


def _what_is_left(customer: Customer) -> list[str]:
    """What somebody should know who is about to delete: a connection, money, vouchers."""
    says = []
    if customer.session_set.filter(ended_at__isnull=True).exists():
        says.append(_("They are connected just now."))
    balance_minor, currency = accounts.balance(customer=customer), customer.organization.currency
    if balance_minor > 0:
        says.append(
            _("%(amount)s is in the wallet, and stays there.") % {"amount": show.money(balance_minor, currency)}
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


def _what_goes(customer: Customer) -> list[str]:
    """What happens to whom, said before it does."""
    now = clock.now()
    packages = customer.subscription_set.filter(ended_at__isnull=True).count()
    usable = customer.voucher_set.filter(vouchers.in_state("unused", now) | vouchers.in_state("active", now)).count()
    says = [_("They are cut off within seconds.")]
    if packages:
        text = ngettext(
            "%(count)s package ends, with what is left of its period.",
            "%(count)s packages end, with what is left of their periods.",
            packages,
        )
        says.append(text % {"count": packages})
    if usable:
        text = ngettext(
            "%(count)s voucher that could be used becomes void.",
            "%(count)s vouchers that could be used become void.",
            usable,
        )
        says.append(text % {"count": usable})
    gone = _(
        "Gone for good: name, company, phone, e-mail, usernames and passwords, devices, messages, and whatever names them in past connections, payments and events."
    )
    kept = _("Kept: payments, purchases, the ledger and the usage, under an anonymous number in place of %(number)s.")
    return [*says, gone, kept % {"number": customer.account_number}, _("Nobody can undo this.")]


def _what_is_in_the_way(request: Request, customer: Customer, hindrances: list[Refused]) -> list[str]:
    texts = [saving.refusal_text(request.organization, hindrance) for hindrance in hindrances]
    if customer.deleted_at is not None and wants_undeleting([hindrance.code for hindrance in hindrances]):
        texts.append(_("A deleted customer buys and pays nothing: for that, undelete them first."))
    return [_("Nothing can be deleted permanently yet."), *texts]


def _ways_to_settle(request: Request, customer: Customer, hindrances: list[Refused]) -> list[tuple[str, str]]:
    """Where what is in the way is settled."""
    ways = []
    codes = {hindrance.code for hindrance in hindrances}
    if Code.WALLET_NOT_EMPTY in codes and may(request, "money.adjust"):
        ways.append((_("Refund"), f"{url(request, 'customer_refund', customer.pk)}?for=erasure"))
        ways.append((_("Write off"), f"{url(request, 'customer_write_off', customer.pk)}?for=erasure"))
    if customer.deleted_at is not None and wants_undeleting(codes):
        ways.append((_("Undelete"), url(request, "customer_deletion_lift", customer.pk)))
    elif Code.DEBT_OPEN in codes:
        ways.append((_("Add Payment"), url(request, "customer_payment", customer.pk)))
    elif Code.WALLET_NOT_EMPTY in codes:
        ways.append((_("Buy Voucher"), url(request, "customer_voucher", customer.pk)))
    if Code.DEBT_OPEN in codes and may(request, "money.adjust"):
        ways.append((_("Write off debt"), f"{url(request, 'customer_debt_write_off', customer.pk)}?for=erasure"))
    unclear = [hindrance.detail["payment_id"] for hindrance in hindrances if hindrance.code == Code.PAYMENT_UNDER_WAY]
    ways += [(_("See the payment"), url(request, "payment", payment_id)) for payment_id in unclear]
    return ways


def _is_disabled(customer: Customer) -> bool:
    return any(row.kind == SuspensionKind.DISABLED for row in suspensions.open_of(customer=customer))


def _lost(request: Request, returned: Returned) -> list[str]:
    """What somebody else has taken meanwhile, and who."""
    words = {
        "phone": _("The phone"),
        "email": _("The e-mail"),
        "username": _("The portal username"),
        "router_name": _("The username %(value)s of %(plan)s"),
        "address": _("The address %(value)s of %(plan)s"),
    }
    own = [_told(request, words[name], other) for name, other in returned.lost.items()]
    return own + [
        _told(request, words[lost.what] % {"value": lost.value, "plan": lost.plan_name}, lost.holder)
        for lost in returned.of_packages
    ]


def _told(request: Request, what: str, other: Customer | None) -> str:
    if other is None:
        return format_html(_("{what} is empty: a voucher has it now."), what=what)
    who = format_html('<a href="{}">{}</a>', url(request, "customer", other.pk), other.name)
    return format_html(_("{what} is empty: {who} has it now."), what=what, who=who)
