"""What a payment will do, and what it did, in words for whoever takes it."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from headend.access import subscriptions
from headend.access.models import Subscription
from headend.billing import forecasts, purchases
from headend.billing.forecasts import Forecast
from headend.billing.models import Payment, Purchase
from headend.customers.models import Customer
from headend.doors.console import red_lines
from headend.doors.console.forms.money import PaymentForm
from headend.ledger import accounts, entries
from headend.lib import clock
from headend.ui import renewals
from headend.ui.templatetags import show


@dataclass(frozen=True, slots=True)
class Said:
    """One sentence; `warns` where somebody has to notice it."""

    text: str
    warns: bool = False


def will(form: PaymentForm, customer: Customer) -> list[Said]:
    """What the sum that stands in the form would do, or why it is none; empty while nothing is typed."""
    amount_minor, chosen = form.typed_minor, form.chosen
    if amount_minor is None:
        return [Said(form.unread, warns=True)] if form.unread else []
    told = forecasts.of_payment(customer=customer, amount_minor=amount_minor, subscription=chosen)
    renewed = [chosen] if chosen is not None and told.renews else []
    off = [row for row in form.packages if row not in renewed]
    return [*_debt(told, customer), *_renewal(told, chosen), *_left(told, customer), *_stays_off(off)]


def received(payment: Payment, *, was_overdue: bool) -> str:
    """What a payment did: paid a debt, renewed something, stays in the wallet; and what is off all the same."""
    said = [_received(payment)]
    if was_overdue and not accounts.owed(customer=payment.customer):
        said.append(_("The suspension (overdue) is lifted."))
    charged = purchases.charged_ahead(customer=payment.customer)
    own = payment.customer.subscription_set.filter(ended_at__isnull=True).exclude(pk__in=charged).order_by("pk")
    return " ".join([*said, *(line.text for line in _stays_off(own))])


def _received(payment: Payment) -> str:
    amount = show.money(payment.amount_minor, payment.organization.currency)
    received = _("%(amount)s of %(name)s is received.") % {"amount": amount, "name": payment.customer.name}
    paid_off = entries.paid_off_by(organization=payment.organization, payment_id=payment.pk)
    if paid_off:
        received = f"{received} {_paid_off(payment, paid_off)}"
    if payment.purchase_id is None:
        if paid_off == payment.amount_minor:
            return received
        return f"{received} {_('The rest is in the wallet.') if paid_off else _('It is in the wallet.')}"
    purchase = Purchase.objects.filter(organization=payment.organization_id).get(pk=payment.purchase_id)
    if purchase.state == "fulfilled":
        renewed = _("%(plan)s is renewed.") % {"plan": purchase.plan_name}
        return " ".join([received, renewed, *_in_wallet(payment.customer)])
    if purchase.state == "closed":
        # All of it went into the debt that the customer is kept off for.
        return f"{received} {_('%(plan)s could not be renewed.') % {'plan': purchase.plan_name}}"
    left = _("It stays in the wallet: %(plan)s could not be renewed.") % {"plan": purchase.plan_name}
    why = red_lines.why_not(purchase.unfulfilled_code, purchase.plan_name, purchase.price_minor, payment.organization)
    return f"{received} {left} {why}"


def _in_wallet(customer: Customer) -> list[str]:
    left_minor = accounts.available(customer=customer)
    return [_("%(amount)s is in the wallet.") % {"amount": _money(left_minor, customer)}] if left_minor else []


def _paid_off(payment: Payment, paid_off: int) -> str:
    """What became of a debt, and what is left of it."""
    currency, left = payment.organization.currency, accounts.owed(customer=payment.customer)
    said = _("All of it paid what was owed.")
    if paid_off < payment.amount_minor:
        said = _("%(amount)s of it paid what was owed.") % {"amount": show.money(paid_off, currency)}
    return f"{said} {_('%(amount)s is still owed.') % {'amount': show.money(left, currency)}}" if left else said


def _debt(told: Forecast, customer: Customer) -> list[Said]:
    said = []
    if told.pays_debt_minor:
        said.append(Said(_("%(amount)s pay what is owed.") % {"amount": _money(told.pays_debt_minor, customer)}))
    if told.owed_minor:
        said.append(Said(_("%(amount)s is still owed.") % {"amount": _money(told.owed_minor, customer)}, warns=True))
    if told.lifts:
        said.append(Said(_("The suspension (overdue) is lifted.")))
    return said


def _renewal(told: Forecast, chosen: Subscription | None) -> list[Said]:
    said = [
        Said(_("%(plan)s, which waited for the rest, is carried out.") % {"plan": plan}) for plan in told.carried_out
    ]
    if chosen is None:
        return said
    what = {"plan": chosen.plan_name, "price": show.money(chosen.price_minor, chosen.organization.currency)}
    if told.renews:
        now = clock.now()
        end = subscriptions.next_of(subscription=chosen, now=now).ends_at
        text = _("%(plan)s is renewed for %(price)s, to %(end)s.")
        if chosen.activated_at is None:
            text = _("%(plan)s is activated for %(price)s, to %(end)s.")
        limits = [Said(more) for more in renewals.of_limits(chosen, now)]
        return [Said(text % {**what, "end": show.until(end)}), *limits, *said]
    if told.missing_minor is None:
        return [*said, Said(_("%(plan)s is not renewed: nothing can be sold now.") % what, warns=True)]
    missing = show.money(told.missing_minor, chosen.organization.currency)
    text = _("%(plan)s is not renewed: %(missing)s is missing. The money waits in the wallet for the rest.")
    return [*said, Said(text % {**what, "missing": missing}, warns=True)]


def _left(told: Forecast, customer: Customer) -> list[Said]:
    if not told.wallet_minor:
        return [Said(_("Nothing is left over."))]
    return [Said(_("%(amount)s stays in the wallet.") % {"amount": _money(told.wallet_minor, customer)})]


def _stays_off(own: Iterable[Subscription]) -> list[Said]:
    """The packages that nobody can connect with after it, because their period is over or never began."""
    now, said = clock.now(), []
    for subscription in own:
        what = {"plan": subscription.plan_name, "until": show.until(subscription.expires_at)}
        if subscription.activated_at is None:
            said.append(Said(_("%(plan)s is not active yet, and stays so.") % what, warns=True))
        elif subscription.expires_at is not None and subscription.expires_at <= now:
            said.append(Said(_("%(plan)s stays off: it ended %(until)s.") % what, warns=True))
    return said


def _money(minor: int, customer: Customer) -> str:
    return show.money(minor, customer.organization.currency)
