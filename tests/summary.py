"""Adds up what the runs of the suite reported, and fails when one of them failed. Called by `run` at the end of its tests."""

import sys
from pathlib import Path
from xml.etree import ElementTree


def main(folder: Path) -> int:
    failed_runs = {path.stem: path.read_text().strip() for path in sorted(folder.glob("*.failed"))}
    suites = [suite for path in folder.glob("*.xml") for suite in ElementTree.parse(path).getroot().iter("testsuite")]
    total = {
        name: sum(int(suite.get(name, "0")) for suite in suites) for name in ("tests", "failures", "errors", "skipped")
    }
    for path in sorted(folder.glob("*.xml")):
        seconds = sum(float(suite.get("time", "0")) for suite in ElementTree.parse(path).getroot().iter("testsuite"))
        print(f"{path.stem}: {seconds:.0f} s")
    left_out = folder / "left-out"
    if left_out.exists():
        print(f"{left_out.read_text()} tests need no database, or not two, and ran once")
    for name, why in failed_runs.items():
        print(f"{name}: {why}")
    failed = total["failures"] + total["errors"]
    passed = total["tests"] - failed - total["skipped"]
    print(f"{passed} passed, {failed} failed, {total['skipped']} skipped")
    return 1 if failed_runs or failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
