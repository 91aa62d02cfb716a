"""Somebody who reads a guide and does what it says: goes by the words on links, labels and buttons, and by nothing else."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin

from django.test import Client

# A page says of a field that it may be left empty; that is no part of its name.
OPTIONAL = " optional"
READ_OUT = {"a", "button", "label", "legend", "h1", "h2", "h3", "th", "dt", "summary", "option", "strong", "b"}
VOID = {"input", "br", "hr", "img", "meta", "link", "use", "path"}


@dataclass
class Form:
    """A form that is posted, or one that asks: where it goes, what it holds as it came, and its buttons by their words."""

    action: str
    posts: bool
    values: dict[str, str] = field(default_factory=dict)
    fields: dict[str, str] = field(default_factory=dict)
    choices: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    ticks: dict[str, tuple[str, str]] = field(default_factory=dict)
    buttons: dict[str, tuple[str, str]] = field(default_factory=dict)


@dataclass
class _Open:
    """An element that is not closed yet, with the words in it."""

    tag: str
    attributes: dict[str, str]
    words: list[str] = field(default_factory=list)
    radio: tuple[str, str] | None = None
    tick: tuple[str, str] | None = None


class Page(HTMLParser):
    """What a page offers: its names, its links, its forms."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.links: list[tuple[str, str]] = []
        self.forms: list[Form] = []
        self._stack: list[_Open] = []
        self._form: Form | None = None
        self._title = ""
        self._labels: dict[str, str] = {}
        self._ids: dict[str, tuple[Form, str]] = {}
        self._select = ""
        self.feed(text)
        for id_, label in self._labels.items():
            if id_ in self._ids:
                form, name = self._ids[id_]
                form.fields[label] = name

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = Form(attributes.get("action", ""), attributes.get("method", "").lower() == "post")
            self.forms.append(self._form)
        elif tag == "input":
            self._input(attributes)
        elif tag in ("select", "textarea"):
            self._select = attributes.get("name", "")
            self._know(attributes)
        if tag not in VOID:
            self._stack.append(_Open(tag, attributes))
        if tag == "svg" and attributes.get("aria-label"):
            # An icon that stands alone says what it means.
            self._read(attributes["aria-label"])

    def handle_data(self, data: str) -> None:
        words = " ".join(data.split())
        if words and not any(element.tag in ("script", "style", "svg") for element in self._stack):
            self._read(words)

    def handle_endtag(self, tag: str) -> None:
        # A tag that closes itself was never opened here.
        while any(element.tag == tag for element in self._stack):
            element = self._stack.pop()
            self._close(element)
            if element.tag == tag:
                break
        if tag == "form":
            self._form = None

    def _read(self, words: str) -> None:
        self.names.add(words)
        for element in self._stack:
            element.words.append(words)

    def _input(self, attributes: dict[str, str]) -> None:
        name, value, kind = attributes.get("name", ""), attributes.get("value", ""), attributes.get("type", "text")
        if self._form is None or not name:
            return
        if kind in ("radio", "checkbox"):
            value = value or "on"
            if "checked" in attributes:
                self._form.values[name] = value
            for element in self._stack:
                if element.tag == "label":
                    element.radio = (name, value) if kind == "radio" else element.radio
                    element.tick = (name, value) if kind == "checkbox" else element.tick
            return
        self._form.values[name] = value
        self._know(attributes)

    def _know(self, attributes: dict[str, str]) -> None:
        if self._form is not None and attributes.get("id"):
            self._ids[attributes["id"]] = (self._form, attributes.get("name", ""))
        if self._form is not None and attributes.get("aria-label"):
            self._form.fields[attributes["aria-label"]] = attributes.get("name", "")

    def _close(self, element: _Open) -> None:
        words = " ".join(element.words)
        if element.tag in READ_OUT and words:
            self.names.add(words)
        if element.tag == "a" and element.attributes.get("href"):
            self.links.append((words, element.attributes["href"]))
        if element.tag == "legend" or "label" in element.attributes.get("class", "").split():
            self._title = words.removesuffix(OPTIONAL)
        if element.tag == "label" and "for" in element.attributes:
            self._labels[element.attributes["for"]] = words.removesuffix(OPTIONAL)
            self.names.add(words.removesuffix(OPTIONAL))
        form = self._form
        if form is None:
            return
        if element.tag == "label" and element.radio:
            # The first words are what the choice is called; price and explanation follow.
            form.choices[self._title, element.words[0]] = element.radio
        if element.tag == "label" and element.tick:
            form.ticks[words] = element.tick
        if element.tag == "button":
            form.buttons[words] = (element.attributes.get("name", ""), element.attributes.get("value", ""))
        if element.tag == "option" and self._select:
            value = element.attributes.get("value", words)
            form.choices[self._select, words] = (self._select, value)
            if "selected" in element.attributes or self._select not in form.values:
                form.values[self._select] = value
        if element.tag in ("select", "textarea"):
            self._select = ""


class Reader:
    """A person with a browser without JavaScript. `names` is all that was read on the pages so far."""

    def __init__(self, host: str) -> None:
        self.names: set[str] = set()
        self.at = ""
        self.text = ""
        self.page = Page("")
        self._client = Client(SERVER_NAME=host, SERVER_PORT="8000")
        self._typed: dict[str, str] = {}

    def open(self, place: str) -> None:
        """Opens an address, as typed into the browser."""
        self._take(self._client.get(urljoin(self.at, place), follow=True), place)

    def follow(self, words: str) -> None:
        """Presses the link with these words; a number beside them does not matter."""
        found = [
            href for text, href in self.page.links if text == words or re.fullmatch(rf"{re.escape(words)} [\d,]+", text)
        ]
        assert found, f"there is no link {words!r} on {self.at}: {sorted({text for text, _ in self.page.links})}"
        self.open(found[0])

    def fill(self, values: dict[str, str]) -> None:
        """Types into the fields with these labels, or chooses what is called so, before a button is pressed."""
        self._typed |= values

    def press(self, words: str) -> None:
        """Presses the button with these words, and sends the form that it belongs to with what was filled in."""
        form = next((form for form in self.page.forms if words in form.buttons), None)
        assert form is not None, f"there is no button {words!r} on {self.at}: {[f.buttons for f in self.page.forms]}"
        values = dict(form.values)
        for label, value in self._typed.items():
            self._put(form, values, label, value)
        name, value = form.buttons[words]
        if name:
            values[name] = value
        self._typed = {}
        assert form.posts, f"{words!r} on {self.at} only asks"
        place = urljoin(self.at, form.action or self.at)
        self._take(self._client.post(place, values, follow=True), place)

    def _put(self, form: Form, values: dict[str, str], label: str, value: str) -> None:
        field_name = form.fields.get(label)
        if label in form.ticks:
            name, on = form.ticks[label]
            values.pop(name, None)
            if value == "yes":
                values[name] = on
        elif (label, value) in form.choices or (field_name, value) in form.choices:
            name, chosen = form.choices.get((label, value)) or form.choices[str(field_name), value]
            values[name] = chosen
        else:
            assert field_name, (
                f"nothing is called {label!r}, {value!r} on {self.at}: {form.fields}, {list(form.choices)}"
            )
            assert not any(select == field_name for select, _ in form.choices), f"{label!r} does not offer {value!r}"
            values[field_name] = value

    def _take(self, response: Any, place: str) -> None:
        self.at = response.redirect_chain[-1][0] if response.redirect_chain else urljoin(self.at, place)
        self.text = response.content.decode().replace("\N{NO-BREAK SPACE}", " ")
        self.page = Page(self.text)
        self.names |= self.page.names
        assert response.status_code == 200, f"{self.at}: {response.status_code} {sorted(self.page.names)}"
