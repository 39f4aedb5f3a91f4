"""Samples of a run: one that streams, several in a batch, or the likeliest texts by beam search."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from chargen.network import Network
from chargen.randomness import Purpose, generator
from chargen.text.decoding import Decoding, require_numbers
from chargen.text.ending import Cut, Ending
from chargen.text.sampling import chance, continuations, warm
from chargen.text.scoring import surprise, surprises
from chargen.text.vocabulary import Vocabulary
from chargen.types import Floats, Ids


@dataclass(frozen=True)
class Written:
    """A text that a network wrote.

    Args:
        seed: What it continued, as the network read it.
        text: What it wrote.
        nats: -ln p of each character that it wrote, by the network itself: whatever the temperature and the limits.
    """

    seed: str
    text: str
    nats: Floats

    def __str__(self) -> str:
        return self.seed + self.text


@dataclass(frozen=True)
class Writer:
    """A network, ready to write.

    Args:
        network: The trained network.
        vocabulary: Its characters.
        seed: Ids of what is continued, int32 (n,); `place` draws it when left out.
        place: Draws a seed from a random place of the training text.
        window: Characters that the outputs depend on; None where the state is carried on.
        decoding: From logits to probabilities.
        ending: When a text ends.
        random_seed: Where chance comes from.
    """

    network: Network
    vocabulary: Vocabulary
    seed: Ids | None
    place: Callable[[np.random.Generator], Ids]
    window: int | None
    decoding: Decoding
    ending: Ending
    random_seed: int

    def stream(self, index: int = 0, scored: bool = False) -> tuple[str, Iterator[tuple[str, float]]]:
        """Write one sample, a character at a time.

        Args:
            index: Its number; each has its own chance.
            scored: Whether to tell how unlikely each character was, which takes a little time.

        Returns:
            The seed, and an iterator over the characters, each with its -ln p as in `Written` (nan unless scored).
        """
        own = generator(self.random_seed, Purpose.SAMPLES, index)
        seed = self._seed(own)
        steps = continuations(*warm(self.network, self.window, seed), self.decoding, chance(own))
        cut = Cut(self.ending)

        def characters() -> Iterator[tuple[str, float]]:
            for character, logits in steps:
                nats = float(surprise(logits, character)) if scored else math.nan
                yield from cut.push(self.vocabulary.characters[character], nats)
                if cut.ended:
                    return

        return self.vocabulary.decode(seed), characters()

    def samples(self, count: int) -> list[Written]:
        """Write several samples side by side; they agree with single ones up to the rounding of a batch.

        Args:
            count: How many.

        Returns:
            The samples, in the order of their numbers.
        """
        if count == 1:  # the same bits as the stream
            seed, characters = self.stream(scored=True)
            return [_written(seed, list(characters))]
        own = [generator(self.random_seed, Purpose.SAMPLES, index) for index in range(count)]
        seeds = np.stack([self._seed(each) for each in own])
        if self.seed is None:
            stepper, logits = warm(self.network, self.window, seeds)
        else:  # read once for all
            stepper, logits = warm(self.network, self.window, self.seed)
            stepper.spread(np.zeros(count, np.int32))
            logits = np.stack([logits] * count)
        uniforms = map(np.array, zip(*map(chance, own), strict=True))
        cuts = [Cut(self.ending) for _ in range(count)]
        found: list[list[tuple[str, float]]] = [[] for _ in range(count)]
        for ids, before in continuations(stepper, logits, self.decoding, uniforms):
            for cut, written, character, nats in zip(cuts, found, ids, surprise(before, ids), strict=True):
                if not cut.ended:
                    written.extend(cut.push(self.vocabulary.characters[character], float(nats)))
            if all(cut.ended for cut in cuts):
                break
        return [_written(self.vocabulary.decode(ids), written) for ids, written in zip(seeds, found, strict=True)]

    def beams(self, width: int, count: int = 1) -> list[Written]:
        """Look for the likeliest texts: at each character the so many likeliest beginnings are gone on with.

        Texts are compared by their mean log-probability a character, what ended them included, so that shorter is not
        better by itself. The search is over when as many different texts as it is wide have ended: a longer one might
        still have been likelier.

        Args:
            width: Beginnings that are gone on with.
            count: Texts to return, up to the width.

        Returns:
            The best texts found, the best first; fewer where fewer are different.

        Raises:
            SamplingError: The network's state overflowed.
        """
        seed = self._seed(generator(self.random_seed, Purpose.SAMPLES, 0))
        stepper, logits = warm(self.network, self.window, seed)
        live: list[_Beam] = [_Beam(0.0, 0, [], Cut(self.ending))]
        ended: dict[str, _Beam] = {}
        while live and len(ended) < width:
            nats = surprises(np.atleast_2d(logits))
            require_numbers(nats)
            if self.decoding.never is not None:
                nats[:, self.decoding.never] = np.inf
            totals = np.array([beam.nats for beam in live])[:, None] + nats
            best = np.argsort(totals, axis=None, kind="stable")[: 2 * width]
            parents, ids = (places.astype(np.int32) for places in np.unravel_index(best, totals.shape))
            children: list[tuple[_Beam, int, int]] = []
            for rank, (parent, character) in enumerate(zip(parents, ids, strict=True)):
                child = live[parent].then(self.vocabulary.characters[character], float(nats[parent, character]))
                if child.cut.ended and rank < width:
                    ended[child.text] = min(child, ended.get(child.text, child), key=_Beam.mean)
                elif not child.cut.ended and len(children) < width:
                    children.append((child, parent, character))
            live = [child for child, _, _ in children]
            if live:
                stepper.spread(np.array([parent for _, parent, _ in children], np.int32))
                logits = stepper.step(np.array([character for _, _, character in children], np.int32))
        best_texts = sorted(ended.values(), key=_Beam.mean)[:count]
        return [_written(self.vocabulary.decode(seed), beam.written) for beam in best_texts]

    def _seed(self, own: np.random.Generator) -> Ids:
        return self.place(own) if self.seed is None else self.seed


@dataclass
class _Beam:
    nats: float
    count: int
    written: list[tuple[str, float]]
    cut: Cut

    @property
    def text(self) -> str:
        return "".join(character for character, _ in self.written)

    def mean(self) -> float:
        return self.nats / self.count

    def then(self, character: str, nats: float) -> "_Beam":
        cut = self.cut.copy()
        return _Beam(self.nats + nats, self.count + 1, self.written + cut.push(character, nats), cut)


def _written(seed: str, found: Sequence[tuple[str, float]]) -> Written:
    return Written(seed, "".join(character for character, _ in found), np.array([nats for _, nats in found]))
