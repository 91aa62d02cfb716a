"""An organization's logo: given, replaced, taken away."""

import pytest

from headend.demo import logo as demo_logo
from headend.system import logos, revisions
from headend.system.models import Logo, Organization
from tests.kit import pictures
from tests.kit.verbs import event, forget, happened, refused
from tests.kit.world import World

pytestmark = pytest.mark.django_db


def test_it_works(world: World) -> None:
    owner = world.staff["owner"].staff
    forget()

    logo = logos.put(organization=world.organization, content=pictures.png(300, 80), by=owner)

    stored = Logo.objects.get(organization=world.organization)
    assert (bytes(stored.content), stored.media_type, stored.extension) == (pictures.png(300, 80), "image/png", "png")
    assert (stored.width_px, stored.height_px, stored.digest) == (300, 80, logo.digest)
    said = event("organization.logo_changed")
    assert (said.staff, said.subject_id) == (owner, world.organization.pk)
    assert said.payload == {"changed": {"logo": ["", logo.digest]}}
    assert logos.of(Organization.objects.get(pk=world.organization.pk)) == logo
    assert logos.of(world.neighbour) is None


@pytest.mark.parametrize(
    ("content", "extension"),
    [(pictures.JPEG, "jpg"), (pictures.WEBP, "webp"), (demo_logo.draw(), "png")],
    ids=["jpeg", "webp", "the demo's own"],
)
def test_the_type_is_told_by_the_content(world: World, content: bytes, extension: str) -> None:
    assert logos.put(organization=world.organization, content=content, by=None).extension == extension


def test_another_picture_takes_the_place_of_the_first(world: World) -> None:
    first = logos.put(organization=world.organization, content=pictures.JPEG, by=None)
    forget()

    second = logos.put(organization=world.organization, content=pictures.WEBP, by=None)

    assert Logo.objects.get() == second
    assert event("organization.logo_changed").payload == {"changed": {"logo": [first.digest, second.digest]}}
    assert first.digest != second.digest


def test_the_same_picture_again_is_not_heard_of(world: World) -> None:
    first = logos.put(organization=world.organization, content=pictures.JPEG, by=None)
    before = Logo.objects.values().get()
    forget()

    assert logos.put(organization=world.organization, content=pictures.JPEG, by=None) == first

    assert happened() == []
    assert Logo.objects.values().get() == before


def test_it_is_taken_away(world: World) -> None:
    logo = logos.put(organization=world.organization, content=pictures.JPEG, by=None)
    logos.put(organization=world.neighbour, content=pictures.JPEG, by=None)
    forget()

    logos.remove(organization=world.organization, by=None)
    logos.remove(organization=world.organization, by=None)

    assert Logo.objects.get().organization == world.neighbour
    assert happened() == ["organization.logo_changed"]
    assert event("organization.logo_changed").payload == {"changed": {"logo": [logo.digest, ""]}}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "logo_unknown_type"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "logo_unknown_type"),
        (b"GIF89a" + bytes(logos.BYTES_MOST), "logo_unknown_type"),
        (pictures.png(1025, 1), "logo_too_large"),
        (pictures.png(1, 1025), "logo_too_large"),
        (pictures.png(padding_bytes=logos.BYTES_MOST), "logo_too_large"),
        (b"\x89PNG\r\n\x1a\n" + bytes(logos.BYTES_MOST), "logo_too_large"),
        (pictures.png()[:-1], "logo_unreadable"),
        (pictures.JPEG[:200], "logo_unreadable"),
    ],
    ids=lambda value: value if isinstance(value, str) else f"{len(value)} bytes",
)
def test_it_is_refused(world: World, content: bytes, code: str) -> None:
    kept = logos.put(organization=world.organization, content=pictures.WEBP, by=None)
    forget()

    with refused(code, "logo"):
        logos.put(organization=world.organization, content=content, by=None)

    assert happened() == []
    assert Logo.objects.get().digest == kept.digest


def test_up_to_the_limits_it_is_taken(world: World) -> None:
    widest = pictures.png(logos.SIDE_MOST_PX, 1)
    longest = pictures.png(padding_bytes=logos.BYTES_MOST - len(pictures.png()))
    assert len(longest) == logos.BYTES_MOST

    for content in (widest, longest):
        assert logos.put(organization=world.organization, content=content, by=None).content == content


def test_routers_do_not_mind(world: World) -> None:
    before = revisions.read(revisions.NETWORK)

    logos.put(organization=world.organization, content=pictures.JPEG, by=None)

    assert revisions.read(revisions.NETWORK) == before
