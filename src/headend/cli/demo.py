"""`headend demo`: everything at once, with made-up customers."""

from headend.demo.main import run

__all__ = ["run"]
