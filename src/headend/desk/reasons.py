"""The text of each refusal of this package."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from headend.desk.rules import Code

TEXTS: dict[str, str | Promise] = {
    Code.ACCOUNT_NUMBER_WRONG: _("This is not the account number of this customer."),
    Code.DEBT_OPEN: _("They owe %(amount)s. That has to be paid or written off first."),
    Code.WALLET_NOT_EMPTY: _(
        "%(amount)s of theirs is in the wallet. That has to be given back or written off first, or spent with them: Buy Voucher, or renew a package."
    ),
    Code.PAYMENT_UNDER_WAY: _(
        "A payment of %(amount)s is under way, or nobody knows what became of it. Wait for it, or ask the provider."
    ),
}
