"""The run whose weights another run starts from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, get_args

from chargen.config import is_count, require

How: TypeAlias = Literal["fork", "warm start"]


@dataclass(frozen=True)
class Parent:
    """Where a run's first weights come from, as run.json has it.

    Args:
        run: The name that the run of these weights had.
        iteration: Whose weights they are.
        how: `fork`: the same text and vocabulary; `warm start`: another text, whose characters the vocabulary gained.
        new: The characters that the parent's vocabulary lacked.
        learnt: The texts that the weights had learnt before, from the parent's own parents on: name by sha256.
    """

    run: str
    iteration: int
    how: How = "fork"
    new: str = ""
    learnt: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for key in ("run", "new"):
            require(isinstance(getattr(self, key), str), key, getattr(self, key), "a text")
        require(is_count(self.iteration), "iteration", self.iteration, "a whole number from 1 up")
        require(self.how in get_args(How), "how", self.how, " or ".join(get_args(How)))
        right = isinstance(self.learnt, dict) and all(isinstance(name, str) for name in self.learnt.values())
        require(right, "learnt", self.learnt, "names of texts by sha256")
