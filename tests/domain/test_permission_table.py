"""The role table, written a second time as the requirements give it."""

import pytest

from headend.system import permissions
from headend.system.models import Role

# permission: owner, admin, operator, cashier, support
TABLE = {
    "settings": "yes yes no no no",
    "events.see": "yes yes no no no",
    "broadcasts": "yes yes no no no",
    "network.edit": "yes yes no no no",
    "network.see": "yes yes yes yes yes",
    "customers.erase": "yes no no no no",
    "money.adjust": "yes yes no no no",
    "customers.delete": "yes yes no no no",
    "customers.edit": "yes yes yes no no",
    "money.take": "yes yes yes yes no",
    "packages.free": "yes yes no no no",
    "customers.see": "yes yes yes yes yes",
    "vouchers.issue": "yes yes yes no no",
    "vouchers.void": "yes yes yes no no",
    "sessions.disconnect": "yes yes yes no yes",
}


@pytest.mark.parametrize(("permission", "row"), TABLE.items(), ids=TABLE)
def test_the_role_table(permission: str, row: str) -> None:
    assert ["yes" if permissions.may(role, permission) else "no" for role in Role.values] == row.split()


def test_no_permission_is_missing_here() -> None:
    assert set(permissions.TABLE) == set(TABLE)


def test_a_role_that_nobody_has_may_nothing() -> None:
    assert not any(permissions.may("", permission) for permission in TABLE)


def test_a_permission_that_is_not_in_the_table_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        permissions.may("owner", "everything")
