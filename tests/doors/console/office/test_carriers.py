"""The page of SMS: a carrier is set up, tried, changed and switched off."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from headend.doors.worker import loop
from headend.messaging import carriers
from headend.messaging.gateways import http
from headend.messaging.models import Carrier, Message
from tests.kit import console
from tests.kit.sms import ACCOUNT, KEY, SENDER, Carriers
from tests.kit.verbs import written
from tests.kit.world import World

pytestmark = pytest.mark.django_db
SMS = "/baobab/console/sms/"


@pytest.fixture
def network(settings: Any) -> Iterator[Carriers]:
    settings.MAY_REACH_INSIDE = True
    with Carriers() as network:
        yield network


@pytest.fixture
def client(world: World) -> Client:
    return console.client_of(world.staff["owner"])


def typed(network: Carriers, **change: str) -> dict[str, str]:
    return {"account": ACCOUNT, "key": KEY, "sender": SENDER, "base_url": network.url, **change}


def test_from_nothing_to_a_message(world: World, client: Client, network: Carriers) -> None:
    page = client.get(SMS).content.decode()
    assert "Choose your carrier" in page
    assert "Celcom Africa" in page

    saved = client.post(f"{SMS}edit/?kind=africastalking", typed(network), follow=True)
    page = saved.content.decode()
    assert "It is set up." in page
    assert KEY not in page
    client.post(f"{SMS}test/", {"to": "0712 345678"})
    loop.run_once()

    page = client.get(SMS).content.decode()
    assert "KES 100.00" in page
    assert "Sent" in page
    assert [sent.to for sent in network.sent] == ["+254712345678"]
    assert KEY not in page + written()


def test_what_is_wrong_stands_on_the_page(world: World, client: Client, network: Carriers) -> None:
    client.post(f"{SMS}edit/?kind=twilio", typed(network, key="another"))
    client.post(f"{SMS}test/", {"to": "0712345678"})
    loop.run_once()
    assert "The carrier does not accept the account or its key. (Authenticate)" in client.get(SMS).content.decode()


def test_a_carrier_that_we_know_is_filled_in(world: World, client: Client, network: Carriers) -> None:
    place = f"{SMS}edit/?kind=clickatell"
    form = client.get(place).context["form"]
    values = {name: str(form[name].value() or "") for name in form.fields}
    assert values["base_url"] == "https://platform.clickatell.com/messages"

    sent = {**values, "key": KEY, "sender": SENDER, "base_url": f"{network.url}/clickatell"}
    assert client.post(place, sent)["Location"] == SMS
    client.post(f"{SMS}test/", {"to": "0712345678"})
    loop.run_once()
    assert Message.objects.get().state == "sent"
    # Its form shows what was saved, and no key.
    form = client.get(place).context["form"]
    assert (form["base_url"].value(), form["key"].value()) == (f"{network.url}/clickatell", None)
    assert f'{SMS}edit/?kind=clickatell"' in client.get(SMS).content.decode()


def test_a_refusal_stands_beside_its_field(world: World, client: Client) -> None:
    wrong = {"account": ACCOUNT, "key": KEY, "base_url": "http://127.0.0.1:8000"}
    response = client.post(f"{SMS}edit/?kind=bulksms", wrong)
    assert response.status_code == 400
    assert "of the server’s own network" in response.context["form"].errors["base_url"][0]
    assert client.post(f"{SMS}edit/?kind=bulksms", {**wrong, "base_url": "", "key": ""}).context["form"].errors["key"]
    assert not Carrier.objects.exists()


def test_nobody_chooses_a_carrier_that_is_not_there(world: World, client: Client) -> None:
    for kind in ("", "fake", "nobody"):
        assert client.get(f"{SMS}edit/?kind={kind}")["Location"] == SMS
    for page in ("test", "off"):
        assert client.get(f"{SMS}{page}/")["Location"] == SMS


def test_off_and_on(world: World, client: Client, network: Carriers) -> None:
    client.post(f"{SMS}edit/?kind=africastalking", typed(network))
    client.post(f"{SMS}off/")
    assert carriers.of(world.organization) is None
    page = client.get(SMS).content.decode()
    assert "Switched off: nothing is sent" in page
    assert f'action="{SMS}on/"' in page
    client.post(f"{SMS}on/")
    assert carriers.of(world.organization) is not None


def test_the_page_says_where_the_carrier_tells_of_messages(world: World, client: Client, network: Carriers) -> None:
    client.post(f"{SMS}edit/?kind=africastalking", typed(network))
    page = client.get(SMS).content.decode()
    assert carriers.report_url(Carrier.objects.get()) in page
    assert "SMS Callback URLs" in page
    assert "The carrier cannot reach that" in page


def test_what_a_description_says_of_reports_is_kept(world: World, client: Client, network: Carriers) -> None:
    place = f"{SMS}edit/?kind=clickatell"
    values = {name: str(field.value() or "") for name, field in fields_of(client, place)}
    assert values["delivered"] == "RECEIVED_BY_RECIPIENT"
    client.post(place, {**values, "key": KEY, "base_url": f"{network.url}/clickatell", "report_status": "state"})
    assert Carrier.objects.get().options["report_status"] == "state"
    bare = {**values, "base_url": f"{network.url}/clickatell", "report_status": "", "incoming_text": ""}
    client.post(place, {**bare, "form_token": ""})
    assert "Nobody has described how this carrier tells" in client.get(SMS).content.decode()


def test_credit_that_ends_stands_on_the_dashboard(world: World, client: Client, network: Carriers) -> None:
    client.post(f"{SMS}edit/?kind=africastalking", typed(network, credit_least="150"))
    loop.run_once()
    for page in (SMS, "/baobab/console/"):
        assert "about to end" in client.get(page).content.decode()
    Carrier.objects.update(has_no_credit=True)
    assert "No credit is left" in client.get("/baobab/console/").content.decode()
    client.post(f"{SMS}off/")
    assert "No credit is left" not in client.get("/baobab/console/").content.decode()


def fields_of(client: Client, place: str) -> list[tuple[str, Any]]:
    form = client.get(place).context["form"]
    return [(name, form[name]) for name in form.fields]


def test_a_key_is_asked_for_where_there_is_none(world: World, client: Client, network: Carriers) -> None:
    field = client.get(f"{SMS}edit/?kind=twilio").context["form"].fields["key"]
    assert field.required
    assert "the present one stays" not in field.help_text
    client.post(f"{SMS}edit/?kind=twilio", typed(network))
    field = client.get(f"{SMS}edit/?kind=twilio").context["form"].fields["key"]
    assert not field.required
    assert "the present one stays" in field.help_text
    assert client.get(f"{SMS}edit/?kind=bulksms").context["form"].fields["key"].required


@pytest.mark.parametrize("kind", ["africastalking", "twilio", "bulksms", *http.PRESETS])
def test_every_carrier_is_set_up_from_its_page(world: World, client: Client, network: Carriers, kind: str) -> None:
    place = f"{SMS}edit/?kind={kind}"
    values = {name: str(field.value() or "") for name, field in fields_of(client, place)}
    base_url = f"{network.url}/{kind}" if kind in http.PRESETS else network.url
    values |= {"account": ACCOUNT, "key": KEY, "sender": SENDER, "base_url": base_url}
    # What it is asked besides is asked there too.
    values |= {name: "" for name in ("ask_url", "credit_url") if name in values}
    assert client.post(place, values)["Location"] == SMS
    client.post(f"{SMS}test/", {"to": "0712345678"})
    loop.run_once()
    assert [sent.to.lstrip("+") for sent in network.sent] == ["254712345678"]
    assert "Sent" in client.get(SMS).content.decode()
