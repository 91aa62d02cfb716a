"""Account numbers: the one that each customer is given, and a second one that somebody chose.

A payer's reference names one customer at most: no number of either kind is a number of either kind of another customer, as
`ids.account_key` compares them. Within a kind a unique index says so; between the two, whoever takes one holds `customers.lock`.
"""

import secrets
from typing import Final

from django.db.models import Q

from headend.customers.models import Customer
from headend.customers.rules import Code, account_number, is_account_key
from headend.lib import ids, phone
from headend.lib.refused import Refused
from headend.system import numbers
from headend.system.models import Organization

FIRST_NUMBER: Final = 100001
ERASED_PREFIX: Final = "ERASED"
# Short enough to say over the phone; where so many tries find none that is free, the numbers have become too short.
SUGGESTED_DIGITS: Final = 6
TRIES: Final = 20


def suggest(*, organization: Organization) -> str:
    """A free additional account number: six random digits, so that a slip of one finger hits nobody. It is not taken yet."""
    digits = SUGGESTED_DIGITS
    while True:
        for _ in range(TRIES):
            key = str(10 ** (digits - 1) + secrets.randbelow(9 * 10 ** (digits - 1)))
            if _is_usable(key, organization) and _holder(organization.pk, key) is None:
                return key
        digits += 1


def give(customer: Customer) -> None:
    """The next account number of the organization that nobody chose as an additional one; for `customers.register`."""
    _give(customer, "account", FIRST_NUMBER, customer.organization.account_prefix)


def give_anonymous(customer: Customer) -> None:
    """`ERASED-7`, which leads to nobody, in place of both numbers; for `erasures.erase`."""
    customer.extra_account_number = ""
    _give(customer, "erased", 1, ERASED_PREFIX)


def give_extra(customer: Customer, *, typed: str) -> None:
    """The additional number that was typed; for the verbs of `customers`, which save it.

    Refuses `account_number_unusable`, and `account_number_taken` where a customer has it, also one who is deleted.
    """
    field = "extra_account_number"
    key = ids.account_key(typed)
    if typed and not _is_usable(key, customer.organization):
        raise Refused(Code.ACCOUNT_NUMBER_UNUSABLE, field=field)
    other = _holder(customer.organization_id, key, but=customer) if key else None
    if other is not None:
        raise Refused(
            Code.ACCOUNT_NUMBER_TAKEN,
            field=field,
            name=other.name,
            account_number=other.account_number,
            customer_id=other.pk,
        )
    customer.extra_account_number = key


def _give(customer: Customer, series: str, first: int, prefix: str) -> None:
    organization = customer.organization
    while True:
        number = numbers.take(organization=organization, series=series, first=first)
        customer.account_number = account_number(prefix, number)
        customer.account_number_key = ids.account_key(customer.account_number)
        is_chosen_now = customer.account_number_key == customer.extra_account_number
        if not is_chosen_now and _holder(organization.pk, customer.account_number_key) is None:
            return


def _is_usable(key: str, organization: Organization) -> bool:
    """Whether a payer can type it, and it is not a phone: a payment by a phone number is for whoever has that phone."""
    if not is_account_key(key):
        return False
    try:
        return not key.isdigit() or not phone.parse(key, organization.country)
    except phone.PhoneError:
        return True


def _holder(organization_id: int, key: str, *, but: Customer | None = None) -> Customer | None:
    """Who has this number, deleted or not. `but` may keep the additional one that is theirs."""
    # Named apart, so that each look-up has an index.
    given = Q(account_number_key=key)
    chosen = Q(extra_account_number=key) & ~Q(extra_account_number="") & ~Q(pk=but.pk if but else None)
    rows = Customer.objects.filter(organization=organization_id)
    return rows.filter(given).first() or rows.filter(chosen).first()
