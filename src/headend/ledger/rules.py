"""The refusals of the ledger."""

from enum import StrEnum


class Code(StrEnum):
    """Why money was not moved."""

    INSUFFICIENT_BALANCE = "insufficient_balance"
    CONFLICTS_WITH_FIRST = "conflicts_with_first"
