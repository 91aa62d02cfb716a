"""The one way in which a verb says no."""

from typing import Any


class Refused(Exception):  # noqa: N818 - it reads as what happened: raise Refused(...)
    """A verb's refusal. `code` is stable; its text stands in the domain's `reasons.TEXTS` and takes `detail`.

    `field` is the form field that it belongs to, or empty.
    """

    def __init__(self, code: str, *, field: str = "", **detail: Any) -> None:
        super().__init__(code)
        self.code = code
        self.field = field
        self.detail = detail
