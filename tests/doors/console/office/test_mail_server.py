"""The page of e-mail: a mail server is set up, tried, changed and switched off."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from headend.doors.worker import loop
from headend.lib import clock
from headend.messaging import carriers
from headend.messaging.gateways import smtp
from headend.messaging.models import Carrier, Channel, Message
from tests.kit import console, mail
from tests.kit.mail import FROM, LOGIN, PASSWORD, MailServer, authority
from tests.kit.verbs import written
from tests.kit.world import World

pytestmark = pytest.mark.django_db
PAGE = "/baobab/console/e-mail/"
ASHA = "asha@baobab.example"


@pytest.fixture(autouse=True)
def own_network(settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    settings.MAY_REACH_INSIDE = True
    monkeypatch.setenv("SSL_CERT_FILE", str(authority(tmp_path)))
    monkeypatch.setattr(smtp, "ANSWER_SECONDS", 1.0)


@pytest.fixture
def client(world: World) -> Client:
    return console.client_of(world.staff["owner"])


def typed(server: MailServer, /, **change: Any) -> dict[str, Any]:
    given = {"server": "127.0.0.1", "port": server.port, "security": server.security, "account": LOGIN, "key": PASSWORD}
    return {**given, "from_name": "Baobab Net", "from_address": FROM, "reply_to": "", **change}


@pytest.mark.parametrize("security", ["plain", "starttls", "tls"])
def test_msg_1_from_nothing_to_a_mail(world: World, client: Client, security: str) -> None:
    page = client.get(PAGE).content.decode()
    assert "No mail server yet" in page
    form = client.get(f"{PAGE}edit/").context["form"]
    assert (form["from_name"].value(), form["security"].value()) == ("Baobab Net", "starttls")

    with MailServer(security) as server:
        page = client.post(f"{PAGE}edit/", typed(server), follow=True).content.decode()
        assert "It is set up." in page
        assert f"127.0.0.1:{server.port}" in page
        assert client.post(f"{PAGE}test/", {"to": ASHA})["Location"] == PAGE
        loop.run_once()
        page = client.get(PAGE).content.decode()
        assert "Sent" in page
        assert [sent.to for sent in server.sent] == [[ASHA]]
        assert server.sent[0].parsed["Subject"] == "Baobab Net: a test message"
        assert PASSWORD not in page + written()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"key": "another"}, "The mail server does not accept the login or its password. (535 5.7.8 Bad credentials)"),
        ({"from_address": "x@else.example"}, "The mail server does not accept the From address"),
        ({"security": "starttls"}, "The address answers, but not as a mail server does"),
        ({"port": "9"}, "The carrier cannot be reached."),
    ],
)
def test_what_is_wrong_stands_on_the_page(world: World, client: Client, change: dict[str, str], says: str) -> None:
    with MailServer("tls") as server:
        client.post(f"{PAGE}edit/", typed(server, **change))
        client.post(f"{PAGE}test/", {"to": ASHA})
        loop.run_once()
    assert says in client.get(PAGE).content.decode()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"server": "https://mail.example"}, "server"),
        ({"server": "mail.example:587"}, "server"),
        ({"server": "a b"}, "server"),
        ({"server": "a\r\nb"}, "server"),
        ({"server": ""}, "server"),
        ({"port": "0"}, "port"),
        ({"port": "70000"}, "port"),
        ({"security": "http"}, "security"),
        ({"key": ""}, "key"),
        ({"from_address": "nobody"}, "from_address"),
        ({"reply_to": "a@b.example, c@d.example"}, "reply_to"),
        ({"from_name": ""}, "from_name"),
    ],
)
def test_a_refusal_stands_beside_its_field(client: Client, change: dict[str, str], field: str) -> None:
    response = client.post(f"{PAGE}edit/", typed(MailServer("tls", port=465), **change))
    assert response.status_code == 400
    assert list(response.context["form"].errors) == [field]
    assert not Carrier.objects.exists()


def test_nothing_inside_unless_it_is_allowed(client: Client, settings: Any) -> None:
    settings.MAY_REACH_INSIDE = False
    response = client.post(f"{PAGE}edit/", typed(MailServer("tls", port=465)))
    assert "of the server’s own network" in response.context["form"].errors["server"][0]
    response = client.post(f"{PAGE}edit/", typed(MailServer("plain", port=25), server="mail.example"))
    assert "could read the password" in response.context["form"].errors["security"][0]


@pytest.mark.parametrize(("security", "port"), [("starttls", 587), ("tls", 465), ("plain", 25)])
def test_the_usual_port(client: Client, security: str, port: int) -> None:
    client.post(f"{PAGE}edit/", typed(MailServer(security, port=0), server="Mail.Example.", port=""))
    assert Carrier.objects.get().base_url == f"{security}://mail.example:{port}"


def test_the_form_shows_what_was_saved_and_no_password(client: Client) -> None:
    server = MailServer("tls", port=465)
    client.post(f"{PAGE}edit/", typed(server, reply_to=ASHA))
    form = client.get(f"{PAGE}edit/").context["form"]
    assert {name: form[name].value() for name in ("server", "port", "security", "account", "reply_to", "key")} == {
        "server": "127.0.0.1",
        "port": 465,
        "security": "tls",
        "account": LOGIN,
        "reply_to": ASHA,
        "key": None,
    }
    assert "the present one stays" in form.fields["key"].help_text
    # The same server keeps the password; another one never gets it.
    assert client.post(f"{PAGE}edit/", typed(server, key="", from_name="Baobab")).status_code == 302
    assert client.post(f"{PAGE}edit/", typed(server, key="", server="other.example")).context["form"].errors["key"]


def test_off_and_on(world: World, client: Client) -> None:
    for page in ("test", "off"):
        assert client.get(f"{PAGE}{page}/")["Location"] == PAGE
    client.post(f"{PAGE}edit/", typed(MailServer("tls", port=465)))
    client.post(f"{PAGE}off/")
    assert carriers.of(world.organization, Channel.EMAIL) is None
    page = client.get(PAGE).content.decode()
    assert "Switched off: nothing is sent" in page
    assert f'action="{PAGE}on/"' in page
    client.post(f"{PAGE}on/")
    assert carriers.of(world.organization, Channel.EMAIL) is not None
    assert client.post(f"{PAGE}test/", {"to": "what"}).context["form"].errors["to"]
    assert not Message.objects.exists()


def test_a_server_that_does_not_answer_is_said_to_be_left_alone(world: World, client: Client) -> None:
    client.post(f"{PAGE}edit/", typed(MailServer("tls", port=9)))
    for _ in range(carriers.TROUBLES_BORNE):
        carriers.note(Carrier.objects.get(), "unreachable")
    assert "did not answer several times in a row" in client.get(PAGE).content.decode()
    with clock.at(clock.now() + timedelta(hours=1)):
        assert "several times in a row" not in client.get(PAGE).content.decode()


def test_practice_mail_is_changed_into_a_server_of_ones_own(world: World, client: Client) -> None:
    mail.add_server(world.organization)
    page = client.get(PAGE).content.decode()
    assert "Use your own mail server" in page
    assert client.get(f"{PAGE}edit/").context["form"]["server"].value() is None
    client.post(f"{PAGE}edit/", typed(MailServer("tls", port=465)))
    assert Carrier.objects.get().kind == "smtp"
