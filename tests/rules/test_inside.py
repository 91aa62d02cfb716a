"""Which addresses are of no use on the internet: an owner may not make the server call them."""

import pytest

from headend.lib import address


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ("8.8.8.8", False),
        ("196.200.16.1", False),
        ("2606:4700::1", False),
        ("127.0.0.1", True),
        ("0.0.0.0", True),
        ("10.1.2.3", True),
        ("172.16.0.1", True),
        ("192.168.1.1", True),
        ("100.64.0.1", True),
        ("169.254.169.254", True),
        ("224.0.0.1", True),
        ("255.255.255.255", True),
        ("::", True),
        ("::1", True),
        ("fe80::1", True),
        ("fd00::1", True),
        ("ff02::1", True),
        ("::ffff:127.0.0.1", True),
        ("::ffff:8.8.8.8", False),
        ("64:ff9b::7f00:1", True),
        ("64:ff9b::808:808", False),
        ("2002:7f00:1::", True),
    ],
)
def test_which_addresses_are_inside(text: str, *, inside: bool) -> None:
    assert address.is_inside(text) is inside
