"""Money that nothing is bought with is given back or written off, and so is a debt that nobody will pay."""

from django.db import transaction

from headend.billing import debts, happenings, kept, providers, purchases
from headend.billing.models import Adjustment, AdjustmentKind, Method
from headend.billing.rules import Code, receipt_key
from headend.customers.models import Customer
from headend.ledger import accounts, entries
from headend.ledger.models import Account, AccountKind, EntryKind
from headend.ledger.rules import Code as LedgerCode
from headend.lib import money
from headend.lib.refused import Refused
from headend.system import engine, events
from headend.system.events import Happened
from headend.system.models import Staff


def refund(
    *, customer: Customer, method: str, amount_minor: int, reason: str, key: str, by: Staff | None, reference: str = ""
) -> Adjustment:
    """Money from the wallet that staff have given back, or sent: booked after it was, as *Add Payment* is.

    The same key again gives the first back. Also for who is deleted, even permanently. Refuses `amount_invalid`,
    `reason_missing`, `reference_missing`, `refund_reference_taken`, `more_than_held`, `conflicts_with_first`.
    """
    code = receipt_key(reference)
    if method != Method.CASH and not code:
        raise Refused(Code.REFERENCE_MISSING, field="reference")
    network = providers.network_of(customer.organization, method)
    made = Adjustment(
        kind=AdjustmentKind.REFUND,
        customer=customer,
        amount_minor=amount_minor,
        method=method,
        network=network,
        reference=code,
        reason=reason,
        key=key,
        made_by=by,
    )
    refunded = happenings.WALLET_REFUNDED(
        amount_minor=amount_minor, method=method, network=network, reference=code, reason=reason.strip()
    )
    return _make(made, refunded)


def write_off_balance(*, customer: Customer, amount_minor: int, reason: str, key: str, by: Staff | None) -> Adjustment:
    """Money in the wallet that nobody will come for. Refuses and repeats as `refund` does."""
    made = Adjustment(
        kind=AdjustmentKind.BALANCE, customer=customer, amount_minor=amount_minor, reason=reason, key=key, made_by=by
    )
    return _make(made, happenings.WALLET_WRITTEN_OFF(amount_minor=amount_minor, reason=reason.strip()))


def write_off_debt(*, customer: Customer, amount_minor: int, reason: str, key: str, by: Staff | None) -> Adjustment:
    """A debt that nobody will pay; where nothing is owed after it, *overdue* is lifted. The same key again gives the first back.

    Refuses `amount_invalid`, `reason_missing`, `more_than_owed`, `conflicts_with_first`.
    """
    made = Adjustment(
        kind=AdjustmentKind.DEBT, customer=customer, amount_minor=amount_minor, reason=reason, key=key, made_by=by
    )
    return _make(made, happenings.DEBT_WRITTEN_OFF(amount_minor=amount_minor, reason=reason.strip()))


def _make(made: Adjustment, happened: Happened) -> Adjustment:
    if made.amount_minor <= 0:
        raise Refused(Code.AMOUNT_INVALID, field="amount")
    made.reason = made.reason.strip()
    if not made.reason:
        raise Refused(Code.REASON_MISSING, field="reason")
    made.organization = made.customer.organization
    with events.operation(), transaction.atomic():
        engine.lock_keys([f"adjustment:{made.organization_id}:{made.key}"])
        first = Adjustment.objects.filter(organization=made.organization_id, key=made.key).first()
        if first is not None:
            return _the_same(first, made)
        # Nobody fills or empties the wallet, or changes the debt, while it is compared.
        kept.lock(customer_id=made.customer_id)
        _refuse_more_than_there_is(made)
        _refuse_reference(made)
        made.save()
        _book(made)
        events.record(
            happened,
            organization=made.organization,
            subject=made,
            by=made.made_by,
            customer_id=made.customer_id,
        )
        _see_to_the_rest(made)
    return made


def _see_to_the_rest(made: Adjustment) -> None:
    """Whoever owes nothing any more is not kept off for it; and what was to be bought with money that is gone is closed."""
    if made.kind != AdjustmentKind.DEBT:
        purchases.close_spent(customer=made.customer)
    elif debts.lift_overdue(customer=made.customer, by=made.made_by):
        purchases.complete(customer=made.customer, after_lift=True, by=made.made_by)


def _the_same(first: Adjustment, made: Adjustment) -> Adjustment:
    if (first.customer_id, first.kind, first.amount_minor) != (made.customer_id, made.kind, made.amount_minor):
        raise Refused(LedgerCode.CONFLICTS_WITH_FIRST)
    return first


def _refuse_more_than_there_is(made: Adjustment) -> None:
    is_debt = made.kind == AdjustmentKind.DEBT
    most = (accounts.owed if is_debt else accounts.available)(customer=made.customer)
    if made.amount_minor > most:
        amount = money.show(most, made.organization.currency, made.organization.language)
        raise Refused(Code.MORE_THAN_OWED if is_debt else Code.MORE_THAN_HELD, field="amount", amount=amount)


def _refuse_reference(made: Adjustment) -> None:
    if not made.reference:
        return
    # Two who type one reference at once: the second looks after the first has written.
    engine.lock_keys([f"refund:{made.organization_id}:{made.network}:{made.reference}"])
    same = Adjustment.objects.filter(organization=made.organization_id, network=made.network, reference=made.reference)
    if same.exists():
        raise Refused(Code.REFUND_REFERENCE_TAKEN, field="reference", reference=made.reference)


def _book(made: Adjustment) -> None:
    debit, credit = _accounts(made)
    entries.transfer(
        organization=made.organization,
        key=f"adjustment:{made.pk}",
        debit=debit,
        credit=credit,
        amount_minor=made.amount_minor,
        kind=EntryKind.REFUND if made.kind == AdjustmentKind.REFUND else EntryKind.WRITE_OFF,
        subject_id=made.pk,
    )


def _accounts(made: Adjustment) -> tuple[Account, Account]:
    """From which account to which."""
    organization, customer = made.organization, made.customer
    if made.kind == AdjustmentKind.DEBT:
        loss = accounts.of_organization(organization=organization, kind=AccountKind.LOSS)
        return loss, accounts.receivable(customer=customer)
    if made.kind == AdjustmentKind.BALANCE:
        leftover = accounts.of_organization(organization=organization, kind=AccountKind.LEFTOVER)
        return accounts.wallet(customer=customer), leftover
    clearing = accounts.of_organization(organization=organization, kind=AccountKind.CLEARING, method=made.network)
    return accounts.wallet(customer=customer), clearing
