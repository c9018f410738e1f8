"""
Real time under load, on both servers, beside a bare echo server in the same run.

``python -m tests.bench.sockets [name …] [--seconds S] [--kinds threads,gevent]``; see ``docs/benchmarks.md``.
"""
