"""`python -m bench NAME [--small] [--keep] [--on DATABASE]`: runs one benchmark; alone it lists them. `./run bench` calls it."""

import argparse
import sys

from bench import many_customers, radius_thread
from bench.problem import BenchError

BENCHMARKS = {module.NAME: module for module in (radius_thread, many_customers)}


def main() -> int:
    parser = argparse.ArgumentParser(prog="./run bench", description="Measures Headend beside its peers.")
    parser.add_argument("name", nargs="?", choices=sorted(BENCHMARKS), metavar="NAME")
    parser.add_argument("--small", action="store_true", help="all of it in half a minute: proves that it works")
    parser.add_argument("--keep", action="store_true", help="customers: leave the data in var/bench and use it again")
    parser.add_argument("--on", choices=["sqlite", "postgresql"], help="customers: on this database alone")
    options = parser.parse_args()
    if options.name is None:
        print("Usage: ./run bench NAME [--small] [--keep] [--on DATABASE]\n")
        for name, module in sorted(BENCHMARKS.items()):
            print(f"  {name:16}{(module.__doc__ or '').splitlines()[0]}")
        return 0
    try:
        if options.name == many_customers.NAME:
            many_customers.run(small=options.small, keep=options.keep, on=options.on or "")
        else:
            radius_thread.run(small=options.small)
    except BenchError as error:
        print(f"The benchmark FAILED: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
