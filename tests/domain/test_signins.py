"""How customers get into the portal: registering, the three names, the password of the network, tries that are counted."""

import pytest
import time_machine

from headend.access import credentials, signins, subscriptions, vouchers
from headend.customers import customers
from headend.customers.models import Customer
from headend.desk import removals
from headend.lib import clock
from headend.system import throttles
from headend.system.models import Organization
from tests.kit.verbs import event, forget, happened, refused, written
from tests.kit.world import NETWORK_PASSWORD, World

pytestmark = pytest.mark.django_db

PASSWORD = "mawingu-2026"
WAMBUI = {"first_name": "Wambui", "phone": "0733 900118", "email": "Wambui@Example.com", "username": "wambui"}


def register(world: World, **changes: str) -> Customer:
    return signins.register(organization=world.organization, **{**WAMBUI, "password": PASSWORD, **changes})


def check(organization: Organization, name: str, password: str = PASSWORD, source: str = "10.0.0.1") -> Customer:
    return signins.check(organization=organization, name=name, password=password, source=source)


def test_it_works(world: World) -> None:
    forget()
    wambui = register(world)

    assert (wambui.phone, wambui.email, wambui.username) == ("+254733900118", "Wambui@Example.com", "wambui")
    assert wambui.group == world.default_group
    assert check(world.organization, "wambui") == wambui
    assert happened() == ["customer.registered"]
    assert event("customer.registered").customer_id == wambui.pk
    assert PASSWORD not in written()
    assert PASSWORD not in Customer.objects.get(pk=wambui.pk).password


@pytest.mark.parametrize("name", ["wambui@example.com", "WAMBUI@EXAMPLE.COM", "Wambui", " wambui ", "ｗambui"])
def test_any_spelling_of_a_name_is_the_name(world: World, name: str) -> None:
    wambui = register(world)
    assert check(world.organization, name) == wambui


@pytest.mark.parametrize(
    "name", ["0733900118", "733900118", "+254 733 900 118", "254733900118", "0733-900-118", "(0)733 900118"]
)
def test_a_phone_in_any_notation(world: World, name: str) -> None:
    wambui = register(world)

    assert check(world.organization, name) == wambui
    assert signins.by_phone(organization=world.organization, text=name) == wambui


def test_a_phone_of_nobody(world: World) -> None:
    for text in ("0733900999", "", "not a phone", "0" * 300):
        assert signins.by_phone(organization=world.organization, text=text) is None
    assert signins.by_phone(organization=world.neighbour, text="0712345678") is None


def test_the_network_password_opens_the_portal_and_becomes_the_own_one(world: World) -> None:
    assert world.otieno.password == ""
    otieno = check(world.organization, "Otieno", NETWORK_PASSWORD)

    assert otieno == world.otieno
    own = Customer.objects.get(pk=otieno.pk).password
    assert own
    assert own == otieno.password
    credentials.set_secret(credential=world.credential("otieno"), secret="another-radius-2", by=None)
    assert check(world.organization, "0712345678", NETWORK_PASSWORD) == otieno
    with refused("sign_in_wrong"):
        check(world.organization, "otieno", "another-radius-2")


def test_the_network_password_under_every_name(world: World) -> None:
    for name in ("otieno", "0712 345 678"):
        Customer.objects.filter(pk=world.otieno.pk).update(password="")
        assert check(world.organization, name, NETWORK_PASSWORD) == world.otieno


def test_the_network_password_is_none_once_there_is_an_own_one(world: World) -> None:
    signins.set_password(customer=world.otieno, password=PASSWORD, by=None)

    assert check(world.organization, "otieno") == world.otieno
    with refused("sign_in_wrong"):
        check(world.organization, "otieno", NETWORK_PASSWORD)


def test_the_password_of_an_ended_package_opens_nothing(world: World) -> None:
    subscriptions.end(subscription=world.otieno_home, by=None)

    with refused("sign_in_wrong"):
        check(world.organization, "0712345678", NETWORK_PASSWORD)


def test_a_voucher_is_no_way_into_an_account(world: World) -> None:
    voucher = vouchers.issue(customer=world.customers["neema"], plan=world.day_pass, by=None)

    with refused("sign_in_wrong"):
        check(world.organization, voucher.code, vouchers.open_password(voucher))
    with refused("sign_in_wrong"):
        check(world.organization, "0768274519", vouchers.open_password(voucher))


@pytest.mark.parametrize("password", ["", "mawingu-2027", "MAWINGU-2026", PASSWORD + " ", "x" * 5000])
def test_a_wrong_password(world: World, password: str) -> None:
    register(world)

    with refused("sign_in_wrong"):
        check(world.organization, "wambui", password)


def test_whoever_has_no_password_at_all_cannot_sign_in(world: World) -> None:
    guest = customers.register(organization=world.organization, phone="0733900777", by=None)

    for password in ("", PASSWORD):
        with refused("sign_in_wrong"):
            check(world.organization, "0733900777", password)
    assert Customer.objects.get(pk=guest.pk).password == ""


@pytest.mark.parametrize("name", ["nobody", "", "   ", "0733900999", "nobody@example.com"])
def test_an_unknown_name_reads_the_same(world: World, name: str) -> None:
    with refused("sign_in_wrong"):
        check(world.organization, name)


def test_a_deleted_customer_cannot_sign_in(world: World) -> None:
    wambui = register(world)
    removals.delete(customer=wambui, by=None)

    for name in ("wambui", "0733900118", "wambui@example.com"):
        with refused("sign_in_wrong"):
            check(world.organization, name)
    removals.delete(customer=world.otieno, by=None)
    with refused("sign_in_wrong"):
        check(world.organization, "otieno", NETWORK_PASSWORD)


def test_an_account_is_of_one_organization(world: World) -> None:
    register(world)

    with refused("sign_in_wrong"):
        check(world.neighbour, "wambui")
    same = signins.register(organization=world.neighbour, **WAMBUI, password="quite-another-1")
    assert check(world.neighbour, "wambui", "quite-another-1") == same


def test_a_short_password_is_refused(world: World) -> None:
    with refused("portal_password_short", field="password"):
        register(world, password="1234567")
    assert not Customer.objects.filter(phone="+254733900118").exists()
    with refused("portal_password_short", field="password"):
        signins.set_password(customer=world.otieno, password="1234567", by=None)


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"phone": "+254712345678"}, "phone_taken", "phone"),
        ({"phone": "0712"}, "phone_invalid", "phone"),
        ({"phone": "020 2345678"}, "phone_landline", "phone"),
        ({"email": "OTIENO@example.com"}, "customer_email_taken", "email"),
        ({"username": "OTIENO"}, "username_taken", "username"),
        ({"username": "Grace"}, "username_taken", "username"),
        ({"username": "amina"}, "username_taken", "username"),
        ({"username": "0712345678"}, "username_unusable", "username"),
        ({"username": "somebody@example.com"}, "username_unusable", "username"),
        ({"first_name": "", "phone": ""}, "name_missing", "first_name"),
    ],
)
def test_what_registering_refuses(world: World, changes: dict[str, str], code: str, field: str) -> None:
    customers.edit(customer=world.otieno, email="otieno@example.com", by=None)
    customers.edit(customer=world.customers["neema"], username="Amina", by=None)
    before = Customer.objects.count()

    with refused(code, field=field):
        register(world, **changes)
    assert Customer.objects.count() == before


def test_names_of_the_deleted_are_free(world: World) -> None:
    removals.delete(customer=register(world), by=None)

    again = register(world, password="the-second-one")

    assert check(world.organization, "wambui", "the-second-one") == again


def test_the_own_phone_may_be_the_username(world: World) -> None:
    wambui = register(world, username="0733900118")

    assert check(world.organization, "0733900118") == wambui


def test_a_new_password_is_an_event_and_signs_others_out(world: World) -> None:
    wambui = register(world)
    before = signins.session_key(wambui)
    forget()

    signins.set_password(customer=wambui, password="another-one-22", by=world.staff["owner"].staff)

    assert signins.session_key(wambui) != before
    assert check(world.organization, "wambui", "another-one-22") == wambui
    assert happened() == ["customer.password_changed"]
    said = event("customer.password_changed")
    assert (said.customer_id, said.staff) == (wambui.pk, world.staff["owner"].staff)
    assert "another-one-22" not in written()


def test_a_session_key_is_of_one_customer(world: World) -> None:
    wambui = register(world)
    otieno = world.otieno
    otieno.password = wambui.password

    assert signins.session_key(wambui) == signins.session_key(Customer.objects.get(pk=wambui.pk))
    assert signins.session_key(otieno) != signins.session_key(wambui)


def test_a_customer_changes_the_own_details(world: World) -> None:
    wambui = register(world)
    forget()

    signins.edit(customer=wambui, first_name="Wambui", last_name="Kariuki", email="", username="kariuki")

    wambui.refresh_from_db()
    assert (wambui.last_name, wambui.email, wambui.email_key, wambui.username) == ("Kariuki", "", "", "kariuki")
    assert wambui.phone == "+254733900118"
    assert check(world.organization, "KARIUKI") == wambui
    assert happened() == ["customer.edited"]
    assert event("customer.edited").staff is None


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"email": "otieno@example.com"}, "customer_email_taken", "email"),
        ({"username": "OTIENO"}, "username_taken", "username"),
        ({"username": "Amina"}, "customer_username_taken", "username"),
        ({"username": "0712345678"}, "username_unusable", "username"),
    ],
)
def test_what_changing_refuses(world: World, changes: dict[str, str], code: str, field: str) -> None:
    customers.edit(customer=world.otieno, email="otieno@example.com", by=None)
    customers.edit(customer=world.customers["neema"], username="amina", by=None)
    wambui = register(world)

    with refused(code, field=field):
        signins.edit(customer=wambui, **{"first_name": "Wambui", "username": "wambui", **changes})


def test_the_own_network_name_may_be_the_username(world: World) -> None:
    signins.edit(customer=world.otieno, first_name="Otieno", username="Otieno")

    assert check(world.organization, "otieno", NETWORK_PASSWORD) == world.otieno


def test_a_name_is_tried_ten_times_from_one_address(world: World) -> None:
    wambui = register(world)
    with time_machine.travel(clock.now(), tick=False) as traveller:
        for _ in range(throttles.TRIES):
            with refused("sign_in_wrong"):
                check(world.organization, "wambui", "wrong-wrong", "10.0.1.1")
        with refused("too_many_tries"):
            check(world.organization, "WAMBUI", source="10.0.1.1")
        assert check(world.organization, "wambui@example.com", source="10.0.1.1") == wambui
        assert check(world.organization, "wambui", source="10.0.2.1") == wambui
        traveller.shift(throttles.TRIES_WINDOW_SECONDS + 1)
        assert check(world.organization, "wambui", source="10.0.1.1") == wambui


def test_a_name_that_is_guessed_from_many_addresses_is_slowed(world: World) -> None:
    wambui = register(world)
    for number in range(throttles.TRIES_OF_NAME + 1):
        with refused("sign_in_wrong"):
            check(world.organization, "wambui", "wrong-wrong", f"10.0.1.{number}")
    for _ in range(throttles.TRIES_ONCE_SLOWED):
        with refused("sign_in_wrong"):
            check(world.organization, "wambui", "wrong-wrong", "10.0.2.1")
    with refused("too_many_tries"):
        check(world.organization, "wambui", source="10.0.2.1")

    assert check(world.organization, "wambui", source="10.0.3.1") == wambui


def test_one_address_alone_never_slows_a_name(world: World) -> None:
    register(world)
    for number in range(throttles.TRIES_OF_NAME + throttles.TRIES):
        with refused("sign_in_wrong" if number < throttles.TRIES else "too_many_tries"):
            check(world.organization, "wambui", "wrong-wrong", "10.0.1.1")

    for _ in range(throttles.TRIES_ONCE_SLOWED + 1):
        with refused("sign_in_wrong"):
            check(world.organization, "wambui", "wrong-wrong", "10.0.2.1")


def test_a_phone_has_its_tries_in_whatever_notation(world: World) -> None:
    register(world)
    spellings = ["0733900118", "733900118", "+254733900118", "0733 900118", "0733-900118"]
    for number in range(throttles.TRIES):
        with refused("sign_in_wrong"):
            check(world.organization, spellings[number % len(spellings)], "wrong-wrong", "10.0.1.1")

    with refused("too_many_tries"):
        check(world.organization, "07 33 90 01 18", source="10.0.1.1")


def test_an_unknown_name_has_as_many_tries(world: World) -> None:
    for _ in range(throttles.TRIES):
        with refused("sign_in_wrong"):
            check(world.organization, "nobody", source="10.0.1.1")
    with refused("too_many_tries"):
        check(world.organization, "nobody", source="10.0.1.1")


def test_an_address_has_its_tries(world: World) -> None:
    register(world)
    for number in range(throttles.TRIES_OF_SOURCE):
        with refused("sign_in_wrong"):
            check(world.organization, f"nobody-{number}")
    for _ in range(throttles.TRIES_ONCE_SLOWED):
        with refused("sign_in_wrong"):
            check(world.organization, "wambui", "wrong-wrong")
    with refused("too_many_tries"):
        check(world.organization, "wambui")
    assert check(world.organization, "wambui", source="10.0.0.2")


def test_a_guesser_in_the_cafe_keeps_nobody_in_it_out(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttles, "TRIES_OF_SOURCE", 5)
    monkeypatch.setattr(throttles, "MOST_TRIES_OF_SOURCE", 10)
    wambui = register(world)
    for number in range(9):
        with refused("sign_in_wrong"):
            check(world.organization, f"nobody-{number}")
    assert check(world.organization, "wambui") == wambui
    with refused("sign_in_wrong"):
        check(world.organization, "nobody-9")
    with refused("too_many_tries"):
        check(world.organization, "wambui")


def test_who_signs_in_rightly_uses_up_nothing(world: World) -> None:
    wambui = register(world)
    for _ in range(throttles.TRIES_OF_SOURCE + 5):
        assert check(world.organization, "wambui") == wambui


def test_tries_at_one_organization_are_none_at_another(world: World) -> None:
    register(world)
    for _ in range(throttles.TRIES):
        with refused("sign_in_wrong"):
            check(world.neighbour, "wambui")
    assert check(world.organization, "wambui")


@pytest.mark.parametrize("password", ["password", "12345678", "Liverpool1"])
def test_what_everybody_tries_first_is_no_password(world: World, password: str) -> None:
    with refused("portal_password_common", "password"):
        signins.set_password(customer=world.otieno, password=password, by=None)


@pytest.mark.parametrize("password", ["0712345678", "254712345678", "otieno-ouma", "OtienoOuma1"])
def test_the_own_name_or_number_is_no_password(world: World, password: str) -> None:
    customer = customers.edit(customer=world.otieno, by=None, username="otieno-ouma")
    with refused("portal_password_own", "password"):
        signins.set_password(customer=customer, password=password, by=None)


def test_a_short_name_is_in_many_passwords(world: World) -> None:
    customer = customers.register(organization=world.organization, first_name="Jo", phone="0733900118", by=None)
    signins.set_password(customer=customer, password="jo-likes-mangoes", by=None)
    assert customer.password
