"""Pages made of templates, and written where they do no harm."""

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from chargen.config import require
from chargen.errors import SaveError
from chargen.learning import LearningRun
from chargen.runs.files import write_file

# What tells a page of chargen's from a file that somebody else may miss.
MARK = '<meta name="generator" content="chargen'
# A character that HTML does not allow; lone surrogates have no UTF-8.
_FORBIDDEN = dict.fromkeys([*range(9), 11, 12, *range(14, 32), *range(127, 160), *range(0xD800, 0xE000)], "\ufffd")


def render(template: str, **values: Any) -> str:
    """Fill a template; whatever is filled in is shown as the text that it is, never read as HTML.

    Args:
        template: Its name in `templates`.
        **values: What it shows.

    Returns:
        A whole page.
    """
    return _environment().get_template(template).render(mark=MARK, **values)


def require_trained(run: LearningRun) -> None:
    """Refuse a run that there is nothing to tell of.

    Args:
        run: The run.

    Raises:
        RunError: It has no finished iteration.
    """
    if not run.history:
        raise run.untrained()


def require_place(path: Path) -> None:
    """Refuse a place where a page would be lost, or take the place of something else than an older page.

    Args:
        path: Where it is to go.

    Raises:
        OptionError: Its name is no page's, or a file that is no page of chargen's is there.
        SaveError: There is no such folder, or what is there cannot be read.
    """
    require(path.suffix.lower() in (".html", ".htm"), "--output", str(path), "a name that ends in .html")
    if not path.parent.is_dir():
        raise SaveError(f"cannot write {path}: there is no folder {path.parent}; make it, or choose another place")
    if not path.exists() and not path.is_symlink():
        return
    ours = False
    if path.is_file():
        try:
            with path.open("rb") as file:
                ours = MARK.encode() in file.read(1000)
        except OSError as error:
            raise SaveError(f"{path} cannot be read ({error.strerror}); choose another place with --output") from error
    require(
        ours, "--output", str(path), "a new name, or that of an older report: another file is there; remove it first"
    )


def write(page: str, path: Path) -> None:
    """Write a page, whole or not at all; an older one is replaced.

    Args:
        page: Its HTML.
        path: Where it goes.

    Raises:
        OptionError: As for `require_place`.
        SaveError: The file system refuses.
    """
    require_place(path)
    try:
        write_file(path, page.encode())
    except SaveError as error:
        reason = getattr(error.__cause__, "strerror", None) or error
        raise SaveError(f"{path} cannot be written ({reason}); choose another place with --output") from error


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("chargen.pages"),
        autoescape=True,
        finalize=lambda value: value.translate(_FORBIDDEN) if isinstance(value, str) else value,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
