"""What a mail looks like: the organization's name, logo and colour around a text in which nothing can be put."""

import re
from html.parser import HTMLParser
from typing import Any

import pytest

from headend.demo import logo
from headend.doors.worker import loop
from headend.lib import colour
from headend.messaging import carriers, mails, messages
from headend.messaging.gateways.adapter import Parcel
from headend.messaging.models import Channel, Message
from headend.system import logos, organizations
from tests.kit.mail import FROM, TO, MailServer
from tests.kit.world import World

pytestmark = pytest.mark.django_db


def written(world: World, text: str, *, subject: str = "Hello", is_promotional: bool = False) -> Parcel:
    message = Message(organization=world.organization, to=TO, subject=subject, is_promotional=is_promotional)
    return mails.parcel(message, text, reply_to="help@baobab.example")


class Links(HTMLParser):
    """Where the links of a mail lead, and the tags in it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.places: list[str] = []
        self.tags: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag == "a":
            self.places.append(dict(attrs)["href"] or "")


def test_set_2_it_is_in_the_look_of_its_organization(world: World, settings: Any) -> None:
    settings.MAY_REACH_INSIDE = True
    content = logo.draw()
    kept = logos.put(organization=world.organization, content=content, by=None)
    organizations.edit(organization=world.organization, by=None, accent="#7a1f5c", support_phone="0700 123 456")
    with MailServer() as server:
        setup = server.setup(options={"reply_to": "help@baobab.example"})
        carriers.set_up(organization=world.organization, setup=setup, by=None)
        messages.queue(
            organization=world.organization,
            kind="test",
            channel=Channel.EMAIL,
            to=TO,
            subject="Karibu",
            body="One\n\nTwo",
        )
        loop.run_once()

    (mail,) = server.sent
    assert mail.parsed["From"] == f"Baobab Net <{FROM}>"
    assert mail.parsed["Reply-To"] == "help@baobab.example"
    assert mail.parsed["List-Unsubscribe"] is None
    html, text = mail.part("html"), mail.part("plain")
    for said in ("Baobab Net", "Karibu", "One", "Two", "0700 123 456", "help@baobab.example"):
        assert said in html
    assert "#7a1f5c" in html
    assert f'src="cid:{kept.digest}"' in html
    (picture,) = (part for part in mail.parsed.walk() if part.get_content_maintype() == "image")
    assert (picture["Content-ID"], picture.get_payload(decode=True)) == (f"<{kept.digest}>", content)
    assert text.splitlines() == ["One", "", "Two", "", "-- ", "Baobab Net", "Help: 0700 123 456", "help@baobab.example"]


def test_what_the_text_says_is_not_said_again_below(world: World) -> None:
    organizations.edit(organization=world.organization, by=None, support_phone="0700 123 456")
    parcel = written(world, "Call us: 0700 123 456")
    assert parcel.text.count("0700 123 456") == parcel.html.count("0700 123 456") == 1
    assert "help@baobab.example" in parcel.text


def test_nothing_is_loaded_from_elsewhere(world: World) -> None:
    html = written(world, "Look: https://example.org/a.png").html
    assert not re.search(r"url\(|@import|<link|<script|\bsrc=\"(?!cid:)", html)
    assert "cid:" not in html
    assert written(world, "x").pictures == ()


def test_what_somebody_wrote_is_text(world: World) -> None:
    organizations.edit(organization=world.organization, by=None, name='<b>Baobab</b> & "Net"')
    evil = '<script>alert(1)</script>\n\n<img src=x onerror=alert(1)>\n\nhttps://example.org/"onclick=alert(1)&a=<b>'
    html = written(world, evil, subject="<h2>'\"").html
    tags = Links(html).tags
    assert {"script", "img", "b", "h2"}.isdisjoint(tags)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert Links(html).places == ["https://example.org/"]


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("Pay at https://net.example/pay.", ["https://net.example/pay"]),
        ("(https://net.example/a?b=1&c=2)", ["https://net.example/a?b=1&c=2"]),
        ("http://one.example and https://two.example/x!", ["http://one.example", "https://two.example/x"]),
        ("javascript:alert(1) ftp://x.example data:text/html,x", []),
        ("https://[::1/ http://[x] https://", []),
        ("One\n\nhttps://net.example/l/abcd\n\nTwo", ["https://net.example/l/abcd"]),
    ],
)
def test_links_can_be_followed(world: World, text: str, places: list[str]) -> None:
    assert Links(written(world, text).html).places == places
    assert text in written(world, text).text


def test_the_first_link_alone_is_a_button(world: World) -> None:
    html = written(world, "Hello\n\nhttps://net.example/l/abcd\n\nhttps://net.example/l/other").html
    assert html.count("Open net.example") == 1
    assert html.index("Open net.example") < html.index(">https://net.example/l/other<")


@pytest.mark.parametrize("accent", ["#0b5c6b", "#ffe600", "#111111", "#ffffff", "#777777"])
def test_every_colour_can_be_read(world: World, accent: str) -> None:
    organizations.edit(organization=world.organization, by=None, accent=accent)
    html = written(world, "https://net.example/a\n\nsee https://net.example/b").html
    (button,) = re.findall(rf"border-radius:6px;background-color:{accent};color:(#\w+)", html)
    assert colour.contrast(button, accent) >= 4.5
    (light,) = set(re.findall(r'class="link" href="[^"]+" style="color:(#\w+)', html))
    (dark,) = re.findall(r"\.link { color: (#\w+)", html)
    assert min(colour.contrast(light, ground) for ground in mails.LIGHT_GROUNDS) >= 4.5
    assert min(colour.contrast(dark, ground) for ground in mails.DARK_GROUNDS) >= 4.5


def test_the_language_and_its_direction_are_told(world: World) -> None:
    assert '<html lang="en" dir="ltr">' in written(world, "Hello").html
    world.organization.language = "ar"
    assert '<html lang="ar" dir="rtl">' in written(world, "Hello").html


def test_promotional_ones_can_be_ended(world: World) -> None:
    parcel = written(world, "News", is_promotional=True)
    place = mails.unsubscribe_place(world.organization, TO)
    assert parcel.headers == {"List-Unsubscribe": f"<{place}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    assert Links(parcel.html).places == [place]
    assert place in parcel.text
    assert written(world, "Receipt").headers == {}
    token = place.rstrip("/").rpartition("/")[2]
    assert mails.read_unsubscribe(token) == (world.organization.pk, TO)
    for wrong in ("", "x", token[:-1], f"{token}x", token.replace(".", ":"), token.swapcase(), "é", "." * 9):
        assert mails.read_unsubscribe(wrong) is None
