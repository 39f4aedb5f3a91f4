"""LiteRT, once TensorFlow Lite: for telephones and small machines."""

from pathlib import Path

from chargen.export.about import About
from chargen.export.form import Format
from chargen.export.keras_file import attach
from chargen.network import Network


def _write(network: Network, about: About, path: Path) -> None:
    from chargen.export.models import convert_to_tflite, step_model

    path.write_bytes(convert_to_tflite(step_model(network), path.parent))
    attach(about, path)


TFLITE = Format(
    name="tflite",
    ending=".tflite",
    write=_write,
    loads="""\
import json, zipfile, numpy as np
from ai_edge_litert.interpreter import Interpreter
step = Interpreter(PATH).get_signature_runner()
about = json.loads(zipfile.ZipFile(PATH).read("chargen.json"))
states = {name: np.zeros((1, about["model"]["units"]), "float32") for name in about["states"]}
said = step(character=np.array([0], "int32"), **states)
""",
)
