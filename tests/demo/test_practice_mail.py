"""Practice e-mail: what the network takes and refuses, and how its mailbox is read in a browser."""

import smtplib
import socket
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from headend.messaging.gateways import smtp
from headend.messaging.gateways.adapter import Parcel, Picture, Target
from tests.kit import ports
from tests.kit.chromium import chromium
from tests.kit.money import KEY, Money

OTIENO = "otieno@example.org"
FROM = "hello@baobab.example"


@pytest.fixture(scope="module")
def money() -> Iterator[Money]:
    with Money() as network:
        yield network


def target(money: Money, **change: Any) -> Target:
    options = {"from_address": FROM, "from_name": "Baobab Net"}
    return Target(
        smtp.place("plain", "127.0.0.1", money.mail_port), change.get("key", KEY), "", account="baobab", options=options
    )


def client(money: Money) -> smtplib.SMTP:
    return smtplib.SMTP("127.0.0.1", money.mail_port, local_hostname="x.example", timeout=20)


def test_a_mail_is_kept_and_read(money: Money) -> None:
    html = '<p>Karibu <img src="cid:logo"><script>document.title = "bad"</script></p>'
    parcel = Parcel("a" * 32, OTIENO, "Karibu\n.dot", "Ñ subject", html, (Picture("logo", b"GIF89a", "image/gif"),))
    answer = smtp.send(target(money), parcel)
    assert (answer.outcome, answer.reason) == ("accepted", "")
    assert answer.reference.startswith("2.0.0 Ok: kept as ")

    (mail,) = money.mails_to("Otieno@example.org")
    assert (mail["subject"], mail["text"].splitlines()) == ("Ñ subject", ["Karibu", ".dot"])
    assert 'src="data:image/gif;base64,R0lGODlh"' in mail["html"]
    assert mail["headers"]["From"] == f"Baobab Net <{FROM}>"


@pytest.mark.parametrize(
    ("change", "to", "text", "reason"),
    [
        ({"key": "another"}, OTIENO, "Hello", "login"),
        ({}, "nobody@example.org", "Hello", "receiver"),
        ({}, OTIENO, "x" * 2**20, "length"),
    ],
)
def test_what_it_refuses(money: Money, change: dict[str, str], to: str, text: str, reason: str) -> None:
    answer = smtp.send(target(money, **change), Parcel("b" * 32, to, text, "Hello"))
    assert (answer.outcome, answer.reason) == ("refused", reason)


def test_it_speaks_as_the_standard_says(money: Money) -> None:
    with client(money) as mail:
        assert mail.noop()[0] == 250
        assert mail.docmd("NONSENSE")[0] == 502
        assert mail.docmd("MAIL", f"FROM:<{FROM}>")[0] == 530
        assert mail.docmd("AUTH", "PLAIN %%%")[0] == 501
        assert mail.docmd("AUTH", "LOGIN")[0] == 504
        mail.login("anybody", KEY)
        assert mail.docmd("RCPT", f"TO:<{OTIENO}>")[0] == 503
        assert mail.docmd("DATA")[0] == 503
        assert mail.docmd("MAIL", "FROM:nonsense")[0] == 501
        assert mail.docmd("MAIL", f"FROM:<{FROM}> SIZE=9999999")[0] == 552
        assert mail.docmd("MAIL", f"FROM:<{FROM}>")[0] == 250
        assert [mail.docmd("RCPT", f"TO:<a{n}@b.example>")[0] for n in range(51)] == [250] * 50 + [452]
        assert mail.rset()[0] == 250
        assert mail.docmd("DATA")[0] == 503


def test_too_large_without_having_said_so(money: Money) -> None:
    with client(money) as mail:
        mail.login("anybody", KEY)
        mail.mail(FROM)
        mail.rcpt(OTIENO)
        code, _said = mail.data(b"x" * 70 + b"\r\n" + (b"y" * 900 + b"\r\n") * 1200)
        assert code == 552
        assert mail.noop()[0] == 250


def test_who_hangs_up_has_handed_nothing_in(money: Money) -> None:
    before = len(money.mails_to(OTIENO))
    mail = client(money)
    mail.login("anybody", KEY)
    mail.mail(FROM)
    mail.rcpt(OTIENO)
    mail.docmd("DATA")
    mail.send(b"Subject: half\r\n\r\nHalf of it\r\n")
    mail.close()
    with socket.create_connection(("127.0.0.1", money.mail_port)) as nobody:
        nobody.sendall(b"x" * 5000)
    assert len(money.mails_to(OTIENO)) == before


def test_the_pages_hold_what_came_as_text(money: Money) -> None:
    evil = EmailMessage()
    evil["Subject"] = '<script>alert(1)</script>" onload="alert(2)'
    evil.set_content("<b>text</b>")
    evil.add_alternative('"><script>alert(3)</script>', subtype="html")
    with client(money) as mail:
        mail.login("anybody", KEY)
        mail.sendmail(FROM, "evil@example.org", evil.as_bytes())
    (kept,) = money.mails_to("evil@example.org")
    with urlopen(f"{money.url}/") as listing, urlopen(f"{money.url}/letters/{kept['number']}") as page:
        assert listing.headers["Content-Type"] == "text/html; charset=utf-8"
        for response in (listing, page):
            assert "default-src 'none'" in response.headers["Content-Security-Policy"]
            html = response.read().decode()
            assert "<script" not in html
            assert "<b>" not in html
            assert 'onload="' not in html
    with pytest.raises(HTTPError, match="404"):
        urlopen(f"{money.url}/letters/999")


@pytest.mark.real_time
@pytest.mark.needs("chromium", "chromium")
def test_not_7_mail_is_read_in_the_browser(money: Money) -> None:
    html = '<p>Karibu <a href="https://x.example/">there</a><script>document.body.textContent = "bad"</script></p>'
    smtp.send(target(money), Parcel("c" * 32, "grace@example.org", "Karibu in text", "For Grace", html))
    with chromium() as browser:
        page = browser.new_page()
        page.goto(f"{money.url}/")
        page.get_by_role("link", name="For Grace").click()
        assert page.locator("pre").inner_text().strip() == "Karibu in text"
        assert page.frame_locator("iframe").locator("p").inner_text() == "Karibu there"


def test_a_port_that_is_taken() -> None:
    with socket.create_server(("127.0.0.1", ports.free_tcp())) as taken, pytest.raises(AssertionError, match="start"):
        Money(mail_port=taken.getsockname()[1])
