"""Training: compiled steps and iterations. It yields weights, losses and positions, and knows no runs or samples."""

from chargen.snapshot import Snapshot
from chargen.trainer.config import TrainConfig
from chargen.trainer.crew import Crew
from chargen.trainer.trainer import Progress, Trainer, next_characters

__all__ = ["Crew", "Progress", "Snapshot", "TrainConfig", "Trainer", "next_characters"]
