"""Faults for `scripts/torture.py`: a file a fault, and what they share in `stage`, `state` and `tally`."""
