"""A mail server on loopback (aiosmtpd): it refuses what a real one refuses, in the words of the common ones."""

import asyncio
import ipaddress
import ssl
import threading
import warnings
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from headend.doors.worker import loop
from headend.messaging import carriers, messages
from headend.messaging.gateways import smtp
from headend.messaging.gateways.adapter import Target
from headend.messaging.models import Channel, Message
from headend.messaging.setups import Setup
from headend.system.models import Organization
from tests.kit import ports
from tests.kit.world import World

LOGIN = "baobab@mail.example"
PASSWORD = "wörd of the mail server"
FROM = "hello@baobab.example"
TO = "otieno@example.org"
SIZE_MOST = 400_000
HANG_SECONDS = 60
NO = {
    "trouble": "421 4.3.2 Service shutting down",
    "later": "450 4.2.0 Greylisted, please try again later",
    "relay": "554 5.7.1 Relay access denied",
    "full": "552 5.2.2 Mailbox full",
    "spam": "554 5.7.1 Message rejected as spam",
}


@dataclass
class Mail:
    """A mail that the server took."""

    sender: str
    to: list[str]
    content: bytes

    @property
    def parsed(self) -> EmailMessage:
        read = BytesParser(policy=policy.default).parsebytes(self.content)
        assert isinstance(read, EmailMessage)
        return read

    def part(self, subtype: str) -> str:
        found = self.parsed.get_body((subtype,))
        assert found is not None
        return str(found.get_content())


@dataclass
class MailServer:
    """`security` as a Setup has it; `mood` is what it does, one of NO, or `hang`, `hang up`, `silent`, `drop`: the last two once it has the mail."""

    security: str = "plain"
    mood: str = ""
    ways: tuple[str, ...] = ("PLAIN", "LOGIN")
    certificate: str = "127.0.0.1"
    login: str = LOGIN
    knows_everybody: bool = False
    port: int = 0
    sent: list[Mail] = field(default_factory=list)
    asked: Counter[str] = field(default_factory=Counter)

    def __enter__(self) -> Self:
        context = certified(self.certificate) if self.security != smtp.PLAIN else None
        self.released = threading.Event()
        # It warns of what it is told to be on purpose: a server without TLS that asks for a login.
        warnings.filterwarnings("ignore", module="aiosmtpd")
        options: dict[str, Any] = {
            "authenticator": self._authenticate,
            "auth_required": not self.knows_everybody,
            "auth_require_tls": self.security == smtp.STARTTLS,
            "auth_exclude_mechanism": [way for way in ("PLAIN", "LOGIN") if way not in self.ways],
            "data_size_limit": SIZE_MOST,
            "ident": "mail.example",
        }
        if self.security == smtp.STARTTLS:
            options |= {"tls_context": context, "require_starttls": True}
        self.port = ports.free_tcp()
        self._controller = Controller(
            self,
            hostname="127.0.0.1",
            port=self.port,
            ssl_context=context if self.security == smtp.TLS else None,
            ready_timeout=20,
            **options,
        )
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.released.set()
        self._controller.stop()

    def setup(self, **change: Any) -> Setup:
        """What an owner tells of it."""
        given: dict[str, Any] = {
            "base_url": smtp.place(self.security, "127.0.0.1", self.port),
            "account": LOGIN,
            "key": PASSWORD,
            "options": {"from_address": FROM, "from_name": "Baobab Net", "reply_to": ""},
        }
        given["options"] |= change.pop("options", {})
        return Setup("smtp", **{**given, **change})

    async def handle_MAIL(  # noqa: N802 - the name is the library's
        self, server: SMTP, session: Session, envelope: Envelope, address: str, *_: Any
    ) -> str:
        self.asked["MAIL"] += 1
        await self._wait("hang")
        if self.mood == "hang up":
            assert server.transport is not None
            server.transport.abort()
        if self.mood == "trouble":
            return NO["trouble"]
        if not address.endswith("@baobab.example"):
            return "553 5.7.1 Sender address rejected: not owned by user"
        envelope.mail_from = address
        return "250 2.1.0 Ok"

    async def handle_RCPT(  # noqa: N802 - the name is the library's
        self, server: SMTP, session: Session, envelope: Envelope, address: str, *_: Any
    ) -> str:
        if self.mood in ("later", "relay", "full"):
            return NO[self.mood]
        if address.startswith("nobody@"):
            return "550 5.1.1 User unknown in virtual mailbox table"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - the name is the library's
        self.asked["DATA"] += 1
        if self.mood == "spam":
            return NO["spam"]
        assert isinstance(envelope.content, bytes)
        self.sent.append(Mail(envelope.mail_from or "", list(envelope.rcpt_tos), envelope.content))
        await self._wait("silent")
        if self.mood == "drop":
            assert server.transport is not None
            server.transport.abort()
        return f"250 2.0.0 Ok: queued as 4X{len(self.sent)}"

    async def _wait(self, mood: str) -> None:
        if self.mood == mood:
            for _ in range(HANG_SECONDS * 20):
                if self.released.is_set():
                    return
                await asyncio.sleep(0.05)

    def _authenticate(self, server: SMTP, *rest: Any) -> AuthResult:
        self.asked["AUTH"] += 1
        data = rest[-1]
        is_known = (data.login, data.password) == (self.login.encode(), PASSWORD.encode())
        return AuthResult(success=is_known, handled=False, message=None if is_known else "535 5.7.8 Bad credentials")


def add_server(organization: Organization) -> None:
    """Somebody who carries e-mail; nothing answers there."""
    options = {"from_address": FROM, "from_name": "Baobab", "reply_to": ""}
    setup = Setup("practice_mail", smtp.place(smtp.PLAIN, "127.0.0.1", 9), options=options)
    carriers.set_up(organization=organization, setup=setup, by=None)


def queues(world: World, *, to: str = TO, subject: str = "Hello", body: str = "Good day, Otieno.") -> None:
    assert messages.queue(
        organization=world.organization, kind="test", channel=Channel.EMAIL, to=to, subject=subject, body=body
    )


def sends(world: World, setup: Setup, **what: str) -> Message:
    """One mail, after the worker looked once."""
    carriers.set_up(organization=world.organization, setup=setup, by=None)
    queues(world, **what)
    loop.run_once()
    return Message.objects.get()


def target_at(port: int, security: str = "plain") -> Target:
    options = {"from_address": FROM, "from_name": "Baobab Net"}
    return Target(smtp.place(security, "127.0.0.1", port), PASSWORD, "", account=LOGIN, options=options)


def certified(name: str) -> ssl.SSLContext:
    """A server whose certificate is for `name`: signed by an authority that `authority()` is the file of."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "both.pem"
        path.write_bytes(_signed(name))
        context.load_cert_chain(path)
    return context


def authority(folder: Path) -> Path:
    """The file of certificates to trust."""
    path = folder / "authority.pem"
    path.write_bytes(_authority()[0].public_bytes(serialization.Encoding.PEM))
    return path


@cache
def _authority() -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "An authority of the tests")])
    built = _begun(name, name, key).add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    return built.sign(key, hashes.SHA256()), key


@cache
def _signed(name: str) -> bytes:
    issuer, issuing = _authority()
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    try:
        other: x509.GeneralName = x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        other = x509.DNSName(name)
    built = _begun(subject, issuer.subject, key).add_extension(x509.SubjectAlternativeName([other]), critical=False)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private + built.sign(issuing, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def _begun(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=3650))
    )
