"""The text of each refusal of this package.

Amounts come as bare figures, which the wording that is asked for has; and as minor units, for words that name the currency.
"""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from headend.ledger.rules import Code

TEXTS: dict[str, str | Promise] = {
    Code.INSUFFICIENT_BALANCE: _(
        "Insufficient balance to assign this plan. Available balance: %(available)s, required: %(required)s"
    ),
    Code.CONFLICTS_WITH_FIRST: _(
        "This was booked before with another amount. Nothing was changed; please check the first one."
    ),
}
