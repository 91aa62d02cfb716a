"""A router that forgot its challenge: the login is tried once more, with the new one, and the guest notices nothing."""

from hashlib import md5

import pytest

from headend.access import vouchers
from headend.access.models import Voucher
from tests.kit.billing import practice
from tests.kit.captive import CHAP, LOGIN, ORIG, Guest, connected, fields
from tests.kit.vouchers import sold
from tests.kit.world import World

pytestmark = pytest.mark.django_db

STALE = {"chap-id": r"\001", "chap-challenge": "".join(f"\\{number:03o}" for number in range(16))}
WRONG = "invalid username or password"


@pytest.fixture
def guest(world: World) -> Guest:
    practice(world.organization)
    return Guest(world)


@pytest.fixture
def voucher(world: World) -> Voucher:
    return sold(world)


def fails(guest: Guest, **changes: str) -> str:
    """The router refuses the login that the page leads to, and sends the guest back with what it was to lead to."""
    return guest.arrives(error=WRONG, link_orig=guest.login["dst"], **changes)


def test_it_works(world: World, guest: Guest, voucher: Voucher) -> None:
    guest.arrives(**STALE)
    guest.types(voucher.code)
    assert guest.login["username"] == voucher.code_key.upper()

    fails(guest, **CHAP)

    challenge = bytes.fromhex("d2a1f0047e11c3b90a5d66788899aabb")
    proof = md5(b"\x35" + vouchers.open_password(voucher).encode() + challenge).hexdigest()
    assert (guest.login["at"], guest.login["password"]) == (LOGIN, proof)
    connected(world, voucher)
    # What the guest wanted to see first is not forgotten on the way.
    assert (
        ORIG.replace("&", "&amp;") in guest.opens(guest.login["dst"].partition("testserver")[2]) or ORIG in guest.page
    )


def test_once(guest: Guest, voucher: Voucher) -> None:
    guest.arrives(**STALE)
    guest.types(voucher.code)
    fails(guest, **CHAP)

    fails(guest, **CHAP)

    assert guest.refresh == ""
    assert WRONG in guest.page


def test_the_router_may_post(world: World, guest: Guest, voucher: Voucher) -> None:
    guest.arrives(**STALE)
    guest.types(voucher.code)
    told = fields(world, error=WRONG, link_orig=guest.login["dst"], **CHAP)

    guest._show(guest.client.post(guest.base, told))
    guest.follows()

    assert guest.login["username"] == voucher.code_key.upper()


def test_not_with_a_voucher_that_would_be_refused(guest: Guest, voucher: Voucher) -> None:
    guest.arrives(**STALE)
    guest.types(voucher.code)
    vouchers.void(voucher=voucher, by=None)

    fails(guest, **CHAP)

    assert guest.refresh == ""
    assert WRONG in guest.page


def test_only_the_browser_that_tried_is_helped(world: World, guest: Guest, voucher: Voucher) -> None:
    """The way back is an address that others may see on their way: by itself it gives nothing."""
    guest.arrives(**STALE)
    guest.types(voucher.code)
    stranger = Guest(world)

    stranger.arrives(error=WRONG, link_orig=guest.login["dst"], **CHAP)

    assert stranger.refresh == ""
    assert voucher.code_key.upper() not in stranger.page


def test_no_plain_password_is_given_for_the_asking(guest: Guest, voucher: Voucher) -> None:
    guest.arrives(**STALE)
    guest.types(voucher.code)

    fails(guest)

    assert guest.refresh == ""
    assert vouchers.open_password(voucher) not in guest.page


def test_a_login_that_is_not_the_routers_gets_nothing(guest: Guest, voucher: Voucher) -> None:
    guest.arrives(**STALE)
    guest.types(voucher.code)

    fails(guest, **CHAP, link_login_only="http://evil.example/login")

    assert guest.status == 400
    assert "evil.example/login?username" not in guest.page


def test_without_an_error_he_chooses(guest: Guest, voucher: Voucher, world: World) -> None:
    """The session ended and the guest came back: what he had is offered, and nothing is done by itself."""
    guest.arrives(**STALE)
    guest.types(voucher.code)

    guest.arrives(link_orig=guest.login["dst"], **CHAP)

    assert guest.refresh == ""
    assert "Get online" in guest.page
