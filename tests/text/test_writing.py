"""One sample, several, and the likeliest: the same text by every way, checked against plain loops."""

from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import numpy as np
import pytest

from chargen.network import ModelConfig, Network
from chargen.text.decoding import Decoding
from chargen.text.ending import Ending
from chargen.text.vocabulary import Vocabulary
from chargen.text.writing import Writer
from chargen.types import Floats, Ids

CHARACTERS = "abc."


@pytest.fixture
def writer(random_weights: Callable[..., dict[str, Any]]) -> Callable[..., Writer]:
    config = ModelConfig(inputs=4, outputs=4, cell="gru", units=6)
    network = Network(config, random_weights(config.shapes(), scale=1.5))

    def make(
        seed: str | None = "ab", window: int | None = None, decoding: Decoding | None = None, **ending: Any
    ) -> Writer:
        ids = None if seed is None else Vocabulary(CHARACTERS).encode(seed)

        def place(chance: np.random.Generator) -> Ids:
            return chance.integers(0, 4, 5).astype(np.int32)

        how = decoding or Decoding(1.0)
        return Writer(network, Vocabulary(CHARACTERS), ids, place, window, how, Ending(**ending), random_seed=7)

    return make


def log_softmax(logits: Floats) -> Floats:
    exact = logits.astype(np.float64)
    return np.asarray(exact - np.log(np.exp(exact).sum()))


def nats_one_by_one(writer: Writer, seed: str, text: str) -> Iterator[float]:
    ids = writer.vocabulary.encode(seed + text)
    for place in range(len(seed), len(ids)):
        before = ids[:place] if writer.window is None else ids[max(0, place - writer.window) : place]
        yield -float(log_softmax(writer.network.last(before[None])[0][0])[ids[place]])


@pytest.mark.parametrize("window", [None, 3])
def test_nats_are_the_networks_own(writer: Callable[..., Writer], window: int | None) -> None:
    made = writer(window=window, decoding=Decoding(0.3, top_k=2), length=25)
    (written,) = made.samples(1)
    expected = list(nats_one_by_one(made, written.seed, written.text))
    np.testing.assert_allclose(written.nats, expected, atol=1e-5)
    seed, characters = made.stream(scored=True)
    assert seed == written.seed
    np.testing.assert_allclose([nats for _, nats in characters], expected, atol=1e-5)


@pytest.mark.parametrize("seed", ["ab", None])
@pytest.mark.parametrize("window", [None, 3])
def test_a_batch_writes_what_single_samples_write(
    writer: Callable[..., Writer], seed: str | None, window: int | None
) -> None:
    made = writer(seed, window, Decoding(4.0), length=40)
    together = made.samples(5)
    for index, written in enumerate(together):
        alone, characters = made.stream(index)
        assert (alone, "".join(character for character, _ in characters)) == (written.seed, written.text)
    assert len({str(written) for written in together}) == 5


def test_samples_of_a_batch_end_each_in_its_own_time(writer: Callable[..., Writer]) -> None:
    found = writer(length=200, stop=(".",)).samples(8)
    assert len({len(written.text) for written in found}) > 1
    assert not any("." in written.text for written in found)
    assert all(len(written.nats) == len(written.text) for written in found)


def test_one_beam_is_greedy(writer: Callable[..., Writer]) -> None:
    (beam,) = writer(length=12).beams(1)
    (greedy,) = writer(decoding=Decoding(0), length=12).samples(1)
    assert beam.text == greedy.text


@pytest.mark.parametrize("stop", CHARACTERS)
def test_one_beam_is_greedy_up_to_a_stop_text_too(writer: Callable[..., Writer], stop: str) -> None:
    (beam,) = writer(length=12, stop=(stop,)).beams(1)
    (greedy,) = writer(decoding=Decoding(0), length=12, stop=(stop,)).samples(1)
    assert beam.text == greedy.text


def test_beams_that_end_by_different_stops_are_one_text(writer: Callable[..., Writer]) -> None:
    found = writer(length=5, stop=("a", "b", "c")).beams(4, 4)
    assert len({written.text for written in found}) == len(found) > 1


def test_beams_wide_enough_find_the_likeliest_text_of_all(writer: Callable[..., Writer]) -> None:
    made = writer(length=4)
    found = made.beams(4**3, 3)
    ranking = sorted(product(CHARACTERS, repeat=4), key=lambda text: sum(nats_one_by_one(made, "ab", "".join(text))))
    assert [written.text for written in found] == ["".join(text) for text in ranking[:3]]
    np.testing.assert_allclose(found[0].nats, list(nats_one_by_one(made, "ab", found[0].text)), atol=1e-5)


def test_texts_of_different_length_are_compared_by_the_mean(writer: Callable[..., Writer]) -> None:
    made = writer(length=3, stop=(".",))
    found = made.beams(64, 64)
    means = []
    for written in found:
        drawn = written.text + ("." if len(written.text) < 3 else "")
        means.append(np.mean(list(nats_one_by_one(made, "ab", drawn))))
    assert means == sorted(means)
    assert len({len(written.text) for written in found}) > 1
    assert len({written.text for written in found}) == len(found)
