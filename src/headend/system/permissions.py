"""Who may do what: the role table. Rights come from a Membership, never from the person."""

from typing import Final

_ALL: Final = frozenset({"owner", "admin", "operator", "cashier", "support"})
_OFFICE: Final = frozenset({"owner", "admin"})

TABLE: Final[dict[str, frozenset[str]]] = {
    "settings": _OFFICE,
    "events.see": _OFFICE,
    "network.edit": _OFFICE,
    "network.see": _OFFICE | {"operator", "cashier", "support"},
    # To all who are found: ten of a list are written to by whoever sees customers.
    "broadcasts": _OFFICE,
    "customers.erase": frozenset({"owner"}),
    "customers.delete": _OFFICE,
    "customers.edit": _OFFICE | {"operator"},
    "money.take": _OFFICE | {"operator", "cashier"},
    # Out of a wallet without a purchase, and a debt given up.
    "money.adjust": _OFFICE,
    # Without a payment: what is given so stands in the ledger as given free.
    "packages.free": _OFFICE,
    "customers.see": _ALL,
    "vouchers.issue": _OFFICE | {"operator"},
    "vouchers.void": _OFFICE | {"operator"},
    "sessions.disconnect": _OFFICE | {"operator", "support"},
}


def may(role: str, permission: str) -> bool:
    """Whether a role has a permission. Raises KeyError for a permission that the table does not name."""
    return role in TABLE[permission]
