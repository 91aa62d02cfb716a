"""What a customer owes: paid from the wallet as soon as something is free in it, and then nobody is kept off for it."""

from headend.billing import kept
from headend.customers import suspensions
from headend.customers.models import Customer, SuspensionKind
from headend.ledger import accounts, entries
from headend.system.models import Staff


def settle(*, customer: Customer, source: str, subject_id: int, by: Staff | None) -> bool:
    """Pays what the customer owes from what is free in the wallet, and lifts *overdue* where nothing is owed after it.

    What came for a purchase that waits for somebody is not free. `source` and `subject_id` name the payment or purchase that
    is the cause; part of its transaction, under the lock on the wallet. Says whether a suspension was lifted: one of the
    whole group stays, and so does one of whoever owed nothing.
    """
    if not accounts.owed(customer=customer):
        return False
    kept_minor = sum(one.came_minor for one in kept.of_customer(customer=customer))
    paid = entries.pay_off(customer=customer, source=source, subject_id=subject_id, keep_minor=kept_minor)
    return paid is not None and lift_overdue(customer=customer, by=by)


def lift_overdue(*, customer: Customer, by: Staff | None) -> bool:
    """After a debt became less: lifts *overdue* where nothing is owed any more. Says whether it did."""
    if accounts.owed(customer=customer):
        return False
    return suspensions.lift(customer=customer, kind=SuspensionKind.OVERDUE, by=by) is not None


def is_overdue(*, customer: Customer) -> bool:
    """Whether the customer is suspended as overdue and owes something: paying it is what lifts that."""
    own = suspensions.open_of(customer=customer)
    return any(row.kind == SuspensionKind.OVERDUE for row in own) and accounts.owed(customer=customer) > 0
