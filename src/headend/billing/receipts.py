"""Money arriving: the one verb that settles a payment, into the wallet, always; what it was for comes after."""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import QuerySet

from headend.access.models import Subscription
from headend.billing import debts, happenings, kept, payments, providers, purchases
from headend.billing.models import Gateway, Method, Payment, PaymentState, Purchase
from headend.billing.rules import Code, Said, receipt_key
from headend.customers import customers
from headend.customers.models import Customer
from headend.ledger import accounts, entries
from headend.ledger.models import AccountKind, EntryKind
from headend.lib import clock
from headend.lib.refused import Refused
from headend.system import engine, events
from headend.system.models import Staff


def receive(*, payment: Payment, receipt_code: str, amount_minor: int, request_id: str = "") -> Payment:
    """What a provider says was paid for a payment that we asked for: settles it, then tries what it was for.

    The same receipt again changes nothing and gives the same payment. Refuses `payment_conflicts` where the payment was
    settled by another receipt, or the receipt settled another payment; staff see that as an Event.
    """
    try:
        with events.operation(), transaction.atomic():
            return _settle(payment, receipt_key(receipt_code), amount_minor, request_id)
    except Refused as refusal:
        # After the rollback, so that it outlives the refusal.
        events.record(
            happenings.PAYMENT_CONFLICT(reason=str(refusal.code), receipt_code=receipt_code, amount_minor=amount_minor),
            organization=payment.organization,
            subject=payment,
            by=None,
            customer_id=payment.customer_id,
            unique_key=f"conflict:{payment.pk}:{receipt_code}:{amount_minor}"[:120],
        )
        raise


def believe(*, payment: Payment, said: Said) -> Payment:
    """Receives what a provider says was paid. Refuses as `receive` does."""
    return receive(
        payment=payment,
        receipt_code=said.receipt_code,
        amount_minor=said.amount_minor,
        request_id=said.request_id,
    )


def take(
    *,
    customer: Customer,
    method: str,
    amount_minor: int,
    key: str,
    by: Staff | None,
    reference: str = "",
    subscription: Subscription | None = None,
    purchase: Purchase | None = None,
) -> Payment:
    """Money that staff have in hand, or see in the bank; it may be meant for the next period of a subscription.

    A `purchase` that it is meant for is carried out by the caller. What is left over pays what the customer owes. The same
    key again gives the first payment back. Refuses `amount_invalid`, `reference_missing`, `reference_taken`,
    `charged_already`, `customer_is_deleted`, `customer_is_erased`.
    """
    if amount_minor <= 0:
        raise Refused(Code.AMOUNT_INVALID, field="amount")
    code = receipt_key(reference)
    if method != Method.CASH and not code:
        raise Refused(Code.REFERENCE_MISSING, field="reference")
    organization = customer.organization
    with events.operation(), transaction.atomic():
        network = providers.network_of(organization, method)
        engine.lock_keys([f"payment:{organization.pk}:{key}", f"receipt:{organization.pk}:{method}:{code}"])
        first = Payment.objects.filter(organization=organization, key=key).first()
        if first is not None:
            if (first.asked_minor, first.method, first.customer_id) != (amount_minor, method, customer.pk):
                raise Refused(Code.PAYMENT_CONFLICTS)
            return first
        _refuse_gone(customer)
        _refuse_reference(customer, method, code)
        payment = Payment.objects.create(
            organization=organization,
            key=key,
            customer=customer,
            purchase=purchase or _begin(customer, subscription, key),
            method=method,
            network=network,
            receipt_code=code,
            asked_minor=amount_minor,
            amount_minor=amount_minor,
            state=PaymentState.SETTLED,
            settled_at=clock.now(),
            taken_by=by,
        )
        _book(payment, by)
        if purchase is None:
            _spend(payment, by)
    return payment


def _settle(payment: Payment, code: str, amount_minor: int, request_id: str) -> Payment:
    engine.lock_keys([f"receipt:{payment.organization_id}:{payment.method}:{code}"])
    locked = Payment.objects.select_for_update(of=("self",), no_key=True)
    row = locked.select_related("organization", "customer", "purchase__plan", "purchase__subscription").get(
        pk=payment.pk
    )
    if row.state == PaymentState.SETTLED:
        if (row.receipt_code, row.amount_minor) != (code, amount_minor):
            raise Refused(Code.PAYMENT_CONFLICTS)
        return row
    # Typed by staff, it may stand under no network.
    networks = [row.network, row.method]
    if _with_code(row.organization_id, networks, code).exclude(pk=row.pk).exists():
        raise Refused(Code.PAYMENT_CONFLICTS)
    row.state, row.settled_at, row.failure = PaymentState.SETTLED, clock.now(), ""
    row.receipt_code, row.amount_minor = code, amount_minor
    row.request_id = row.request_id or request_id
    row.save(update_fields=["state", "settled_at", "failure", "receipt_code", "amount_minor", "request_id"])
    _book(row, None)
    _spend(row, None)
    return row


def _book(payment: Payment, by: Staff | None) -> None:
    kept.lock(customer_id=payment.customer_id)
    entries.transfer(
        organization=payment.organization,
        key=f"payment:{payment.pk}",
        debit=accounts.of_organization(
            organization=payment.organization, kind=AccountKind.CLEARING, method=payment.network
        ),
        credit=accounts.wallet(customer=payment.customer),
        amount_minor=payment.amount_minor,
        kind=EntryKind.PAYMENT,
        subject_id=payment.pk,
    )
    settled = happenings.PAYMENT_SETTLED(**payments.told(payment), receipt_code=payment.receipt_code)
    payments.record(payment, settled, by=by)


def _spend(payment: Payment, by: Staff | None) -> None:
    """What the money was for comes first, then what was short of it; what nobody meant for anything pays what is owed.

    Before all that, a debt for which the customer is suspended.
    """
    # What was read already is not read again.
    payment.customer.organization = payment.organization
    customer, purchase = payment.customer, payment.purchase
    is_of_guest = purchase is not None and purchase.by_guest
    # Whoever is kept off for a debt gets nothing before it is paid. What a guest pays is not his to pay it with.
    is_first = not is_of_guest and debts.is_overdue(customer=customer)
    is_lifted = is_first and _pay_debt(payment, by)
    if purchase is not None:
        purchase.organization, purchase.customer = payment.organization, customer
        purchases.try_to_fulfil(purchase=purchase, by=by)
    if is_first and not is_lifted:
        # The debt took what came for it.
        purchases.close_spent(customer=customer)
    purchases.complete(customer=customer, by=by)
    is_lifted = is_lifted or (not is_first and _pay_debt(payment, by))
    if is_lifted:
        purchases.complete(customer=customer, by=by, after_lift=True)


def _pay_debt(payment: Payment, by: Staff | None) -> bool:
    """Whether that lifted a suspension."""
    return debts.settle(customer=payment.customer, source="payment", subject_id=payment.pk, by=by)


def _begin(customer: Customer, subscription: Subscription | None, key: str) -> Purchase | None:
    if subscription is None:
        return None
    return purchases.begin(customer=customer, subscription=subscription, key=key)


def _refuse_gone(customer: Customer) -> None:
    """Under the lock that erasing waits for: money would belong to nobody. Nor is any taken of who is deleted."""
    kept.lock(customer_id=customer.pk)
    present = Customer.objects.only("deleted_at", "erased_at").get(pk=customer.pk)
    customers.refuse_erased(present)
    customers.refuse_deleted(present)


def _refuse_reference(customer: Customer, method: str, code: str) -> None:
    if not code:
        return
    # Of all networks of mobile money: nobody said which one it was, and their codes do not look alike.
    networks = [
        method,
        *Gateway.objects.filter(organization=customer.organization_id).values_list("network", flat=True),
    ]
    same = _with_code(customer.organization_id, networks, code).filter(method=method)
    other = same.select_related("customer").first()
    if other is not None:
        raise Refused(
            Code.REFERENCE_TAKEN,
            field="reference",
            reference=code,
            name=other.customer.name,
            account_number=other.customer.account_number,
            customer_id=other.customer_id,
        )


def _with_code(organization_id: int, networks: Sequence[str], code: str) -> QuerySet[Payment]:
    """The payments with this receipt code, found by its index, which begins with the networks.

    SQLite uses it only where the statement leaves empty codes out, as the index does, and is not asked for an order by id.
    """
    rows = Payment.objects.filter(organization=organization_id, network__in=networks, receipt_code=code)
    return rows.exclude(receipt_code="").order_by("network")
