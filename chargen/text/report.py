"""What is told after each iteration."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from chargen.errors import DamagedRunError
from chargen.runs import Line


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


def require_history(history: Sequence[Line], name: str) -> list[Line]:
    """Refuse lines of history that lack a figure.

    Args:
        history: Numbers or None by key.
        name: The run's name, for the error message.

    Returns:
        The same lines.

    Raises:
        DamagedRunError: A line lacks a figure that every iteration has.
    """
    for line in history:
        for field in fields(Report):
            figure = field.type in (int, float)
            known = line.get(field.name) is not None if figure else field.name in line
            if not known and field.name not in ("best", "samples"):
                raise DamagedRunError(
                    f"iteration {line['iteration']} of run {name!r} has no {field.name}; restore it from a copy"
                )
    return list(history)
