"""Step sizes against cases computed by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargen.trainer import TrainConfig
from chargen.trainer.config import SCHEDULES
from chargen.trainer.schedules import FLOOR, learning_rates, stalls


def rates(first: int = 0, count: int = 1, losses: tuple[float, ...] = (), **options: object) -> list[float]:
    config = TrainConfig(**{"learning_rate": 1.0, "warmup": 0, "iterations": 4} | options)  # type: ignore[arg-type]
    return list(learning_rates(config, first, count, 10, losses))


def test_a_plateau_halves_the_step_after_each_iteration_that_is_no_better() -> None:
    assert rates(first=30, count=3, losses=(3.0, 2.0, 1.0)) == [1, 1, 1]
    assert rates(first=30, losses=(3.0, 2.0, 2.0)) == [0.5]
    assert rates(first=50, losses=(2.0, 3.0, 2.5, 1.0, 1.5)) == [0.125]
    assert rates(first=50) == [1]
    assert rates(first=990, losses=(1.0,) * 99) == [pytest.approx(FLOOR)]


def test_a_cosine_falls_to_its_floor_and_stays_there() -> None:
    assert rates(schedule="cosine") == [1]
    assert rates(first=20, schedule="cosine") == [pytest.approx((1 + FLOOR) / 2)]
    assert rates(first=10, schedule="cosine") == [pytest.approx(FLOOR + (1 - FLOOR) * 0.8535534)]
    assert rates(first=40, count=2, schedule="cosine") == [pytest.approx(FLOOR)] * 2
    assert rates(first=40, schedule="cosine", schedule_iterations=8) == [pytest.approx((1 + FLOOR) / 2)]


def test_inverse_time() -> None:
    assert rates(first=5, schedule="inverse-time", decay=2.0) == [0.5]
    assert rates(first=30, schedule="inverse-time", decay=1.0) == [0.25]


def test_constant() -> None:
    assert rates(first=90, schedule="constant", losses=(1.0, 2.0)) == [1]


def test_warm_up_grows_from_nothing() -> None:
    assert rates(count=5, warmup=3, schedule="constant") == [0.25, 0.5, 0.75, 1, 1]


@given(
    st.sampled_from(SCHEDULES),
    st.integers(0, 100),
    st.integers(1, 50),
    st.lists(st.floats(0.1, 9), max_size=200).map(tuple),
)
def test_stretches_do_not_matter(schedule: str, first: int, count: int, losses: tuple[float, ...]) -> None:
    whole = rates(first, count, losses, schedule=schedule, warmup=20)
    apart = [rates(first + index, 1, losses, schedule=schedule, warmup=20)[0] for index in range(count)]
    assert np.array_equal(whole, apart)
    assert all(0 < rate <= 1 for rate in whole)


def test_stalls() -> None:
    assert stalls([]) == 0
    assert stalls([2, 1, 1, 3, 0.5, 0.6]) == 3
