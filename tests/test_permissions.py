"""The role table: `permissions.txt` says for every URL of the console, method and role what must happen."""

from pathlib import Path

import pytest
from django.db import transaction
from django.test import Client

from headend.system.models import Role
from tests.kit import console, sample
from tests.kit.world import World

ROLES = ["owner", "admin", "operator", "cashier", "support"]
ALLOWED = {200, 302, 400}


def read_table() -> list[tuple[str, str, list[str]]]:
    lines = (Path(__file__).parent / "permissions.txt").read_text().splitlines()
    rows = [line.split() for line in lines if line and not line.startswith("#")]
    return [(row[0], row[1], row[2:]) for row in rows]


TABLE = read_table()


def test_it_names_every_url_method_and_role() -> None:
    assert sorted((name, method) for name, method, _ in TABLE) == sorted(
        (name, method) for name in console.names() for method in ("GET", "POST")
    )
    assert Role.values == ROLES
    assert {len(rights) for _, _, rights in TABLE} == {len(ROLES)}


@pytest.mark.once
@pytest.mark.django_db
@pytest.mark.parametrize("role", ROLES)
def test_a_role_may_what_the_table_says(world: World, role: str) -> None:
    objects = sample.Objects.of(world)
    wrong = []
    for name, method, rights in TABLE:
        url = sample.address(name, "baobab", objects)
        right = rights[ROLES.index(role)]
        # What one request did must not be there for the next.
        with transaction.atomic():
            status = console.client_of(world.staff[role]).generic(method, url).status_code
            transaction.set_rollback(True)
        if status not in expected(name, right):
            wrong.append((name, method, right, status))
    assert wrong == []


@pytest.mark.once
@pytest.mark.django_db
def test_who_is_not_signed_in_is_asked_to(world: World) -> None:
    objects = sample.Objects.of(world)
    wrong = []
    for name, method, _ in TABLE:
        response = Client().generic(method, sample.address(name, "baobab", objects))
        asked = response.get("Location", "").startswith("/baobab/console/sign-in/?next=%2Fbaobab%2Fconsole%2F")
        if asked == (name in ("sign_in", "join")):
            wrong.append((name, method, response.status_code))
    assert wrong == []


def expected(name: str, right: str) -> set[int]:
    """The status codes that a right stands for."""
    if right in ("yes", "public"):
        return ALLOWED
    if right == "no":
        return {403}
    return {404} if "pk" in console.parameters(name) else {405}


@pytest.mark.django_db
def test_no_right_is_told_in_words(world: World) -> None:
    response = console.client_of(world.staff["support"]).get("/baobab/console/settings/")
    assert response.status_code == 403
    assert "You are support in Baobab Net" in response.content.decode()


@pytest.mark.django_db
def test_the_rail_shows_only_what_the_role_may_open(world: World) -> None:
    page = console.client_of(world.staff["cashier"]).get("/baobab/console/").content.decode()
    assert '"/baobab/console/customers/"' in page
    assert '"/baobab/console/settings/"' not in page
    assert '"/baobab/console/staff/"' not in page


@pytest.mark.django_db
def test_an_admin_leaves_owners_alone(world: World) -> None:
    admin, owner = console.client_of(world.staff["admin"]), world.staff["owner"]
    base = f"/baobab/console/staff/{owner.pk}"
    for url, data in (
        (f"{base}/edit/", {"name": "X", "role": "support"}),
        (f"{base}/password/", {"password": "another-long-one-2"}),
        (f"{base}/removal/", {}),
    ):
        response = admin.post(url, data)
        assert response.status_code == 400
        assert "Only an owner may make, change or remove an owner." in response.content.decode()
    owner.refresh_from_db()
    assert owner.role == "owner"
