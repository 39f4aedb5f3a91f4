"""Keras' own format: an archive, with one more file in it."""

from pathlib import Path
from zipfile import ZipFile

from chargen.export.about import FILE, About, to_text
from chargen.export.form import Format
from chargen.network import Network


def _write_step(network: Network, about: About, path: Path) -> None:
    from chargen.export.models import save, step_model

    save(step_model(network), path)
    attach(about, path)


def _write_window(network: Network, about: About, path: Path) -> None:
    from chargen.export.models import save, window_model

    save(window_model(network, last=about["recipe"] == "classic"), path)
    attach(about, path)


def attach(about: About, path: Path) -> None:
    """Put what is to be known into an archive, or behind a file, which is an archive then too.

    Args:
        about: What is to be known.
        path: The file.
    """
    with ZipFile(path, "a") as archive:
        archive.writestr(FILE, to_text(about))


KERAS = Format(
    name="keras",
    ending=".keras",
    write=_write_step,
    loads="""\
import json, zipfile, keras, numpy as np
model = keras.models.load_model(PATH)
about = json.loads(zipfile.ZipFile(PATH).read("chargen.json"))
states = {name: np.zeros((1, about["model"]["units"]), "float32") for name in about["states"]}
said = model({"character": np.array([0], "int32"), **states})
""",
)
KERAS_WINDOW = Format(
    name="keras-window",
    ending="-window.keras",
    write=_write_window,
    loads="""\
import keras, numpy as np
import chargen.cells.keras_cells  # jordan and lnrnn are no layers of Keras'; the others load without
model = keras.models.load_model(PATH)
model.compile("adam", "sparse_categorical_crossentropy")  # for model.fit(ids, ids that come next)
said = model.predict(np.zeros((1, 10), "int32"), verbose=0)
""",
)
