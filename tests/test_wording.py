"""What people read: whole sentences, one and many told apart, and no word that only the code knows."""

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Final

from headend.access import authorize, reasons
from headend.access.models import ConnectionType, ValidityUnit
from headend.doors.console.office import dashboard
from headend.doors.worker import schedule
from headend.lib.radius.attributes import TERMINATE_CAUSES
from headend.network.models import Switch, Vendor
from headend.system.models import Registration
from headend.ui import states
from headend.ui.sentences import CHOICES
from tests.test_tidy import PRODUCT, SOURCE, TEMPLATES, called, files, nodes, place, text_of

PLAIN_CALLS: Final = {"_", "gettext", "gettext_lazy", "pgettext", "pgettext_lazy"}
PLACE: Final = r"(?:%\(\w+\)[sd]|\{\{ ?\w+ ?\}\})"
THINGS: Final = [
    "accounts",
    "batches",
    "bytes",
    "characters",
    "codes",
    "commands",
    "connections",
    "countries",
    "customers",
    "days",
    "devices",
    "digits",
    "events",
    "groups",
    "hosts",
    "hours",
    "jobs",
    "logins",
    "members",
    "messages",
    "minutes",
    "months",
    "names",
    "numbers",
    "packages",
    "packets",
    "passwords",
    "payments",
    "people",
    "periods",
    "plans",
    "purchases",
    "refusals",
    "requests",
    "routers",
    "seconds",
    "sessions",
    "sheets",
    "sites",
    "subscriptions",
    "times",
    "tries",
    "vouchers",
    "weeks",
    "years",
]
# A number before several of a thing, or before what several do.
COUNTED: Final = re.compile(
    rf"{PLACE} (?:(?!to |of |in |on |with )\w+ )?(?:{'|'.join(THINGS)})\b|{PLACE} (?:are|were|have|run out)\b"
)
# Numbers of ours that are never one.
ALWAYS_MANY: Final = {
    "A batch has at most %(vouchers)s vouchers, on at most %(sheets)s sheets.",
    "At most %(most)s hosts can be named.",
    "More than {{ most }} customers are found. These are the {{ most }} that fit best: type more of the name or number to find others.",
    "Codes and passwords are kept as dots, and each message for %(days)s days after it was sent.",
}
# What a model keeps as a word of its own. In a template it stands with `get_…_display`, a filter or a tag.
CODES: Final = re.compile(
    r"\{\{ ?(?:\w+\.)+(?:kind|reason_code|end_cause|failure|unit|vendor|method|channel|connection_type|validity_unit|role"
    r"|registration|state|status) ?\}\}"
)


def sentences() -> Iterator[tuple[str, str]]:
    """(place, text) of every translated text without plural forms."""
    for path, node in nodes(PRODUCT):
        if isinstance(node, ast.Call) and called(node) in PLAIN_CALLS and node.args:
            text = text_of(node.args[-1])
            if text:
                yield place(path, node.lineno), text
    for path in TEMPLATES:
        content = path.read_text()
        for found in re.finditer(
            r"\{% blocktranslate(?P<how>[^%]*)%\}(?P<text>.*?)\{% endblocktranslate %\}", content, re.DOTALL
        ):
            if " count " not in found["how"]:
                # A trimmed one is one line to who translates it.
                yield place(path, content.count("\n", 0, found.start()) + 1), " ".join(found["text"].split())


def test_a_number_before_a_thing_has_one_and_many() -> None:
    texts = list(sentences())

    assert len(texts) > 1000
    assert [(where, text) for where, text in texts if COUNTED.search(text) and text not in ALWAYS_MANY] == []
    # What is excused is still said, and would not pass without.
    assert {text for _, text in texts} >= ALWAYS_MANY
    assert all(COUNTED.search(text) for text in ALWAYS_MANY)


def test_a_number_in_a_page_stands_in_a_sentence() -> None:
    """`{{ n }} {% translate "customers" %}` has no form for one, and no order of words for another language."""
    halves = re.compile(r"\{\{[^}]+\}\}\s*\{% translate [\"'](?:" + "|".join(THINGS) + r")\b")

    assert [str(path) for path in TEMPLATES if halves.search(path.read_text())] == []


class Spoken(HTMLParser):
    """The text of a template that people see: what stands in attributes is left out."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.texts: list[tuple[str, str]] = []
        self._path = path
        # Conditions and urls of template tags are none of it.
        self.feed(re.sub(r"\{%.*?%\}", lambda tag: "\n" * tag[0].count("\n"), path.read_text(), flags=re.DOTALL))
        self.close()

    def handle_data(self, data: str) -> None:
        self.texts.append((place(self._path, self.getpos()[0]), data))


def test_no_page_shows_a_word_of_the_code() -> None:
    shown = [
        (where, found[0]) for path in TEMPLATES for where, text in Spoken(path).texts for found in CODES.finditer(text)
    ]

    assert shown == []


def test_every_kind_that_pages_name_has_words() -> None:
    counted = {
        text_of(node.args[0])
        for _, node in nodes(files(SOURCE / "doors" / "radius"))
        if isinstance(node, ast.Call) and called(node) == "refused" and node.args
    } - {None}
    wanted: list[tuple[str, set[Any], Any]] = [
        ("jobs", set(schedule.KINDS), dashboard.JOBS),
        ("ends of sessions", set(TERMINATE_CAUSES.values()), states.ENDS),
        ("refusals and dropped packets", counted | set(authorize.Code) | set(authorize.Unasked), reasons.SHORT),
        ("connection types", set(ConnectionType), CHOICES["connection_type"]),
        ("units", set(ValidityUnit), CHOICES["validity_unit"]),
        ("vendors", set(Vendor), CHOICES["vendor"]),
        ("switches", set(Switch), CHOICES["limit_proxy_state"]),
        ("registration", set(Registration), CHOICES["registration"]),
    ]

    assert len(counted) > 3
    assert {what: sorted(kinds - set(words)) for what, kinds, words in wanted if kinds - set(words)} == {}
