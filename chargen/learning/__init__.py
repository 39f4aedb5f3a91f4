"""Runs that learn: what text and series have in common. It composes the trainer with a run's folder."""

from chargen.learning.loop import OnProgress, Reported, learn
from chargen.learning.run import LearningRun, require_history

__all__ = ["LearningRun", "OnProgress", "Reported", "learn", "require_history"]
