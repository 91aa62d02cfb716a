"""Payments: asked for, failed, or left to a person to look at. What settles one is `receipts`."""

from datetime import timedelta
from typing import Final

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.db.models import QuerySet

from headend.billing import happenings, rules
from headend.billing.happenings import OfPayment
from headend.billing.models import Gateway, Method, Payment, PaymentState, Prompt, Purchase
from headend.billing.rules import Code, Held
from headend.customers import customers
from headend.customers.models import Customer
from headend.lib import clock
from headend.lib.refused import Refused
from headend.system import engine, events, jobs
from headend.system.events import Happened
from headend.system.models import Staff

# The verb stands above: `inquiries.ask`.
ASK_PROVIDER: Final = jobs.Kind("ask_provider")
_SALT: Final = "billing.callback"


def ask(
    *, customer: Customer, purchase: Purchase | None, gateway: Gateway, phone: str, amount_minor: int, key: str
) -> Payment:
    """A pending payment, and the prompt that will ask `phone` (E.164) for it. The same key again gives the first back.

    One phone has one open request at a time: refuses `prompt_open`; and `amount_invalid` where nothing is to be paid.
    """
    if amount_minor <= 0:
        raise Refused(Code.AMOUNT_INVALID, field="amount")
    organization = customer.organization
    with transaction.atomic():
        engine.lock_keys([f"payment:{organization.pk}:{key}", f"phone:{organization.pk}:{phone}"])
        first = Payment.objects.filter(organization=organization, key=key).first()
        if first is not None:
            if (first.asked_minor, first.customer_id) != (amount_minor, customer.pk):
                raise Refused(Code.PAYMENT_CONFLICTS)
            return first
        _refuse_open(organization.pk, phone)
        payment = Payment.objects.create(
            organization=organization,
            key=key,
            customer=customer,
            purchase=purchase,
            method=Method.MOBILE,
            gateway=gateway,
            network=gateway.network,
            asked_minor=amount_minor,
            amount_minor=amount_minor,
            phone=phone,
            state=PaymentState.PENDING,
        )
        Prompt.objects.create(organization=organization, payment=payment)
        queue_question(payment=payment, step=0, delay_seconds=rules.ASK_AFTER_SECONDS[0])
        record(payment, happenings.PAYMENT_ASKED(**told(payment)), by=None)
    return payment


def top_up(*, customer: Customer, gateway: Gateway, phone: str, amount_minor: int, key: str) -> Payment:
    """Asks `phone`, typed in any notation, to pay into the wallet: nothing is bought with it yet.

    Refuses `amount_invalid`, `prompt_open`, and what `read_payer` refuses.
    """
    payer = read_payer(customer, phone)
    return ask(customer=customer, purchase=None, gateway=gateway, phone=payer, amount_minor=amount_minor, key=key)


def read_payer(customer: Customer, typed: str) -> str:
    """The phone that is to pay, as it is kept. Refuses `phone_missing`, and as `customers.read_phone`."""
    if not typed.strip():
        raise Refused(Code.PHONE_MISSING, field="phone")
    return customers.read_phone(organization=customer.organization, text=typed)


def fail(*, payment: Payment, reason: str) -> None:
    """No money will come of it: the phone's owner declined, or the provider never asked. Does nothing to a settled one."""
    open_states = [PaymentState.PENDING, PaymentState.UNKNOWN]
    with transaction.atomic():
        row = Payment.objects.filter(pk=payment.pk, state__in=open_states)
        if row.update(state=PaymentState.FAILED, failure=reason[:40]):
            record(payment, happenings.PAYMENT_FAILED(**told(payment), reason=reason[:40]), by=None)


def leave_to_a_person(*, payment: Payment) -> None:
    """The provider does not say what became of it: staff see a line until it is settled or failed."""
    with transaction.atomic():
        if Payment.objects.filter(pk=payment.pk, state=PaymentState.PENDING).update(state=PaymentState.UNKNOWN):
            record(payment, happenings.PAYMENT_UNKNOWN(**told(payment)), by=None)


def queue_question(*, payment: Payment, step: int | None = None, delay_seconds: float = 0) -> None:
    """Has the worker ask the provider how a payment stands: as one of the planned questions, or without `step` beside them."""
    jobs.queue(
        ASK_PROVIDER,
        organization=payment.organization,
        lane="money",
        # The first is queued with the payment itself: nobody can have queued it before.
        unique_key=None if step == 0 else f"ask:{payment.pk}:{'now' if step is None else step}",
        delay_seconds=delay_seconds,
        payment_id=payment.pk,
        step=step,
    )


def unsettled(rows: QuerySet[Payment]) -> QuerySet[Payment]:
    """Those of `rows` that are not settled, by the index of these."""
    return rows.extra(where=["NOT (billing_payment.state = 'settled')"])


def callback_url(payment: Payment) -> str:
    """The secret address at which the provider tells us of this payment alone."""
    assert payment.gateway is not None, "only payments by mobile money have one"
    token = signing.Signer(salt=_SALT, sep=".").sign(payment.uid.hex)
    return f"{settings.PUBLIC_URL}/callbacks/{payment.gateway.kind}/{token}/"


def by_token(*, kind: str, token: str) -> Payment | None:
    """The payment whose callback address ends in `token`; None for a forged one."""
    try:
        uid = signing.Signer(salt=_SALT, sep=".").unsign(token)
    except signing.BadSignature:
        return None
    found = Payment.objects.filter(uid=uid, gateway__kind=kind)
    return found.select_related("organization", "gateway", "customer").first()


def held(payment: Payment) -> Held:
    """What we hold of a payment, to compare a provider's words with."""
    return Held(
        reference=payment.uid.hex,
        request_id=payment.request_id,
        asked_minor=payment.asked_minor,
        currency=payment.organization.currency,
        state=payment.state,
    )


def told(payment: Payment) -> OfPayment:
    """What all Events of a payment hold, but of one that conflicts."""
    return {
        "amount_minor": payment.amount_minor,
        "method": payment.method,
        "network": payment.network,
        "purchase_id": payment.purchase_id,
    }


def record(payment: Payment, happened: Happened, *, by: Staff | None) -> None:
    """The Event of something that happened to a payment; part of the caller's transaction."""
    events.record(
        happened,
        organization=payment.organization,
        subject=payment,
        by=by,
        customer_id=payment.customer_id,
    )


def _refuse_open(organization_id: int, phone: str) -> None:
    since = clock.now() - timedelta(seconds=rules.PROMPT_OPEN_SECONDS)
    pending = Payment.objects.filter(organization=organization_id, phone=phone, state=PaymentState.PENDING)
    if pending.filter(created_at__gt=since).exists():
        raise Refused(Code.PROMPT_OPEN, field="phone")
