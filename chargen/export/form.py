"""What a format of exports is."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from chargen.export.about import About
from chargen.network import Network


@dataclass(frozen=True)
class Format:
    """A format that networks are exported to.

    Args:
        name: What `--format` calls it.
        ending: How a name ends when nobody gives one; what begins with its last dot belongs to the format.
        write: Writes a network, and what is to be known about it, to a new path.
        loads: Lines of Python that load the file PATH in the format's own runtime, make a first step and call what
            came of it `said`.
        tensorflow: Whether writing takes TensorFlow.
        needs: The package of the extra `export` that writing takes, if any.
    """

    name: str
    ending: str
    write: Callable[[Network, About, Path], None]
    loads: str
    tensorflow: bool = True
    needs: str = ""
