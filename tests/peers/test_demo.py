"""The whole demo as a user starts it, asked by FreeRADIUS' own client, worked on through the console's pages."""

import json
import logging
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.radius import free_ports
from tests.visitor import Visitor

log = logging.getLogger(__name__)

pytestmark = [pytest.mark.real_time, pytest.mark.needs("radclient", "freeradius-utils")]

READY_SECONDS = 90.0
# A disabled customer must be off within 5 s; a loaded machine gets more, and the figure is printed.
OFF_SECONDS = 30.0


class Demo:
    """A running demo in a home of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.file = home.parent / "credentials.json"
        ports = [*free_ports(2), _free_tcp_port()]
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("HEADEND_", "DJANGO_"))},
            "HEADEND_HOME": str(home),
            "HEADEND_AUTH": f"127.0.0.1:{ports[0]}",
            "HEADEND_ACCT": f"127.0.0.1:{ports[1]}",
            "HEADEND_WEB": f"127.0.0.1:{ports[2]}",
            "HEADEND_DATABASE_URL": _own_database(),
        }
        self.process: subprocess.Popen[str] | None = None
        self.told: dict[str, Any] = {}

    def start(self) -> float:
        """Starts it and waits until the credentials file is there; returns the seconds that it took."""
        self.file.unlink(missing_ok=True)
        began = time.monotonic()
        command = [sys.executable, "-m", "headend", "demo", "--credentials", str(self.file)]
        self.process = subprocess.Popen(command, env=self.environment, stdout=subprocess.DEVNULL, text=True)
        while not self.file.exists():
            assert self.process.poll() is None, "the demo ended by itself"
            assert time.monotonic() - began < READY_SECONDS, "the demo does not get ready"
            time.sleep(0.1)
        self.told = json.loads(self.file.read_text())
        return time.monotonic() - began

    def stop(self) -> int:
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)

    def headend(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "headend", *arguments]
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=60)

    def explain(self, name: str) -> dict[str, Any]:
        return dict(json.loads(self.headend("explain", name, "--json").stdout))

    def change(self, statement: str) -> None:
        """What only time would bring about, done to the database."""
        code = f"from headend.access.models import *\nfrom headend.lib import clock\nfrom datetime import timedelta\n{statement}"
        done = self.headend("manage", "shell", "--no-imports", "-c", code)
        assert done.returncode == 0, done.stderr

    def radclient(self, attributes: str, *, kind: str = "auth", secret: str = "", wait: int = 4) -> str:
        """What FreeRADIUS' client prints; it verifies the answer's signature itself."""
        to = self.told["acct" if kind == "acct" else "auth"]
        command = ["radclient", "-x", "-r", "1", "-t", str(wait), to, kind, secret or self.told["nas"]["secret"]]
        return subprocess.run(command, input=attributes, capture_output=True, text=True, timeout=60).stdout

    def login(self, *, chap: bool = False, password: str = "", more: str = "") -> str:
        name, right = self.told["pppoe"]["username"], self.told["pppoe"]["password"]
        return self.radclient(f"User-Name={name},{'CHAP' if chap else 'User'}-Password={password or right}{more}")

    def account(self, status: str, more: str = "") -> str:
        return self.radclient(
            f"User-Name={self.told['pppoe']['username']},Acct-Status-Type={status},{more}", kind="acct"
        )


def _own_database() -> str:
    """On PostgreSQL the demo gets an empty database of the cluster that the tests run on; else it makes its SQLite file."""
    cluster = os.environ.get("HEADEND_TEST_DATABASE_URL", "")
    if not cluster:
        return ""
    server, _, _ = cluster.rpartition("/")
    name = f"demo_{os.getpid()}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as administration:
        administration.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        administration.execute(f"CREATE DATABASE {name}")
    return f"{server}/{name}"


def _free_tcp_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def demo(tmp_path_factory) -> Iterator[Demo]:
    running = Demo(tmp_path_factory.mktemp("demo") / "home")
    try:
        log.info("ready after %.1f s", running.start())
        yield running
    finally:
        if running.process is not None and running.process.poll() is None:
            running.stop()


@pytest.fixture(scope="module")
def owner(demo) -> Visitor:
    visitor = Visitor(demo.told["web"])
    person = demo.told["staff"][0]
    visitor.sign_in("/baobab/console/sign-in/", person["email"], person["password"])
    return visitor


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
    assert told["other_organization"]["organization"] != "baobab"
    secrets = [person["password"] for person in told["staff"]] + [told["nas"]["secret"], told["pppoe"]["password"]]
    assert all(secret.isalnum() for secret in secrets)
    assert len(set(secrets)) == len(secrets)


def test_pap_and_chap_are_accepted(demo):
    for chap in (False, True):
        said = demo.login(chap=chap)
        assert "Received Access-Accept" in said
        for name in ("Session-Timeout", "Class", "Mikrotik-Rate-Limit"):
            assert f"{name} = " in said.partition("Received")[2]


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
    assert f">{code}</code>" in owner.page


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
