"""How much of a sample is copied from the training text, and how much of it goes in circles."""

from dataclasses import dataclass

import numpy as np

# From this length on a passage of the training text counts as copied.
COPIED = 20
# A sequence of so many characters that comes again is a loop.
LOOP = 10
# A text is searched for pieces of so many characters that are known, so many pieces at most.
PIECE, PIECES = 100, 200


@dataclass(frozen=True)
class Novelty:
    """What a sample owes to the training text, and to itself.

    Args:
        longest: The longest passage that stands in the training text too, word for word.
        copied: Share of the sample inside passages of COPIED characters or more that stand in the training text.
        looped: Share of the sample inside sequences of LOOP characters that it has used before.
    """

    longest: str
    copied: float
    looped: float


def novelty(sample: str, text: str) -> Novelty:
    """Compare a sample with the training text.

    Args:
        sample: What was written, without its seed.
        text: The training text.

    Returns:
        How new it is.
    """
    lengths = copied_lengths(sample, text)
    inside = _covered(len(sample), [(end + 1 - size, end + 1) for end, size in enumerate(lengths) if size >= COPIED])
    longest = max(lengths, default=0)
    end = lengths.index(longest) + 1 if longest else 0
    return Novelty(sample[end - longest : end], inside, looped(sample))


def looped(sample: str) -> float:
    """Compute the share of a sample inside sequences of LOOP characters that it has used before."""
    seen: set[str] = set()
    again = []
    for start in range(len(sample) - LOOP + 1):
        if (gram := sample[start : start + LOOP]) in seen:
            again.append((start, start + LOOP))
        seen.add(gram)
    return _covered(len(sample), again)


def seen(text: str, part: str) -> float:
    """Estimate how much of a text stands in another word for word.

    Args:
        text: A text.
        part: The text in which it may stand.

    Returns:
        A share from 0 to 1; 0 for a text shorter than a piece.
    """
    last = len(text) - PIECE
    starts = sorted({round(start) for start in np.linspace(0, last, PIECES)}) if last >= 0 else []
    return sum(text[start : start + PIECE] in part for start in starts) / max(len(starts), 1)


def copied_lengths(sample: str, text: str) -> list[int]:
    """Find the longest passage of a text that ends at each place of a sample, in time linear in both.

    The suffix automaton of the sample (Blumer et al. 1985), which is small, reads the text: each of its states notes
    the longest passage that the text reached it by.

    Args:
        sample: The sample.
        text: The text.

    Returns:
        For each character of the sample the length of the longest passage that ends with it.
    """
    steps, links, lengths, prefixes = _suffix_automaton(sample)
    reached = [0] * len(steps)
    state = length = 0
    for character in text:
        while state and character not in steps[state]:
            state = links[state]
            length = lengths[state]
        if character in steps[state]:
            state = steps[state][character]
            length += 1
            reached[state] = max(reached[state], length)
    by_length = sorted(range(1, len(steps)), key=lengths.__getitem__)
    for state in reversed(by_length):  # what reaches a state reaches its suffixes, whole
        if reached[state] and links[state]:
            reached[links[state]] = lengths[links[state]]
    for state in by_length:  # what does not reach a state may reach a suffix of it
        reached[state] = reached[state] or reached[links[state]]
    return [reached[state] for state in prefixes]


def _suffix_automaton(sample: str) -> tuple[list[dict[str, int]], list[int], list[int], list[int]]:
    """Build the smallest automaton of all passages of a sample.

    Returns:
        For each state (0 is the start) its steps by character, its link to the state of the longest suffix that is
        another state, the length of its longest passage; and the state of each beginning of the sample.
    """
    steps: list[dict[str, int]] = [{}]
    links, lengths, prefixes = [-1], [0], []
    last = 0
    for character in sample:
        new = len(steps)
        steps.append({})
        links.append(0)
        lengths.append(lengths[last] + 1)
        state = last
        while state >= 0 and character not in steps[state]:
            steps[state][character] = new
            state = links[state]
        if state >= 0:
            following = steps[state][character]
            if lengths[following] == lengths[state] + 1:
                links[new] = following
            else:
                clone = len(steps)
                steps.append(dict(steps[following]))
                links.append(links[following])
                lengths.append(lengths[state] + 1)
                while state >= 0 and steps[state].get(character) == following:
                    steps[state][character] = clone
                    state = links[state]
                links[following] = links[new] = clone
        last = new
        prefixes.append(new)
    return steps, links, lengths, prefixes


def _covered(size: int, passages: list[tuple[int, int]]) -> float:
    """Compute the share of `size` places that passages cover; neither starts nor ends may go back."""
    covered = done = 0
    for start, end in passages:
        covered += end - max(start, done)
        done = end
    return covered / size if size else 0.0
