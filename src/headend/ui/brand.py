"""What the server writes in an organization's colour: its stylesheet, and the digest that stands in its address."""

from functools import lru_cache
from hashlib import sha256
from typing import Final

from headend.lib import colour

# The lightest and the darkest of what text in the accent's colour may stand on: --bg and --soft of captive.css, and of
# tokens.css --surface, --sunken, --raised. A test compares them.
LIGHT_GROUNDS: Final = ("#ffffff", "#eff2ef")
DARK_GROUNDS: Final = ("#141a18", "#1f2725")
_DIGEST_LENGTH: Final = 12


@lru_cache(maxsize=256)
def stylesheet(accent: str) -> str:
    """The stylesheet of an organization whose colour is `accent` (`#rrggbb`).

    `--accent` is the colour itself. `--on-accent` is the text on it. `--accent-ink` is the same colour as text on the
    page, in the light and in the dark scheme, for browsers that cannot derive one colour from another.
    """
    light = colour.accent_ink(accent, LIGHT_GROUNDS)
    dark = colour.accent_ink(accent, DARK_GROUNDS)
    return (
        f":root {{ --accent: {accent}; --on-accent: {colour.on_accent(accent)}; --accent-ink: {light}; }}\n"
        f'@media (prefers-color-scheme: dark) {{ :root:not([data-theme="light"]) {{ --accent-ink: {dark}; }} }}\n'
        f':root[data-theme="dark"] {{ --accent-ink: {dark}; }}\n'
    )


@lru_cache(maxsize=256)
def digest(accent: str) -> str:
    """What names the present content of that stylesheet."""
    return sha256(stylesheet(accent).encode()).hexdigest()[:_DIGEST_LENGTH]
