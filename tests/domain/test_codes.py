"""One-time codes: sent to a phone, good once, for a short while, for few tries."""

import re
from datetime import timedelta

import pytest
import time_machine

from headend.lib import clock
from headend.messaging import carriers, codes, messages
from headend.messaging.models import CarrierKind, Message, OneTimeCode
from headend.system import organizations, sealing
from headend.system.models import Organization, Throttle
from tests.kit.verbs import event, forget, happened, refused, written
from tests.kit.world import World

pytestmark = pytest.mark.django_db

PHONE = "+254712345678"


@pytest.fixture(autouse=True)
def carrier(world: World) -> None:
    for organization in (world.organization, world.neighbour):
        carriers.add(
            organization=organization,
            kind=CarrierKind.FAKE,
            base_url="http://127.0.0.1:9",
            sender="Baobab",
            key="k",
            by=None,
        )


def send(world: World, purpose: str = "portal_password", phone: str = PHONE) -> str:
    """Sends a code, and gives back what the phone shows."""
    codes.send(organization=world.organization, purpose=purpose, phone=phone)
    message = Message.objects.filter(to=phone).latest("pk")
    assert message.body_sealed is not None
    body = sealing.open_text(table=messages._TABLE, column="body", uid=message.uid, sealed=bytes(message.body_sealed))
    found = re.search(r"\b\d{6}\b", body)
    assert found is not None, body
    assert found.group() not in message.shown
    return found.group()


def check(
    world: World, code: str, *, purpose: str = "portal_password", phone: str = PHONE, at: Organization | None = None
) -> None:
    codes.check(organization=at or world.organization, purpose=purpose, phone=phone, code=code)


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


def test_it_works(world: World) -> None:
    code = send(world)

    check(world, code)

    assert not OneTimeCode.objects.exists()
    assert code not in written()


def test_it_is_typed_with_gaps(world: World) -> None:
    code = send(world)
    check(world, f" {code[:3]} {code[3:]}\n")


def test_it_is_good_once(world: World) -> None:
    code = send(world)
    check(world, code)

    with refused("code_wrong", field="code"):
        check(world, code)


def test_the_database_does_not_hold_it(world: World) -> None:
    code = send(world)

    kept = OneTimeCode.objects.get()
    assert code not in kept.digest
    assert len(kept.digest) == 64


def test_a_wrong_one_leaves_the_right_one_good(world: World) -> None:
    code = send(world)

    for typed in (wrong(code), "", "abcdef", code[:5]):
        with refused("code_wrong", field="code"):
            check(world, typed)
    check(world, code)


def test_after_five_wrong_ones_the_right_one_is_none(world: World) -> None:
    code = send(world)
    for _ in range(codes.TRIES):
        with refused("code_wrong", field="code"):
            check(world, wrong(code))

    with refused("code_wrong", field="code"):
        check(world, code)


def test_a_new_one_has_tries_of_its_own_and_ends_the_old_one(world: World) -> None:
    old = send(world)
    for _ in range(codes.TRIES):
        with refused("code_wrong", field="code"):
            check(world, wrong(old))
    new = send(world)

    if new != old:
        with refused("code_wrong", field="code"):
            check(world, old)
    check(world, new)


def test_it_is_good_for_ten_minutes(world: World) -> None:
    with time_machine.travel(clock.now(), tick=False) as traveller:
        code = send(world)
        traveller.shift(codes.VALID_SECONDS + 1)
        with refused("code_wrong", field="code"):
            check(world, code)


@pytest.mark.parametrize("other", ["purpose", "phone", "at"])
def test_it_is_good_for_what_it_was_sent_for_alone(world: World, other: str) -> None:
    code = send(world)
    elsewhere = {"purpose": "captive_phone", "phone": "+254733900118", "at": world.neighbour}

    with refused("code_wrong", field="code"):
        check(world, code, **{other: elsewhere[other]})
    check(world, code)


def test_a_phone_gets_three_in_a_quarter_of_an_hour(world: World) -> None:
    with time_machine.travel(clock.now(), tick=False) as traveller:
        for _ in range(codes.SENT_AT_MOST):
            last = send(world)
        with refused("codes_too_many"):
            codes.send(organization=world.organization, purpose="portal_password", phone=PHONE)
        check(world, last)
        send(world, phone="+254733900118")
        traveller.shift(codes.WINDOW_SECONDS + 1)
        send(world)


def test_a_phone_gets_ten_in_a_day(world: World) -> None:
    with time_machine.travel(clock.now(), tick=False) as traveller:
        for number in range(codes.SENT_A_DAY):
            send(world)
            if number % codes.SENT_AT_MOST == codes.SENT_AT_MOST - 1:
                traveller.shift(codes.WINDOW_SECONDS + 1)
        traveller.shift(codes.WINDOW_SECONDS + 1)
        with refused("codes_too_many"):
            send(world)


@pytest.mark.parametrize(
    ("phone", "countries"),
    [("+255712345678", ""), ("+18765551234", "US"), ("+447911123456", "TZ"), ("+881612345678", "TZ")],
)
def test_codes_stay_in_the_country(world: World, phone: str, countries: str) -> None:
    organizations.edit(organization=world.organization, by=None, code_countries=countries)
    with refused("code_abroad", "phone"):
        send(world, phone=phone)
    assert not Message.objects.exists()
    assert not Throttle.objects.exists()


def test_an_organization_may_allow_more_countries(world: World) -> None:
    organizations.edit(organization=world.organization, by=None, code_countries="tz; ke,UG")
    assert world.organization.code_countries == "TZ UG"
    send(world, phone="+255712345678")
    send(world)
    with refused("country_unknown", "code_countries"):
        organizations.edit(organization=world.organization, by=None, code_countries="TZ Kenya")


def test_numbers_that_begin_alike_get_twenty_in_an_hour(world: World) -> None:
    forget()
    with time_machine.travel(clock.now(), tick=False) as traveller:
        for number in range(codes.SENT_TO_RANGE):
            assert happened() == []
            send(world, phone=f"+25471234{number:04d}")
        with refused("codes_paused", "phone"):
            send(world, phone="+254712349999")
        send(world, phone="+254712350000")
        assert happened() == ["codes.range_paused"]
        assert event("codes.range_paused").payload == {"codes": codes.SENT_TO_RANGE, "range": "+25471234"}
        assert codes.pauses(world.organization) == [event("codes.range_paused")]
        assert codes.pauses(world.neighbour) == []
        codes.send(organization=world.neighbour, purpose="portal_password", phone="+254712349999")
        traveller.shift(60 * 60 + 1)
        send(world, phone="+254712349999")
        traveller.shift(24 * 60 * 60)
        assert codes.pauses(world.organization) == []


def test_an_organization_sends_so_many_in_an_hour(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codes, "SENT_OF_ORGANIZATION", 5)
    forget()
    for number in range(5):
        send(world, phone=f"+2547{number + 10}345678")
    with refused("codes_paused", "phone"):
        send(world)
    with refused("codes_paused", "phone"):
        codes.refuse_to(organization=world.organization, phone=PHONE)
    assert event("codes.paused").payload == {"codes": 5, "range": ""}


def test_without_a_carrier_nothing_is_sent(world: World) -> None:
    carrier = carriers.of(world.organization)
    assert carrier is not None
    carrier.delete()

    with refused("no_carrier"):
        codes.send(organization=world.organization, purpose="portal_password", phone=PHONE)
    assert not OneTimeCode.objects.exists()
    assert not Message.objects.exists()


def test_old_ones_are_forgotten(world: World) -> None:
    code = send(world)
    codes.forget()
    assert OneTimeCode.objects.count() == 1
    with clock.at(clock.now() + timedelta(seconds=codes.VALID_SECONDS + 1)):
        codes.forget()
    assert not OneTimeCode.objects.exists()
    with refused("code_wrong", field="code"):
        check(world, code)
