"""Series by name, and the one that is fetched."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chargen.errors import CorpusError, FetchError, OptionError, SeriesError
from chargen.series.builtin import SILSO, builtin, fetch, is_series, listing, load, synthetic
from chargen.series.series import Panel, Series

TABLE = "".join(
    f"{year};{month:02};{year + (month - 0.5) / 12:.3f};{month * 10.5:6.1f};  1.0;  30;1\n"
    for year in (2000, 2001)
    for month in range(1, 13)
).encode()


def test_sunspots_are_the_published_months() -> None:
    series = builtin("sunspots")
    assert isinstance(series, Series)
    assert (len(series), series.columns, series.frequency, series.name) == (3126, ("sunspots",), "MS", "sunspots")
    assert [str(date)[:10] for date in series.index[[0, -1]]] == ["1749-01-01", "2009-06-01"]
    assert not np.isnan(series.values).any()
    # The highest monthly mean of the old scale is that of October 1957.
    assert (series.values.max(), str(series.index[int(series.values.argmax())])[:10]) == (253.8, "1957-10-01")
    assert len(builtin("sunspots", start="1900", end="1909")) == 120


def test_synthetic_series_are_the_waves_of_the_book() -> None:
    panel = synthetic(400, 51, random_seed=3)
    assert (len(panel), len(panel.series[0]), panel.columns, panel.name) == (400, 51, ("value",), "synthetic")
    values = np.array([one.values for one in panel])
    # Sines of amplitudes 0.5 and 0.2 and noise of width 0.1 have this variance, far from full periods only nearly so.
    assert abs(values.var() - (0.5**2 / 2 + 0.2**2 / 2 + 0.1**2 / 12)) < 0.02
    assert np.abs(values).max() <= 0.75
    np.testing.assert_array_equal(values, [one.values for one in synthetic(400, 51, random_seed=3)])
    assert not np.array_equal(values, [one.values for one in synthetic(400, 51, random_seed=4)])
    with pytest.raises(OptionError, match="count is 0"):
        synthetic(0)


def test_a_path_a_name_and_a_file_in_the_folder_are_found(tmp_path: Path) -> None:
    (tmp_path / "silso.csv").write_bytes(TABLE)
    (tmp_path / "other.csv").write_text("a\n1.5\n2.5\n")
    for source in (tmp_path / "silso.csv", str(tmp_path / "silso.csv"), "silso", "silso.csv"):
        found = load(source, tmp_path)
        assert isinstance(found, Series)
        assert (found.columns, found.name, len(found)) == (("sunspots",), "silso", 24)
    assert load("sunspots", tmp_path, start="2000", end="2000").name == "sunspots"
    assert isinstance(load("synthetic", tmp_path), Panel)


def test_the_listing_is_what_can_be_loaded(tmp_path: Path) -> None:
    (tmp_path / "other.csv").write_text("a\n1.5\n2.5\n")
    (tmp_path / "alice.txt").write_text("Alice was beginning")
    rows = listing(tmp_path)
    assert [row["series"] for row in rows] == ["sunspots", "synthetic", "other.csv", "silso"]
    assert [row["where"] for row in rows] == ["built in", "built in", str(tmp_path / "other.csv"), "to be fetched"]
    assert [is_series(row["series"], tmp_path) for row in rows] == [True, True, True, False]
    (tmp_path / "silso.csv").write_bytes(TABLE)
    assert [row["series"] for row in listing(tmp_path)] == ["sunspots", "synthetic", "other.csv", "silso.csv"]
    assert is_series("silso", tmp_path)
    assert is_series(str(tmp_path / "other.csv"), tmp_path)
    assert not is_series("../other", tmp_path)
    assert len(listing(tmp_path / "none")) == 3


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("sunspot", r"no series 'sunspot' \(did you mean 'sunspots'"),
        ("othr", "did you mean 'other'"),
        ("silso", "chargen forecast fetch silso"),
        ("../other", "no series"),
        ("x\0", "no series"),
        ("x" * 5000, "no series"),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest(name: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "other.csv").write_text("a\n1.5\n2.5\n")
    (tmp_path / "in" / "other.csv").write_text("a\n1.5\n2.5\n")
    with pytest.raises(SeriesError, match=message):
        load(name, tmp_path / "in")


def test_a_folder_and_wrong_options_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SeriesError, match="is a folder"):
        load(tmp_path, tmp_path)
    with pytest.raises(SeriesError, match="start does not apply"):
        load("synthetic", tmp_path, start="2000")
    with pytest.raises(SeriesError, match="did you mean 'sunspots'"):
        builtin("sunspot")


def test_silso_is_fetched_checked_and_renewed(web: Any, tmp_path: Path) -> None:
    web.pages["/second"] = TABLE
    progress: list[int] = []
    urls = {"silso": [f"{web.url}/first", f"{web.url}/second"]}
    path = fetch("silso", tmp_path, lambda done, _: progress.append(done), urls)
    assert (path, path.read_bytes(), progress[-1]) == (tmp_path / "silso.csv", TABLE, len(TABLE))
    assert web.asked == ["/first", "/second"]
    assert len(load("silso", tmp_path)) == 24
    web.pages["/first"] = longer = TABLE + b"2002;01;2002.042;   5.5;  1.0;  30;0\n"
    fetch("silso", tmp_path, urls=urls)
    assert path.read_bytes() == longer


@pytest.mark.parametrize("page", [b"<html>robot?</html>", b"a,b\n1,2\n3,4\n", TABLE[:30], b"", b"\0\1"])
def test_what_is_no_such_table_is_not_kept(page: bytes, web: Any, tmp_path: Path) -> None:
    (tmp_path / "silso.csv").write_bytes(TABLE)
    web.pages["/x"] = page
    with pytest.raises(FetchError, match=r"cannot fetch silso .*gave no text.*yourself; 'sunspots', to 2009"):
        fetch("silso", tmp_path, urls={"silso": [f"{web.url}/x"]})
    assert (tmp_path / "silso.csv").read_bytes() == TABLE


def test_only_known_series_are_fetched_and_only_into_folders(web: Any, tmp_path: Path) -> None:
    with pytest.raises(SeriesError, match="did you mean 'silso'"):
        fetch("sislo", tmp_path)
    web.pages["/x"] = TABLE
    (tmp_path / "file").write_text("x")
    with pytest.raises(CorpusError, match="cannot write"):
        fetch("silso", tmp_path / "file", urls={"silso": [f"{web.url}/x"]})
    assert all(url.startswith("https://www.sidc.be/SILSO/") for url in SILSO)
