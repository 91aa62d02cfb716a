"""What a check of the books found."""

from dataclasses import dataclass, field
from typing import Final

# A broken installation must not print a million lines: the first ones tell what to look at.
NAMED_AT_MOST: Final = 20


@dataclass(frozen=True, slots=True)
class Check:
    """One statement that must be true of all rows. `failures` names each row of which it is not, in words."""

    code: str
    statement: str
    looked_at: int
    failures: list[str] = field(default_factory=list)
