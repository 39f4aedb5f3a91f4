"""What every encoder provides."""

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

from chargen.network.layer import States
from chargen.types import Floats, Ids, Weights

if TYPE_CHECKING:
    from chargen.network.config import ModelConfig


class Encoder(ABC):
    """What stands between a window and what reads it out: the shapes of its weights and how it reads in NumPy.

    Its twin in TensorFlow is the function of the same name in `chargen.network.fast_encoders`.

    Attributes:
        name: The name in ENCODERS and in a run's settings.
        windowed: Whether its weights depend on the length of a window.
        every_step: Whether it has a vector for every step of a window, not only one for the whole.
    """

    name: ClassVar[str]
    windowed: ClassVar[bool] = False
    every_step: ClassVar[bool] = True

    @abstractmethod
    def width(self, config: "ModelConfig") -> int:
        """Tell the size of its vectors.

        Args:
            config: The network's settings.

        Returns:
            Numbers in a vector.
        """

    @abstractmethod
    def shapes(self, config: "ModelConfig") -> dict[str, tuple[int, ...]]:
        """Tell the shapes of its weights.

        Args:
            config: The network's settings.

        Returns:
            Shape by key on disk, in Keras' layouts.
        """

    def walk(self, steps: int) -> int:
        """Tell over how many steps its recurrent layers go.

        Args:
            steps: Length of a window.

        Returns:
            So many; 0 without recurrent layers.
        """
        return steps

    @abstractmethod
    def read(
        self, config: "ModelConfig", weights: Weights, x: Ids | Floats, states: States | None, last: bool
    ) -> tuple[Floats, list[tuple[Floats, ...]]]:
        """Read windows in NumPy.

        Args:
            config: The network's settings.
            weights: The network's weights by key.
            x: Character ids, integer (batch, time), or values, float (batch, time, inputs).
            states: For each layer the states to start from; None for zeros. Only `cells` is ever given any.
            last: Whether the vector at the window's end is wanted, alone.

        Returns:
            The vectors, float (batch, time, width) or (batch, width), and the states after the last step: none but of
            `cells`.
        """
