"""``python -m tests.bench.sockets``: see ``docs/benchmarks.md``."""

import argparse

from tests.bench.sockets import tables

if __name__ == "__main__":
    reader = argparse.ArgumentParser(prog="python -m tests.bench.sockets")
    reader.add_argument("names", nargs="*", help=f"which tables: {', '.join(tables.TABLES)} (all)")
    reader.add_argument("--seconds", type=float, default=tables.SECONDS, help="of each measurement")
    reader.add_argument("--away", type=float, default=tables.AWAY, help="seconds for which Redis is stopped")
    reader.add_argument("--rates", type=int, nargs="+", default=list(tables.RATES), help="messages a second")
    reader.add_argument("--kinds", nargs="+", default=["threads", "gevent"])
    reader.add_argument("--phones", type=int, default=tables.PHONES)
    asked = reader.parse_args()
    sizes = tables.Sizes(asked.seconds, asked.away, tuple(asked.rates), asked.phones, tuple(asked.kinds))
    tables.run(asked.names or list(tables.TABLES), sizes)
