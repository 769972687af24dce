"""How good, against what: benchmarks, baselines, reports."""
