"""What keeps a command from doing its work and is no defect: said in words, without a traceback."""

from typing import Final

# Not 1 and 2, which `explain` gives a meaning of its own.
EXIT_STATUS: Final = 3


class ProblemError(Exception):
    """The message says what is wrong, where, and what to do."""
