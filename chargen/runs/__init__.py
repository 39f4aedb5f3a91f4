"""Runs: a folder each, what is written there, when, and how it is made whole again."""

from chargen.runs.config import SaveConfig
from chargen.runs.files import LARGEST
from chargen.runs.folder import INITIAL, RunFolder
from chargen.runs.names import is_name, require_name
from chargen.runs.position import Line, Plan, Position, best_iteration, patience_ended
from chargen.runs.store import Store
from chargen.runs.tensors import pack

__all__ = [
    "INITIAL",
    "LARGEST",
    "Line",
    "Plan",
    "Position",
    "RunFolder",
    "SaveConfig",
    "Store",
    "best_iteration",
    "is_name",
    "pack",
    "patience_ended",
    "require_name",
]
