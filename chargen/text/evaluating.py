"""How good a text run is: held-out figures, beside baselines that learnt from the same training part."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from chargen.errors import CorpusError, RunError
from chargen.text.normalise import normalise
from chargen.text.novelty import Novelty
from chargen.text.run import Run
from chargen.text.scoring import Guesses, bits, guess
from chargen.text.seeds import Unknown, read_text
from chargen.text.split import PRIMING, HeldOut
from chargen.types import Floats, Ids

# Bins of confidence, and characters of a passage.
BINS = 10
PASSAGE = 60
PASSAGES = 3


@dataclass(frozen=True)
class Baseline:
    """What another way of predicting scores on the same characters.

    Args:
        name: What it is called.
        bits: Bits per character; it learnt from the run's training part alone.
    """

    name: str
    bits: float


@dataclass(frozen=True)
class Bin:
    """The characters at which the network was about equally sure.

    Args:
        low: From this probability of the likeliest character on.
        high: Up to this one.
        expected: Their mean; None without any.
        observed: Share at which the likeliest came; None without any.
        count: How many characters.
    """

    low: float
    high: float
    expected: float | None
    observed: float | None
    count: int


@dataclass(frozen=True)
class Passage:
    """A piece of the scored text.

    Args:
        start: Its first character's place in the text.
        text: The piece.
        bits: Bits per character.
    """

    start: int
    text: str
    bits: float


@dataclass(frozen=True)
class Evaluation:
    """What a run's network scores on a text that it has not learnt.

    Args:
        run: The run's name.
        iteration: Whose network.
        part: What was scored: the run's validation or test part, or another text.
        characters: Each scored once.
        bits: Bits per character, dropout off.
        perplexity: 2 to the power of the bits.
        accuracy: Share of characters that were the likeliest.
        dynamic_bits: Bits per character with dynamic evaluation; None where it was not asked for.
        baselines: What others score on the same characters.
        novelty: What samples of the network owe to the training part.
        calibration: How often it is right by how sure it is.
        hardest: The passages with the most bits, the worst first.
        easiest: Those with the fewest.
    """

    run: str
    iteration: int
    part: str
    characters: int
    bits: float
    perplexity: float
    accuracy: float
    dynamic_bits: float | None
    baselines: tuple[Baseline, ...]
    novelty: tuple[Novelty, ...]
    calibration: tuple[Bin, ...]
    hardest: tuple[Passage, ...]
    easiest: tuple[Passage, ...]

    @property
    def calibration_error(self) -> float:
        """The expected calibration error (Guo et al. 2017, "On Calibration of Modern Neural Networks", section 2)."""
        gaps = [
            each.count * abs(each.expected - each.observed)
            for each in self.calibration
            if each.expected is not None and each.observed is not None
        ]
        return sum(gaps) / self.characters

    def to_json(self) -> dict[str, Any]:
        """Make what `json.dumps` takes."""
        return {**asdict(self), "calibration_error": self.calibration_error}


def evaluate(
    run: Run,
    text: str | None = None,
    iteration: int | str = "best",
    dynamic: bool = False,
    on_notice: Callable[[str], None] | None = None,
    unknown: Unknown = "error",
) -> Evaluation:
    """Score a run's network, and baselines, on what was held out.

    Args:
        run: The run.
        text: Another text to score, prepared as the run's was; the test part when left out, or without one the
            validation part.
        iteration: Whose network: `best`, `last` or a number.
        dynamic: Whether dynamic evaluation, which needs TensorFlow, is scored too.
        on_notice: Told what the user should know of the figures.
        unknown: `nearest` reads a character of the text that the network does not know as the nearest known.

    Returns:
        The figures.

    Raises:
        RunError: Nothing was held out and no text is given, or the run has no such iteration.
        ChargenError: The text has characters that the network does not know, or nothing is left of it.
    """
    number, network = run.pick(iteration)
    if text is None:
        part, held_out = _held_out(run, number)
    else:
        part, held_out = "text", _given(run, text, unknown, on_notice)
    config = run.training_config
    guesses = guess(network, config.recipe, config.seqlen, held_out)
    mean = bits(float(guesses.nats.mean()))
    passages = _passages(run.vocabulary.decode(held_out.ids), guesses.nats)
    return Evaluation(
        run=run.name,
        iteration=number,
        part=part,
        characters=len(held_out.ids),
        bits=mean,
        perplexity=2**mean,
        accuracy=float(guesses.right.mean()),
        dynamic_bits=None,
        baselines=(),
        novelty=(),
        calibration=_calibration(guesses),
        hardest=tuple(passages[: -PASSAGES - 1 : -1]),
        easiest=tuple(passages[:PASSAGES]),
    )


def _held_out(run: Run, iteration: int) -> tuple[str, HeldOut]:
    """Find what the run held out, and say what it is."""
    if len(run.parts.test.ids):
        return "test", run.parts.test
    if not len(run.parts.validation.ids):
        raise RunError(
            f"run {run.name!r} held nothing out, so nothing says how good it is; give a text that it has not learnt: "
            f"'chargen evaluate {run.name} --text FILE'"
        )
    chose = "this" if iteration == run.folder.best() else "the best"
    return f"validation (also chose {chose} iteration)", run.parts.validation


def _given(run: Run, text: str, unknown: Unknown, on_notice: Callable[[str], None] | None) -> HeldOut:
    """Prepare another text as a validation file would have been; the training part's end stands before it."""
    prepared = normalise(text, run.normalising)
    if not prepared:
        raise CorpusError("nothing is left of the text after normalising; give another --text")
    context = max(PRIMING, run.training_config.seqlen)
    ids: Ids = read_text(prepared, run.vocabulary, "--text", unknown, on_notice)
    return HeldOut(run.parts.training[-context:], ids)


def _calibration(guesses: Guesses) -> tuple[Bin, ...]:
    """Sort the characters into bins of equal width by how sure the network was of the likeliest."""
    places = np.minimum((guesses.confidence * BINS).astype(int), BINS - 1)
    bins = []
    for place in range(BINS):
        inside = places == place
        expected, observed = (
            (float(guesses.confidence[inside].mean()), float(guesses.right[inside].mean()))
            if inside.any()
            else (None, None)
        )
        bins.append(Bin(place / BINS, (place + 1) / BINS, expected, observed, int(inside.sum())))
    return tuple(bins)


def _passages(text: str, nats: Floats) -> list[Passage]:
    """Cut a text into passages, the easiest first; a shorter rest at its end is left out."""
    size = min(PASSAGE, len(text))
    passages = []
    for start in range(0, len(text) - size + 1, size):
        end = start + size
        passages.append(Passage(start, text[start:end], bits(float(nats[start:end].mean()))))
    return sorted(passages, key=lambda passage: passage.bits)
