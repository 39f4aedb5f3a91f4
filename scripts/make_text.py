"""Write a text of any size, made up of words by Zipf's law: the same bytes for the same size and seed.

python scripts/make_text.py 1e9 big.txt
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np

# Words at once, and a line's words.
_BLOCK, _LINE = 500_000, 12


def made_up(size: int, seed: int = 0) -> Iterator[bytes]:
    """Make a text of words drawn by chance, the n-th word with a chance in proportion to 1 / n.

    Args:
        size: Bytes of ASCII in all.
        seed: Of the generator.

    Returns:
        Pieces of it.
    """
    generator = np.random.default_rng(seed)
    letters = np.frombuffer(b"etaoinshrdlucmfwypvbgkjqxz", np.uint8)
    chances = 1 / np.arange(2, len(letters) + 2)
    lengths = generator.integers(1, 10, 20_000)
    spelt = generator.choice(letters, lengths.sum() + len(lengths), p=chances / chances.sum())
    # All words in a row, a space behind each.
    ends = np.cumsum(lengths + 1)
    starts = ends - lengths - 1
    spelt[ends - 1] = ord(" ")
    frequent = np.cumsum(1 / np.arange(1, len(lengths) + 1))
    left = size
    while left > 0:
        words = np.searchsorted(frequent, generator.random(_BLOCK) * frequent[-1])
        long = lengths[words] + 1
        ending = np.cumsum(long)
        places = np.arange(ending[-1]) + np.repeat(starts[words] - (ending - long), long)
        text = spelt[places]
        text[ending[_LINE - 1 :: _LINE] - 1] = ord("\n")
        yield text[:left].tobytes()
        left -= len(text)


def main() -> None:
    """Read the options, write the text."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("size", type=float, help="bytes")
    parser.add_argument("path", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with options.path.open("wb") as file:
        for piece in made_up(int(options.size), options.seed):
            file.write(piece)
    print(f"{options.path}: {options.path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
