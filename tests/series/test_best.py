"""The best iteration: the first of the lowest loss, and how long a lower one is waited for."""

import pytest

from chargen.series.best import Best


@pytest.mark.parametrize(
    ("patience", "losses", "ended", "kept"),
    [
        (0, [3.0, 1.0, 2.0, 2.0, 2.0], [False] * 5, 1),
        (2, [3.0, 1.0, 2.0, 1.0], [False, False, False, True], 1),  # as good is no better
        (2, [3.0, 4.0, 2.0, 3.0, 3.0], [False, False, False, False, True], 2),
        (1, [None, None], [False, False], 1),  # nothing held out: the newest, whatever the patience
    ],
)
def test_the_best_is_kept_and_patience_ends(
    patience: int, losses: list[float | None], ended: list[bool], kept: int
) -> None:
    best: Best[int] = Best(patience)
    assert [best.offer(number, loss) for number, loss in enumerate(losses)] == ended
    assert best.kept == kept
    assert best.losses == [loss for loss in losses if loss is not None]
