"""Two people at the same customers: one wins, and the other reads why."""

import pytest

from headend.access import subscriptions
from headend.access.models import Credential, Subscription
from headend.billing import receipts, signups
from headend.billing.models import Payment, Purchase
from headend.billing.signups import Charge, Package
from headend.customers import audit, customers, groups, suspensions
from headend.customers.models import Customer, Group, Suspension
from headend.desk import removals
from headend.ledger import accounts
from headend.lib.refused import Refused
from headend.system import sites
from headend.system.models import Event, Numbering
from tests.kit import billing
from tests.kit.threads import at_once
from tests.kit.world import World

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 5


def outcomes(results: list[object]) -> list[str]:
    """`won`, the code of a refusal, or what went wrong; sorted, since nobody knows who comes first."""
    told = []
    for result in results:
        if isinstance(result, Refused):
            told.append(result.code)
        elif isinstance(result, Exception):
            told.append(f"{type(result).__name__}: {result}")
        else:
            told.append("won")
    return sorted(told, key=lambda outcome: (outcome == "won", outcome))


def test_two_staff_take_one_username(lasting_world: World) -> None:
    world = lasting_world

    for number in range(ROUNDS):
        name = f"new.names{number}"
        results = at_once(
            lambda name=name: subscriptions.create(customer=world.otieno, plan=world.home_10m, username=name, by=None),
            lambda name=name: subscriptions.create(
                customer=world.customers["grace"], plan=world.home_10m, username=name.upper(), by=None
            ),
        )
        assert outcomes(results) == ["username_taken", "won"]
        assert Credential.objects.filter(name_key=name).count() == 1
    # Of the one who was refused nothing is left.
    assert Subscription.objects.count() == 3 + ROUNDS


def test_two_staff_sign_up_one_username(lasting_world: World) -> None:
    world = lasting_world
    money = [("cash", ""), ("bank", "TT-1"), ("", "")]

    for number in range(ROUNDS):
        results = at_once(
            *(
                lambda desk=desk, method=method, reference=reference, number=number: signups.sign_up(
                    organization=world.organization,
                    person={"first_name": "New", "phone": f"0733{number}{desk}0118"},
                    package=Package(world.home_10m, f"name{number}" if desk else f"NAME{number}"),
                    charge=Charge(method=method, reference=f"{reference}{number}" if reference else ""),
                    activate=True,
                    key=f"{number}-{desk}",
                    by=None,
                )
                for desk, (method, reference) in enumerate(money)
            )
        )
        assert outcomes(results) == ["username_taken", "username_taken", "won"]
        assert Credential.objects.filter(name_key=f"name{number}").count() == 1
    # Of those who were refused nothing is left: no customer, and no money.
    assert Customer.objects.filter(first_name="New").count() == ROUNDS
    assert Purchase.objects.count() == ROUNDS
    assert billing.wrong() == {}


def test_two_presses_of_one_sign_up(lasting_world: World) -> None:
    world = lasting_world

    results = at_once(
        *[
            lambda: signups.sign_up(
                organization=world.organization,
                person={"first_name": "New", "phone": "0733000118"},
                package=Package(world.home_10m, "new"),
                charge=Charge(method="cash"),
                activate=True,
                key="once",
                by=None,
            )
        ]
        * 3
    )

    assert outcomes(results) == ["won"] * 3
    assert len({result.pk for result in results}) == 1
    assert Payment.objects.count() == 1


def test_two_payments_pay_one_debt(lasting_world: World) -> None:
    world = lasting_world
    bought = signups.sign_up(
        organization=world.organization,
        person={"first_name": "New"},
        package=Package(world.home_10m, "new"),
        charge=Charge(),
        activate=True,
        key="owed",
        by=None,
    )

    results = at_once(
        *(
            lambda number=number: receipts.take(
                customer=bought.customer, method="cash", amount_minor=100_000, key=f"p{number}", by=None
            )
            for number in range(4)
        )
    )

    assert outcomes(results) == ["won"] * 4
    assert accounts.owed(customer=bought.customer) == 0
    assert accounts.available(customer=bought.customer) == 150_000
    assert billing.wrong() == {}


def test_two_staff_give_one_address(lasting_world: World) -> None:
    world = lasting_world

    for number in range(ROUNDS):
        results = at_once(
            *(
                lambda who=who, number=number: subscriptions.create(
                    customer=world.customers[who],
                    plan=world.home_10m,
                    username=f"{who}.{number}",
                    by=None,
                    framed_address=f"10.0.3.{number}",
                )
                for who in ("otieno", "grace")
            )
        )
        assert outcomes(results) == ["framed_address_taken", "won"]


@pytest.mark.parametrize(("field", "code"), [("phone", "phone_taken"), ("email", "customer_email_taken")])
def test_two_customers_with_one_phone_or_email(lasting_world: World, field: str, code: str) -> None:
    organization = lasting_world.organization

    for number in range(ROUNDS):
        value = f"073311122{number}" if field == "phone" else f"shop{number}@example.com"
        results = at_once(
            *(
                lambda name=name, value=value: customers.register(
                    organization=organization, by=None, first_name=name, **{field: value}
                )
                for name in ("Achieng", "Barasa")
            )
        )
        assert outcomes(results) == [code, "won"]


def test_two_customers_are_given_one_phone(lasting_world: World) -> None:
    world = lasting_world

    for number in range(ROUNDS):
        results = at_once(
            *(
                lambda who=who, number=number: customers.edit(
                    customer=Customer.objects.get(pk=world.customers[who].pk), by=None, phone=f"073311122{number}"
                )
                for who in ("otieno", "grace")
            )
        )
        assert outcomes(results) == ["phone_taken", "won"]


def test_two_customers_with_one_additional_account_number(lasting_world: World) -> None:
    world = lasting_world

    for number in range(ROUNDS):
        results = at_once(
            lambda number=number: customers.register(
                organization=world.organization, by=None, first_name="New", extra_account_number=f"farm {number}00"
            ),
            lambda number=number: customers.edit(
                customer=world.otieno, by=None, extra_account_number=f"FARM-{number}00"
            ),
        )
        assert outcomes(results) == ["account_number_taken", "won"]
        assert Customer.objects.filter(extra_account_number=f"FARM{number}00").count() == 1


def test_a_number_is_given_while_somebody_chooses_it(lasting_world: World) -> None:
    world = lasting_world

    for number in range(100004, 100004 + ROUNDS):
        results = at_once(
            lambda: customers.register(organization=world.organization, by=None, first_name="New"),
            lambda number=number: customers.edit(customer=world.otieno, by=None, extra_account_number=f"BN-{number}"),
        )
        # Registering is never refused: it takes the next number.
        assert outcomes(results[:1]) == ["won"]
        assert outcomes(results[1:]) in (["won"], ["account_number_taken"])
        assert [check.failures for check in audit.run()] == [[]]


def test_a_phone_is_taken_while_its_owner_comes_back(lasting_world: World) -> None:
    world = lasting_world

    for _ in range(ROUNDS):
        removals.delete(customer=world.otieno, by=None)
        results = at_once(
            lambda: removals.undelete(customer=world.otieno, by=None),
            lambda: customers.register(organization=world.organization, by=None, first_name="Heir", phone="0712345678"),
        )
        # Undeleting never fails; who registers is refused where the owner was back already.
        assert outcomes(results[:1]) == ["won"]
        assert outcomes(results[1:]) in (["won"], ["phone_taken"])
        holders = Customer.objects.filter(organization=world.organization, phone="+254712345678", deleted_at=None)
        assert holders.count() == 1
        for heir in Customer.objects.filter(first_name="Heir", deleted_at=None):
            removals.delete(customer=heir, by=None)
        customers.edit(customer=Customer.objects.get(pk=world.otieno.pk), by=None, phone="0712345678")


def test_two_presses_of_disable(lasting_world: World) -> None:
    world = lasting_world

    for number in range(ROUNDS):
        results = at_once(*[lambda: suspensions.suspend(customer=world.otieno, kind="disabled", by=None)] * 3)
        assert outcomes(results) == ["won"] * 3
        assert len({result.pk for result in results}) == 1
        assert Suspension.objects.filter(lifted_at=None).count() == 1

        lifted = at_once(*[lambda: suspensions.lift(customer=world.otieno, kind="disabled", by=None)] * 3)
        assert sorted(result is None for result in lifted) == [False, True, True]
        assert Event.objects.filter(kind="customer.disabled").count() == number + 1
        assert Event.objects.filter(kind="customer.enabled").count() == number + 1


def test_two_presses_of_delete(lasting_world: World) -> None:
    world = lasting_world

    at_once(*[lambda: removals.delete(customer=world.otieno, by=None)] * 3)
    at_once(*[lambda: removals.undelete(customer=world.otieno, by=None)] * 3)

    assert Event.objects.filter(kind="customer.deleted").count() == 1
    assert Event.objects.filter(kind="customer.undeleted").count() == 1


def test_many_register_at_once(lasting_world: World) -> None:
    organization = lasting_world.organization

    def register(desk: int) -> list[str]:
        return [
            customers.register(organization=organization, by=None, first_name=f"Guest {desk} {number}").account_number
            for number in range(10)
        ]

    results = at_once(*(lambda desk=desk: register(desk) for desk in range(6)))

    numbers = sorted(number for batch in results for number in batch)
    assert numbers == [f"BN-{100004 + number}" for number in range(60)]


def test_the_first_number_of_a_series_is_given_out_once(lasting_world: World) -> None:
    organization = lasting_world.neighbour
    assert not Numbering.objects.filter(organization=organization).exists()

    results = at_once(
        *(
            lambda name=name: customers.register(organization=organization, by=None, first_name=name)
            for name in ("a", "b", "c", "d")
        )
    )

    assert sorted(customer.account_number for customer in results) == [f"AW-{100001 + n}" for n in range(4)]


def test_two_names_of_one_group_and_one_site(lasting_world: World) -> None:
    organization = lasting_world.organization

    for number in range(ROUNDS):
        made = at_once(*[lambda n=number: groups.add(organization=organization, name=f"Estate {n}", by=None)] * 2)
        assert outcomes(made) == ["group_name_taken", "won"]
        made = at_once(*[lambda n=number: sites.add(organization=organization, name=f"Tower {n}", by=None)] * 2)
        assert outcomes(made) == ["site_name_taken", "won"]


def test_the_default_group_is_one(lasting_world: World) -> None:
    organization = lasting_world.neighbour
    Group.objects.filter(organization=organization).delete()

    made = at_once(*[lambda: groups.add_default(organization=organization)] * 4)

    assert len({group.pk for group in made}) == 1


def test_somebody_moves_into_a_group_that_is_being_removed(lasting_world: World) -> None:
    world = lasting_world

    for number in range(ROUNDS):
        group = groups.add(organization=world.organization, name=f"Estate {number}", by=None)
        results = at_once(
            lambda pk=group.pk: groups.remove(group=Group.objects.get(pk=pk), by=None),
            lambda group=group: customers.register(
                organization=world.organization, by=None, first_name="Late", group=group
            ),
        )
        stands = Group.objects.filter(pk=group.pk).exists()
        assert stands == Customer.objects.filter(group=group.pk).exists()
        if stands:
            assert outcomes(results) == ["group_not_empty", "won"]
