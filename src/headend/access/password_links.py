"""Links by which a customer sets a new password for the portal: good for some days, and once.

A link holds what the password is now, as a keyed digest: with another password, or another e-mail address, it is good no more. So
nothing of it has to be kept.
"""

from datetime import timedelta
from typing import Final

from django.core import signing
from django.db import transaction
from django.utils.crypto import constant_time_compare, salted_hmac

from headend.access import signins
from headend.customers.models import Customer
from headend.customers.rules import Code
from headend.lib import clock
from headend.lib.refused import Refused
from headend.system.models import Organization

VALID_DAYS: Final = 3
_SALT: Final = "access.password_links"


def make(customer: Customer) -> str:
    """What stands at the end of the link. Whoever has it may set the password: it is a secret."""
    good_until = int((clock.now() + timedelta(days=VALID_DAYS)).timestamp())
    return signing.Signer(salt=_SALT).sign_object([customer.uid.hex, good_until, _digest(customer)])


def find(*, organization: Organization, token: str) -> Customer:
    """Whose link it is. Refuses `link_over`: it was used, is too old, or is none."""
    try:
        uid, good_until, digest = signing.Signer(salt=_SALT).unsign_object(token)
    except (signing.BadSignature, ValueError) as error:
        raise Refused(Code.LINK_OVER) from error
    rows = Customer.objects.filter(organization=organization, uid=uid, deleted_at__isnull=True)
    customer = rows.select_related("organization").first()
    is_late = clock.now().timestamp() >= good_until
    if customer is None or is_late or not constant_time_compare(digest, _digest(customer)):
        raise Refused(Code.LINK_OVER)
    return customer


def use(*, organization: Organization, token: str, password: str) -> Customer:
    """Sets the password, once: of two at the same moment the second finds the link used.

    Refuses `link_over`, and what `signins.hash_password` refuses.
    """
    customer = find(organization=organization, token=token)
    own = {name: getattr(customer, name) for name in ("first_name", "last_name", "phone", "email", "username")}
    password_hash = signins.hash_password(password, of=own)
    with transaction.atomic():
        Customer.objects.select_for_update(no_key=True).get(pk=customer.pk)
        customer = find(organization=organization, token=token)
        signins.set_hash(customer=customer, password_hash=password_hash, by=None)
    return customer


def _digest(customer: Customer) -> str:
    present = f"{customer.pk}:{customer.password}:{customer.email_key}"
    return salted_hmac(_SALT, present, algorithm="sha256").hexdigest()[:32]
