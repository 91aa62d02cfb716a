"""Captive pages: a request that was declined, not answered, or not paid in full."""

from datetime import timedelta
from typing import Any

import pytest

from headend.access import plans
from headend.billing import payments, purchases
from headend.billing.models import Payment, Purchase
from headend.lib import clock
from headend.system import organizations
from tests.kit.billing import payment_of, pays, practice
from tests.kit.captive import CHAP, Guest
from tests.kit.world import World

pytestmark = pytest.mark.django_db
SUPPORT = "0709 118 000"


@pytest.fixture(autouse=True)
def gateway(world: World) -> Any:
    organizations.edit(organization=world.organization, by=None, support_phone=SUPPORT)
    return practice(world.organization)


@pytest.fixture
def guest(world: World) -> Guest:
    guest = Guest(world)
    guest.arrives(**CHAP)
    return guest


@pytest.fixture
def bought(guest: Guest) -> Purchase:
    """The guest has pressed *Buy Voucher* and sees the page that waits."""
    return guest.buys()


def test_a_decline_says_why_and_can_be_tried_again(guest: Guest, bought: Purchase) -> None:
    payments.fail(payment=payment_of(bought), reason="insufficient_funds")

    page = guest.looks_again()

    assert "There is not enough money on the phone." in page
    assert 'ends in <b class="tel">111</b>' in page
    assert guest.refresh == ""
    token = guest.token
    guest.posts(f"purchases/{bought.uid}/again/", form_token=token, phone="")
    guest.follows()
    assert "Check your phone" in guest.page
    assert payment_of(bought).phone == "+254733000111"
    guest.posts(f"purchases/{bought.uid}/again/", form_token=token, phone="")
    assert Payment.objects.count() == 2

    pays(bought)
    guest.follows()
    guest.follows()
    assert guest.login


def test_another_phone_after_a_decline(guest: Guest, bought: Purchase) -> None:
    payments.fail(payment=payment_of(bought), reason="what_is_this")
    assert "The payment did not go through." in guest.looks_again()

    guest.posts(f"purchases/{bought.uid}/again/", form_token=guest.token, phone="020 2222222")
    assert guest.status == 400
    assert "is a landline" in guest.page
    guest.posts(f"purchases/{bought.uid}/again/", form_token="", phone="0722418903")
    assert guest.status == 400
    assert "This page was too old" in guest.page
    guest.posts(f"purchases/{bought.uid}/again/", form_token=guest.token, phone="0722418903")
    guest.follows()

    assert 'class="tel">903</b>' in guest.page
    assert payment_of(bought).customer == bought.customer


def test_no_answer_for_two_minutes(guest: Guest, bought: Purchase) -> None:
    with clock.at(clock.now() + timedelta(seconds=121)):
        page = guest.looks_again()
        assert "No answer came from the phone." in page
        # Somebody may be about to press: the page does not run away.
        assert guest.refresh == "15"

        guest.posts(f"purchases/{bought.uid}/again/", form_token=guest.token)
        guest.follows()
        assert "Waiting for Practice money" in guest.page
        assert guest.refresh == "3"
        assert Payment.objects.count() == 2


def test_asking_again_too_soon(guest: Guest, bought: Purchase) -> None:
    guest.posts(f"purchases/{bought.uid}/again/", form_token="0" * 32)

    assert guest.status == 400
    assert "This phone is being asked to pay already." in guest.page
    assert "Check your phone" in guest.page


def test_the_gateway_is_offered_no_longer(guest: Guest, bought: Purchase, gateway: Any) -> None:
    payments.fail(payment=payment_of(bought), reason="timeout")
    guest.looks_again()
    gateway.is_active = False
    gateway.save()

    guest.posts(f"purchases/{bought.uid}/again/", form_token=guest.token)

    assert guest.status == 400
    assert "This way of paying is not offered." in guest.page


def test_the_provider_does_not_say(guest: Guest, bought: Purchase) -> None:
    payments.leave_to_a_person(payment=payment_of(bought))

    page = guest.looks_again()

    assert "Practice money has not yet told us" in page
    assert "please do not pay again" in page
    assert "again/" not in page


def test_paid_and_not_given(world: World, guest: Guest, bought: Purchase) -> None:
    plans.retire(plan=world.day_pass, by=None)
    pays(bought)

    page = guest.looks_again()

    assert "Your money is in your account" in page
    assert f'Call <a class="tel" href="tel:+254709118000">{SUPPORT}</a>.' in page
    assert "PM7K2Q9XAB" in page
    assert guest.refresh == ""
    assert "Your payment arrived, but there is no voucher yet" in guest.opens()
    purchases.close(purchase=bought, by=None)
    assert "This purchase is closed" in guest.opens(f"purchases/{bought.uid}/")


def test_too_little_was_paid(guest: Guest, bought: Purchase) -> None:
    pays(bought, amount_minor=2_000)

    assert "We received KES 20, but Day pass costs KES 50." in guest.looks_again().replace("\xa0", " ")
