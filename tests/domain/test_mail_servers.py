"""Mail servers: what each takes and refuses, what is never handed over twice, and what an owner's address cannot reach."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from headend.doors.worker import loop
from headend.lib import clock
from headend.lib.refused import Refused
from headend.messaging import carriers, messages, reasons, trials
from headend.messaging.gateways import smtp
from headend.messaging.gateways.adapter import Parcel
from headend.messaging.models import Carrier, Channel, Message
from headend.messaging.setups import Setup
from headend.system.models import Event
from tests.kit.mail import FROM, LOGIN, PASSWORD, TO, MailServer, authority, queues, sends, target_at
from tests.kit.verbs import written
from tests.kit.world import World

pytestmark = pytest.mark.django_db
SECURITIES = ["plain", "starttls", "tls"]


@pytest.fixture(autouse=True)
def own_network(settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    settings.MAY_REACH_INSIDE = True
    monkeypatch.setenv("SSL_CERT_FILE", str(authority(tmp_path)))
    monkeypatch.setattr(smtp, "ANSWER_SECONDS", 1.0)


def again() -> Message:
    """After the worker looked once more, some minutes later."""
    with clock.at(clock.now() + timedelta(minutes=10)):
        loop.run_once()
    return Message.objects.get()


@pytest.mark.parametrize("security", SECURITIES)
def test_msg_1_it_works(world: World, security: str) -> None:
    with MailServer(security) as server:
        message = sends(world, server.setup(), subject="Karibu, Ötieno", body="One\n.\n..two\nñ")

    assert (message.state, message.error, message.body_sealed) == ("sent", "", None)
    assert message.carrier_reference == "2.0.0 Ok: queued as 4X1"
    (mail,) = server.sent
    assert (mail.sender, mail.to) == (FROM, [TO])
    assert mail.parsed["From"] == f"Baobab Net <{FROM}>"
    assert mail.parsed["Subject"] == "Karibu, Ötieno"
    assert mail.parsed["Message-ID"] == f"<{message.uid.hex}@baobab.example>"
    assert mail.part("plain").splitlines()[:4] == ["One", ".", "..two", "ñ"]
    assert mail.content.isascii()
    assert PASSWORD not in written()


@pytest.mark.parametrize("way", ["PLAIN", "LOGIN"])
def test_each_way_to_sign_in(world: World, way: str) -> None:
    with MailServer(ways=(way,)) as server:
        assert sends(world, server.setup()).state == "sent"
        assert server.asked["AUTH"] == 1


def test_a_server_that_knows_everybody(world: World) -> None:
    with MailServer(knows_everybody=True) as server:
        assert sends(world, server.setup(account="", key="")).state == "sent"
        assert server.asked["AUTH"] == 0


@pytest.mark.parametrize(
    ("reason", "mood", "change", "to"),
    [
        ("login", "", {"key": "another"}, TO),
        ("login", "", {"account": "somebody"}, TO),
        ("from", "", {"options": {"from_address": "somebody@else.example"}}, TO),
        ("receiver", "", {}, "nobody@example.org"),
        ("receiver", "", {}, "jösé@example.org"),
        ("receiver", "full", {}, TO),
        ("relay", "relay", {}, TO),
        ("relay", "", {"account": "", "key": ""}, TO),
        ("refused", "spam", {}, TO),
    ],
)
def test_what_is_wrong_is_told(world: World, reason: str, mood: str, change: dict[str, Any], to: str) -> None:
    with MailServer("tls", mood=mood) as server:
        message = sends(world, server.setup(**change), to=to)
        assert (message.state, message.attempts, message.body_sealed) == ("failed", 1, None)
        assert message.error.partition(":")[0] == reason
        assert reasons.why(message.error).startswith("The ")
        assert server.sent == []
        assert again().attempts == 1
    assert "another" not in written()


def test_a_mail_that_is_too_large_is_not_handed_over(world: World) -> None:
    with MailServer() as server:
        message = sends(world, server.setup(), body="x" * 500_000)
        assert message.error.startswith("length: ")
        assert server.asked["MAIL"] == 0


@pytest.mark.parametrize(
    ("reason", "security", "said"),
    [
        ("encryption", "starttls", "plain"),
        ("tls", "plain", "starttls"),
        ("greeting", "plain", "tls"),
        ("greeting", "tls", "plain"),
    ],
)
def test_another_security_than_the_server_has(world: World, reason: str, security: str, said: str) -> None:
    with MailServer(security) as server:
        setup = server.setup(base_url=smtp.place(said, "127.0.0.1", server.port))
        message = sends(world, setup)
        assert message.error.partition(":")[0] == reason
        assert server.asked["AUTH"] == 0


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_of_somebody_else_gets_no_password(world: World, security: str) -> None:
    with MailServer(security, certificate="mail.example") as server:
        message = sends(world, server.setup())
        assert message.error.partition(":")[0] == "certificate"
        assert message.state == "queued"
        assert server.asked["AUTH"] == 0


def test_a_certificate_that_nobody_vouches_for(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    with MailServer("starttls") as server:
        assert sends(world, server.setup()).error.partition(":")[0] == "certificate"
        assert server.asked["AUTH"] == 0


@pytest.mark.parametrize(
    ("mood", "reason"), [("trouble", "trouble"), ("later", "later"), ("hang", "hung"), ("hang up", "hung")]
)
def test_what_passes_is_tried_again(world: World, mood: str, reason: str) -> None:
    with MailServer(mood=mood) as server:
        message = sends(world, server.setup())
        assert (message.state, message.error.partition(":")[0]) == ("queued", reason)
        server.mood = ""
        assert again().state == "sent"
        assert len(server.sent) == 1


def test_whoever_says_later_is_not_asked_at_once(world: World) -> None:
    with MailServer(mood="later") as server:
        before = clock.now()
        message = sends(world, server.setup())
        assert message.next_at - before > timedelta(seconds=59)


@pytest.mark.parametrize("mood", ["silent", "drop"])
def test_msg_1_taken_without_an_answer_is_never_sent_twice(world: World, mood: str) -> None:
    with MailServer(mood=mood) as server:
        message = sends(world, server.setup())
        assert (message.state, message.error, message.body_sealed) == ("unknown", "silent", None)
        server.mood = ""
        again()
        assert len(server.sent) == 1


def test_the_worker_dies_while_it_hands_over(world: World) -> None:
    with MailServer() as server:
        carriers.set_up(organization=world.organization, setup=server.setup(), by=None)
        queues(world)
        claimed = messages.claim(owner="dead", now=clock.now())
        assert claimed is not None
        adapter, target = carriers.speak(Carrier.objects.get())
        adapter.send(target, Parcel(claimed.uid.hex, TO, "Only once"))
        assert again().state == "unknown"
        assert len(server.sent) == 1


def test_nobody_is_there(world: World) -> None:
    with MailServer() as server:
        setup = server.setup()
    assert sends(world, setup).error == "unreachable"


# ---- whoever is no mail server ----


@contextmanager
def listens(*said: bytes, pause: float = 0.0) -> Iterator[int]:
    """Somebody who says this to whoever comes, and then nothing; yields the port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def speak() -> None:
            caller, _ = listener.accept()
            with caller:
                for piece in said:
                    try:
                        caller.sendall(piece)
                    except OSError:
                        return
                    time.sleep(pause)
                ended.wait(5)

        ended = threading.Event()
        thread = threading.Thread(target=speak, daemon=True)
        thread.start()
        yield int(listener.getsockname()[1])
        ended.set()
        thread.join()


@pytest.mark.parametrize(
    "said",
    [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"",
        b"\0\xff" * 40 + b"\n",
        b"2" * 20_000,
        b"220 ready\r\nnonsense\r\nnonsense\r\n",
    ],
)
def test_whoever_is_no_mail_server(said: bytes) -> None:
    with listens(said) as port:
        answer = smtp.send(target_at(port), Parcel("0" * 32, TO, "Hello", "Hello"))
    assert (answer.outcome, answer.reason) == ("again", "greeting")


@pytest.mark.parametrize("security", ["plain", "tls"])
def test_who_drips_is_left_after_a_while(monkeypatch: pytest.MonkeyPatch, security: str) -> None:
    monkeypatch.setattr(smtp, "WHOLE_SECONDS", 0.8)
    drips = [b"2", b"2", b"0", b"-"] + [b"x"] * 40
    before = time.monotonic()
    with listens(*drips, pause=0.1) as port:
        answer = smtp.send(target_at(port, security), Parcel("0" * 32, TO, "Hello", "Hello"))
        assert time.monotonic() - before < 3
    assert (answer.outcome, answer.reason) == ("again", "greeting")


def test_what_is_said_before_tls_counts_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody on the way puts an answer behind that to STARTTLS: it is not taken for the server's own."""
    said = b"220 x\r\n250-x\r\n250 STARTTLS\r\n220 go\r\n250-x\r\n250 AUTH PLAIN\r\n235 in\r\n250 a\r\n250 b\r\n354 c\r\n250 taken\r\n"
    with listens(said) as port:
        answer = smtp.send(target_at(port, "starttls"), Parcel("0" * 32, TO, "Hello", "Hello"))
    assert answer.outcome == "again"


# ---- set up ----


@pytest.mark.parametrize(
    ("base_url", "code"),
    [
        ("plain://", "mail_server_wrong"),
        ("http://mail.example:25", "mail_server_wrong"),
        ("tls://mail.example", "mail_server_wrong"),
        ("tls://mail.example:0", "mail_server_wrong"),
        ("tls://mail.example:70000", "mail_server_wrong"),
        ("tls://mail example:465", "mail_server_wrong"),
        ("tls://localhost:465", "carrier_inside"),
        ("tls://127.0.0.1:465", "carrier_inside"),
        ("tls://[::1]:465", "carrier_inside"),
        ("starttls://10.0.0.7:587", "carrier_inside"),
        ("starttls://169.254.169.254:587", "carrier_inside"),
        ("plain://mail.example:25", "mail_login_open"),
    ],
)
def test_a_server_is_refused(world: World, settings: Any, base_url: str, code: str) -> None:
    settings.MAY_REACH_INSIDE = False
    with pytest.raises(Refused, match=code):
        carriers.set_up(organization=world.organization, setup=_setup(base_url), by=None)
    assert not Carrier.objects.exists()


@pytest.mark.parametrize("field", ["from_address", "reply_to"])
def test_an_address_of_ours_is_refused(world: World, field: str) -> None:
    setup = _setup("tls://mail.example:465", **{field: "a@b.example\nBcc: c@d.example"})
    with pytest.raises(Refused, match="mail_address_wrong") as refused:
        carriers.set_up(organization=world.organization, setup=setup, by=None)
    assert refused.value.field == field


def test_a_password_is_asked_for_anew_where_it_would_go_elsewhere(world: World) -> None:
    first = carriers.set_up(organization=world.organization, setup=_setup("tls://Mail.Example:465"), by=None)
    assert first.base_url == "tls://mail.example:465"
    same = carriers.set_up(organization=world.organization, setup=_setup("tls://mail.example:465", key=""), by=None)
    assert carriers.speak(same)[1].key == PASSWORD
    for base_url in ("tls://other.example:465", "tls://mail.example:466", "plain://mail.example:465"):
        with pytest.raises(Refused, match="carrier_key_missing"):
            carriers.set_up(organization=world.organization, setup=_setup(base_url, key=""), by=None)

    # Without a login there is no password, and a later login has none either.
    bare = carriers.set_up(
        organization=world.organization, setup=_setup("tls://mail.example:465", account="", key=""), by=None
    )
    assert carriers.speak(bare)[1].key == ""
    with pytest.raises(Refused, match="carrier_key_missing"):
        carriers.set_up(organization=world.organization, setup=_setup("tls://mail.example:465", key=""), by=None)
    kinds = Event.objects.filter(kind__startswith="carrier.").order_by("pk").values_list("kind", "payload__channel")
    assert list(kinds) == [("carrier.added", "email"), ("carrier.changed", "email"), ("carrier.changed", "email")]


def test_each_channel_has_a_carrier_of_its_own(world: World) -> None:
    carriers.set_up(organization=world.organization, setup=_setup("tls://mail.example:465"), by=None)
    carriers.add(
        organization=world.organization, kind="fake", base_url="http://127.0.0.1:9", sender="", key="k", by=None
    )
    assert carriers.of(world.organization).kind == "fake"  # type: ignore[union-attr]  # it was just added
    assert carriers.of(world.organization, Channel.EMAIL).kind == "smtp"  # type: ignore[union-attr]  # likewise


def test_a_test_mail(world: World) -> None:
    with pytest.raises(Refused, match="mail_absent"):
        trials.send(organization=world.organization, channel=Channel.EMAIL, to=TO, key="k", by=None)
    with MailServer() as server:
        carriers.set_up(organization=world.organization, setup=server.setup(), by=None)
        for _ in range(2):
            trials.send(organization=world.organization, channel=Channel.EMAIL, to=f" {TO} ", key="k", by=None)
        loop.run_once()
    assert [mail.to for mail in server.sent] == [[TO]]
    last = trials.last(Carrier.objects.get())
    assert last is not None
    assert last.state == "sent"
    with pytest.raises(Refused, match="mail_address_wrong"):
        trials.send(organization=world.organization, channel=Channel.EMAIL, to="what", key="l", by=None)


def test_a_name_that_leads_inside_is_refused_at_each_use(
    world: World, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And under the name its certificate is looked at, while the address that was looked at is connected to."""
    settings.MAY_REACH_INSIDE = False
    asked = []
    real = socket.getaddrinfo

    def look(host: Any, *rest: Any, **named: Any) -> Any:
        asked.append(host)
        return real("127.0.0.1" if host == "mail.example" else host, *rest, **named)

    with MailServer("tls", certificate="mail.example") as server:
        monkeypatch.setattr(socket, "getaddrinfo", look)
        setup = server.setup(base_url=smtp.place("tls", "mail.example", server.port))
        message = sends(world, setup)
        assert (message.state, message.error) == ("failed", "inside")
        assert server.asked.total() == 0

        settings.MAY_REACH_INSIDE = True
        asked.clear()
        queues(world)
        loop.run_once()
        assert len(server.sent) == 1
        assert asked.count("mail.example") == 1


def _setup(base_url: str, *, account: str = LOGIN, key: str = PASSWORD, **options: str) -> Setup:
    given = {"from_address": FROM, "from_name": "Baobab Net", "reply_to": "", **options}
    return Setup("smtp", base_url, account=account, key=key, options=given)
