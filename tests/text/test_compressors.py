"""Compressors as predictors: what they have read they know, and what is chance costs what chance costs."""

import numpy as np
import pytest

from chargen.text.compressors import COMPRESSORS, bits_after


@pytest.mark.parametrize("name", COMPRESSORS)
def test_what_was_read_before_costs_little_and_chance_its_entropy(name: str) -> None:
    generator = np.random.default_rng(3)
    known, new = ("".join(generator.choice(list("abcdefghijklmnop"), 4000)) for _ in range(2))
    assert bits_after(name, known, new) == pytest.approx(4, rel=0.15)
    assert bits_after(name, known, known) < bits_after(name, known, new) / 2
    assert bits_after(name, known[:100], "a") >= 0


def test_bits_are_counted_by_character_not_by_byte() -> None:
    known, new = "ñandú ölçü " * 50, "ñandú ölçü"
    assert bits_after("xz", known, new) == pytest.approx(bits_after("xz", known, new * 2) * 2, abs=8)
