"""Mails as they travel: nothing that somebody typed begins a header, and names are written as they are."""

import re
from email import policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import parseaddr
from typing import Any

import pytest

from headend.messaging.gateways import smtp
from headend.messaging.gateways.adapter import Parcel, Picture, Target
from tests.kit.mail import FROM, TO, MailServer, sends, target_at
from tests.kit.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_network(settings: Any) -> None:
    settings.MAY_REACH_INSIDE = True


@pytest.mark.parametrize("evil", ["\r\nBcc: all@example.org\r\n\r\n", "\nX-Evil: 1", "\r", "\x01", "\x85", "\u2028"])
def test_nothing_begins_a_header_of_its_own(world: World, evil: str) -> None:
    name = f"Baobab{evil}Net"
    with MailServer() as server:
        message = sends(world, server.setup(options={"from_name": name}), subject=f"Karibu{evil}Otieno")
        assert message.state == "sent"
    (mail,) = server.sent
    assert mail.to == [TO]
    assert set(mail.parsed.keys()) >= {"From", "To", "Subject"}
    assert {"bcc", "x-evil"}.isdisjoint(name.lower() for name in mail.parsed)
    assert not re.search(rb"[\x01\x85]", mail.content)
    assert mail.parsed["Subject"].startswith("Karibu ")


@pytest.mark.parametrize(
    "to",
    [
        "a@b.example\r\nBcc: c@d.example",
        "a@b.example\nRCPT TO:<c@d.example>",
        "a@b.example, c@d.example",
        "a@b.example> <c@d.example",
        "<a@b.example>",
        "a b@c.example",
        '"a b"@c.example',
        "a@b_c.example",
        "a@",
        "@b.example",
        "a@b@c.example",
        "a\x01@b.example",
        "-" * 250 + "@b.example",
    ],
)
def test_an_address_that_is_none_is_never_said_to_a_server(world: World, to: str) -> None:
    with MailServer() as server:
        message = sends(world, server.setup(), to=to[:254])
        assert (message.state, message.error) == ("failed", "receiver")
        assert server.asked["MAIL"] == 0


def test_domains_of_other_scripts(world: World) -> None:
    with MailServer() as server:
        assert sends(world, server.setup(), to="otieno@bücher.example").state == "sent"
    assert server.sent[0].to == ["otieno@xn--bcher-kva.example"]


@pytest.mark.parametrize("name", ["Bäöbab Net", "Baobab, Net; <x@y.example>", '"Baobab" \\ Net', "网络" * 30])
def test_names_are_written_as_they_are(world: World, name: str) -> None:
    with MailServer() as server:
        sends(world, server.setup(options={"from_name": name}), subject=name)
    (mail,) = server.sent
    assert str(make_header(decode_header(mail.parsed["Subject"]))) == name
    raw = BytesParser(policy=policy.compat32).parsebytes(mail.content)["From"]
    shown, address = parseaddr(raw)
    assert (str(make_header(decode_header(shown))), address) == (name, FROM)
    assert max(map(len, mail.content.split(b"\r\n"))) < 100


def test_text_html_pictures_and_headers() -> None:
    with MailServer(knows_everybody=True) as server:
        target = target_at(server.port)
        bare = Target(target.base_url, "", "", options={**target.options, "reply_to": "help@baobab.example"})
        place = f"<https://baobab.example/{'long' * 40}>"
        picture = Picture("logo", b"\x89PNG\r\n\x1a\n.", "image/png")
        parcel = Parcel("a" * 32, TO, "Text", "Subject", "<p>Ñ</p>", (picture,), {"List-Unsubscribe": place})
        assert smtp.send(bare, parcel).outcome == "accepted"
    mail = server.sent[0]
    assert (mail.part("plain").strip(), mail.part("html").strip()) == ("Text", "<p>Ñ</p>")
    assert mail.parsed["Reply-To"] == "help@baobab.example"
    assert f"List-Unsubscribe: {place}\r\n".encode() in mail.content
    (inline,) = (part for part in mail.parsed.walk() if part.get_content_type() == "image/png")
    assert isinstance(inline, EmailMessage)
    assert (inline["Content-ID"], inline.get_content()) == ("<logo>", picture.content)
