"""The lines that make a MikroTik router ask us (RouterOS 7 command line: radius, ppp aaa, ip hotspot profile)."""

from headend.network.models import NAS


def lines(nas: NAS, *, secret: str, server: str, auth_port: int, acct_port: int) -> list[str]:
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
    ]


def _quoted(text: str) -> str:
    """A value as RouterOS reads it between quotes: its own signs are escaped."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$").replace("?", "\\?")
    return f'"{escaped}"'
