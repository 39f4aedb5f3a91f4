"""The weights that training starts from."""

import math

import numpy as np

from chargen.cells import CELLS
from chargen.network.config import ModelConfig
from chargen.types import Floats


def initial_weights(config: ModelConfig, generator: np.random.Generator) -> dict[str, Floats]:
    """Draw a network's first weights as Keras' layers do by default.

    Kernels are uniform (Glorot & Bengio 2010, equation 16), recurrent kernels orthogonal (Saxe, McClelland &
    Ganguli 2014), the other weights as the cell asks, zero outside the cells; a linear map
    beside them starts from nothing.

    Args:
        config: The network.
        generator: Where the randomness comes from.

    Returns:
        float32 by key, of the shapes of `config.shapes()`.
    """
    weights: dict[str, Floats] = {}
    for key, shape in config.shapes().items():
        part, name = key.rsplit(".", 1)
        if name == "recurrent_kernel":
            weights[key] = _orthogonal(shape[0], shape[1], generator)
        elif name.endswith("kernel") and part != "skip":
            limit = math.sqrt(6 / (math.prod(shape[:-2]) * (shape[-2] + shape[-1])))
            weights[key] = generator.uniform(-limit, limit, shape).astype(np.float32)
        elif part.startswith(("layers.", "decoder.")):
            weights[key] = CELLS[config.cell].initial_constants(config.units)[name]
        else:
            weights[key] = np.zeros(shape, np.float32)
    return weights


def _orthogonal(rows: int, columns: int, generator: np.random.Generator) -> Floats:
    normal = generator.standard_normal((max(rows, columns), min(rows, columns)))
    q, r = np.linalg.qr(normal)
    q *= np.sign(np.diag(r))  # makes the distribution uniform (Mezzadri 2007, section 5)
    return np.ascontiguousarray(q if rows >= columns else q.T, np.float32)
