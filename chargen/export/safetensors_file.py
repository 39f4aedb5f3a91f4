"""Safetensors: the weights alone, under the keys that they have in a run."""

from pathlib import Path

from chargen.export.about import KEY, About, to_text
from chargen.export.form import Format
from chargen.network import Network
from chargen.runs.tensors import pack


def _write(network: Network, about: About, path: Path) -> None:
    path.write_bytes(pack(dict(network.weights), {KEY: to_text(about)}))


SAFETENSORS = Format(
    name="safetensors",
    ending=".safetensors",
    write=_write,
    tensorflow=False,
    loads="""\
import json, chargen, numpy as np, safetensors
with safetensors.safe_open(PATH, "numpy") as file:
    about = json.loads(file.metadata()["chargen"])
    weights = {key: file.get_tensor(key) for key in file.keys()}
network = chargen.Network(chargen.ModelConfig(**about["model"]), weights)
said, states = network(np.array([[0]]))
""",
)
