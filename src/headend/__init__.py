"""Headend: the operator's end of the last mile."""

__version__ = "0.1.0"
