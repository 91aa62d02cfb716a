"""What makes a benchmark fail: something is wrong, never that it is slow."""


class BenchError(Exception):
    """The message says what is wrong."""
