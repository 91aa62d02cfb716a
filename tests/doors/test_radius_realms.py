"""Realms: `otieno@isp` is otieno where the organization says that isp is one of its own."""

import pytest

from headend.access import credentials, facts
from headend.access.models import RefusalCount, Session
from headend.lib import ids
from headend.lib.radius.attributes import AcctStatusType
from headend.lib.radius.packet import Code
from headend.system import organizations
from headend.system.models import Event
from tests.kit.packets import Door, report
from tests.kit.verbs import refused
from tests.kit.vouchers import sold

pytestmark = pytest.mark.django_db

START = AcctStatusType.START


def allow(world, text: str = "isp, Mobile.example") -> None:
    organizations.edit(organization=world.organization, by=None, realms=text)


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("otieno@isp", "otieno"),
        ("otieno@ISP ", "otieno"),
        ("a@b@isp", "a@b"),
        ("isp\\otieno", "otieno"),
        ("@isp", ""),
        ("otieno@elsewhere", ""),
        ("otieno", ""),
        ("isp", ""),
        ("elsewhere\\otieno", ""),
    ],
)
def test_a_name_without_a_realm_of_ours(name, plain):
    assert ids.without_realm(name, {"isp", "mobile.example"}) == plain


def test_a_name_with_a_realm_of_ours_is_let_in_and_its_usage_is_the_customer_s(world):
    allow(world)
    door = Door()
    for name in (b"otieno@isp", b"OTIENO@Mobile.Example", b"isp\\otieno"):
        assert door.pap(name).code == Code.ACCESS_ACCEPT
    door.account(report(START, name=b"otieno@isp"))
    session = Session.objects.get()
    # The name as the router knows it: a Disconnect has to say it so.
    assert (session.user_name, session.subscription) == ("otieno@isp", world.otieno_home)


def test_without_the_setting_it_is_another_name(world):
    door = Door()
    assert door.pap(b"otieno@isp").code == Code.ACCESS_REJECT
    allow(world, "elsewhere")
    assert door.pap(b"otieno@isp").code == Code.ACCESS_REJECT
    door.account(report(START, name=b"otieno@isp"))
    assert Session.objects.get().subscription is None


def test_a_username_that_holds_an_at_goes_first(world):
    allow(world)
    grace = world.subscriptions["grace"]
    credentials.issue(subscription=grace, name="otieno@isp", password="grace-pass-1")
    door = Door()
    assert door.pap(b"otieno@isp", password="grace-pass-1").code == Code.ACCESS_ACCEPT
    assert door.pap(b"otieno@isp").code == Code.ACCESS_REJECT
    door.account(report(START, name=b"otieno@isp"))
    assert Session.objects.get().subscription == grace


def test_a_voucher_s_code_may_have_one_too(world):
    allow(world)
    code = sold(world).code
    assert facts.for_name(world.organization, f"{code}@isp").voucher_id is not None
    Door().account(report(START, name=f"{code.lower()}@isp".encode()))
    assert Session.objects.get().voucher is not None


def test_a_refusal_is_counted_under_the_name_by_which_staff_look_for_it(world):
    allow(world)
    door = Door()
    door.pap(b"otieno@isp", password="wrong-one")
    door.pap(b"nobody@isp")
    door.counts.write(now=True)
    assert set(RefusalCount.objects.values_list("user_name", "reason")) == {
        ("otieno", "password_wrong"),
        ("nobody@isp", "user_unknown"),
    }


def test_explaining_knows_the_realms(world):
    allow(world)
    assert facts.for_name(world.organization, "otieno@isp").subscription_id == world.otieno_home.pk
    assert not facts.for_name(world.neighbour, "otieno@isp").found


def test_the_setting_is_kept_in_one_spelling_and_holds_for_the_next_packet(world):
    door = Door()
    assert door.pap(b"otieno@isp").code == Code.ACCESS_REJECT
    allow(world, " @ISP;mobile.example, isp")
    assert world.organization.realms == "isp mobile.example"
    assert Event.objects.get(kind="organization.edited").payload["changed"].keys() == {"realms"}
    assert door.pap(b"otieno@isp").code == Code.ACCESS_ACCEPT


@pytest.mark.parametrize("text", ["isp/ke", "a@b", "isp\\"])
def test_what_is_no_realm_is_refused(world, text):
    with refused("realm_invalid", "realms"):
        allow(world, text)
