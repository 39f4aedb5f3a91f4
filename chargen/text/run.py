"""A text run: what it learnt from, and what it can write."""

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from chargen.config import from_json, is_count, is_whole, require
from chargen.errors import CorpusError, DamagedRunError, OptionError
from chargen.learning import LearningRun, require_history
from chargen.runs import Line, Store
from chargen.text.decoding import Decoding
from chargen.text.ending import Ending, Until
from chargen.text.gathering import vocabulary_of
from chargen.text.normalise import Normalising
from chargen.text.parent import Parent
from chargen.text.report import Report
from chargen.text.restoring import Reference, restore
from chargen.text.sampling import SampleConfig
from chargen.text.scoring import log_probabilities
from chargen.text.seeds import Unknown, encode_seed, encode_text
from chargen.text.split import PRIMING, Document, Parts, split
from chargen.text.vocabulary import Vocabulary
from chargen.text.writing import Writer, Written
from chargen.trainer import Progress
from chargen.trainer.config import RECIPES
from chargen.types import Floats, Ids

Context: TypeAlias = Literal["state", "window"]


def load(
    name: str | None = None,
    checkpoints: str | Path = "checkpoints",
    on_notice: Callable[[str], None] | None = None,
) -> "Run":
    """Open a text run; no TensorFlow is needed to sample from it.

    Args:
        name: Its name; the most recently trained when left out.
        checkpoints: The folder of runs.
        on_notice: Told what is damaged in the run and what is used instead; a DamageWarning when left out.

    Returns:
        The run.

    Raises:
        RunError: There is no such text run, or it is damaged beyond use.
    """
    return Run(Store(Path(checkpoints), on_notice).open(name, Run.kind))


def score(run: "Run | str", text: str, **options: Any) -> Floats:
    """Tell how likely each character of a text is to a run's network.

    Args:
        run: The run, or its name in `checkpoints`.
        text: Any text.
        **options: As for `Run.score`.

    Returns:
        ln p of each character, float64 (n,).
    """
    require(isinstance(run, str | Run), "run", run, "a run or its name")
    return (load(run) if isinstance(run, str) else run).score(text, **options)


class Run(LearningRun):
    """A network, the text that it learns, and what it can do with it.

    Args:
        folder: The run's folder.

    Raises:
        RunError: The folder is damaged, newer than this chargen, or no text run.
    """

    kind = "text"
    usage = "write with 'chargen sample {name}'"

    def _read_header(self, header: Mapping[str, Any], where: str) -> None:
        model = self.model
        texts = model.plain and not model.skip and model.output_activation == "linear"
        if not texts or self.training_config.recipe not in RECIPES:
            raise DamagedRunError(f"{where} has a network that writes no text; restore it from a copy")
        self.normalising = from_json(Normalising, header["normalising"], f"{where}, normalising")
        self.sample_config = from_json(SampleConfig, header["samples"], f"{where}, samples")
        self.documents = [
            from_json(Document, document, f"{where}, corpus") for document in header["corpus"]["documents"]
        ]
        self.parent = from_json(Parent, header["parent"], f"{where}, parent") if "parent" in header else None
        # Runs of earlier versions joined their texts.
        self.separate = header["corpus"].get("separate", False) is True
        encoded = header["corpus"].get("encoded")
        self.encoded = None if encoded is None else from_json(Reference, encoded, f"{where}, encoded")

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The characters that the network knows."""
        vocabulary = Vocabulary.from_json(self.folder.read("vocabulary.json").decode(errors="replace"))
        if len(vocabulary) != self.model.inputs:
            raise DamagedRunError(
                f"run {self.name!r}: vocabulary.json has {len(vocabulary)} characters, the network "
                f"{self.model.inputs}; restore it from a copy"
            )
        return vocabulary_of(vocabulary.characters, self.normalising)

    @cached_property
    def text(self) -> str:
        """The whole text as trained, documents one after the other; none where it was too long to be kept."""
        if self.encoded is not None:
            return ""
        try:
            return self.folder.read("corpus.txt").decode()
        except UnicodeDecodeError as error:
            raise DamagedRunError(f"{self.folder.path / 'corpus.txt'} is not UTF-8; restore it from a copy") from error

    @property
    def characters(self) -> int:
        """How long the whole text is, boundaries included."""
        between = int(self.normalising.boundary is not None)
        return sum(document.characters + between for document in self.documents) + between

    def _ids(self) -> NDArray[np.integer[Any]]:
        if self.encoded is None:
            return self.vocabulary.encode(self.text)
        found = self.encoded.find()
        if found is None:
            self.restore()
            found = self.encoded.find()
        if found is None or found.vocabulary.characters != self.vocabulary.characters:
            raise CorpusError(
                f"the encoded text of run {self.name!r} is gone from {self.encoded.folder}, and its texts are encoded "
                f"in another way now; 'chargen sample {self.name} --seed TEXT' can do without, or train a new run"
            )
        return found.ids()

    def restore(self) -> None:
        """Make sure that a text that the run keeps no copy of is what it was, and there.

        Raises:
            CorpusError: It has changed since the run began, or is gone.
        """
        if self.encoded is not None:
            restore(self.encoded, self.documents, self.normalising, self.name)

    @cached_property
    def parts(self) -> Parts:
        """The training, validation and test parts."""
        config = self.training_config
        context = max(PRIMING, config.seqlen)
        boundary = self.normalising.boundary is not None
        ids = self._ids()
        if self.characters != len(ids):
            raise DamagedRunError(f"run {self.name!r} has another text than its settings say; restore it from a copy")
        parts = split(ids, self.documents, config.validation, config.test, context, self.separate, boundary)
        if len(parts.training) < config.seqlen:
            raise DamagedRunError(
                f"run {self.name!r} has a training part of {len(parts.training)} characters, less than a window of "
                f"{config.seqlen}; restore it from a copy"
            )
        return parts

    def complete(self, history: Sequence[Line]) -> list[Line]:
        """Refuse lines of history that lack a figure of a text's report."""
        return require_history(history, self.name, Report)

    def writer(
        self,
        seed: str | None = None,
        temperature: float = 0.5,
        top_k: int | None = None,
        top_p: float | None = None,
        min_p: float | None = None,
        length: int | None = None,
        stop: str | Sequence[str] = (),
        until: Until | None = None,
        context: Context | None = None,
        unknown: Unknown = "error",
        iteration: int | str = "best",
        random_seed: int | None = None,
        on_notice: Callable[[str], None] | None = None,
    ) -> Writer:
        """Get ready to write new text.

        Args:
            seed: The text to continue; a random place of the training part when left out or empty.
            temperature: Below 1 safer, above 1 wilder; 0 always takes the likeliest character.
            top_k: Only the so many likeliest characters.
            top_p: Only the likeliest characters that together reach this probability.
            min_p: Only characters at least this share as likely as the likeliest.
            length: New characters; 0 for no end; 400 when left out, 4000 at most beside `stop` or `until`.
            stop: A text, or several, before which to end.
            until: End after a `sentence` or a `paragraph`.
            context: What a character depends on: the `state` carried on from the start, or a `window` of `seqlen`
                characters; as the recipe trained it when left out.
            unknown: `nearest` reads a character of the seed that the network does not know as the nearest known.
            iteration: Whose network writes: `best`, `last` or a number.
            random_seed: The same seed gives the same text on the same machine; a new text each time when left out.
            on_notice: Told which characters of the seed were read as which.

        Returns:
            The writer.

        Raises:
            SeedError: The seed has characters that the vocabulary lacks.
            OptionError: A value makes no sense.
            RunError: The run has no such iteration.
        """
        decoding = Decoding(temperature, top_k, top_p, min_p, self.vocabulary.unknown_id)
        ending = Ending(length, self._stops(stop), until)
        right = random_seed is None or is_whole(random_seed)
        require(right, "--random-seed", random_seed, "a whole number from 0 up")
        if until == "paragraph" and "\n" not in self.vocabulary.characters:
            raise OptionError("--until is 'paragraph', and this run's text has no lines; it takes sentence")
        return Writer(
            self.network(iteration),
            self.vocabulary,
            encode_seed(seed, self.vocabulary, self.normalising, unknown, on_notice)
            if seed is not None and seed != ""
            else None,
            self.random_place,
            self.window(context),
            decoding,
            ending,
            random_seed if random_seed is not None else secrets.randbits(64),
        )

    def stream(self, seed: str | None = None, index: int = 0, **options: Any) -> Iterator[str]:
        """Write new text, a character at a time.

        Args:
            seed: The text to continue; a random place of the training part when left out or empty.
            index: Number of the sample, from 0; each has its own chance.
            **options: As for `writer`.

        Returns:
            An iterator over the seed as the network read it (one string), then the new characters.

        Raises:
            ChargenError: As for `writer`.
        """
        require(is_whole(index), "index", index, "a whole number from 0 up")
        read, characters = self.writer(seed, **options).stream(index)
        return chain([read], (character for character, _ in characters))

    def sample(self, seed: str | None = None, beams: int | None = None, **options: Any) -> str:
        """Write new text at once.

        Args:
            seed: The text to continue; a random place of the training part when left out or empty.
            beams: Look for the likeliest text by beam search of this width instead of drawing one.
            **options: As for `writer`; without beams also `index`, as for `stream`.

        Returns:
            The seed and what follows it.

        Raises:
            ChargenError: As for `writer`, or the text would have no end.
        """
        if beams is not None:
            return str(self.samples(1, seed, beams=beams, **options)[0])
        require(options.get("length") != 0, "--length", 0, "a whole number from 1 up; 'stream' writes without end")
        return "".join(self.stream(seed, **options))

    def samples(self, count: int, seed: str | None = None, beams: int | None = None, **options: Any) -> list[Written]:
        """Write several texts side by side, which takes little longer than one.

        Args:
            count: How many.
            seed: The text to continue; a random place of the training part for each when left out or empty.
            beams: Find the likeliest texts by beam search of this width instead of drawing them.
            **options: As for `writer`.

        Returns:
            The texts. Without beams they are the samples number 0 to count - 1, up to the rounding of a batch; with
            beams the likeliest first, and fewer where fewer different ones were found.

        Raises:
            ChargenError: As for `writer`, or the texts would have no end.
        """
        require(is_count(count), "--samples", count, "a whole number from 1 up")
        require(options.get("length") != 0, "--length", 0, "a whole number from 1 up where nothing streams")
        if beams is None:
            return self.writer(seed, **options).samples(count)
        for option in ("temperature", "top_k", "top_p", "min_p", "index"):
            if options.pop(option, None) is not None:
                raise OptionError(f"beams draw nothing: {option!r} and 'beams' do not go together; leave one out")
        writer = self.writer(seed, **options)
        require(is_count(beams) and beams >= count, "--beams", beams, f"a whole number from --samples up: {count}")
        return writer.beams(beams, count)

    def score(
        self, text: str, after: str = "", context: Context | None = None, iteration: int | str = "best"
    ) -> Floats:
        """Tell how likely each character of a text is to the network.

        Args:
            text: Any text; it is prepared as the run's text was.
            after: What stands before it, unscored.
            context: As for `writer`.
            iteration: Whose network scores: `best`, `last` or a number.

        Returns:
            ln p of each character, float64 (n,); without `after` the first is nan: nothing stands before it.

        Raises:
            SeedError: `text` or `after` has characters that the vocabulary lacks, or nothing is left of the text.
        """
        ids = encode_text(text, self.vocabulary, self.normalising, "score")
        before = encode_text(after, self.vocabulary, self.normalising, "after") if after else ids[:0]
        return log_probabilities(self.network(iteration), self.window(context), before, ids)

    def window(self, context: Context | None = None) -> int | None:
        """Tell how many characters the outputs depend on.

        Args:
            context: `state` or `window`; as the recipe trained it when left out.

        Returns:
            That many; None where the state is carried on.

        Raises:
            OptionError: The context is neither.
        """
        require(context in (None, *get_args(Context)), "--context", context, "state or window")
        window = self.training_config.recipe == "classic" if context is None else context == "window"
        return self.training_config.seqlen if window else None

    def _stops(self, stop: str | Sequence[str]) -> tuple[str, ...]:
        """Prepare texts to stop at as the run's text was prepared: others would never come."""
        several = (stop,) if isinstance(stop, str) else stop
        require(isinstance(several, Sequence), "--stop", stop, "a text, or several")
        for each in several:
            require(isinstance(each, str) and each != "", "--stop", each, "a text of at least one character")
        prepared = (encode_text(each, self.vocabulary, self.normalising, "--stop") for each in several)
        return tuple(self.vocabulary.decode(ids) for ids in prepared)

    def resume(
        self,
        iterations: int | None = None,
        on_report: Callable[[Report], None] | None = None,
        on_progress: Callable[[Progress], None] | None = None,
        **options: Any,
    ) -> "Run":
        """Train on from where the run stands.

        Args:
            iterations: So many more; up to the end of the plan when left out.
            on_report: Called after each iteration.
            on_progress: Called several times a second.
            **options: `checkpoint_every` and `keep`, for this time; other settings have to be the run's.

        Returns:
            The run itself.
        """
        from chargen.text.learning import learn  # it composes runs, so it comes after them

        for report in learn(self, iterations, on_progress, **options):
            if on_report:
                on_report(report)
        return self

    def fork(self, name: str, **options: Any) -> "Run":
        """Make a new run that starts from this one's best weights, with other settings of training.

        Args:
            name: The new run's name.
            **options: What is to change, as for `chargen.train`.

        Returns:
            The new run, without iterations; `resume` trains it.
        """
        from chargen.text.forking import fork  # it composes runs, so it comes after them

        return fork(self, name, **options)

    def random_place(self, chance: np.random.Generator) -> Ids:
        """Draw `seqlen` characters from a random place of the training part, int32 (seqlen,)."""
        training, seqlen = self.parts.training, self.training_config.seqlen
        start = int(training.starts(np.asarray(chance.integers(training.room(seqlen))), seqlen))
        return training.opened()[start : start + seqlen].astype(np.int32)
