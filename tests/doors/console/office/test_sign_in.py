"""Signing in and out of the console."""

import pytest
import time_machine
from django.test import Client

from headend.lib import clock
from headend.system import organizations, staff, throttles
from tests.kit import console
from tests.kit.world import PASSWORD, World

pytestmark = pytest.mark.django_db
OWNER = "owner@baobab.example"


def sign_in(
    client: Client, email: str = OWNER, password: str = PASSWORD, path: str = "/sign-in/", **more: str
) -> object:
    return client.post(path, {"email": email, "password": password, **more})


def test_it_works(world: World, client: Client) -> None:
    assert client.get("/sign-in/").status_code == 200
    response = sign_in(client)
    assert response["Location"] == "/organizations/"
    assert client.get("/organizations/")["Location"] == "/baobab/console/"
    assert client.get("/baobab/console/").status_code == 200


def test_the_start_leads_to_the_console(world: World, client: Client) -> None:
    assert client.get("/")["Location"] == "/sign-in/"
    sign_in(client)
    assert client.get("/")["Location"] == "/organizations/"


def test_an_organizations_own_page_names_it_and_leads_to_it(world: World, client: Client) -> None:
    page = client.get("/baobab/console/sign-in/").content.decode()
    assert "Baobab Net" in page
    assert sign_in(client, path="/baobab/console/sign-in/")["Location"] == "/baobab/console/"


def test_an_unknown_organization_is_404(world: World, client: Client) -> None:
    assert client.get("/nobody/console/sign-in/").status_code == 404


def test_e_mail_is_known_in_any_spelling(world: World, client: Client) -> None:
    assert sign_in(client, email="OWNER@Baobab.Example").status_code == 302


def test_unknown_e_mail_and_wrong_password_answer_alike(world: World, client: Client) -> None:
    unknown, wrong = sign_in(client, email="nobody@baobab.example"), sign_in(client, password="not-the-password")
    texts = [
        response.content.decode().replace("nobody@baobab.example", "").replace(OWNER, "")
        for response in (unknown, wrong)
    ]
    csrf = [text.split('name="csrfmiddlewaretoken" value="')[1][:64] for text in texts]
    assert texts[0].replace(csrf[0], "") == texts[1].replace(csrf[1], "")
    assert unknown.status_code == wrong.status_code == 400
    assert "E-mail or password is wrong." in texts[0]


def test_the_eleventh_try_of_an_e_mail_from_one_address_waits(world: World) -> None:
    with time_machine.travel(clock.now(), tick=False) as traveller:
        client = Client(REMOTE_ADDR="10.0.0.99")
        for _ in range(throttles.TRIES):
            assert sign_in(client, password="wrong-wrong").status_code == 400
        response = sign_in(client)
        assert response.status_code == 429
        assert b"Wait a quarter of an hour" in response.content
        traveller.shift(throttles.TRIES_WINDOW_SECONDS + 1)
        assert sign_in(client).status_code == 302


def test_wrong_tries_elsewhere_keep_nobody_out(world: World) -> None:
    for _ in range(25):
        sign_in(Client(REMOTE_ADDR="10.0.0.66"), password="wrong-wrong")
    assert sign_in(Client(REMOTE_ADDR="10.0.0.1")).status_code == 302


def test_guessing_from_many_addresses_is_slowed_and_keeps_nobody_out(world: World) -> None:
    for number in range(throttles.TRIES_OF_NAME + 1):
        sign_in(Client(REMOTE_ADDR=f"10.0.1.{number}"), password="wrong-wrong")
    late = Client(REMOTE_ADDR="10.0.2.1")
    tries = [sign_in(late, password="wrong-wrong").status_code for _ in range(throttles.TRIES_ONCE_SLOWED + 1)]
    assert tries == [400] * throttles.TRIES_ONCE_SLOWED + [429]
    assert sign_in(Client(REMOTE_ADDR="10.0.0.1")).status_code == 302


def test_an_address_has_its_tries_whatever_the_e_mail(world: World) -> None:
    client = Client(REMOTE_ADDR="10.0.0.1")
    for number in range(throttles.TRIES_OF_SOURCE):
        assert sign_in(client, email=f"{number}@baobab.example").status_code == 400
    tries = [sign_in(client, password="wrong-wrong").status_code for _ in range(throttles.TRIES_ONCE_SLOWED + 1)]
    assert tries == [400] * throttles.TRIES_ONCE_SLOWED + [429]
    assert sign_in(Client(REMOTE_ADDR="10.0.0.2")).status_code == 302


def test_whoever_guesses_in_an_office_keeps_nobody_in_it_out(world: World) -> None:
    client = Client(REMOTE_ADDR="10.0.0.1")
    for number in range(throttles.TRIES_OF_SOURCE + 10):
        sign_in(client, email=f"{number}@baobab.example")
    assert sign_in(client).status_code == 302


def test_a_line_of_ipv6_is_one_address(world: World) -> None:
    for number in range(throttles.TRIES):
        sign_in(Client(REMOTE_ADDR=f"2001:db8:0:7::{number:x}"), password="wrong-wrong")
    assert sign_in(Client(REMOTE_ADDR="2001:db8:0:7:ffff::1")).status_code == 429
    assert sign_in(Client(REMOTE_ADDR="2001:db8:0:8::1")).status_code == 302


def test_a_whole_office_may_sign_in_from_one_address(world: World) -> None:
    for _ in range(12):
        assert sign_in(Client(REMOTE_ADDR="10.0.0.1")).status_code == 302


def test_a_right_password_forgets_the_wrong_ones(world: World) -> None:
    for number in range(30):
        password = PASSWORD if number % 5 == 4 else "wrong-wrong"
        sign_in(Client(REMOTE_ADDR="10.0.1.1"), password=password)
    assert sign_in(Client(REMOTE_ADDR="10.0.1.1")).status_code == 302


def test_it_goes_on_to_where_one_wanted(world: World, client: Client) -> None:
    asked = client.get("/baobab/console/customers/?q=otieno")
    assert asked["Location"] == "/baobab/console/sign-in/?next=%2Fbaobab%2Fconsole%2Fcustomers%2F%3Fq%3Dotieno"
    assert b'name="next" value="/baobab/console/customers/?q=otieno"' in client.get(asked["Location"]).content
    response = sign_in(client, path="/baobab/console/sign-in/", next="/baobab/console/customers/?q=otieno")
    assert response["Location"] == "/baobab/console/customers/?q=otieno"


@pytest.mark.parametrize(
    "wanted", ["https://elsewhere.example/", "//elsewhere.example/", "javascript:alert(1)", "\\\\x.example"]
)
def test_but_never_elsewhere(world: World, client: Client, wanted: str) -> None:
    assert sign_in(client, next=wanted)["Location"] == "/organizations/"


def test_who_works_for_several_chooses(world: World, client: Client) -> None:
    staff.register(organization=world.neighbour, email=OWNER, name="", role="support", password="")
    sign_in(client)
    page = client.get("/organizations/").content.decode()
    assert "Baobab Net" in page
    assert "Acacia Wireless" in page


def test_who_works_for_nobody_is_told(world: World, client: Client) -> None:
    world.staff["support"].delete()
    sign_in(client, email="support@baobab.example", path="/baobab/console/sign-in/")
    assert "You work for no organization at present." in client.get("/organizations/").content.decode()


def test_signing_out(world: World) -> None:
    client = console.client_of(world.staff["owner"])
    assert client.get("/sign-out/").status_code == 405
    assert client.post("/sign-out/")["Location"] == "/sign-in/"
    assert client.get("/baobab/console/").status_code == 302


def test_a_new_password(world: World) -> None:
    client, elsewhere = console.client_of(world.staff["support"]), console.client_of(world.staff["support"])
    form = {"present": PASSWORD, "password": "quite-another-9", "again": "quite-another-9"}
    url = "/baobab/console/account/password/"
    assert client.post(url, {**form, "present": "wrong"}).status_code == 400
    assert client.post(url, {**form, "again": "different"}).status_code == 400
    assert client.post(url, {**form, "password": "short", "again": "short"}).status_code == 400
    assert client.post(url, form)["Location"] == "/baobab/console/account/"
    assert client.get("/baobab/console/").status_code == 200
    assert elsewhere.get("/baobab/console/").status_code == 302
    assert sign_in(Client(), email="support@baobab.example", password="quite-another-9").status_code == 302


def test_the_page_has_the_organizations_colour(world: World, client: Client) -> None:
    organizations.edit(organization=world.organization, by=None, accent="#f2b52e")
    page = client.get("/baobab/console/sign-in/").content.decode()
    url = page.split('<link rel="stylesheet" href="')[3].split('"')[0]
    assert "--accent: #f2b52e;" in client.get(url).content.decode()


def test_forms_need_their_token(world: World) -> None:
    client = Client(enforce_csrf_checks=True)
    response = sign_in(client)
    assert response.status_code == 403
    assert "The form was not accepted" in response.content.decode()


def test_alive_and_ready(db: None, client: Client) -> None:
    assert client.get("/healthz").content == b"alive\n"
    assert client.get("/readyz").content == b"ready\n"


def test_no_page_lets_foreign_code_in(world: World, client: Client) -> None:
    policy = client.get("/sign-in/")["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy


def test_a_name_that_is_not_ours_is_told_what_to_do(db: None, client: Client) -> None:
    response = client.get("/", headers={"Host": "console.elsewhere.example"})
    assert response.status_code == 400
    assert b"HEADEND_HOSTS" in response.content


def test_an_address_that_leads_nowhere(db: None, client: Client) -> None:
    response = client.get("/nowhere/")
    assert response.status_code == 404
    assert "Nothing is here" in response.content.decode()
