"""Runs: a folder each, what is written there, when, and how it is read back."""

from chargen.runs.folder import Position, RunFolder
from chargen.runs.names import is_name, require_name
from chargen.runs.store import Store

__all__ = ["Position", "RunFolder", "Store", "is_name", "require_name"]
