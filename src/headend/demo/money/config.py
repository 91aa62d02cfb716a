"""How the practice money network is set up."""

import json
import math
from dataclasses import dataclass, field

CURRENCIES = ("GHS", "KES", "NGN", "PHP", "TZS", "UGX", "ZAR")


@dataclass(frozen=True, slots=True)
class Config:
    """How the network is set up. What has a default need not be in the file. Raises ValueError for what cannot be.

    `prompt_seconds` is how long a phone that does not answer counts as busy, `unreachable_seconds` how long the network
    hangs for a phone that it cannot reach, and how long an answer that drips goes on, `repeat_seconds` the first pause before a callback is repeated, which doubles,
    and `callback_seconds` how long an answer to a callback may take.
    """

    port: int
    key: str = field(repr=False)
    currencies: tuple[str, ...] = CURRENCIES
    prompts_per_minute: int = 600
    queries_per_minute: int = 5
    prompt_seconds: float = 120
    unreachable_seconds: float = 30
    repeat_seconds: float = 1
    callback_seconds: float = 10
    mail_port: int = 0

    def __post_init__(self) -> None:
        for port in (self.port, self.mail_port):
            if not isinstance(port, int) or not 0 <= port <= 0xFFFF:
                raise ValueError(f"a port is a number up to {0xFFFF}, not {port!r}")
        if not isinstance(self.key, str) or not self.key or not self.key.isascii() or not self.key.isprintable():
            raise ValueError("the key is a text of printable ASCII characters")
        for name in ("prompts_per_minute", "queries_per_minute"):
            if not isinstance(getattr(self, name), int) or getattr(self, name) < 1:
                raise ValueError(f"{name} is a whole number over zero")
        for name in ("prompt_seconds", "unreachable_seconds", "repeat_seconds", "callback_seconds"):
            if not isinstance(getattr(self, name), int | float) or not 0 < getattr(self, name) < math.inf:
                raise ValueError(f"{name} is a number over zero")

    @classmethod
    def from_json(cls, source: str) -> "Config":
        """Read the configuration file's text; raises ValueError with the reason."""
        try:
            entries = json.loads(source)
            if "currencies" in entries:
                entries["currencies"] = tuple(entries["currencies"])
            return cls(**entries)
        except TypeError as error:
            raise ValueError(f"the configuration is not complete or not right: {error}") from error
