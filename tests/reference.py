"""`./run reference`: writes anew what the documents draw from the code.

That is `docs/reference/events.md`, from what the packages declare (what stands above its first table stays), and the picture of
the house in `docs/guides/developer.md`, from the contract of the imports.
"""

import re
import textwrap
import tomllib
from pathlib import Path
from typing import Final

import django

ROOT: Final = Path(__file__).resolve().parents[1]
EVENTS: Final = ROOT / "docs" / "reference" / "events.md"
GUIDE: Final = ROOT / "docs" / "guides" / "developer.md"
_WIDE: Final = 100
_NAME: Final = 22


def main() -> None:
    django.setup()
    EVENTS.write_text(events())
    GUIDE.write_text(guide())


def events() -> str:
    """The page on Events as it should be."""
    # The packages are read once Django is set up.
    from headend.system.events import Area
    from headend.ui.sentences import HAPPENINGS

    parts = [EVENTS.read_text().split("\n## ", 1)[0]]
    for area in Area:
        rows = [
            f"| `{one.kind}` | {one.when} | {_names(one.payload)} | {_names(one.personal)} | {_notices(one.kind)} |"
            for one in HAPPENINGS.values()
            if one.area == area
        ]
        head = f"## {area.label}\n\n| kind | when | payload | personal | message |\n|---|---|---|---|---|"
        parts.append("\n".join([head, *rows]).replace("|  |", "| |").replace("|  |", "| |"))
    return "\n\n".join(part.strip() for part in parts) + "\n"


def guide() -> str:
    """The developers' guide with the picture of the house as it should be."""
    before, _picture, after = GUIDE.read_text().split("```\n", 2)
    return f"{before}```\n{house()}```\n{after}"


def house() -> str:
    """The packages as the imports go: each may use what stands below it, and nothing above."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = next(one["layers"] for one in contracts if one.get("containers") == ["headend"])
    told = _told()
    # What STYLE.md tells of together stands on one floor.
    floors: dict[str, list[str]] = {}
    for layer in layers:
        names = [name for name in layer.split(" | ") if name in told]
        if names:
            floors.setdefault("; ".join(dict.fromkeys(told[name] for name in names)), []).extend(names)
    drawn = []
    for what, names in floors.items():
        lines = textwrap.wrap(what, _WIDE - _NAME)
        heads = [", ".join(names), *[""] * (len(lines) - 1)]
        drawn.append(
            "".join(f"│ {head:{_NAME}}{line:{_WIDE - _NAME}} │\n" for head, line in zip(heads, lines, strict=True))
        )
    edge = "─" * (_WIDE + 2)
    return f"┌{edge}┐\n" + f"├{edge}┤\n".join(drawn) + f"└{edge}┘\n"


def _told() -> dict[str, str]:
    """What STYLE.md says of each package."""
    rows = re.findall(r"^\| (`[^|]+) \| ([^|]+) \|$", (ROOT / "STYLE.md").read_text(), re.MULTILINE)
    return {name: what.replace("`", "") for names, what in rows for name in re.findall(r"\w+", names)}


def _notices(kind: str) -> str:
    from headend.messaging.catalogue import CAUSES

    return ", ".join(f"*{notice.label}*" for notice, _values in CAUSES.get(kind, []))


def _names(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)


if __name__ == "__main__":
    main()
