"""Benchmarks: tables and ratios, never asserts. Run by ``make bench``."""
