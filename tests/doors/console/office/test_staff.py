"""Staff and the organization's settings in the console."""

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from headend.system import invitations
from headend.system.models import Event, Invitation, Logo, Membership, Organization, Staff
from tests.kit import console, pictures
from tests.kit.world import PASSWORD, World

pytestmark = pytest.mark.django_db
BASE = "/baobab/console/"
INVITED = {"name": "Peter Kariuki", "email": "peter@baobab.example", "role": "operator"}
JOINS = {"name": "Peter", "password": "peters-own-word-7", "again": "peters-own-word-7"}


@pytest.fixture
def client(world: World) -> Client:
    return console.client_of(world.staff["owner"])


def invited(client: Client, **change: str) -> str:
    """The address of the link that inviting gives."""
    page = client.post(f"{BASE}staff/add/", {**INVITED, **change}, follow=True).content.decode()
    found = re.search(r'id="link"[^>]*>http://[^/]+(/[^<]+)<', page)
    assert found is not None
    return found[1]


def test_adding_staff(world: World, client: Client) -> None:
    link = invited(client)
    assert "Peter Kariuki" in client.get(f"{BASE}staff/").content.decode()
    assert not Client().login(email="PETER@baobab.example", password="peters-own-word-7")

    peter = Client()
    page = peter.get(link).content.decode()
    assert "Baobab Net invites <strong>peter@baobab.example</strong>" in page
    assert peter.post(link, JOINS)["Location"] == BASE
    assert peter.get(BASE).status_code == 200
    assert Client().login(email="PETER@baobab.example", password="peters-own-word-7")
    # A link is good once.
    assert Client().get(link).status_code == 404


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"email": "support@baobab.example"}, "email", "Somebody with this e-mail works here already."),
        ({"role": "king"}, "role", "Choose one of these."),
    ],
)
def test_wrong_staff_is_refused(world: World, client: Client, change: dict[str, str], field: str, words: str) -> None:
    response = client.post(f"{BASE}staff/add/", {**INVITED, **change})
    assert response.status_code == 400
    assert words in " ".join(response.context["form"].errors[field])
    assert not Invitation.objects.exists()


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"password": "short", "again": "short"}, "password", "too short"),
        ({"again": "another"}, "again", "differ"),
        ({"name": " "}, "name", ""),
    ],
)
def test_who_joins_is_told_what_is_wrong(
    world: World, client: Client, change: dict[str, str], field: str, words: str
) -> None:
    response = Client().post(invited(client), {**JOINS, **change})
    assert response.status_code == 400
    assert words in " ".join(response.context["form"].errors[field])
    assert not Staff.objects.filter(email="peter@baobab.example").exists()


def test_an_owner_who_types_an_e_mail_learns_no_name_and_ties_nobody(world: World, client: Client) -> None:
    known, unknown = (
        client.post(f"{BASE}staff/add/", {**INVITED, "email": email}, follow=True).content.decode()
        for email in ("cashier@acacia.example", "nobody@acacia.example")
    )
    assert "Cashier of Acacia Wireless" not in known + client.get(f"{BASE}staff/").content.decode()
    assert [page.count("Peter Kariuki") for page in (known, unknown)] == [known.count("Peter Kariuki")] * 2
    assert Membership.objects.filter(staff__email="cashier@acacia.example").count() == 1


def test_a_link_to_this_machine_alone_is_warned_of(world: World, client: Client, settings: Any) -> None:
    settings.PUBLIC_URL = "http://127.0.0.1:8000"
    client.post(f"{BASE}staff/add/", INVITED)
    place = f"{BASE}staff/invitations/{Invitation.objects.get().pk}/"
    warning = "Nobody else can open that: it names the machine that you sit at."
    assert warning in client.get(place, headers={"host": "localhost:8000"}).content.decode()
    assert warning not in client.get(place).content.decode()


def test_who_works_elsewhere_joins_with_the_own_password(world: World, client: Client) -> None:
    link = invited(client, email="cashier@acacia.example")
    cashier = Client()
    assert "sign in" in cashier.post(link, JOINS).content.decode()
    sign_in = f"{BASE}sign-in/?next={link}"
    typed = {"email": "cashier@acacia.example", "password": PASSWORD, "next": link}
    assert cashier.post(sign_in, typed)["Location"] == link
    assert "Password again" not in cashier.get(link).content.decode()
    assert cashier.post(link)["Location"] == BASE
    membership = Membership.objects.get(organization=world.organization, staff__email="cashier@acacia.example")
    response = client.post(f"{BASE}staff/{membership.pk}/password/", {"password": "stolen-account-1"})
    assert "This person works for another organization too" in response.content.decode()
    assert Client().login(email="cashier@acacia.example", password=PASSWORD)


def test_somebody_else_cannot_accept(world: World, client: Client) -> None:
    link = invited(client)
    other = console.client_of(world.neighbour_staff["support"])
    for response in (other.get(link), other.post(link)):
        assert "You are signed in as support@acacia.example" in response.content.decode()
    assert not world.organization.membership_set.filter(staff__email="support@acacia.example").exists()
    # Signing out leads on to what whoever is meant does.
    assert other.post(link, {"leave": "1"})["Location"] == link
    assert "Password again" in other.get(link).content.decode()


def test_an_invitation_is_declined(world: World, client: Client) -> None:
    link = invited(client)
    assert "You declined" in Client().post(link, {"decline": "1"}).content.decode()
    assert Client().get(link).status_code == 404
    assert "Peter Kariuki" not in client.get(f"{BASE}staff/").content.decode()


def test_an_admin_cannot_take_the_link_that_makes_an_owner(world: World) -> None:
    owner, admin = console.client_of(world.staff["owner"]), console.client_of(world.staff["admin"])
    offered = invitations.invite(
        organization=world.organization, email="n@x.example", name="N", role="owner", by=world.staff["owner"]
    )
    place, token = f"{BASE}staff/invitations/{offered.pk}/", invitations.token_of(offered)

    assert token in owner.get(place).content.decode()
    shown = admin.get(place).content.decode()
    assert token not in shown
    assert "Only an owner" in shown
    assert "Take it back" not in shown


def test_an_invitation_is_renewed_and_taken_back(world: World, client: Client) -> None:
    old = invited(client)
    place = f"{BASE}staff/invitations/{Invitation.objects.get().pk}/"
    page = client.post(f"{place}renewal/", follow=True).content.decode()
    assert "There is a new link." in page
    assert old not in page
    assert Client().get(old).status_code == 404
    assert client.post(f"{place}removal/")["Location"] == f"{BASE}staff/"
    assert client.get(place).status_code == 404


def test_another_role(world: World, client: Client) -> None:
    url = f"{BASE}staff/{world.staff['support'].pk}/edit/"
    assert client.post(url, {"name": "Amina Odhiambo", "role": "admin"}).status_code == 302
    changed = Membership.objects.get(pk=world.staff["support"].pk)
    assert (changed.role, changed.staff.name) == ("admin", "Amina Odhiambo")


def test_a_new_password_signs_out_everywhere(world: World, client: Client) -> None:
    support = console.client_of(world.staff["support"])
    client.post(f"{BASE}staff/{world.staff['support'].pk}/password/", {"password": "told-by-phone-55"})
    assert support.get(BASE).status_code == 302
    assert Client().login(email="support@baobab.example", password="told-by-phone-55")


def test_removing_staff(world: World, client: Client) -> None:
    support = console.client_of(world.staff["support"])
    client.post(f"{BASE}staff/{world.staff['support'].pk}/removal/")
    assert support.get(BASE).status_code == 404


def test_the_last_owner_stays(world: World, client: Client) -> None:
    url = f"{BASE}staff/{world.staff['owner'].pk}/"
    words = "An organization needs an owner"
    assert words in client.post(f"{url}removal/").content.decode()
    assert words in client.post(f"{url}edit/", {"name": "X", "role": "support"}).content.decode()
    assert Membership.objects.get(pk=world.staff["owner"].pk).role == "owner"


SETTINGS = {
    "name": "Baobab Networks",
    "accent": "#f2b52e",
    "support_phone": "0700 100 200",
    "timezone": "Africa/Kampala",
    "language": "en",
    "registration": "open",
    "code_countries": "tz, UG",
    "address_blocks": "196.200.16.0/22 41.80.1.0/24",
    "realms": "ISP",
    "interim_seconds": "600",
}


def test_settings(world: World, client: Client) -> None:
    assert client.post(f"{BASE}settings/", SETTINGS).status_code == 302
    text = client.get(f"{BASE}settings/").content.decode()
    assert "The settings are saved." in text
    assert "Baobab Networks" in text
    saved = Organization.objects.get(slug="baobab")
    assert saved.address_blocks == "196.200.16.0/22, 41.80.1.0/24"
    assert (saved.interim_seconds, saved.code_countries, saved.realms) == (600, "TZ UG", "isp")
    # As the field says that they are written.
    assert 'value="TZ, UG"' in text
    assert "Kampala" in client.get(BASE).content.decode()


@pytest.mark.parametrize(
    ("typed", "zone"),
    [
        ("Africa/Kampala", "Africa/Kampala"),
        ("kampala", "Africa/Kampala"),
        ("Uganda", "Africa/Kampala"),
        ("asia/calcutta", "Asia/Kolkata"),
    ],
)
def test_a_time_zone_is_typed_or_chosen(world: World, client: Client, typed: str, zone: str) -> None:
    page = client.get(f"{BASE}settings/").content.decode()
    assert 'list="id_timezone_list"' in page
    assert '<option value="Africa/Nairobi">Kenya</option>' in page
    assert "Etc/" not in page

    assert client.post(f"{BASE}settings/", {**SETTINGS, "timezone": typed}).status_code == 302
    assert Organization.objects.get(slug="baobab").timezone == zone


@pytest.mark.parametrize("typed", ["", "Nowhere/Town", "Etc/GMT-3", "localtime", "Russia"])
def test_what_is_no_time_zone_is_refused_beside_its_field(world: World, client: Client, typed: str) -> None:
    response = client.post(f"{BASE}settings/", {**SETTINGS, "timezone": typed})

    assert response.status_code == 400
    assert list(response.context["form"].errors) == ["timezone"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("accent", "red"),
        ("code_countries", "Tanzania"),
        ("address_blocks", "196.200.16.1/22"),
        ("realms", "isp/ke"),
        ("timezone", "Nowhere/Town"),
        ("interim_seconds", "5"),
        ("name", " "),
        ("language", "xx"),
    ],
)
def test_wrong_settings_are_refused(world: World, client: Client, field: str, value: str) -> None:
    response = client.post(f"{BASE}settings/", {**SETTINGS, field: value})
    assert response.status_code == 400
    assert field in response.context["form"].errors
    assert Organization.objects.get(slug="baobab").name == "Baobab Net"


def send_logo(client: Client, content: bytes, **more: str) -> Any:
    # The name lies about the type: nobody asks it.
    upload = SimpleUploadedFile("logo.gif", content, content_type="image/gif")
    return client.post(f"{BASE}settings/", {**SETTINGS, "logo": upload, **more})


def test_a_logo_is_sent_shown_and_removed(world: World, client: Client) -> None:
    assert "Remove the logo" not in client.get(f"{BASE}settings/").content.decode()
    assert send_logo(client, pictures.WEBP).status_code == 302
    logo = Logo.objects.get(organization=world.organization)
    page = client.get(f"{BASE}settings/").content.decode()
    assert 'enctype="multipart/form-data"' in page
    assert page.count(f'src="/baobab/brand/logo-{logo.digest}.webp"') == 3
    assert "Remove the logo" in page

    # Saving the rest leaves it alone.
    assert client.post(f"{BASE}settings/", SETTINGS).status_code == 302
    assert Logo.objects.get() == logo

    assert client.post(f"{BASE}settings/", {**SETTINGS, "logo-clear": "on"}).status_code == 302
    assert not Logo.objects.exists()
    kinds = Event.objects.filter(kind="organization.logo_changed").values_list("staff", flat=True)
    assert list(kinds) == [world.staff["owner"].staff_id] * 2


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"GIF89a" + bytes(40), "A logo is a PNG, JPEG or WebP picture."),
        (b"\x89PNG\r\n\x1a\n" + bytes(990_000), "at most 16 kB, and 1024 pixels a side"),
        (pictures.JPEG[:-2], "This picture is cut off or broken."),
        (b"", "This file is empty."),
    ],
    ids=["gif", "large", "broken", "empty"],
)
def test_a_wrong_logo_is_refused_beside_its_field(world: World, client: Client, content: bytes, words: str) -> None:
    send_logo(client, pictures.WEBP)
    present = Logo.objects.get()

    response = send_logo(client, content, name="Another name")

    assert response.status_code == 400
    assert words in " ".join(response.context["form"].errors["logo"])
    # Nothing of the form is saved, and the page shows what there is.
    assert Organization.objects.get(slug="baobab").name == "Baobab Networks"
    assert Logo.objects.get() == present
    assert response.content.decode().count(f"logo-{present.digest}.webp") == 3


def test_a_logo_with_another_mistake_is_not_kept(world: World, client: Client) -> None:
    assert send_logo(client, pictures.WEBP, accent="#12345").status_code == 400
    assert not Logo.objects.exists()


def test_only_the_office_may_change_the_logo(world: World) -> None:
    assert send_logo(console.client_of(world.staff["operator"]), pictures.WEBP).status_code == 403
    assert not Logo.objects.exists()


def test_a_missing_support_phone_is_told_beside_its_field(world: World, client: Client) -> None:
    said = "guests and customers who need help are told to call you"
    assert said in client.get(f"{BASE}settings/").content.decode()
    client.post(f"{BASE}settings/", SETTINGS)
    assert said not in client.get(f"{BASE}settings/").content.decode()
