"""The settings of saving."""

from dataclasses import dataclass

from chargen.config import is_number, is_whole, require


@dataclass(frozen=True)
class SaveConfig:
    """When a run is saved, and how much of it is kept.

    Args:
        checkpoint_every: Minutes of training after which the state within an iteration is saved; 0 for never.
        keep: Iterations, from the newest, whose weights are kept, beside the best's; 0 for all.
    """

    checkpoint_every: float = 10.0
    keep: int = 100

    def __post_init__(self) -> None:
        minutes = self.checkpoint_every
        require(is_number(minutes) and minutes >= 0, "--checkpoint-every", minutes, "minutes, or 0 for never")
        # The second newest is what training goes on from if the newest is damaged.
        require(is_whole(self.keep) and self.keep != 1, "--keep", self.keep, "a whole number from 2 up, or 0 for all")
