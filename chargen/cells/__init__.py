"""Recurrent cells: what each computes. Registering one here makes it usable everywhere."""

from collections.abc import Mapping
from types import MappingProxyType

from chargen.cells.cell import ACTIVATIONS, Cell
from chargen.cells.gru import GRU
from chargen.cells.jordan import Jordan
from chargen.cells.layer_norm_rnn import LayerNormRNN
from chargen.cells.lstm import LSTM
from chargen.cells.simple_rnn import SimpleRNN
from chargen.errors import OptionError, did_you_mean

CELLS: Mapping[str, Cell] = MappingProxyType(
    {cell.name: cell for cell in (SimpleRNN(), LSTM(), GRU(), Jordan(), LayerNormRNN())}
)


def cell_name(name: str) -> str:
    """Resolve a cell's name or alias, in any case.

    Args:
        name: What the user typed.

    Returns:
        A key of CELLS.

    Raises:
        OptionError: No cell has that name.
    """
    known = {alias: cell.name for cell in CELLS.values() for alias in (cell.name, *cell.aliases)}
    if name.lower() not in known:
        raise OptionError(
            f"no cell {name!r}{did_you_mean(name.lower(), known)}; choose one of {', '.join(CELLS)} with --cell"
        )
    return known[name.lower()]


__all__ = ["ACTIVATIONS", "CELLS", "Cell", "cell_name"]
