"""The equipment that may ask us: added, changed, and its secret revealed."""

from typing import Any

import pytest

from headend.lib import clock
from headend.network import nas as nas_verbs
from headend.network.models import NAS
from headend.system import revisions
from tests.kit.verbs import connects, event, forget, happened, refused, written
from tests.kit.world import SECRET, World

pytestmark = pytest.mark.django_db

GOOD = {"name": "Tower", "address": "10.9.8.7", "secret": "tower-secret-45678"}


def add(world: World, **more: Any) -> NAS:
    return nas_verbs.add(organization=world.organization, by=None, **{**GOOD, **more})


def test_it_works(world: World) -> None:
    admin = world.staff["admin"].staff
    before = revisions.read(revisions.NETWORK)
    forget()

    nas = nas_verbs.add(
        organization=world.organization,
        by=admin,
        name=" Tower ",
        address=" ::ffff:10.9.8.7 ",
        secret="tower-secret-45678",
        site=world.site,
        require_message_authenticator="yes",
    )

    nas = NAS.objects.get(pk=nas.pk)
    assert (nas.name, nas.address, nas.vendor, nas.coa_port, nas.swap_octets, nas.site) == (
        "Tower",
        "10.9.8.7",
        "mikrotik",
        3799,
        False,
        world.site,
    )
    assert nas.require_message_authenticator == "yes"
    assert nas_verbs.open_secret(nas) == "tower-secret-45678"
    assert event("nas.added").payload == {"name": "Tower", "address": "10.9.8.7"}
    assert event("nas.added").staff == admin
    assert "tower-secret" not in written()
    assert revisions.read(revisions.NETWORK) > before


def test_a_secret_is_made_where_none_is_given(world: World) -> None:
    assert len(nas_verbs.open_secret(add(world, secret=""))) == 20


@pytest.mark.parametrize(
    ("vendor", "asked", "swapped"),
    [("coovachilli", None, True), ("coovachilli", False, False), ("mikrotik", True, True)],
)
def test_coovachilli_counts_the_other_way_round(world: World, vendor: str, asked: bool | None, swapped: bool) -> None:
    assert add(world, vendor=vendor, swap_octets=asked).swap_octets is swapped


@pytest.mark.parametrize(
    ("wrong", "code", "field"),
    [
        ({"name": " "}, "nas_name_missing", "name"),
        ({"name": "HILLTOP"}, "nas_name_taken", "name"),
        ({"address": "router.example"}, "address_invalid", "address"),
        ({"address": "10.0.0.0/24"}, "address_invalid", "address"),
        ({"address": "::ffff:127.0.0.1"}, "address_taken", "address"),
        ({"secret": "x" * 15}, "secret_short", "secret"),
        ({"secret": "with a space inside"}, "secret_unreadable", "secret"),
        ({"secret": "größer als sechzehn"}, "secret_unreadable", "secret"),
        ({"coa_port": 0}, "port_invalid", "coa_port"),
        ({"coa_port": 65536}, "port_invalid", "coa_port"),
        ({"login_hosts": "10.9.8.7, http://login.lan"}, "login_host_invalid", "login_hosts"),
        ({"login_hosts": " ".join(f"login{n}.lan" for n in range(21))}, "login_hosts_many", "login_hosts"),
    ],
    ids=str,
)
def test_it_is_refused(world: World, wrong: dict[str, Any], code: str, field: str) -> None:
    tower = add(world)
    forget()

    with refused(code, field):
        add(world, **{"name": "Other", "address": "10.9.8.8", **wrong})
    with refused(code, field):
        nas_verbs.edit(nas=tower, by=None, **wrong)

    assert happened() == []
    assert NAS.objects.count() == 2
    stored = NAS.objects.get(pk=tower.pk)
    assert (stored.name, stored.address) == ("Tower", "10.9.8.7")
    assert nas_verbs.open_secret(stored) == "tower-secret-45678"


def test_an_address_belongs_to_one_nas_of_the_whole_installation(world: World) -> None:
    with refused("address_taken", "address"):
        nas_verbs.add(organization=world.neighbour, by=None, name="hilltop", address="127.0.0.1")

    nas_verbs.add(organization=world.neighbour, by=None, name="hilltop", address="127.0.0.2")


def test_editing_says_what_changed_and_no_secret(world: World) -> None:
    before = revisions.read(revisions.NETWORK)
    forget()

    nas_verbs.edit(nas=world.hilltop, by=None, secret="another-secret-77", address="10.1.1.1", coa_port=1700)

    assert event("nas.edited").payload == {
        "changed": {"address": ["127.0.0.1", "10.1.1.1"], "coa_port": [3799, 1700], "secret": ["", ""]}
    }
    assert "another-secret" not in written()
    assert SECRET not in written()
    assert revisions.read(revisions.NETWORK) > before
    assert nas_verbs.open_secret(NAS.objects.get(pk=world.hilltop.pk)) == "another-secret-77"


def test_editing_without_a_change_is_not_heard_of(world: World) -> None:
    before = revisions.read(revisions.NETWORK)
    forget()

    nas_verbs.edit(nas=world.hilltop, by=None, name="hilltop", secret="")

    assert happened() == []
    assert revisions.read(revisions.NETWORK) == before
    assert nas_verbs.open_secret(NAS.objects.get(pk=world.hilltop.pk)) == SECRET


def test_editing_with_an_old_copy_keeps_what_the_door_has_learned(world: World) -> None:
    old = NAS.objects.get(pk=world.hilltop.pk)
    now = clock.now()
    NAS.objects.filter(pk=world.hilltop.pk).update(
        message_authenticator_seen_at=now, proxy_state_absent_at=now, last_seen_at=now
    )

    nas_verbs.edit(nas=old, by=None, name="Hill")

    # Forgetting it would let a forged answer in again (CVE-2024-3596).
    stored = NAS.objects.get(pk=world.hilltop.pk)
    assert (stored.name, stored.name_key) == ("Hill", "hill")
    assert (stored.message_authenticator_seen_at, stored.proxy_state_absent_at, stored.last_seen_at) == (now, now, now)


def test_editing_with_an_old_copy_keeps_a_new_secret(world: World) -> None:
    old = NAS.objects.get(pk=world.hilltop.pk)
    nas_verbs.edit(nas=world.hilltop, by=None, secret="another-secret-77")

    nas_verbs.edit(nas=old, by=None, name="Hill")

    assert nas_verbs.open_secret(NAS.objects.get(pk=old.pk)) == "another-secret-77"


def test_revealing_a_secret_is_an_event(world: World) -> None:
    admin = world.staff["admin"].staff
    forget()

    assert nas_verbs.reveal_secret(nas=world.hilltop, by=admin) == SECRET

    assert (event("nas.secret_revealed").staff, event("nas.secret_revealed").subject_id) == (admin, world.hilltop.pk)
    assert SECRET not in written()


def test_our_own_use_of_a_secret_is_not_heard_of(world: World) -> None:
    forget()

    assert nas_verbs.open_secret(world.hilltop) == SECRET

    assert happened() == []


def test_protections_are_forgotten_for_a_replaced_router(world: World) -> None:
    NAS.objects.update(message_authenticator_seen_at=clock.now(), proxy_state_absent_at=clock.now())
    before = revisions.read(revisions.NETWORK)
    forget()

    nas_verbs.reset_protections(nas=world.hilltop, by=None)

    stored = NAS.objects.get(pk=world.hilltop.pk)
    assert (stored.message_authenticator_seen_at, stored.proxy_state_absent_at) == (None, None)
    assert revisions.read(revisions.NETWORK) > before
    assert happened() == ["nas.protections_reset"]


def test_hotspot_hosts_are_kept_as_they_are_compared(world: World) -> None:
    tower = add(world, login_hosts=" Login.Lan. 10.9.8.7:80,login.lan:8080")
    assert NAS.objects.get(pk=tower.pk).login_hosts == "login.lan, 10.9.8.7, login.lan:8080"
    forget()

    nas_verbs.edit(nas=tower, by=None, login_hosts="LOGIN.lan 10.9.8.7 login.lan:8080")
    assert happened() == []

    nas_verbs.edit(nas=tower, by=None, login_hosts="wifi.lan")
    assert event("nas.edited").payload == {
        "changed": {"login_hosts": ["login.lan, 10.9.8.7, login.lan:8080", "wifi.lan"]}
    }
    nas_verbs.edit(nas=tower, by=None, login_hosts="")
    assert NAS.objects.get(pk=tower.pk).login_hosts == ""


def test_a_captive_page_finds_its_nas_by_the_token(world: World) -> None:
    tower = add(world)
    assert len({tower.token, world.hilltop.token}) == 2

    assert nas_verbs.for_captive(organization=world.organization, token=tower.token) == tower
    assert nas_verbs.for_captive(organization=world.neighbour, token=tower.token) is None


@pytest.mark.parametrize("token", ["", "0" * 32, "x" * 32, "\x00", "0" * 33, "é" * 32])
def test_no_other_token_finds_one(world: World, token: str) -> None:
    assert nas_verbs.for_captive(organization=world.organization, token=token) is None


def test_a_token_stays(world: World) -> None:
    before = world.hilltop.token

    nas_verbs.edit(nas=world.hilltop, by=None, name="Hill", address="10.1.1.1", secret="another-secret-77")

    assert NAS.objects.get(pk=world.hilltop.pk).token == before


def test_a_nas_on_which_nobody_was_is_removed(world: World) -> None:
    admin = world.staff["admin"].staff
    nas = add(world)
    forget()
    before = revisions.read(revisions.NETWORK)

    for _ in range(2):
        nas_verbs.remove(nas=NAS(pk=nas.pk, organization=world.organization), by=admin)

    assert not NAS.objects.filter(pk=nas.pk).exists()
    assert event("nas.removed").payload == {"name": "Tower", "address": "10.9.8.7"}
    # Whoever keeps NASes in memory hears of it.
    assert revisions.read(revisions.NETWORK) > before
    # The address is free again.
    assert add(world).pk != nas.pk


def test_a_nas_with_history_stays(world: World) -> None:
    session = connects(world, "otieno")
    type(session).objects.update(ended_at=clock.now())
    forget()

    with refused("nas_has_history"):
        nas_verbs.remove(nas=world.hilltop, by=None)

    assert NAS.objects.filter(pk=world.hilltop.pk).exists()
    assert happened() == []
