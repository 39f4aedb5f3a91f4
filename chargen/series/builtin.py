"""Series by name: those built in, one that can be fetched, and the tables in files."""

import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from chargen.config import is_count, is_whole, require
from chargen.download import OnProgress, download
from chargen.errors import FetchError, SeriesError, did_you_mean
from chargen.series.reading import read
from chargen.series.series import VALUE, Panel, Series

# The monthly sunspot number of SILSO, Royal Observatory of Belgium, under CC BY-NC 4.0: never part of chargen itself.
SILSO = ("https://www.sidc.be/SILSO/INFO/snmtotcsv.php", "https://www.sidc.be/SILSO/DATA/SN_m_tot_V2.0.csv")
FETCHED: Mapping[str, Sequence[str]] = {"silso": SILSO}

# What each is, for those who look for a series.
_ABOUT: Mapping[str, str] = {
    "sunspots": "monthly mean sunspot numbers, 1749-01 to 2009-06, on the scale of version 1",
    "synthetic": "10,000 series of 60 values: two sine waves and noise",
    "silso": "monthly sunspot numbers up to now, on the scale of version 2; fetched by 'chargen forecast fetch silso'",
}
_SUNSPOTS = Path(__file__).parent / "data" / "sunspots.csv"
_SUFFIXES = ("", ".csv", ".tsv", ".txt")


def sunspots(**options: Any) -> Series | Panel:
    """Read the monthly mean sunspot numbers from 1749-01 to 2009-06.

    Args:
        options: Of `chargen.series.reading.read`.

    Returns:
        3,126 months, on the scale of version 1 of the sunspot number.

    Raises:
        ChargenError: An option asks for what the table does not have.
    """
    return read(_SUNSPOTS, **options)


def synthetic(count: int = 10_000, steps: int = 60, random_seed: int = 42) -> Panel:
    """Draw series of two sine waves and noise.

    0.5 sin((t - o1)(10 f1 + 10)) + 0.2 sin((t - o2)(20 f2 + 20)) + 0.1 (u - 0.5), with t from 0 to 1 over the steps,
    f1, f2, o1, o2 uniform in [0, 1) for each series and u for each value: the series of chapter 15 in A. Géron,
    Hands-On Machine Learning, 2nd edition.

    Args:
        count: Series.
        steps: Values in each: by default a window of 50 and a horizon of 10.
        random_seed: Of the draw.

    Returns:
        The panel, its series called by their numbers.

    Raises:
        OptionError: A number that makes no sense.
    """
    require(is_count(count), "count", count, "a whole number from 1 up")
    require(is_count(steps) and steps > 1, "steps", steps, "a whole number from 2 up")
    require(is_whole(random_seed), "--random-seed", random_seed, "a whole number from 0 up")
    generator = np.random.default_rng(random_seed)
    f1, f2, o1, o2 = generator.random((4, count, 1))
    time = np.linspace(0, 1, steps)
    waves = 0.5 * np.sin((time - o1) * (10 * f1 + 10)) + 0.2 * np.sin((time - o2) * (20 * f2 + 20))
    values = waves + 0.1 * (generator.random((count, steps)) - 0.5)
    values.setflags(write=False)
    index = pd.RangeIndex(steps)
    made = (Series(values[place, :, None], index, (VALUE,), None, str(place)) for place in range(count))
    return Panel(tuple(made), "synthetic")


def _synthetic(**options: Any) -> Panel:
    given = [option for option, value in options.items() if value and option != "on_notice"]
    if given:
        raise SeriesError(
            f"the built-in 'synthetic' is no table: {given[0]} does not apply; leave it out, or draw other series with "
            "chargen.series.builtin.synthetic(count, steps)"
        )
    return synthetic()


BUILTIN: Mapping[str, Callable[..., Series | Panel]] = {"sunspots": sunspots, "synthetic": _synthetic}


def builtin(name: str, **options: Any) -> Series | Panel:
    """Get a series that comes with chargen.

    Args:
        name: `sunspots` or `synthetic`.
        options: Of `chargen.series.reading.read`, for `sunspots`.

    Returns:
        The series.

    Raises:
        SeriesError: There is no such series.
    """
    if name not in BUILTIN:
        raise SeriesError(f"no built-in series {name!r}{did_you_mean(name, BUILTIN)}; there are {', '.join(BUILTIN)}")
    return BUILTIN[name](**options)


def load(source: str | Path, corpora: Path, **options: Any) -> Series | Panel:
    """Find a series by what the user called it.

    Args:
        source: A file's path, the name of a built-in series, or the name of a file in the corpora folder with its
            suffix or without.
        corpora: The folder where `fetch` puts series.
        options: Of `chargen.series.reading.read`.

    Returns:
        The series.

    Raises:
        SeriesError: There is none of that name, or it cannot be read.
        ChargenError: An option makes no sense.
    """
    name = str(source)
    shown = name[:60].encode(errors="replace").decode()
    if _is_file(Path(source)):
        return read(source, **options)
    if name in BUILTIN:
        return builtin(name, **options)
    kept = _kept(name, corpora)
    if kept is not None:
        return read(kept, **options)
    if name in FETCHED:
        raise SeriesError(f"{name} is not in {corpora} yet; get it with 'chargen forecast fetch {name}'")
    if _is_folder(Path(source)):
        raise SeriesError(f"{shown} is a folder; give a table in it")
    known = [*BUILTIN, *FETCHED, *(path.stem for path in _tables(corpora))]
    raise SeriesError(
        f"no series {shown!r}{did_you_mean(shown, known)}: no such file, nothing of that name in {corpora}; "
        f"built in are {', '.join(BUILTIN)}"
    )


def open_panel(
    source: str | Path, corpora: Path, target: Sequence[str] = (), column: Sequence[str] = (), **options: Any
) -> tuple[Panel, int]:
    """Read the series that are to be forecast.

    Args:
        source: As for `load`.
        corpora: As for `load`.
        target: The columns that are forecast; the first that is read when left out.
        column: What else is known at each step.
        options: Of `chargen.series.reading.read`.

    Returns:
        The series, targets first, and how many columns are forecast.

    Raises:
        ChargenError: As from `load`.
    """
    target, column = ((names,) if isinstance(names, str) else tuple(names) for names in (target, column))
    columns = (*target, *(one for one in column if one not in target))
    return Panel.of(load(source, corpora, **options, target=target, columns=columns)), max(1, len(target))


def is_series(name: str, corpora: Path) -> bool:
    """Tell whether `load` finds a series of that name."""
    return _is_file(Path(name)) or name in BUILTIN or _kept(name, corpora) is not None


def listing(corpora: Path) -> list[dict[str, str]]:
    """List the series that have a name: those built in, the tables in the corpora folder, what can be fetched.

    Args:
        corpora: The folder; it need not exist.

    Returns:
        For each its `series` (what to type), `where` it is, and what it is `about`.
    """
    rows = [{"series": name, "where": "built in", "about": _ABOUT[name]} for name in BUILTIN]
    tables = [path for path in _tables(corpora) if path.suffix != ".txt"]  # those are books
    for path in tables:
        size = f"a table of {path.stat().st_size:,} bytes"
        rows.append({"series": path.name, "where": str(path), "about": size})
    there = {path.stem for path in tables}
    return rows + [
        {"series": name, "where": "to be fetched", "about": _ABOUT[name]} for name in FETCHED if name not in there
    ]


def fetch(
    name: str,
    corpora: Path,
    on_progress: OnProgress | None = None,
    urls: Mapping[str, Sequence[str]] = FETCHED,
) -> Path:
    """Fetch the newest edition of a series into the corpora folder, in the place of an older one.

    Args:
        name: `silso`: the monthly sunspot number, on the scale of its version 2.
        corpora: The folder.
        on_progress: Told the bytes received and expected.
        urls: Where each series is, the first choice first.

    Returns:
        The file.

    Raises:
        SeriesError: There is no such series to be fetched.
        FetchError: No server gave it.
        CorpusError: It could not be written.
    """
    if name not in urls:
        raise SeriesError(f"no series {name!r} to fetch{did_you_mean(name, urls)}; there are {', '.join(urls)}")
    target = corpora / f"{name}.csv"
    try:
        download(urls[name], target, _require_sunspots, name, on_progress)
    except FetchError as error:
        raise FetchError(
            f"{error}; try again later, or save {urls[name][-1]} as {target} yourself; "
            "'sunspots', to 2009, needs no network: 'chargen forecast train sunspots'"
        ) from error
    return target


def _require_sunspots(data: bytes, source: str) -> None:
    series = read(io.BytesIO(data))
    if not isinstance(series, Series) or (series.columns, series.frequency) != (("sunspots",), "MS"):
        raise SeriesError(f"{source} is no table of monthly sunspot numbers")


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def _kept(name: str, corpora: Path) -> Path | None:
    """Find a file of the corpora folder by its name, with its suffix or without."""
    paths = (corpora / (name + suffix) for suffix in _SUFFIXES)
    return next((path for path in paths if Path(name).name == name and _is_file(path)), None)


def _tables(corpora: Path) -> list[Path]:
    try:
        return sorted(path for path in corpora.iterdir() if path.suffix in _SUFFIXES[1:] and _is_file(path))
    except OSError:
        return []
