"""A text run: what it learnt from, and what it can write."""

from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from chargen.config import from_json, is_count, require
from chargen.errors import DamagedRunError, RunError, SeedError
from chargen.network import ModelConfig, Network
from chargen.randomness import Purpose, generator
from chargen.runs import Plan, RunFolder, Store
from chargen.text.normalise import Normalising, normalise_seed
from chargen.text.sampling import SampleConfig, continuation, require_temperature
from chargen.text.split import PRIMING, Document, Parts, split
from chargen.text.vocabulary import Vocabulary
from chargen.trainer import Progress, TrainConfig
from chargen.types import Ids

if TYPE_CHECKING:
    from chargen.text.report import Report

KIND = "text"


def load(name: str | None = None, checkpoints: str | Path = "checkpoints") -> "Run":
    """Open a text run; no TensorFlow is needed to sample from it.

    Args:
        name: Its name; the most recently trained when left out.
        checkpoints: The folder of runs.

    Returns:
        The run.

    Raises:
        RunError: There is no such text run, or it is damaged.
    """
    return Run(Store(Path(checkpoints)).open(name, KIND))


def encode_seed(seed: str, vocabulary: Vocabulary, normalising: Normalising) -> Ids:
    """Prepare a seed as the text was prepared.

    Args:
        seed: What the user wants continued.
        vocabulary: The characters that the network knows.
        normalising: How the text was prepared.

    Returns:
        Ids, int32 (n,), n ≥ 1.

    Raises:
        SeedError: It is empty, or has characters that the vocabulary lacks.
    """
    require(isinstance(seed, str), "--seed", seed, "a text")
    ids = vocabulary.encode(normalise_seed(seed, normalising))
    if not len(ids):
        raise SeedError("the seed text is empty; give at least one character, or leave the option out")
    return ids


class Run:
    """A network, the text that it learns, and what it can do with it.

    Args:
        folder: The run's folder.

    Raises:
        RunError: The folder is damaged, newer than this chargen, or no text run.
    """

    def __init__(self, folder: RunFolder) -> None:
        header = folder.header()
        path = folder.path / "run.json"
        self.folder = folder
        self.name = folder.name
        try:
            self.model = from_json(ModelConfig, header["model"], f"{path}, model")
            self.training_config = from_json(TrainConfig, header["training"], f"{path}, training")
            self.normalising = from_json(Normalising, header["normalising"], f"{path}, normalising")
            self.samples = from_json(SampleConfig, header["samples"], f"{path}, samples")
            self.documents = [
                from_json(Document, document, f"{path}, corpus") for document in header["corpus"]["documents"]
            ]
        except (KeyError, TypeError) as error:
            raise DamagedRunError(f"{path} lacks {error}; restore it from a copy") from error

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The characters that the network knows."""
        vocabulary = Vocabulary.from_json(self.folder.read("vocabulary.json").decode(errors="replace"))
        if len(vocabulary) != self.model.inputs:
            raise DamagedRunError(
                f"run {self.name!r}: vocabulary.json has {len(vocabulary)} characters, the network "
                f"{self.model.inputs}; restore it from a copy"
            )
        return vocabulary

    @cached_property
    def text(self) -> str:
        """The whole text as trained: documents one after the other."""
        try:
            return self.folder.read("corpus.txt").decode()
        except UnicodeDecodeError as error:
            raise DamagedRunError(f"{self.folder.path / 'corpus.txt'} is not UTF-8; restore it from a copy") from error

    @cached_property
    def parts(self) -> Parts:
        """The training, validation and test parts."""
        config = self.training_config
        context = max(PRIMING, config.seqlen)
        return split(self.vocabulary.encode(self.text), self.documents, config.validation, config.test, context)

    @property
    def history(self) -> list[dict[str, Any]]:
        """The line of history of each iteration."""
        return self.folder.history()

    @property
    def plan(self) -> Plan:
        """How long it is to train."""
        return self.folder.plan() or Plan(self.training_config.iterations)

    def out_of_patience(self) -> bool:
        """Tell whether the last iterations brought no better validation loss for as long as the patience lasts.

        Returns:
            False without a patience, or without an iteration.
        """
        patience = self.training_config.patience
        if not patience or not (done := self.folder.iterations()):
            return False
        return done[-1] - max(self.folder.best() or 0, self.plan.patient_since) >= patience

    def stopped_early(self) -> bool:
        """Tell whether the patience came to its end before the plan did."""
        return len(self.folder.iterations()) < self.plan.iterations and self.out_of_patience()

    def network(self, iteration: int | str = "best") -> Network:
        """Load the network as it was after an iteration.

        Args:
            iteration: `best`, `last` or a number.

        Returns:
            The network in NumPy.

        Raises:
            RunError: The run has no such iteration.
        """
        done = self.folder.iterations()
        if not done:
            raise RunError(f"run {self.name!r} has no finished iteration yet; go on with 'chargen resume {self.name}'")
        number = self.folder.best() if iteration == "best" else done[-1] if iteration == "last" else iteration
        if number not in done:
            raise RunError(
                f"run {self.name!r} has no iteration {iteration!r}; --iteration takes best, last or "
                f"{done[0]} to {done[-1]}"
            )
        return Network(self.model, self.folder.weights(int(number)))

    def stream(
        self,
        seed: str | None = None,
        temperature: float = 0.5,
        length: int = 400,
        iteration: int | str = "best",
        random_seed: int | None = None,
        index: int = 0,
    ) -> Iterator[str]:
        """Write new text, a character at a time.

        Args:
            seed: The text to continue; a random place of the training part when left out.
            temperature: Below 1 safer, above 1 wilder; 0 always takes the likeliest character.
            length: New characters.
            iteration: Whose network writes: `best`, `last` or a number.
            random_seed: The same seed gives the same text on the same machine; a new text each time when left out.
            index: Number of the sample, from 0; each has its own chance.

        Returns:
            An iterator over the seed as the network read it (one string), then the new characters.

        Raises:
            SeedError: The seed has characters that the vocabulary lacks, or is empty.
            OptionError: Temperature or length makes no sense.
        """
        require_temperature(temperature)
        require(is_count(length), "--length", length, "a whole number from 1 up")
        for option, number in (("--random-seed", random_seed or 0), ("index", index)):
            whole = isinstance(number, int) and not isinstance(number, bool) and number >= 0
            require(whole, option, number, "a whole number from 0 up")
        if random_seed is None:
            random_seed = np.random.SeedSequence().entropy  # type: ignore[assignment] # an int when none is given
        assert isinstance(random_seed, int)  # noqa: S101 (narrows the type)
        chance = generator(random_seed, Purpose.SAMPLES, index)
        ids = self.random_seed_text(chance) if seed is None else encode_seed(seed, self.vocabulary, self.normalising)
        network = self.network(iteration)
        return self.write(network, ids, temperature, length, chance)

    def sample(self, seed: str | None = None, **options: Any) -> str:
        """Write new text at once; the arguments are those of `stream`.

        Args:
            seed: The text to continue.
            **options: As for `stream`.

        Returns:
            The seed and what follows it.
        """
        return "".join(self.stream(seed, **options))

    def resume(
        self,
        iterations: int | None = None,
        on_report: Callable[["Report"], None] | None = None,
        on_progress: Callable[[Progress], None] | None = None,
    ) -> "Run":
        """Train on from where the run stands.

        Args:
            iterations: So many more; up to the end of the plan when left out.
            on_report: Called after each iteration.
            on_progress: Called several times a second.

        Returns:
            The run itself.
        """
        from chargen.text.learning import learn  # it composes runs, so it comes after them

        for report in learn(self, iterations, on_progress):
            if on_report:
                on_report(report)
        return self

    def random_seed_text(self, chance: np.random.Generator) -> Ids:
        """Draw `seqlen` characters from a random place of the training part, int32 (seqlen,)."""
        training, seqlen = self.parts.training, self.training_config.seqlen
        start = int(chance.integers(len(training) - seqlen + 1))
        return training[start : start + seqlen]

    def write(
        self,
        network: Network,
        ids: Ids,
        temperature: float,
        length: int,
        chance: np.random.Generator,
    ) -> Iterator[str]:
        """Continue a seed with a network that is loaded.

        Args:
            network: The network.
            ids: The seed, int32 (n,).
            temperature: The temperature of sampling.
            length: New characters.
            chance: The sample's own generator.

        Yields:
            The seed (one string), then the new characters.
        """
        config = self.training_config
        new = continuation(network, config.recipe, config.seqlen, ids, temperature, chance)
        yield self.vocabulary.decode(ids)
        for _ in range(length):
            yield self.vocabulary.characters[next(new)]
