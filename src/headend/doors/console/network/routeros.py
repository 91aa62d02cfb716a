"""What makes a MikroTik router ask us (RouterOS 6 and 7: radius, ppp aaa, ip hotspot), and its guests come to us."""

from html import escape
from typing import Final

from django.utils.translation import gettext as _

from headend.lib import address
from headend.network.models import NAS

# What the router's login page hands over (RouterOS hotspot customisation). `$(name-esc)` is a value escaped for a URL.
LOGIN_FIELDS: Final = (
    "mac",
    "ip",
    "username",
    "link-login-only",
    "link-orig",
    "link-logout",
    "link-status",
    "error",
    "chap-id",
    "chap-challenge",
    "identity",
    "server-name",
    "server-address",
    "hostname",
    "interface-name",
    "vlan-id",
    "trial",
    "plain-passwd",
    "ssl-login",
)


def lines(nas: NAS, *, secret: str, server: str, auth_port: int, acct_port: int, web_host: str) -> list[str]:
    """RouterOS commands, to be pasted into a terminal of this NAS in this order."""
    seconds = nas.organization.interim_seconds
    interim = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    server_line = (
        f"/radius add service=ppp,hotspot address={server} secret={_quoted(secret)} "
        f"authentication-port={auth_port} accounting-port={acct_port} timeout=3s comment=Headend"
    )
    return [
        server_line,
        f"/radius incoming set accept=yes port={nas.coa_port}",
        f"/ppp aaa set use-radius=yes accounting=yes interim-update={interim}",
        f"/ip hotspot profile set [find] use-radius=yes radius-accounting=yes radius-interim-update={interim}",
        _walled_garden(web_host),
    ]


def pppoe_server() -> list[str]:
    """RouterOS commands that make a PPPoE server where there is none; port and addresses are examples.

    Who needs a fixed address gets it from us; everybody else one of the pool.
    """
    profile = "local-address=10.20.0.1 remote-address=headend dns-server=1.1.1.1,8.8.8.8 change-tcp-mss=yes"
    server = "interface=ether2 default-profile=headend one-session-per-host=yes disabled=no"
    return [
        "/ip pool add name=headend ranges=10.20.0.10-10.20.3.254",
        f"/ppp profile add name=headend {profile}",
        f"/interface pppoe-server server add service-name=headend {server}",
        "/ip firewall nat add chain=srcnat src-address=10.20.0.0/22 action=masquerade comment=Headend",
    ]


def login_page(captive_url: str) -> str:
    """The router's own login.html: it leads every guest to `captive_url`, with what we need to lead them back."""
    values = "".join(f"&{name}=$({name}-esc)" for name in LOGIN_FIELDS)
    target = escape(captive_url + values)
    return "\n".join(
        [
            "<!doctype html>",
            "<html>",
            "<head>",
            '<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta http-equiv="cache-control" content="no-store">',
            f'<meta http-equiv="refresh" content="0; url={target}">',
            "<title>Wi-Fi</title>",
            "</head>",
            "<body>",
            f'<p><a href="{target}">{escape(_("Continue to the Wi-Fi"))}</a></p>',
            "</body>",
            "</html>",
        ]
    )


def _walled_garden(host: str) -> str:
    """Our pages are open to who is not yet logged in."""
    kind = "dst-address" if address.parse(host) else "dst-host"
    return f"/ip hotspot walled-garden ip add action=accept {kind}={host} comment=Headend"


def _quoted(text: str) -> str:
    """A value as RouterOS reads it between quotes: its own signs are escaped."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$").replace("?", "\\?")
    return f'"{escaped}"'
