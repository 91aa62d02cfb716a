"""Bodies that are too large, and files that no page asked for."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from headend.system.models import Throttle
from headend.ui.bodies import ANYBODY_BYTES
from tests.kit import console, pictures
from tests.kit.world import World

pytestmark = [pytest.mark.once, pytest.mark.django_db]

FORM = "application/x-www-form-urlencoded"
SETTINGS = "/baobab/console/settings/"
TOO_LARGE = b"code=" + b"a" * ANYBODY_BYTES


@pytest.mark.parametrize(
    "place", ["hotspot/voucher/", "hotspot/", "portal/sign-in/", "console/sign-in/", "console/settings/", "nowhere/"]
)
def test_a_stranger_sends_64_kilobytes_at_most(world: World, place: str) -> None:
    response = Client().post(f"/baobab/{place}", TOO_LARGE, content_type=FORM)

    assert response.status_code == 413
    assert (
        "This page takes 64 kB at most, and more than that came. Nothing of it was kept." in response.content.decode()
    )
    # It was not even looked at: a code that was typed would be counted.
    assert not Throttle.objects.exists()


def test_a_provider_as_well(world: World) -> None:
    assert Client().post("/callbacks/fake/token/", TOO_LARGE, content_type="application/json").status_code == 413
    assert not Throttle.objects.exists()


def test_64_kilobytes_are_not_too_much(world: World) -> None:
    body = b"code=" + b"a" * (ANYBODY_BYTES - 5)

    assert Client().post("/baobab/hotspot/voucher/", body, content_type=FORM).status_code == 400


def test_staff_send_no_more_than_their_page_needs(world: World) -> None:
    client = console.client_of(world.staff["owner"])

    assert client.post("/baobab/console/customers/add/", TOO_LARGE, content_type=FORM).status_code == 413
    assert client.post(SETTINGS, b"a" * 1_000_001, content_type=FORM).status_code == 413


@pytest.mark.parametrize(
    ("place", "client_of"),
    [
        ("hotspot/voucher/", lambda world: Client()),
        ("portal/sign-in/", lambda world: Client()),
        ("console/customers/add/", lambda world: console.client_of(world.staff["owner"])),
        # It takes files, but not of everybody.
        ("console/settings/", lambda world: Client()),
    ],
)
def test_a_file_goes_nowhere_where_no_page_asks_for_one(
    world: World, place: str, client_of: Callable[[World], Client], tmp_path: Any, settings: Any
) -> None:
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
    client = client_of(world)
    sent = {"code": "2345", "picture": SimpleUploadedFile("a.png", pictures.png())}
    response = client.post(f"/baobab/{place}", sent)

    assert response.status_code == 400
    assert list(tmp_path.iterdir()) == []
    assert not Throttle.objects.exists()


@pytest.mark.parametrize("sent", ["fields", "address"])
def test_more_fields_than_are_read_are_told_so_and_not_logged(
    world: World, caplog: pytest.LogCaptureFixture, sent: str
) -> None:
    names = "&".join(f"f{number}=1" for number in range(1_100))
    path = "/kilima-net/hotspot/voucher/"

    if sent == "fields":
        said = Client(raise_request_exception=False).post(path, names, content_type="application/x-www-form-urlencoded")
    else:
        said = Client(raise_request_exception=False).get(f"{path}?{names}")

    assert said.status_code == 400
    assert "More fields or files came at once than are read" in said.content.decode()
    assert [record.name for record in caplog.records if record.exc_info] == []
