"""How fast the core is: `python -m tests.benchmarks` prints a table."""
