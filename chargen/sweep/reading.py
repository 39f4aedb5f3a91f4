"""A plan in a TOML file: what `create` is called with."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from chargen.config import require
from chargen.errors import OptionError, did_you_mean
from chargen.sweep.plan import ARGUMENTS

_TABLES = ("sweep", "options", "grid")
_SWEEP = ("corpus", "series", "method", "trials", "seeds", "name")
# What `create` takes besides options of training.
_OTHERS = (*ARGUMENTS, "series", "grid", "random", "seeds")


def read_plan(path: Path) -> dict[str, Any]:
    """Read a plan.

    Args:
        path: A TOML file with the tables [sweep] (`corpus` or `series`; `method` grid or random, `trials`; `seeds`,
            `name`), [options] (the same in all trials) and [grid] (a list of values or {low, high, log} for each).

    Returns:
        Keyword arguments of `create`.

    Raises:
        OptionError: It cannot be read, or has something else in it.
    """
    try:
        plan = tomllib.loads(path.read_bytes().decode())
    except OSError as error:
        raise OptionError(
            f"cannot read {path}: {error.strerror or error}; check the path and its permissions"
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise OptionError(f"{path} is not TOML: {error}; 'chargen sweep --help' shows a plan") from error
    for key, value in plan.items():
        _known(path, key, _TABLES)
        if not isinstance(value, Mapping):
            raise OptionError(f"{path}: {key} is {value!r}; it takes a table: [{key}]")
    about: dict[str, Any] = dict(plan.get("sweep", {}))
    for key in about:
        _known(path, key, _SWEEP)
    name = about.get("name")
    require(name is None or isinstance(name, str), f"{path}: name", name, "a text, such as 'alice-units'")
    drawn = "trials" in about
    method = about.pop("method", "random" if drawn else "grid")
    require(method in ("grid", "random"), f"{path}: method", method, "grid or random")
    if drawn != (method == "random"):
        raise OptionError(
            f"{path}: method is {method!r} and trials {'are' if drawn else 'are not'} given; random takes trials = 20, "
            "grid tries all"
        )
    if drawn:
        about["random"] = about.pop("trials")
    options = {key.replace("-", "_"): value for key, value in plan.get("options", {}).items()}
    for key in options:
        if key in _OTHERS:
            raise OptionError(f"{path}: {key} is no option of training; see 'chargen train --help'")
    lists = {key: tuple(value) if isinstance(value, list) else value for key, value in options.items()}
    return {"corpus": None, **about, "grid": plan.get("grid", {}), **lists}


def _known(path: Path, key: str, known: tuple[str, ...]) -> None:
    if key not in known:
        raise OptionError(f"{path} has an unknown {key!r}{did_you_mean(key, known)}; it takes {', '.join(known)}")
