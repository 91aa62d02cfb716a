"""A guide of docs/ as a reader takes it in: its commands, its lines for the router, its tables of what to fill in."""

import re
import shlex
from pathlib import Path

FILL_IN = "| field | fill in |"


class Guide:
    """One document. Its sections are known by the beginning of their title."""

    def __init__(self, path: Path) -> None:
        self.text = path.read_text()
        parts = re.split(r"^## (.+)$", self.text, flags=re.MULTILINE)
        self._sections = dict(zip(parts[1::2], parts[2::2], strict=True))

    def section(self, title: str) -> str:
        found = [text for name, text in self._sections.items() if name.startswith(title)]
        assert len(found) == 1, f"{len(found)} sections begin with {title!r}: {list(self._sections)}"
        return found[0]

    def tables(self, title: str) -> list[dict[str, str]]:
        """What a section says to fill in: for each of its forms, the values by the labels of the fields."""
        found = []
        for part in self.section(title).split(FILL_IN)[1:]:
            rows = re.match(r"\n\|[-|]+\|\n((?:\|.*\|\n)+)", part)
            assert rows, part
            cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows[1].splitlines()]
            found.append(dict(cells))
        return found

    def blocks(self, language: str) -> list[list[str]]:
        """The lines of each fenced block of a language."""
        found = re.findall(rf"^```{language}\n(.*?)^```", self.text, re.MULTILINE | re.DOTALL)
        return [block.splitlines() for block in found]

    def commands(self) -> list[list[str]]:
        """Every line of a `sh` block, as the shell splits it."""
        return [shlex.split(line) for block in self.blocks("sh") for line in block]

    def names(self) -> set[str]:
        """What stands in bold: the words of links, buttons and pages."""
        plain = re.sub(r"^```.*?^```", "", self.text, flags=re.MULTILINE | re.DOTALL)
        return {" ".join(name.split()) for name in re.findall(r"\*\*(.+?)\*\*", plain, re.DOTALL)}
