"""The whole demo as a user starts it, asked by FreeRADIUS' own client, worked on through the console's pages."""

import logging
import re
import time

import pytest

from tests.kit.demo_process import READY_SECONDS, Demo
from tests.kit.visitor import Visitor

log = logging.getLogger(__name__)

pytestmark = [pytest.mark.real_time, pytest.mark.needs("radclient", "freeradius-utils")]

# A disabled customer must be off within 5 s; a loaded machine gets more, and the figure is printed.
OFF_SECONDS = 30.0


@pytest.fixture(scope="module")
def customer(demo, owner) -> str:
    """The address of the page of the customer whom the credentials file names."""
    return find(owner, demo.told["pppoe"]["username"])


def find(visitor: Visitor, name: str) -> str:
    page = visitor.open(f"/baobab/console/customers/?q={name}")
    links = re.findall(r'href="(/baobab/console/customers/\d+/)"', page)
    assert links, f"{name} is not found"
    return str(links[0])


def test_the_credentials_file_says_what_it_should(demo):
    assert demo.file.stat().st_mode & 0o777 == 0o600
    told = demo.told
    assert (told["organization"], told["nas"]["name"], told["nas"]["address"]) == ("baobab", "hilltop", "127.0.0.1")
    assert [person["role"] for person in told["staff"]] == ["owner", "admin", "operator", "cashier", "support"]
    assert told["plans"] == ["Home 10M", "Day pass"]
    assert told["hotspot"].startswith("http://127.0.0.1:")
    assert len(told["portal"]) == 2
    assert told["other_organization"]["organization"] != "baobab"
    secrets = [person["password"] for person in told["staff"]] + [told["nas"]["secret"], told["pppoe"]["password"]]
    assert all(secret.isalnum() for secret in secrets)
    assert len(set(secrets)) == len(secrets)


def test_the_books_of_three_months_are_right(demo):
    done = demo.headend("audit")
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    lines = done.stdout.splitlines()
    assert len(lines) >= 11
    assert all(line.startswith("ok ") for line in lines)
    assert "(0 looked at)" not in done.stdout


def test_a_planted_defect_is_named(demo):
    bump = "Account.objects.filter(pk=Account.objects.filter(customer__isnull=False).earliest('pk').pk)"
    for step, status in ((1, 1), (-1, 0)):
        demo.change(
            "from headend.ledger.models import Account\nfrom django.db.models import F\n"
            f"{bump}.update(credits_minor=F('credits_minor') + {step})"
        )
        done = demo.headend("audit")
        assert done.returncode == status
        assert ("FAILED 1 running_totals" in done.stdout) == (status == 1)


def test_a_printed_voucher_is_accepted(demo):
    voucher = demo.told["voucher"]
    said = demo.radclient(f"User-Name={voucher['code']},CHAP-Password={voucher['password']}")
    assert "Received Access-Accept" in said
    assert "Session-Timeout = 86400" in said
    assert demo.explain(voucher["code"].lower())["result"] == "accepted"


def test_pap_and_chap_are_accepted(demo):
    for chap in (False, True):
        said = demo.login(chap=chap)
        assert "Received Access-Accept" in said
        for name in ("Session-Timeout", "Class", "Mikrotik-Rate-Limit"):
            assert f"{name} = " in said.partition("Received")[2]


def test_ms_chap_is_accepted_with_the_keys_for_mppe(demo):
    name, password = demo.told["pppoe"]["username"], demo.told["pppoe"]["password"]
    said = demo.radclient(f"User-Name={name},MS-CHAP-Password={password}").partition("Received")[2]
    assert said.startswith(" Access-Accept")
    for attribute in ("MS-CHAP-MPPE-Keys", "MS-MPPE-Encryption-Policy", "MS-MPPE-Encryption-Types"):
        assert f"{attribute} = " in said
    wrong = demo.radclient(f"User-Name={name},MS-CHAP-Password=wrong").partition("Received")[2]
    assert wrong.startswith(" Access-Reject")
    assert "E=691 R=0" in wrong


def test_a_wrong_password_is_rejected_in_words(demo):
    said = demo.login(password="wrong")
    assert "Received Access-Reject" in said
    assert 'Reply-Message = "The user name or password is wrong."' in said


def test_strangers_and_forgers_get_no_answer_and_are_counted(demo):
    assert "No reply" in demo.login(more=",Packet-Src-IP-Address=127.0.0.2") or "Received" not in demo.login(
        more=",Packet-Src-IP-Address=127.0.0.2"
    )
    start = "User-Name=x,Acct-Session-Id=1,Acct-Status-Type=Start"
    assert "Received" not in demo.radclient(start, kind="acct", secret="another-secret-1", wait=1)
    # radclient signs a Message-Authenticator with the secret that it is given: with another one it is wrong.
    signed = f"User-Name={demo.told['pppoe']['username']},User-Password=x,Message-Authenticator=0x00"
    assert "Received" not in demo.radclient(signed, secret="another-secret-1", wait=1)
    time.sleep(2)
    reasons = "','".join(["nas_unknown", "authenticator_wrong", "message_authenticator_wrong"])
    demo.change(f"assert {{r.reason for r in RefusalCount.objects.all()}} >= {{'{reasons}'}}")


@pytest.mark.parametrize(
    ("code", "path", "values", "undo"),
    [
        ("customer_disabled", "suspension/disabled/", {"reason": "asked"}, "suspension/disabled/lift/"),
        ("suspended", "suspension/", {"kind": "abuse", "reason": "spam"}, "suspension/abuse/lift/"),
    ],
)
def test_what_staff_does_to_a_customer_holds_at_once(demo, owner, customer, code, path, values, undo):
    assert "Access-Accept" in demo.login()
    owner.open(customer + path)
    owner.submit(**values)
    assert_refused(demo, owner, customer, code)
    owner.open(customer + undo)
    owner.submit()
    assert "Access-Accept" in demo.login()


def assert_refused(demo: Demo, owner: Visitor, customer: str, code: str) -> None:
    said = demo.login()
    assert "Received Access-Reject" in said
    assert "Reply-Message = " in said
    assert demo.explain(demo.told["pppoe"]["username"])["reason"] == code
    failed = re.findall(r'<li class="(?:fail|full)" data-code="(\w+)"', owner.open(customer))
    assert failed[:1] == [code]
    # In words, not by its code.
    assert f">{code}<" not in owner.page


def test_a_disabled_group(demo, owner, customer):
    group = re.search(r"/baobab/console/groups/(\d+)/", owner.open("/baobab/console/groups/"))
    page = owner.open(customer + "edit/")
    number = re.search(r'<select[^>]*name="group".*?<option value="(\d+)" selected', page, re.DOTALL)
    assert group, page
    assert number, page
    owner.open(f"/baobab/console/groups/{number[1]}/suspension/disabled/")
    owner.submit(reason="tower down")
    assert_refused(demo, owner, customer, "group_disabled")
    owner.open(f"/baobab/console/groups/{number[1]}/suspension/disabled/lift/")
    owner.submit()
    assert "Access-Accept" in demo.login()


def test_a_blocked_package(demo, owner, customer):
    number = re.search(r"/baobab/console/subscriptions/(\d+)/", owner.open(customer))
    assert number
    owner.open(f"/baobab/console/subscriptions/{number[1]}/block/")
    owner.submit(reason="shared")
    assert_refused(demo, owner, customer, "subscription_blocked")
    owner.open(f"/baobab/console/subscriptions/{number[1]}/block/lift/")
    owner.submit()
    assert "Access-Accept" in demo.login()


def test_an_expired_account(demo, owner, customer):
    owner.open(customer + "edit/")
    owner.submit(account_expires_on="2020-01-01")
    assert_refused(demo, owner, customer, "account_expired")
    owner.open(customer + "edit/")
    owner.submit(account_expires_on="")
    assert "Access-Accept" in demo.login()


def test_an_expired_package_and_a_reached_cap(demo, owner, customer):
    row = f"Subscription.objects.filter(credential__name={demo.told['pppoe']['username']!r})"
    demo.change(f"{row}.update(expires_at=clock.now() - timedelta(seconds=5))")
    assert_refused(demo, owner, customer, "subscription_expired")
    number = re.search(r"/baobab/console/subscriptions/(\d+)/", owner.open(customer))
    assert number
    owner.open(f"/baobab/console/subscriptions/{number[1]}/activation/")
    owner.submit()
    assert "Access-Accept" in demo.login()
    demo.change(
        f"{row}.update(cap_bytes=1); UsagePeriod.objects.filter(subscription__in={row}).update(download_bytes=1)"
    )
    assert_refused(demo, owner, customer, "cap_reached")
    demo.change(
        f"{row}.update(cap_bytes=None); UsagePeriod.objects.filter(subscription__in={row}).update(download_bytes=0)"
    )
    assert "Access-Accept" in demo.login()


def test_accounting_is_a_live_session_that_moves_the_usage_and_takes_the_only_place(demo, owner, customer):
    assert "Accounting-Response" in demo.account("Start", "Acct-Session-Id=rc1,Framed-IP-Address=10.9.8.7")
    moved = "Acct-Session-Id=rc1,Acct-Session-Time=60,Acct-Input-Octets=5,Acct-Output-Octets=7,Acct-Output-Gigawords=2"
    assert "Accounting-Response" in demo.account("Interim-Update", moved)
    assert "10.9.8.7" in owner.open("/baobab/console/sessions/?q=10.9.8.7") or "10.9.8.7" in owner.open(customer)
    assert "8.6" in owner.open(customer)
    assert_refused(demo, owner, customer, "session_limit")
    assert "Accounting-Response" in demo.account("Stop", moved + ",Acct-Terminate-Cause=User-Request")
    assert "Access-Accept" in demo.login()


def test_a_disabled_customer_of_the_simulated_router_is_off_at_once(demo, owner):
    live = "/baobab/console/sessions/"
    deadline = time.monotonic() + READY_SECONDS
    while not (links := re.findall(rf'href="({live}\d+/)"', owner.open(live))):
        assert time.monotonic() < deadline, "the simulated router connects nobody"
        time.sleep(0.5)
    session = links[0]
    someone = re.search(r'href="(/baobab/console/customers/\d+/)"', owner.open(session))
    assert someone
    owner.open(someone[1] + "suspension/disabled/")
    owner.submit(reason="asked")
    began = time.monotonic()
    while f'href="{session}"' in owner.open(live):
        assert time.monotonic() - began < OFF_SECONDS, "the session goes on"
        time.sleep(0.1)
    log.info("off after %.1f s", time.monotonic() - began)


def test_it_stops_on_sigterm_and_starts_again_with_the_same_passwords(demo):
    before = demo.told
    assert demo.stop() == 0
    log.info("ready again after %.1f s", demo.start())
    assert demo.told == before
    assert "Access-Accept" in demo.login()
