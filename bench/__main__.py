"""`python -m bench NAME [--small]`: runs one benchmark; alone it lists them. `./run bench` calls it."""

import argparse
import sys

from bench import radius_thread
from bench.problem import BenchError

BENCHMARKS = {radius_thread.NAME: radius_thread}


def main() -> int:
    parser = argparse.ArgumentParser(prog="./run bench", description="Measures Headend beside its peers.")
    parser.add_argument("name", nargs="?", choices=sorted(BENCHMARKS), metavar="NAME")
    parser.add_argument("--small", action="store_true", help="all of it in half a minute: proves that it works")
    options = parser.parse_args()
    if options.name is None:
        print("Usage: ./run bench NAME [--small]\n")
        for name, module in sorted(BENCHMARKS.items()):
            print(f"  {name:16}{(module.__doc__ or '').splitlines()[0]}")
        return 0
    try:
        BENCHMARKS[options.name].run(small=options.small)
    except BenchError as error:
        print(f"The benchmark FAILED: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
