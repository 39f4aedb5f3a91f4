"""What is told after each iteration."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Report:
    """What is known after an iteration.

    Args:
        iteration: Its number, from 1.
        loss: Training loss, the mean squared error of scaled values over the iteration's last epoch, dropout on.
        validation_loss: The same on the validation part, dropout off; None without one.
        validation_rmse: Root of the mean squared error of forecasts on the validation part, in the series' units.
        learning_rate: The optimizer's step size at the end of the iteration.
        seconds: Time spent training, saving and scoring not included.
        windows_per_second: Windows learnt a second.
        best: Whether this is the best iteration so far.
    """

    iteration: int
    loss: float
    validation_loss: float | None
    validation_rmse: float | None
    learning_rate: float
    seconds: float
    windows_per_second: float
    best: bool

    def history(self) -> dict[str, Any]:
        """Make the report's line of history."""
        line = asdict(self)
        del line["best"]
        return line

    def shown(self) -> list[dict[str, Any]]:
        """Series write no samples."""
        return []
