"""Reproducible benchmarks, with the peers side by side. See README.md."""
