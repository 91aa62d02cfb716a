"""Somebody with a browser without JavaScript: opens pages, fills in the forms that stand there, presses a button."""

import urllib.error
import urllib.request
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookiejar import CookieJar
from urllib.parse import urlencode, urljoin, urlsplit


@dataclass
class Form:
    """One form of a page with the values that it came with."""

    action: str
    values: dict[str, str] = field(default_factory=dict)


class _Forms(HTMLParser):
    """Collects the forms of a page; a chosen radio, a ticked box and a selected option count."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[Form] = []
        self._open = False
        self._select = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open = values.get("method", "get").lower() == "post"
            if self._open:
                self.found.append(Form(values.get("action", "")))
        if not self._open:
            return
        if tag == "input" and values.get("name"):
            chosen = values.get("type") not in ("radio", "checkbox") or "checked" in values
            if chosen:
                self.found[-1].values[values["name"]] = values.get(
                    "value", "on" if values.get("type") == "checkbox" else ""
                )
        if tag == "select":
            self._select = values.get("name", "")
        if tag == "option" and self._select and ("selected" in values or self._select not in self.found[-1].values):
            self.found[-1].values[self._select] = values.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = False
        if tag == "select":
            self._select = ""


class Visitor:
    """A person and the page in front of them. `base` is where the site begins, without a slash."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.at, self.status, self.page = "", 0, ""
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))

    def open(self, path: str) -> str:
        """Opens a page and returns its text; `status` says how it went."""
        return self._load(urllib.request.Request(urljoin(self.at or self.base, path)))

    def submit(self, action: str = "", **values: str) -> str:
        """Fills in the form whose address ends in `action` (the page's own where it is empty) and sends it."""
        forms = _Forms(self.page).found
        here = urlsplit(self.at).path
        form = next(
            (form for form in forms if (form.action.endswith(action) if action else form.action in ("", here))), None
        )
        assert form is not None, (
            f"there is no form {action!r} on {self.at}: {[f.action for f in _Forms(self.page).found]}"
        )
        content = urlencode({**form.values, **values}).encode()
        headers = {"Referer": self.at, "Origin": self.base}
        return self._load(urllib.request.Request(urljoin(self.at, form.action or self.at), content, headers))

    def sign_in(self, path: str, email: str, password: str) -> None:
        self.open(path)
        self.submit(email=email, password=password)
        assert self.status == 200, self.page
        assert "sign-in" not in self.at, "the sign-in was refused"

    def _load(self, request: urllib.request.Request) -> str:
        try:
            with self._opener.open(request, timeout=30) as response:
                self.at, self.status, self.page = response.url, response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                self.at, self.status, self.page = error.url or self.at, error.code, error.read().decode()
        return self.page
