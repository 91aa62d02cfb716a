"""The tutorial, done word for word: its commands, its forms, its lines for the router, and a customer who gets online."""

import asyncio
import html
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from headend.access.models import Session
from headend.config import environment
from headend.demo.nas import Config, Login, SimulatedNas
from headend.doors.console.network import routeros
from headend.doors.worker import loop as worker
from headend.lib import ids
from headend.lib.radius.packet import Code
from headend.network import nas as nas_verbs
from headend.network.models import NAS
from tests.kit import ports
from tests.kit.guide import Guide
from tests.kit.installation import PASSWORD, PATIENCE_SECONDS, ROOT, Home, home_on_test_database
from tests.kit.mail import PASSWORD as MAIL_PASSWORD
from tests.kit.mail import MailServer, authority
from tests.kit.radius import Radius, doors
from tests.kit.reader import Reader
from tests.kit.sms import KEY as SMS_KEY
from tests.kit.sms import Carriers
from tests.kit.world import SECRET

SERVER, ROUTER, HERE = "10.0.0.2", "10.0.0.1", "127.0.0.1"
MAIL = "smtp.example.com"


@pytest.fixture
def guide() -> Guide:
    return Guide(ROOT / "docs" / "tutorial.md")


@pytest.fixture
def home(transactional_db: None, tmp_path: Path) -> Home:
    return home_on_test_database(tmp_path)


@contextmanager
def router(door: Radius, coa_port: int, login: Login) -> Iterator[tuple[SimulatedNas, Any]]:
    """The simulated router on an event loop of its own; the second is what runs something there."""
    events = asyncio.new_event_loop()
    thread = threading.Thread(target=events.run_forever)
    thread.start()

    def there(what: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(what, events).result(PATIENCE_SECONDS)

    config = Config(
        auth=(HERE, door.auth),
        acct=(HERE, door.acct),
        secret=SECRET.encode(),
        identifier="hilltop",
        logins=(login,),
        coa_port=coa_port,
        connect_per_second=0,
        # Long enough that a busy machine does not make it ask twice.
        retransmit_seconds=5,
        refused_seconds=0.2,
        reconnect_seconds=0.2,
        stay_seconds=0,
    )

    async def make() -> SimulatedNas:
        nas = SimulatedNas(config)
        await nas.start()
        return nas

    nas = there(make())
    try:
        yield nas, there
    finally:
        there(nas.stop())
        events.call_soon_threadsafe(events.stop)
        thread.join()
        events.close()


def test_it_leads_to_a_customer_who_is_online(
    guide: Guide, home: Home, settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # The mail server and the carrier of this test are on this machine.
    settings.MAY_REACH_INSIDE = True
    monkeypatch.setenv("SSL_CERT_FILE", str(authority(tmp_path)))
    real = socket.getaddrinfo
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda host, *rest, **named: real(HERE if host == MAIL else host, *rest, **named)
    )
    settings.ALLOWED_HOSTS, settings.PUBLIC_URL = [SERVER], f"http://{SERVER}:8000"
    # That of the product: the command hashes with it.
    settings.PASSWORD_HASHERS = ["headend.system.staff.Hasher"]
    init, serve, explain, audit = guide.commands()
    _install(home, init)
    _check_serve(serve)
    reader = Reader(host=SERVER)
    _sign_in(reader, init)
    _say_where_the_router_is(reader, guide)
    _paste_into_the_router(reader, guide)
    _add_plan(reader, guide)
    password = _add_customer(reader, guide)
    (coa_port,) = ports.free(1)
    _move_router_here(coa_port)
    with doors() as (door,):
        login = Login("otieno", password, "pppoe", "02:00:00:00:00:07", "10.20.0.10", 10_000)
        with router(door, coa_port, login) as (nas, there):
            _dial_in(home, explain, reader, nas, there=there)
            _take_payment(reader, guide)
            _disable(reader, guide, nas)
        _make_vouchers(reader, guide)
        name, right = _type_the_code(reader)
        accept = door.login(name, right, timeout=PATIENCE_SECONDS)
        assert accept is not None
        assert accept.code == Code.ACCESS_ACCEPT
    _tell_customers(reader, guide)
    _audit(home, audit)

    assert guide.names() - reader.names == set()


def _install(home: Home, command: list[str]) -> None:
    assert command[:3] == ["./run", "headend", "init"]
    done = home.run(*command[2:], "--owner-password", "-", text=PASSWORD + "\n")
    assert done.returncode == 0, done.stderr
    assert "Baobab Net is founded" in done.stdout


def _check_serve(command: list[str]) -> None:
    """It is run in test_serve.py; here the options and variables are read."""
    variables = dict(word.split("=", 1) for word in command[: command.index("./run")])
    words = command[command.index("./run") + 1 :]
    assert words[0] == "serve"
    present = environment.read(variables | {"HEADEND_WEB": words[words.index("--web") + 1]})
    assert environment.split_address(present.web) == ("0.0.0.0", 8000)
    assert present.url == f"http://{SERVER}:8000"
    assert set(variables) == {"HEADEND_URL"}
    assert len(words) == 3


def _sign_in(reader: Reader, init: list[str]) -> None:
    reader.open("/baobab/console/")
    email = init[init.index("--owner-email") + 1]
    reader.fill({"E-mail": email, "Password": PASSWORD})
    reader.press("Sign in")
    assert reader.at.endswith("/baobab/console/")


def _say_where_the_router_is(reader: Reader, guide: Guide) -> None:
    site, nas = guide.tables("4.")
    reader.follow("Sites")
    reader.follow("Add site")
    reader.fill(site)
    reader.press("Add site")
    reader.follow("NAS")
    reader.follow("Add NAS")
    reader.fill(nas)
    reader.press("Add NAS")


def _paste_into_the_router(reader: Reader, guide: Guide) -> None:
    """What the page shows is what the tutorial prints, and what `routeros` makes."""
    asked, pppoe = guide.blocks("routeros")
    page = html.unescape(reader.text)
    assert "\n".join(asked) in page
    assert "\n".join(pppoe) in page
    nas = NAS.objects.get()
    assert (nas.name, nas.address, nas.site and nas.site.name) == ("hilltop", ROUTER, "Hilltop")
    made = routeros.lines(
        nas, secret="THE-SHARED-SECRET", server=SERVER, auth_port=1812, acct_port=1813, web_host=SERVER
    )
    assert (asked, pppoe) == (made, routeros.pppoe_server())
    reader.press("Show the secret")
    secret = nas_verbs.reveal_secret(nas=nas, by=None)
    assert f'secret="{secret}"' in html.unescape(reader.text)


def _add_plan(reader: Reader, guide: Guide) -> None:
    (plan,) = guide.tables("6.")
    reader.follow("Plans")
    reader.follow("Add plan")
    reader.fill(plan)
    reader.press("Add plan")


def _add_customer(reader: Reader, guide: Guide) -> str:
    """Returns the password that was made."""
    (customer,) = guide.tables("7.")
    reader.follow("Customers")
    reader.follow("Add Customer")
    reader.fill(customer)
    reader.press("Add Customer")
    assert "Otieno Ouma" in reader.page.names
    reader.press("Reveal the password of otieno")
    found = re.search(r'<p class="code">(.+?)</p>', reader.text)
    assert found, reader.text
    reader.follow("Back")
    return html.unescape(found[1])


def _move_router_here(coa_port: int) -> None:
    """The example's addresses are of no machine that a test may speak to; the secret is the one that our client knows."""
    nas_verbs.edit(nas=NAS.objects.get(), by=None, address=HERE, coa_port=coa_port, secret=SECRET)


def _dial_in(home: Home, explain: list[str], reader: Reader, nas: SimulatedNas, *, there: Any) -> None:
    assert explain[:2] == ["./run", "headend"]
    said = home.run(*explain[2:])
    assert said.returncode == 0, said.stdout + said.stderr
    assert "otieno of Baobab Net: accepted" in said.stdout
    there(nas.connect("otieno"))
    _wait_until(Session.objects.filter(user_name="otieno", ended_at=None).exists)
    reader.follow("Sessions")
    assert "otieno" in reader.page.names
    reader.follow("Customers")
    reader.follow("Otieno Ouma")
    assert "Online" in reader.page.names


def _take_payment(reader: Reader, guide: Guide) -> None:
    (payment,) = guide.tables("9.")
    reader.follow("Add Payment")
    reader.fill(payment)
    reader.press("Add Payment")
    assert "Home 10M renewed, by Asha" in reader.page.names


def _disable(reader: Reader, guide: Guide, nas: SimulatedNas) -> None:
    (reason,) = guide.tables("10.")
    reader.follow("Disable")
    reader.fill(reason)
    reader.press("Disable")
    worker.run_once()
    assert "otieno" not in nas.sessions
    reader.open(reader.at)
    assert "This customer is disabled." in reader.page.names
    reader.press("Enable")
    # It dials again by itself.
    _wait_until(lambda: "otieno" in nas.sessions)


def _make_vouchers(reader: Reader, guide: Guide) -> None:
    """The codes of a sheet that was handed out; the page with them stays open."""
    plan, batch = guide.tables("11.")
    reader.follow("NAS")
    reader.follow("hilltop")
    assert routeros.login_page(f"http://{SERVER}:8000/baobab/hotspot/?nas={NAS.objects.get().token}") in html.unescape(
        reader.text
    )
    reader.follow("Plans")
    reader.follow("Add plan")
    reader.fill(plan)
    reader.press("Add plan")
    reader.follow("Vouchers")
    reader.follow("Issue a batch")
    reader.fill(batch)
    reader.press("Issue batch")
    reader.follow("Sheet 1")
    reader.follow("Release")
    reader.press("Release")


def _type_the_code(reader: Reader) -> tuple[str, str]:
    """A guest comes from the router's login page; returns what our page sends back to the router."""
    code = next(
        name for name in reader.page.names if ids.voucher_code(name) and re.fullmatch(r"[A-Z0-9]{4}-[A-Z0-9]{4}", name)
    )
    arrival = {"nas": NAS.objects.get().token, "mac": "02:00:00:00:00:08", "link-login-only": "http://10.5.50.1/login"}
    guest = Reader(host=SERVER)
    guest.open(f"/baobab/hotspot/?{urlencode(arrival)}")
    guest.fill({"I have a voucher code": code})
    guest.press("Connect")
    reader.names |= guest.names
    login = next(href for words, href in guest.page.links if words == "Connect now")
    assert login.startswith("http://10.5.50.1/login?")
    sent = parse_qs(urlsplit(login).query)
    return sent["username"][0], sent["password"][0]


def _tell_customers(reader: Reader, guide: Guide) -> None:
    """With servers that refuse what real ones refuse: their ports and secrets are of this run."""
    mail, sms = guide.tables("12.")
    assert mail["Mail server"] == MAIL
    with MailServer("starttls", certificate=MAIL, login=mail["Login"]) as server:
        reader.follow("E-mail")
        reader.follow("Set up e-mail")
        reader.fill({**mail, "Port": str(server.port), "Password": MAIL_PASSWORD})
        reader.press("Save")
        _try(reader, "E-mail", "asha@baobab.example")
    assert [sent.to for sent in server.sent] == [["asha@baobab.example"]]
    with Carriers() as network:
        reader.follow("SMS")
        reader.follow("Africa’s Talking")
        reader.fill({**sms, "Key": SMS_KEY, "Address": network.url})
        reader.press("Save")
        _try(reader, "Mobile number", "0712 345 678")
    assert [sent.to for sent in network.sent] == ["+254712345678"]
    for page in ("Settings", "Notices"):
        reader.follow(page)


def _try(reader: Reader, label: str, to: str) -> None:
    reader.follow("Send a test message")
    reader.fill({label: to})
    reader.press("Send")
    worker.run_once()
    reader.follow("Refresh")
    assert "Sent" in reader.page.names


def _audit(home: Home, audit: list[str]) -> None:
    said = home.run(*audit[2:])
    assert said.returncode == 0, said.stdout + said.stderr


def _wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)
