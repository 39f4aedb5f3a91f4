"""What is told after each iteration."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Sample:
    """A text that the network wrote.

    Args:
        temperature: The temperature of sampling.
        seed: What it continued.
        text: What it wrote.
    """

    temperature: float
    seed: str
    text: str


@dataclass(frozen=True)
class Report:
    """What is known after an iteration.

    Args:
        iteration: Its number, from 1.
        loss: Training loss, nats a character: the mean over the iteration's last epoch, dropout on.
        validation_loss: Nats a character on the validation part, dropout off; None without one.
        bits_per_character: The same in bits.
        test_loss: Nats a character on the test part; None without one.
        learning_rate: The optimizer's step size at the end of the iteration.
        seconds: Time spent training, saving and scoring not included.
        characters_per_second: Targets learnt a second.
        best: Whether this is the best iteration so far.
        samples: One for each temperature.
    """

    iteration: int
    loss: float
    validation_loss: float | None
    bits_per_character: float | None
    test_loss: float | None
    learning_rate: float
    seconds: float
    characters_per_second: float
    best: bool
    samples: tuple[Sample, ...]

    def history(self) -> dict[str, Any]:
        """Make the report's line of history."""
        line = asdict(self)
        del line["best"], line["samples"]
        return line

    def shown(self) -> list[dict[str, Any]]:
        """Make what is kept of its samples."""
        return [asdict(sample) for sample in self.samples]
