"""`./run reference`: writes `docs/reference/events.md` anew from what the packages declare. What stands above its first table stays."""

from pathlib import Path
from typing import Final

import django

ROOT: Final = Path(__file__).resolve().parents[1]
EVENTS: Final = ROOT / "docs" / "reference" / "events.md"


def main() -> None:
    django.setup()
    EVENTS.write_text(events())


def events() -> str:
    """The page on Events as it should be."""
    # The packages are read once Django is set up.
    from headend.system.events import Area
    from headend.ui.sentences import HAPPENINGS

    parts = [EVENTS.read_text().split("\n## ", 1)[0]]
    for area in Area:
        rows = [
            f"| `{one.kind}` | {one.when} | {_names(one.payload)} | {_names(one.personal)} | {one.message} |"
            for one in HAPPENINGS.values()
            if one.area == area
        ]
        head = f"## {area.label}\n\n| kind | when | payload | personal | message |\n|---|---|---|---|---|"
        parts.append("\n".join([head, *rows]).replace("|  |", "| |").replace("|  |", "| |"))
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _names(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)


if __name__ == "__main__":
    main()
