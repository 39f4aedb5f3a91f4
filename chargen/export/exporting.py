"""A run's network written in another program's format: whole, or not at all, and never over something else."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType

from chargen.config import require
from chargen.errors import ChargenError, OptionError, SaveError, did_you_mean
from chargen.export.about import about
from chargen.export.form import Format
from chargen.export.keras_file import KERAS, KERAS_WINDOW
from chargen.export.onnx_file import ONNX
from chargen.export.safetensors_file import SAFETENSORS
from chargen.export.saved_model import SAVED_MODEL
from chargen.export.tflite import TFLITE
from chargen.runs.files import TEMPORARY
from chargen.text.run import Run

FORMATS: Mapping[str, Format] = MappingProxyType(
    {form.name: form for form in (KERAS, KERAS_WINDOW, SAVED_MODEL, TFLITE, ONNX, SAFETENSORS)}
)


@dataclass(frozen=True)
class Exported:
    """A network in another program's format.

    Args:
        path: The file, or folder.
        iteration: Whose network.
        size: Bytes.
        loads: Lines of Python that load it in the format's own runtime and make a first step.
    """

    path: Path
    iteration: int
    size: int
    loads: str


def export(run: Run, format: str, output: str | Path | None = None, iteration: int | str = "best") -> Exported:  # noqa: A002 (the option's name)
    """Write a run's network in another program's format.

    Args:
        run: A text run.
        format: One of FORMATS.
        output: A new name; that of the run in the current folder when left out.
        iteration: Whose network: `best`, `last` or a number.

    Returns:
        What was written.

    Raises:
        OptionError: No such format; or something is where the file is to go, or its name is of another format.
        RunError: The run has no such iteration.
        SaveError: The file system refuses.
        ChargenError: A package that the format takes is not installed.
    """
    require(isinstance(run, Run), "run", run, "a text run")
    form = format_of(format)
    path = place(run, form, output)
    number, network = run.pick(iteration)
    with _writing(path), TemporaryDirectory(prefix=TEMPORARY, dir=path.parent) as folder:
        made = Path(folder) / path.name
        form.write(network, about(run, number), made)
        size = sum(file.stat().st_size for file in (made, *made.rglob("*")) if file.is_file())
        _require_free(path)  # making it took a while
        made.rename(path)
    return Exported(path, number, size, form.loads.replace("PATH", repr(str(path))))


def format_of(name: str) -> Format:
    """Find a format.

    Args:
        name: Its name.

    Returns:
        The format.

    Raises:
        OptionError: There is none of that name.
    """
    if not isinstance(name, str) or name not in FORMATS:
        meant = did_you_mean(str(name).lower(), FORMATS)
        raise OptionError(f"--format is {name!r}{meant}; it takes {', '.join(FORMATS)}")
    return FORMATS[name]


def place(run: Run, form: Format, output: str | Path | None = None) -> Path:
    """Decide where an export goes, and refuse what cannot come to be before the work begins.

    Args:
        run: A text run.
        form: The format.
        output: As for `export`.

    Returns:
        A path where nothing is yet.

    Raises:
        ChargenError: As for `export`.
    """
    shown = str(output) if isinstance(output, Path) else output
    require(output is None or _is_name(output), "--output", shown, "a name in UTF-8")
    path = Path(f"{run.name}{form.ending}") if output is None else Path(output)
    ending = Path(f"any{form.ending}").suffix
    right = path.suffix == ending or not ending
    require(right, "--output", str(path), f"a name that ends in {ending} with --format {form.name}")
    with _writing(path):
        if not path.parent.is_dir():
            raise SaveError(f"cannot write {path}: there is no folder {path.parent}; make it, or choose another place")
        _require_free(path)
    if form.needs and find_spec(form.needs) is None:
        raise ChargenError(
            f"--format {form.name} needs {form.needs}, which is not installed; get it with: pip install "
            "'chargen[export]'"
        )
    return path


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise SaveError(
            f"{path} cannot be written ({error.strerror or error}); choose another place with --output"
        ) from error


def _is_name(output: object) -> bool:
    # TensorFlow takes no other name, though a file system may.
    return isinstance(output, str | Path) and not re.search("[\0\ud800-\udfff]", str(output))


def _require_free(path: Path) -> None:
    taken = path.exists() or path.is_symlink()
    require(not taken, "--output", str(path), "a new name: something of this name is there; nothing is overwritten")
