"""Texts with names in braces, such as `{amount}`, that people write: what is no such name, and the text with their values."""

import re
from collections.abc import Collection, Mapping
from typing import Final

_BRACES: Final = re.compile(r"\{([^{}\n]*)\}")


def unknown_in(text: str, known: Collection[str]) -> str | None:
    """The first that stands in braces and is none of `known`, as it was typed; None where there is none."""
    return next((name for name in _BRACES.findall(text) if name not in known), None)


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with the `values` of the names that have one; they are not looked into. A sentence that is empty leaves no gap."""
    filled = _BRACES.sub(lambda found: values.get(found[1], found[0]), text)
    lines = (re.sub(r" {2,}", " ", line).strip() for line in filled.splitlines())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
