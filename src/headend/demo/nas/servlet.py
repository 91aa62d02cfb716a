"""The hotspot of a simulated router, in the manner of RouterOS: whoever is not logged in comes to the login page.

A real router knows a device by its MAC from the wire. Here the header `X-Device-MAC` or else the cookie `device`, which a
device without one is given, stands for the wire.
"""

import re
import time
from collections.abc import Awaitable, Callable
from functools import partial
from http.cookies import CookieError, SimpleCookie
from urllib.parse import quote, urlsplit

from headend.demo.nas import hosts, pages, speech
from headend.demo.nas.config import Config, Login
from headend.demo.nas.hosts import Host, Hosts
from headend.demo.nas.session import USER_REQUEST, Session
from headend.demo.nas.web import BadRequestError, Request, Response
from headend.lib.radius.attributes import TEXT_MAX_BYTES

# The texts of RouterOS.
INVALID = "invalid username or password"
SILENT = "RADIUS server is not responding"
BUSY = "already authorizing, retry later"

# Browsers ask for it by themselves; led to the login page, they would make the challenge anew that the guest just got.
ICON = "/favicon.ico"
COOKIE = "device"
COOKIE_SECONDS = 30 * 86400
# What may stand in an address as it is; everything else is escaped.
_SAFE = "%/:?#[]@!$&'()*+,;=~"
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_DIGEST = re.compile(r"[0-9A-Fa-f]{32}")

Admit = Callable[[Login, Callable[[bytes], list[tuple[int, bytes]]]], Awaitable[str]]


class Servlet:
    """Answers the guests' requests; `guests` are the sessions by MAC.

    `admit(login, prove)` asks RADIUS and returns what to show unless it accepts; `close(session, cause)` ends a session.
    `base` is where the login page is, without a slash.
    """

    def __init__(
        self, config: Config, guests: dict[str, Session], *, admit: Admit, close: Callable[[Session, int], None]
    ) -> None:
        assert config.hotspot is not None, "there is a hotspot where there is a servlet"
        self.base = ""
        self.hosts = Hosts(guests)
        self._config = config
        self._hotspot = config.hotspot
        self._guests = guests
        self._admit = admit
        self._close = close
        self._authority = ""

    def open_on(self, port: int) -> None:
        """Say on which port the servlet is."""
        self._authority = f"{self._config.address}:{port}"
        self.base = f"http://{self._authority}"

    async def answer(self, request: Request) -> Response:
        """Answer one request; raises BadRequestError."""
        device, cookie = self._device(request)
        host = self.hosts.meet(device)
        if host is None:
            return Response(503, pages.error("There is no address left for this device."))
        response = await self._route(request, host)
        return Response(response.status, response.page, response.location, cookie)

    def _device(self, request: Request) -> tuple[str, str]:
        """The MAC of the device that asks, and the cookie to give it when it shows none."""
        shown = request.headers.get("x-device-mac")
        if shown is not None:
            device = hosts.read_mac(shown)
            if device is None:
                raise BadRequestError("X-Device-MAC is no MAC address.")
            return device, ""
        try:
            kept = SimpleCookie(request.headers.get("cookie", "")).get(COOKIE)
        except CookieError:
            kept = None
        device = hosts.read_mac(kept.value) if kept else None
        if device is not None:
            return device, ""
        device = hosts.any_mac()
        plain = device.replace(":", "")
        return device, f"{COOKIE}={plain}; Path=/; Max-Age={COOKIE_SECONDS}; HttpOnly; SameSite=Lax"

    async def _route(self, request: Request, host: Host) -> Response:
        session = self._guests.get(host.mac)
        is_ours = request.host in ("", self._authority)
        page = request.path if is_ours else ""
        if page == "/login":
            return await self._login(request, host)
        if page == "/logout":
            return self._logout(host)
        if page == ICON:
            return Response(404, pages.error("This router has no icon."))
        if session is None:
            return self._redirect(self._links(_asked(request, self.base))["link-login"])
        if page == "/":
            return self._redirect(f"{self.base}/status")
        if page == "/status":
            session.count(time.monotonic())
            return Response(200, pages.status(session.login.username, **_counters(session)))
        if is_ours:
            return Response(404, pages.error("There is no such page on this router."))
        return Response(200, pages.elsewhere(request.host))

    async def _login(self, request: Request, host: Host) -> Response:
        dst, username, password = (request.fields.get(name, "") for name in ("dst", "username", "password"))
        if any(_CONTROL.search(text) for text in (dst, username, password)):
            raise BadRequestError("A field holds a control character.")
        if host.mac not in self._guests:
            if not username:
                return self._login_page(host, dst)
            error = await self._log_in(host, username, password)
            if error:
                return self._login_page(host, dst, username=username, error=error)
        return self._redirect(dst if _is_web(dst) else f"{self.base}/status")

    async def _log_in(self, host: Host, username: str, password: str) -> str:
        """Ask RADIUS, one question at a time for a device; what went wrong, or nothing."""
        if host.authorizing:
            return BUSY
        try:
            login = Login(username, password, "hotspot", host.mac, host.address, self._hotspot.rate_kbps)
        except ValueError:
            # The password is too long for RADIUS.
            return INVALID
        prove = self._proof(host, login)
        if prove is None or len(username.encode()) > TEXT_MAX_BYTES:
            return INVALID
        host.authorizing = True
        try:
            return await self._admit(login, prove)
        finally:
            host.authorizing = False

    def _proof(self, host: Host, login: Login) -> Callable[[bytes], list[tuple[int, bytes]]] | None:
        """What proves the password to RADIUS, from the request's authenticator; None when it can be no password."""
        if self._hotspot.login_by == "http-pap":
            return partial(speech.proof, self._config, login, with_chap=False)
        # A challenge is good for one answer.
        challenge, host.challenge = host.challenge, b""
        if not challenge or not _DIGEST.fullmatch(login.password):
            return None
        answered = speech.digest_proof(host.chap_id, challenge, bytes.fromhex(login.password))
        return lambda authenticator: answered

    def _login_page(self, host: Host, dst: str, *, username: str = "", error: str = "") -> Response:
        chap = {"chap-id": "", "chap-challenge": ""}
        if self._hotspot.login_by == "http-chap":
            host.challenge_anew()
            chap = {"chap-id": octal(bytes((host.chap_id,))), "chap-challenge": octal(host.challenge)}
        fields = {
            "mac": host.mac,
            "ip": host.address,
            "username": username,
            **self._links(dst),
            "error": error,
            **chap,
            "identity": self._hotspot.identity or self._config.identifier,
            "server-name": self._hotspot.server_name,
            "server-address": self._authority,
            "hostname": self._config.address,
            "interface-name": speech.HOTSPOT_INTERFACE,
            "trial": "no",
            "plain-passwd": "yes" if self._hotspot.login_by == "http-pap" else "no",
            "ssl-login": "no",
        }
        return Response(200, pages.login(self._hotspot.portal, fields))

    def _links(self, dst: str) -> dict[str, str]:
        escaped = quote(dst, safe="")
        return {
            "link-login": f"{self.base}/login?dst={escaped}" if dst else f"{self.base}/login",
            "link-login-only": f"{self.base}/login",
            "link-orig": dst,
            "link-orig-esc": escaped,
            "link-logout": f"{self.base}/logout",
            "link-status": f"{self.base}/status",
        }

    def _logout(self, host: Host) -> Response:
        session = self._guests.get(host.mac)
        if session is None:
            return self._redirect(f"{self.base}/login")
        self._close(session, USER_REQUEST)
        return Response(200, pages.logout(session.login.username, **_counters(session)))

    def _redirect(self, address: str) -> Response:
        return Response(302, location=quote(address, safe=_SAFE))


def octal(octets: bytes) -> str:
    """Bytes as RouterOS writes them into its pages: `\\371\\007`."""
    return "".join(f"\\{octet:03o}" for octet in octets)


def _asked(request: Request, base: str) -> str:
    """The whole address that a device asked for."""
    start = f"http://{request.host}" if request.host else base
    return start + request.path + (f"?{request.query}" if request.query else "")


def _is_web(address: str) -> bool:
    try:
        split = urlsplit(address)
    except ValueError:
        return False
    return split.scheme in ("http", "https") and bool(split.netloc)


def _counters(session: Session) -> dict[str, int]:
    return {
        "uptime_seconds": int(session.counted_at - session.started_at),
        "upload_bytes": session.upload_bytes,
        "download_bytes": session.download_bytes,
    }
