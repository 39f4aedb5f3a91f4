"""Any string as a seed is read, or refused with what to write instead."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargen.errors import SeedError
from chargen.text.normalise import Normalising, normalise_seed
from chargen.text.seeds import Unknown, encode_seed, encode_text
from chargen.text.vocabulary import Vocabulary

VOCABULARY = Vocabulary("Alice sees\n'\"-.")
OPTIONS = st.builds(
    Normalising, st.booleans(), st.sampled_from(["keep", "transliterate", "drop"]), st.booleans(), st.booleans()
)
# Lone surrogates too: standard input may bring them.
ANY = st.text(st.characters(), max_size=30) | st.text("Alice sees’“—éß\ud800\udc80\r\n\0", max_size=30)


@given(ANY, OPTIONS, st.sampled_from(["error", "nearest"]))
def test_any_seed_is_read_or_refused(seed: str, normalising: Normalising, unknown: Unknown) -> None:
    told: list[str] = []
    try:
        ids = encode_seed(seed, VOCABULARY, normalising, unknown, told.append)
    except SeedError:
        return
    assert len(ids)
    assert ids.min() >= 0
    assert ids.max() < len(VOCABULARY)
    assert unknown == "nearest" or not told


@given(ANY)
def test_any_other_text_is_read_or_refused_by_its_option(text: str) -> None:
    normalising = Normalising()
    if text and not VOCABULARY.lacking(normalise_seed(text, normalising)):
        assert len(encode_text(text, VOCABULARY, normalising, "--stop"))
        return
    with pytest.raises(SeedError, match=r"^--stop: "):
        encode_text(text, VOCABULARY, normalising, "--stop")


@pytest.mark.parametrize("seed", ["", "\ud800", "\ud83d\ude42", "中" * 10_000])
def test_what_cannot_be_read_is_told_briefly(seed: str) -> None:
    with pytest.raises(SeedError) as caught:
        encode_seed(seed, VOCABULARY, Normalising())
    assert len(str(caught.value)) < 400
