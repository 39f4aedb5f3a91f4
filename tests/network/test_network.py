"""A network takes only weights that fit its settings."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from chargen.errors import DamagedRunError
from chargen.network import ModelConfig, Network

CONFIG = ModelConfig(inputs=4, outputs=4, units=3)


@pytest.mark.parametrize("kind", [np.int8, np.bool_, np.complex64])
def test_weights_are_floats(kind: Any, random_weights: Callable[..., dict[str, Any]]) -> None:
    weights = random_weights(CONFIG.shapes())
    weights["readout.bias"] = weights["readout.bias"].astype(kind)
    with pytest.raises(DamagedRunError, match=r"no floats: readout.bias is"):
        Network(CONFIG, weights)


def test_weights_fit_the_settings(random_weights: Callable[..., dict[str, Any]]) -> None:
    weights = random_weights(CONFIG.shapes())
    with pytest.raises(DamagedRunError, match=r"readout.bias missing or unknown"):
        Network(CONFIG, {key: value for key, value in weights.items() if key != "readout.bias"})
    with pytest.raises(DamagedRunError, match=r"readout.bias is \(5,\), not \(4,\)"):
        Network(CONFIG, weights | {"readout.bias": np.zeros(5, np.float32)})
