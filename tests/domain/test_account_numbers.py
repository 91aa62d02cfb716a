"""A payer's reference names one customer at most: numbers that are given, and those that somebody chose."""

import pytest

from headend.customers import account_numbers, customers
from headend.customers.models import Customer
from headend.desk import removals
from headend.lib import ids
from headend.system import search
from tests.kit.verbs import event, forget, happened, refused, written
from tests.kit.world import World

pytestmark = pytest.mark.django_db
FIELD = "extra_account_number"


def choose(customer: Customer, number: str) -> Customer:
    return customers.edit(customer=customer, by=None, extra_account_number=number)


def register(world: World, number: str = "") -> Customer:
    return customers.register(organization=world.organization, by=None, first_name="New", extra_account_number=number)


def test_it_works(world: World) -> None:
    customer = register(world, " Farm-7.b ")

    customer.refresh_from_db()
    assert customer.extra_account_number == "FARM7B"
    assert (customer.account_number, customer.account_number_key) == ("BN-100004", "BN100004")
    for query in ("farm7b", "Farm-7", "arm7"):
        assert search.find(organization=world.organization, query=query) == [customer.pk]


def test_changing_it_is_told_apart_from_the_payload(world: World) -> None:
    choose(world.otieno, "FARM7")
    forget()

    choose(world.otieno, "482 913")
    choose(world.otieno, "482-913")

    assert happened() == ["customer.edited"]
    said = event("customer.edited")
    assert said.payload == {"fields": [FIELD]}
    assert said.personal == {FIELD: ["FARM7", "482913"]}
    assert "482913" in written()
    assert search.find(organization=world.organization, query="farm7") == []


@pytest.mark.parametrize(
    "number",
    [
        "F7",
        "--",
        "7" * 21,
        "FARM/7",
        "SCHÄFER",
        "٤٨٢٩١٣",
        # Phones stand for whoever has them, in each notation, also one's own.
        "0712345678",
        "254 733 111 222",
        "+254733111222",
    ],
)
def test_what_nobody_can_type_or_is_a_phone_is_refused(world: World, number: str) -> None:
    with refused("account_number_unusable", FIELD):
        choose(world.otieno, number)
    with refused("account_number_unusable", FIELD):
        register(world, number)


# Neither a landline nor letters that a telephone would dial as a mobile number stand for anybody.
@pytest.mark.parametrize("number", ["0202012345", "0712FLOWER", "7" * 20, "A12", "ﬁ9"])
def test_what_can_be_typed_is_kept(world: World, number: str) -> None:
    choose(world.otieno, number)

    assert Customer.objects.get(pk=world.otieno.pk).extra_account_number == ids.account_key(number)


def test_the_additional_number_of_another_customer_is_taken(world: World) -> None:
    choose(world.otieno, "farm 7")

    with refused("account_number_taken", FIELD):
        choose(world.customers["grace"], "FARM-7")
    with refused("account_number_taken", FIELD):
        register(world, "Farm.7")
    choose(world.otieno, "FARM7")
    assert customers.register(
        organization=world.neighbour, by=None, first_name="New", extra_account_number="FARM7"
    ).extra_account_number


@pytest.mark.parametrize("number", ["BN-100002", "bn100002", "BN 100 002"])
def test_the_account_number_of_a_customer_is_taken(world: World, number: str) -> None:
    for who in ("otieno", "grace"):
        with refused("account_number_taken", FIELD):
            choose(world.customers[who], number)
    with refused("account_number_taken", FIELD):
        register(world, number)


def test_a_number_that_somebody_chose_is_given_to_nobody(world: World) -> None:
    choose(world.otieno, "bn 100004")
    choose(world.customers["grace"], "BN-100005")

    assert register(world).account_number == "BN-100006"
    # Also where whoever is registered has chosen what would have come next.
    assert register(world, "BN100007").account_number == "BN-100008"


def test_a_deleted_customer_keeps_both_numbers(world: World) -> None:
    choose(world.otieno, "FARM7")
    removals.delete(customer=world.otieno, by=None)

    for number in ("FARM7", "BN100001"):
        with refused("account_number_taken", FIELD):
            register(world, number)
    returned = removals.undelete(customer=world.otieno, by=None)

    assert returned.lost == {}
    assert Customer.objects.get(pk=world.otieno.pk).extra_account_number == "FARM7"
    assert search.find(organization=world.organization, query="farm7") == [world.otieno.pk]


def test_a_number_is_free_again_when_it_is_taken_off(world: World) -> None:
    choose(world.otieno, "FARM7")
    choose(world.otieno, "")

    assert register(world, "FARM7").extra_account_number == "FARM7"


def test_what_is_suggested_is_free(world: World) -> None:
    suggested = {account_numbers.suggest(organization=world.organization) for _ in range(3)}

    assert all(len(number) == account_numbers.SUGGESTED_DIGITS and number.isdigit() for number in suggested)
    for number in suggested:
        assert register(world, number).extra_account_number == number


def test_where_all_are_taken_a_longer_one_is_suggested(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(account_numbers, "SUGGESTED_DIGITS", 3)
    everything = [
        Customer(
            organization=world.organization,
            group=world.default_group,
            first_name="New",
            account_number=str(number),
            account_number_key=str(number),
        )
        for number in range(100, 1000)
    ]
    Customer.objects.bulk_create(everything)

    assert len(account_numbers.suggest(organization=world.organization)) == 4
