"""Many runs over settings: planned, trained one after the other, compared on the validation part."""

from chargen.sweep.running import Sweep, create, load, sweep
from chargen.sweep.space import Range
from chargen.sweep.trial import Row, Trial

__all__ = ["Range", "Row", "Sweep", "Trial", "create", "load", "sweep"]
