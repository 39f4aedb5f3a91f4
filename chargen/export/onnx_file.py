"""ONNX: for onnxruntime and many others, in many languages."""

from pathlib import Path

from chargen.export.about import KEY, About, to_text
from chargen.export.form import Format
from chargen.network import Network


def _write(network: Network, about: About, path: Path) -> None:
    from chargen.export.models import convert_to_onnx, step_model

    model = convert_to_onnx(step_model(network))
    model.metadata_props.add(key=KEY, value=to_text(about))
    path.write_bytes(model.SerializeToString())


ONNX = Format(
    name="onnx",
    ending=".onnx",
    write=_write,
    needs="tf2onnx",
    loads="""\
import json, numpy as np, onnxruntime
session = onnxruntime.InferenceSession(PATH)
about = json.loads(session.get_modelmeta().custom_metadata_map["chargen"])
states = {name: np.zeros((1, about["model"]["units"]), "float32") for name in about["states"]}
values = session.run(None, {"character": np.array([0], "int32"), **states})
said = dict(zip([output.name for output in session.get_outputs()], values))
""",
)
