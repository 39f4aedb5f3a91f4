"""Encoders: what reads a window. Registering one here makes it usable everywhere."""

from collections.abc import Mapping
from types import MappingProxyType

from chargen.network.encoders.bidirectional import Bidirectional
from chargen.network.encoders.cells import Cells
from chargen.network.encoders.conv import Conv
from chargen.network.encoders.encoder import Encoder
from chargen.network.encoders.wavenet import WaveNet
from chargen.network.encoders.window import Window

ENCODERS: Mapping[str, Encoder] = MappingProxyType(
    {encoder.name: encoder for encoder in (Cells(), Bidirectional(), Conv(), WaveNet(), Window())}
)

__all__ = ["ENCODERS", "Encoder"]
