"""TensorFlow's SavedModel: a folder, with one more file in it."""

from pathlib import Path

from chargen.export.about import FILE, About, to_text
from chargen.export.form import Format
from chargen.network import Network


def _write(network: Network, about: About, path: Path) -> None:
    from chargen.export.models import save_graph, step_model

    save_graph(step_model(network), path)
    extra = path / "assets.extra"  # TensorFlow leaves this folder to others
    extra.mkdir()
    (extra / FILE).write_text(to_text(about), encoding="ascii")


SAVED_MODEL = Format(
    name="savedmodel",
    ending="-savedmodel",
    write=_write,
    loads="""\
import json, pathlib, tensorflow as tf
loaded = tf.saved_model.load(PATH)
about = json.loads(pathlib.Path(PATH, "assets.extra/chargen.json").read_text())
states = {name: tf.zeros((1, about["model"]["units"])) for name in about["states"]}
said = loaded.signatures["serving_default"](character=tf.constant([0]), **states)
""",
)
