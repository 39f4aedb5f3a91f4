"""How good a text run is: held-out figures, beside baselines that learnt from the same training part."""

import math
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from chargen.errors import CorpusError, RunError
from chargen.network import Network
from chargen.text.compressors import BZ2_BLOCK, COMPRESSORS, bits_after
from chargen.text.decode import LIMIT
from chargen.text.ngrams import ORDER, NGrams
from chargen.text.normalise import normalise
from chargen.text.novelty import Novelty, novelty, seen
from chargen.text.run import Run
from chargen.text.scoring import Guesses, bits, guess
from chargen.text.seeds import Unknown, read_text
from chargen.text.split import PRIMING, HeldOut
from chargen.types import Floats, Ids

# Bins of confidence, and characters of a passage.
BINS = 10
PASSAGE = 60
PASSAGES = 3
# Samples whose novelty is told, their length and temperature.
SAMPLES, LENGTH, TEMPERATURE = 3, 400, 0.5
N_GRAMS = ("unigram", "bigram", *(f"{length}-gram" for length in range(3, ORDER + 1)))


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
        part: What was scored: the run's `validation (…)` or `test` part, or another `text`.
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
        before: Names of other texts that the network had learnt before a warm start; the baselines have not.
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
    before: tuple[str, ...] = ()

    @property
    def calibration_error(self) -> float:
        """The expected calibration error (Guo et al. 2017, "On Calibration of Modern Neural Networks", section 2)."""
        gaps = [
            each.count * abs(each.expected - each.observed)
            for each in self.calibration
            if each.expected is not None and each.observed is not None
        ]
        return sum(gaps) / self.characters

    def verdict(self) -> str:
        """Say how far the network is from the best n-gram and the best compressor."""
        counted, others = (
            min((each for each in self.baselines if (each.name in N_GRAMS) == kind), key=lambda each: each.bits)
            for kind in (True, False)
        )
        told = f"{self.run} is {_difference(self.bits - counted.bits)} than the best n-gram ({counted.name})"
        told += f" and {_difference(self.bits - others.bits, '')} than {others.name}"
        if self.dynamic_bits is not None:
            told += f"; with dynamic evaluation it is {_difference(self.dynamic_bits - self.bits)}"
        if self.before:
            told += f"; it had learnt {', '.join(self.before)} before, the others have not"
        return told

    def to_json(self) -> dict[str, Any]:
        """Make what `json.dumps` takes."""
        return {**asdict(self), "calibration_error": self.calibration_error, "verdict": self.verdict()}


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
    learnt = run.parts.training.tail(LIMIT)
    if on_notice and len(learnt) < len(run.parts.training):
        on_notice(f"the baselines learn from the last {LIMIT:,} characters of the training part alone")
    training = run.vocabulary.decode(learnt)
    if text is None:
        part, held_out = held_out_part(run, number)
    else:
        part, held_out = _given(run, text, unknown, on_notice)
    scored = run.vocabulary.decode(held_out.ids)
    config = run.training_config
    guesses = guess(network, config.recipe, config.seqlen, held_out)
    mean = bits(float(guesses.nats.mean()))
    if not math.isfinite(mean):
        raise RunError(f"iteration {number} of run {run.name!r} scores {mean} bits; give an earlier one to --iteration")
    passages = _passages(scored, guesses.nats)
    if on_notice and len(training.encode()) > BZ2_BLOCK:
        on_notice(f"bz2 looks {BZ2_BLOCK // 1000} kB back at most: its figure hardly knows the training part")
    return Evaluation(
        run=run.name,
        iteration=number,
        part=part,
        characters=len(scored),
        bits=mean,
        perplexity=2**mean,
        accuracy=float(guesses.right.mean()),
        dynamic_bits=_dynamic_bits(run, network, held_out) if dynamic else None,
        baselines=tuple(_baselines(run, learnt, held_out, scored)),
        novelty=tuple(
            novelty(written.text, training)
            for written in run.samples(SAMPLES, iteration=number, length=LENGTH, temperature=TEMPERATURE, random_seed=0)
        ),
        calibration=_calibration(guesses),
        hardest=tuple(passages[: -PASSAGES - 1 : -1]),
        easiest=tuple(passages[:PASSAGES]),
        before=_before(run),
    )


def _before(run: Run) -> tuple[str, ...]:
    own = {document.sha256 for document in run.documents}
    return tuple(name for sha256, name in run.parent.learnt.items() if sha256 not in own) if run.parent else ()


def _difference(more: float, unit: str = " bits") -> str:
    return f"{abs(more):.3f}{unit} {'worse' if more > 0 else 'better'}"


def held_out_part(run: Run, iteration: int) -> tuple[str, HeldOut]:
    """Find what a run held out: its test part, or its validation part where it has none.

    Args:
        run: The run.
        iteration: Whose network is scored.

    Returns:
        What the part is, and the part.

    Raises:
        RunError: Nothing was held out.
    """
    held_out = run.parts.held_out
    if held_out is None:
        raise RunError(
            f"run {run.name!r} held nothing out, so nothing says how good it is; give a text that it has not learnt: "
            f"'chargen evaluate {run.name} --text FILE'"
        )
    if held_out is run.parts.test:
        return "test", held_out
    chose = "this" if iteration == run.folder.best() else "the best"
    return f"validation (also chose {chose} iteration)", held_out


def _given(run: Run, text: str, unknown: Unknown, on_notice: Callable[[str], None] | None) -> tuple[str, HeldOut]:
    """Prepare another text as a validation file would have been; the training part's end stands before it."""
    prepared = normalise(text, run.normalising)
    if not prepared:
        raise CorpusError("--text: nothing is left of the text as this run prepares text; give another")
    context = max(PRIMING, run.training_config.seqlen)
    ids: Ids = read_text(prepared, run.vocabulary, "--text", unknown, on_notice)
    held_out = HeldOut(run.parts.training.tail(context), ids)
    marks = []
    for name, ids, did, why in (
        ("training", run.parts.training.tail(LIMIT), "was learnt from", "what was learnt by heart scores well"),
        (
            "validation",
            run.parts.validation.ids,
            "chose the best iteration",
            "the iteration that does best there was chosen",
        ),
    ):
        if known := seen(prepared, run.vocabulary.decode(ids)):
            share = f"about {100 * known:.3g} %"
            marks.append(f"{share} of it {did}")
            if on_notice:
                on_notice(f"{share} of the text stands in the {name} part: {why}")
    return f"text ({', '.join(marks)})" if marks else "text", held_out


def _dynamic_bits(run: Run, network: Network, held_out: HeldOut) -> float:
    from chargen.text.dynamic import dynamic_score  # TensorFlow takes seconds to load

    mean = bits(float(dynamic_score(network, run.window(), run.parts.training.tail(LIMIT), held_out).mean()))
    if not math.isfinite(mean):
        raise RunError(f"dynamic evaluation of run {run.name!r} came to {mean} bits; leave --dynamic out")
    return mean


def _baselines(run: Run, learnt: Ids, held_out: HeldOut, scored: str) -> Iterator[Baseline]:
    training = run.vocabulary.decode(learnt)
    counted = NGrams(learnt, len(run.vocabulary)).probabilities(held_out.before, held_out.ids)
    for name, probabilities in zip(N_GRAMS, counted, strict=True):
        yield Baseline(name, float(-np.log2(probabilities).mean()))
    for name in COMPRESSORS:
        yield Baseline(name, bits_after(name, training, scored))


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
