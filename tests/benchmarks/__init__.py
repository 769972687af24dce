"""Benchmarks with a bar; run by `make mesures`."""
