"""A guest's device at the simulated hotspot: asks the router over HTTP and reads its pages."""

import asyncio
import html
import http.client
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from hashlib import md5
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from headend.demo.nas import Hotspot, SimulatedNas
from tests.demo.hilltop import Server, hilltop

PATIENCE_SECONDS = 10
PORTAL = "http://127.0.0.1:9/baobab/hotspot/?nas=token-1"
PAGE = "http://example.com/news?a=b&c=d"
MAC = "02:00:00:00:00:07"
PAP = Hotspot(portal=PORTAL, port=0, login_by="http-pap", rate_kbps=0)
CHAP = replace(PAP, login_by="http-chap")


@dataclass
class Answer:
    """What the router answered."""

    status: int
    page: str
    location: str
    cookie: str

    @property
    def fields(self) -> dict[str, str]:
        """What the login page tells the portal, by its link and by its refresh."""
        (link,) = re.findall(r'<a href="([^"]*)"', self.page)
        assert f'<meta http-equiv="refresh" content="0; url={link}">' in self.page
        assert "&" not in link.replace("&amp;", "")
        address = html.unescape(link)
        # The token stands in the portal's address, before what the router adds.
        assert address.startswith(f"{PORTAL}&")
        given = parse_qsl(urlsplit(address).query, keep_blank_values=True, strict_parsing=True)
        assert len({name for name, _ in given}) == len(given)
        return dict(given)

    @property
    def numbers(self) -> dict[str, str]:
        """What the page says of a session."""
        return dict(re.findall(r"<dd id=([a-z-]+)>([^<]*)</dd>", self.page))


@dataclass
class Guest:
    """A device; without a MAC it is known by the cookie that it is given."""

    base: str
    mac: str = MAC
    cookie: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    async def open(self, target: str, form: dict[str, str] | None = None, **headers: str) -> Answer:
        """Ask for a page of the router's, or of any host where `target` begins with http; `form` makes it a POST."""
        return await asyncio.to_thread(self._ask, target, form, headers)

    async def log_in(self, username: str, password: str, dst: str = PAGE, *, post: bool = False) -> Answer:
        """What a browser sends when the portal leads back to the router."""
        form = {"username": username, "password": password, "dst": dst}
        return await self.open("/login", form) if post else await self.open(f"/login?{urlencode(form)}")

    def _ask(self, target: str, form: dict[str, str] | None, headers: dict[str, str]) -> Answer:
        if self.mac:
            headers = {"X-Device-MAC": self.mac} | headers
        if self.cookie:
            headers = {"Cookie": self.cookie} | headers
        body = None if form is None else urlencode(form)
        if form is not None:
            headers = {"Content-Type": "application/x-www-form-urlencoded"} | headers
        connection = http.client.HTTPConnection(urlsplit(self.base).netloc, timeout=PATIENCE_SECONDS)
        try:
            connection.request("GET" if form is None else "POST", target, body, headers)
            response = connection.getresponse()
            assert response.headers["Cache-Control"] == "no-store"
            cookie = (response.headers["Set-Cookie"] or "").partition(";")[0]
            self.cookie = cookie or self.cookie
            return Answer(response.status, response.read().decode(), response.headers["Location"] or "", cookie)
        finally:
            connection.close()


@asynccontextmanager
async def hotspot(setting: Hotspot = PAP, **settings: Any) -> AsyncIterator[tuple[Server, SimulatedNas, Guest]]:
    """A router with a hotspot, its RADIUS server, and a device there."""
    async with hilltop(hotspot=setting, **settings) as (server, nas):
        assert nas.servlet is not None
        yield server, nas, Guest(nas.servlet.base)


def octets_of(escaped: str) -> bytes:
    r"""Read `\371\007`, in which a router writes bytes."""
    assert re.fullmatch(r"(\\[0-3][0-7]{2})*", escaped), escaped
    return bytes(int(octal, 8) for octal in escaped.split("\\")[1:])


def digest(fields: dict[str, str], password: str) -> str:
    """What a portal computes from the login page's challenge."""
    chap_id, challenge = octets_of(fields["chap-id"]), octets_of(fields["chap-challenge"])
    assert (len(chap_id), len(challenge)) == (1, 16)
    return md5(chap_id + password.encode() + challenge).hexdigest()


def dst_of(location: str) -> str:
    """The page to which a redirect to the login page leads afterwards."""
    (dst,) = parse_qs(urlsplit(location).query)["dst"]
    return dst
