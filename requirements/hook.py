"""Gives the wheel its dependencies: the names in requirements/runtime.in are the one list."""

from pathlib import Path

from hatchling.metadata.plugin.interface import MetadataHookInterface


class RuntimeRequirements(MetadataHookInterface):
    def update(self, metadata: dict) -> None:
        lines = Path(self.root, "requirements", "runtime.in").read_text().splitlines()
        metadata["dependencies"] = [line for line in lines if line and not line.startswith("#")]
