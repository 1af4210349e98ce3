"""Kill what can be killed in the middle of the work, and count what is lost or done twice.

`python -m tests.faults --seed 1` is the short set, `--long` the whole one. See docs/operations.md.
"""
