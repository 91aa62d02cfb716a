"""What refusals say: the texts of all packages, beside which a door puts its own words for the few that it tells otherwise."""

from typing import Final

from django.utils.functional import Promise

from headend.access import reasons as access
from headend.billing import reasons as billing
from headend.customers import reasons as customers
from headend.desk import reasons as desk
from headend.ledger import reasons as ledger
from headend.messaging import reasons as messaging
from headend.network import reasons as network
from headend.system import reasons as system

Texts = dict[str, str | Promise]

TEXTS: Final[Texts] = {
    **system.TEXTS,
    **customers.TEXTS,
    **network.TEXTS,
    **ledger.TEXTS,
    **access.TEXTS,
    **messaging.TEXTS,
    **billing.TEXTS,
    **desk.TEXTS,
}
