"""Runs: a folder each, what is written there, when, and how it is read back."""

from chargen.runs.folder import Plan, Position, RunFolder
from chargen.runs.names import is_name, require_name
from chargen.runs.store import Store

__all__ = ["Plan", "Position", "RunFolder", "Store", "is_name", "require_name"]
