"""Types that every room speaks."""

from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.floating[Any]]
Ids: TypeAlias = NDArray[np.int32]
Weights: TypeAlias = Mapping[str, Floats]
Tensors: TypeAlias = dict[str, Floats]
