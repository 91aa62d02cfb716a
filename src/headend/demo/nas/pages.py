"""The pages of a simulated hotspot. No script: the login page leads to the portal by a refresh, and by a link."""

from html import escape
from urllib.parse import urlencode, urlsplit


def portal_address(portal: str, fields: dict[str, str]) -> str:
    """The portal's address with the router's fields behind what stands in its query already."""
    split = urlsplit(portal)
    query = "&".join(filter(None, (split.query, urlencode(fields))))
    return split._replace(query=query, fragment="").geturl()


def login(portal: str, fields: dict[str, str]) -> str:
    """The router's login page as an external portal has it replaced."""
    address = escape(portal_address(portal, fields))
    error = f"<p id=error>{escape(fields['error'])}</p>" if fields["error"] else ""
    refresh = f'<meta http-equiv="refresh" content="0; url={address}">'
    return _page("Log in", f'{error}<p><a href="{address}">Continue to the login page</a></p>', refresh)


def status(username: str, *, uptime_seconds: int, upload_bytes: int, download_bytes: int) -> str:
    """What a guest on line sees."""
    numbers = _numbers(
        username, uptime_seconds=uptime_seconds, upload_bytes=upload_bytes, download_bytes=download_bytes
    )
    return _page("You are logged in", f'{numbers}<p><a href="/logout">Log out</a></p>')


def logout(username: str, *, uptime_seconds: int, upload_bytes: int, download_bytes: int) -> str:
    """What a guest who logged out sees."""
    numbers = _numbers(
        username, uptime_seconds=uptime_seconds, upload_bytes=upload_bytes, download_bytes=download_bytes
    )
    return _page("You have logged out", f'{numbers}<p><a href="/login">Log in</a></p>')


def elsewhere(address: str) -> str:
    """What stands for the page of any other host, once the guest is on line."""
    return _page("You are on the internet", f"<p>This stands for <b>{escape(address)}</b>.</p>")


def error(text: str) -> str:
    """Something is not as it should be."""
    return _page("Hotspot error", f"<p>{escape(text)}</p>")


def _numbers(username: str, *, uptime_seconds: int, upload_bytes: int, download_bytes: int) -> str:
    rows = {
        "username": username,
        "uptime": _uptime(uptime_seconds),
        "bytes-in": str(upload_bytes),
        "bytes-out": str(download_bytes),
    }
    cells = "".join(f"<dt>{name}</dt><dd id={name}>{escape(value)}</dd>" for name, value in rows.items())
    return f"<dl>{cells}</dl>"


def _uptime(seconds: int) -> str:
    """As RouterOS writes a time: `1h4m9s`."""
    parts = zip((seconds // 86400, seconds // 3600 % 24, seconds // 60 % 60, seconds % 60), "dhms", strict=True)
    return "".join(f"{count}{unit}" for count, unit in parts if count) or "0s"


def _page(title: str, content: str, head: str = "") -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"{head}<title>{title}</title></head><body><h1>{title}</h1>{content}</body></html>\n"
    )
