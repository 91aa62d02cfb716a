"""What an owner tells of a carrier, looked at before anything is kept."""

from dataclasses import dataclass, field, replace
from decimal import Decimal
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from headend.lib import address, mailbox
from headend.lib.refused import Refused
from headend.messaging.gateways import PLACES, http, mime, smtp
from headend.messaging.models import CarrierKind, Channel
from headend.messaging.rules import Code

CHANNELS: Final[dict[str, str]] = {
    **dict.fromkeys(CarrierKind.values, Channel.SMS),
    CarrierKind.SMTP: Channel.EMAIL,
    CarrierKind.PRACTICE_MAIL: Channel.EMAIL,
    CarrierKind.META: Channel.WHATSAPP,
}


@dataclass(frozen=True, slots=True)
class Setup:
    """What is told of a carrier. An empty `base_url` is where everybody reaches it, an empty `key` the present one.

    Of a mail server: `smtp.place` as `base_url`, login and password as `account` and `key`, and its options.
    """

    kind: str
    base_url: str = ""
    account: str = ""
    key: str = ""
    sender: str = ""
    name: str = ""
    options: dict[str, str] = field(default_factory=dict)
    # Staff are warned where less is left, in the carrier's own unit.
    credit_least: Decimal | None = None


def mail_server(
    *, server: str, port: int | None, security: str, account: str, key: str, options: dict[str, str]
) -> Setup:
    """A mail server as its form tells of it; without a `port` the usual one. Refuses `mail_server_wrong`."""
    host = server.strip().strip("[]")
    try:
        base_url = smtp.place(security, host if ":" in host else mailbox.host(host), port or smtp.PORTS[security])
    except ValueError:
        raise Refused(Code.MAIL_SERVER_WRONG, field="server") from None
    return Setup(CarrierKind.SMTP, base_url, account=account.strip(), key=key, options=options)


def looked_at(setup: Setup, *, is_bounded: bool) -> Setup:
    """The setup as it is kept. Refuses what is wrong with it; with `is_bounded` also what lies in the server's own network.

    Whether a host's name leads there is looked at at each use.
    """
    # Keys are copied, and what was copied with one is no part of it.
    key, base_url = setup.key.strip(), setup.base_url.strip()
    if CHANNELS[setup.kind] == Channel.EMAIL:
        return replace(_mail_server(setup, is_bounded=is_bounded), key=key)
    base_url = base_url or PLACES.get(setup.kind, "")
    if setup.kind != CarrierKind.HTTP:
        base_url = base_url.rstrip("/")
    _refuse_address(base_url, is_bounded=is_bounded)
    if setup.kind == CarrierKind.HTTP:
        _refuse_description(base_url, setup.options)
    return replace(setup, key=key, base_url=base_url)


def is_inside(host: str) -> bool:
    """Whether a host that is an address is of a network of its own. Of a name that is looked at when it is used."""
    try:
        return address.is_inside(str(ip_address(host)))
    except ValueError:
        return False


def _mail_server(setup: Setup, *, is_bounded: bool) -> Setup:
    options = {**setup.options, "from_name": mime.harmless(setup.options["from_name"])}
    try:
        parts = urlsplit(setup.base_url.strip())
        host = parts.hostname or ""
        base_url = smtp.place(parts.scheme, host if ":" in host else mailbox.host(host), parts.port or 0)
    except ValueError:
        raise Refused(Code.MAIL_SERVER_WRONG, field="server") from None
    if is_bounded and (host == "localhost" or is_inside(host)):
        raise Refused(Code.CARRIER_INSIDE, field="server")
    if is_bounded and setup.account and parts.scheme == smtp.PLAIN:
        raise Refused(Code.MAIL_LOGIN_OPEN, field="security")
    for name in ("from_address", "reply_to"):
        try:
            options[name] = mailbox.address(options[name]) if name == "from_address" or options.get(name) else ""
        except ValueError:
            raise Refused(Code.MAIL_ADDRESS_WRONG, field=name) from None
    return replace(setup, base_url=base_url, options=options)


def _refuse_address(base_url: str, *, is_bounded: bool) -> None:
    """What can be seen without looking the host up; that is done at each use."""
    try:
        parts = urlsplit(base_url)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        raise Refused(Code.CARRIER_ADDRESS_WRONG, field="base_url") from None
    # What is put in may change later, and the key would go elsewhere.
    is_whole = parts.scheme in ("http", "https") and host and not {"@", "{", "}"} & set(parts.netloc)
    if not is_whole or not base_url.isascii() or not base_url.isprintable() or " " in base_url:
        raise Refused(Code.CARRIER_ADDRESS_WRONG, field="base_url")
    if is_bounded and (host == "localhost" or is_inside(host)):
        raise Refused(Code.CARRIER_INSIDE, field="base_url")


def _refuse_description(base_url: str, options: dict[str, str]) -> None:
    try:
        http.headers_of(options["headers"])
    except ValueError as error:
        raise Refused(Code.CARRIER_HEADER_WRONG, field="headers", line=str(error)) from None
    for name, text in (("base_url", base_url), ("headers", options["headers"]), ("body", options["body"])):
        unknown = http.unknown_in(text)
        if unknown:
            known = ", ".join(f"{{{each}}}" for each in http.PLACEHOLDERS)
            raise Refused(Code.PLACE_UNKNOWN, field=name, name=unknown, known=known)
    for name in ("ask_url", "credit_url"):
        _refuse_asking(base_url, name, options.get(name, ""))
    whole = base_url + options["body"]
    if "{text}" not in whole or not ("{to}" in whole or "{digits}" in whole):
        raise Refused(Code.CARRIER_TEXT_MISSING, field="body")


def _refuse_asking(base_url: str, name: str, url: str) -> None:
    """What else the carrier is asked is asked where messages go: the key goes to nobody else."""
    if url and urlsplit(url)[:2] != urlsplit(base_url)[:2]:
        raise Refused(Code.CARRIER_ELSEWHERE, field=name)
    unknown = http.unknown_in(url, http.ASKING)
    if unknown:
        known = ", ".join(f"{{{each}}}" for each in http.ASKING)
        raise Refused(Code.PLACE_UNKNOWN, field=name, name=unknown, known=known)
