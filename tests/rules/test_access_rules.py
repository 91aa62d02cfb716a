"""What a package asks of whoever gets it."""

import pytest

from headend.access.models import ConnectionType
from headend.access.rules import LINES, person_lacks


@pytest.mark.parametrize(
    ("kind", "name", "phone", "has_no_mobile", "lacks"),
    [
        ("pppoe", "Otieno", "0712 345 678", False, set()),
        ("pppoe", "", "0712 345 678", False, {"name"}),
        ("static", "", "", False, {"name", "phone"}),
        ("static", "Mawingu Ltd", "", True, set()),
        ("hotspot", "", "0712 345 678", False, set()),
        ("hotspot", "Otieno", "", False, {"phone"}),
        ("hotspot", "", "", True, set()),
    ],
)
def test_a_line_has_an_owner_with_a_name_and_everybody_a_phone(
    kind: str, name: str, phone: str, has_no_mobile: bool, lacks: set[str]
) -> None:
    assert person_lacks(kind, name=name, phone=phone, has_no_mobile=has_no_mobile) == lacks


def test_every_connection_type_but_the_hotspot_is_a_line() -> None:
    assert set(ConnectionType.values) - {"hotspot"} == LINES
