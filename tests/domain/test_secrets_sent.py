"""After sending no table and no log has a password, a code or a link: whatever the carrier answers, also what it was given."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from headend.access import vouchers
from headend.access.models import Voucher
from headend.customers import customers
from headend.customers.models import Customer
from headend.doors.worker import loop
from headend.messaging import carriers, codes, details, notices, resets, welcomes
from headend.messaging.models import Message
from headend.messaging.setups import Setup
from tests.kit import portal, tables
from tests.kit.mail import MailServer
from tests.kit.sms import ACCOUNT, KEY, SENDER, Carriers
from tests.kit.world import NETWORK_PASSWORD, World

pytestmark = pytest.mark.django_db


@pytest.fixture
def sms(world: World, settings: Any) -> Iterator[Carriers]:
    settings.MAY_REACH_INSIDE = True
    with Carriers() as network:
        setup = Setup("twilio", network.url, account=ACCOUNT, key=KEY, sender=SENDER)
        carriers.set_up(organization=world.organization, setup=setup, by=None)
        yield network


@pytest.fixture
def mail(world: World, settings: Any) -> Iterator[MailServer]:
    settings.MAY_REACH_INSIDE = True
    with MailServer() as server:
        carriers.set_up(organization=world.organization, setup=server.setup(), by=None)
        yield server


def code(customer: Customer) -> list[str]:
    codes.send(organization=customer.organization, purpose="sign_in", phone=customer.phone)
    return [portal.code_sent_to(customer.phone)]


def voucher(customer: Customer) -> list[str]:
    portal.bought(WORLD[0], customer)
    while notices.hand_on():
        pass
    return [vouchers.open_password(Voucher.objects.get(customer=customer))]


def with_logins(customer: Customer) -> list[str]:
    details.send(customer=customer, with_logins=True, key="k", by=None)
    return [NETWORK_PASSWORD]


def reset(customer: Customer) -> list[str]:
    if resets.send(customer=customer, key="k", by=None) == "sms":
        return [portal.code_sent_to(customer.phone)]
    return portal.link_in(Message.objects.get()).split("/")[-2:-1]


def welcome(customer: Customer) -> list[str]:
    welcomes.send(customer=customer, by=None)
    return [NETWORK_PASSWORD]


WORLD: list[World] = []


def nothing_is_left(world: World, tell: Callable[[Customer], list[str]], log: str) -> None:
    WORLD[:] = [world]
    world.otieno.refresh_from_db()
    secrets = tell(world.otieno)
    assert all(len(secret) >= 6 for secret in secrets)
    loop.run_once()
    assert not Message.objects.filter(finished_at=None).exists()
    assert not Message.objects.exclude(body_sealed=None).exists()
    # In a number that stands for itself, as an instant's microseconds do, nobody reads a code.
    held = re.sub(r"\d{2}:\d{2}:\d{2}\.\d+|[Xx]'[0-9A-Fa-f]*'|'\\x[0-9a-f]*'", "", tables.everything())
    assert [secret for secret in secrets if secret in held] == []
    assert [secret for secret in secrets if secret in log] == []


@pytest.mark.parametrize("mood", ["", "echo", "silent", "no credit"])
@pytest.mark.parametrize("tell", [code, voucher, with_logins, reset])
def test_by_sms(world: World, sms: Carriers, tell: Any, mood: str, caplog: pytest.LogCaptureFixture) -> None:
    sms.mood = mood
    nothing_is_left(world, tell, caplog.text)
    if mood == "echo":
        assert "cannot be sent" in Message.objects.order_by("-pk")[0].error


@pytest.mark.parametrize("mood", ["", "spam", "drop"])
@pytest.mark.parametrize("tell", [with_logins, reset, welcome])
def test_by_e_mail(world: World, mail: MailServer, tell: Any, mood: str, caplog: pytest.LogCaptureFixture) -> None:
    customers.edit(customer=world.otieno, email="otieno@example.org", by=None)
    mail.mood = mood
    nothing_is_left(world, tell, caplog.text)
