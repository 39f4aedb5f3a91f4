"""Tables of labelled sequences: rows as in the UCR archive, rows told apart by an id, and what is refused."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargen.errors import ChargenError, OptionError, SeriesError
from chargen.series.classify import Sequences, read
from tests.series.classify.sines import sines, table


def found(text: str | bytes, **options: Any) -> tuple[Sequences, list[str]]:
    notices: list[str] = []
    file = io.BytesIO(text if isinstance(text, bytes) else text.encode())
    return read(file, **options, on_notice=notices.append), notices


def numbers(data: Sequences) -> list[list[float]]:
    return [one.ravel().tolist() for one in data.values]


def test_a_file_of_the_ucr_archive() -> None:
    data, notices = found("1\t0.5\t-1e-1\t2\n-1\t3\t4\tNaN\n1\t5\tNaN\tNaN\n")
    assert data.labels == ("1", "-1", "1")
    assert numbers(data) == [[0.5, -0.1, 2], [3, 4], [5]]
    assert (data.columns, data.names) == (("value",), ("1", "2", "3"))
    assert notices == ["the table: labels from column 'column1', the first; see --label"]


@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("head", [True, False])
def test_rows_are_read_as_they_were_written(mark: str, head: bool) -> None:
    data = sines(6)
    again, _ = found(table(data, mark, head))
    assert again.labels == data.labels
    for one, other in zip(again.values, data.values, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)


@pytest.mark.parametrize(
    ("text", "options", "labels", "values"),
    [
        ("t1,t2,Class\n1,2,up\n3,4,down\n", {}, ("up", "down"), [[1, 2], [3, 4]]),
        ("label,0,1,2\nup,1,2,3\ndown,4,5,6\n", {}, ("up", "down"), [[1, 2, 3], [4, 5, 6]]),  # pandas' own head
        ("kind,0,1\nup,1,2\ndown,4,5\n", {"label": "kind"}, ("up", "down"), [[1, 2], [4, 5]]),
        ("target,1,2\nnone,4,5\ntarget,7,8\n", {}, ("target", "none", "target"), [[1, 2], [4, 5], [7, 8]]),
        ("class;a;b\nup;0,5;1,25\ndown;2;3\n", {}, ("up", "down"), [[0.5, 1.25], [2, 3]]),
        ("label,a,b,c\nup,1,2,3\ndown,4,5,6\n", {"columns": ("c", "a")}, ("up", "down"), [[3, 1], [6, 4]]),
        ("label,who,b\n a  b ,ann,3\ndown,bob,6\n", {}, ("a b", "down"), [[3], [6]]),
    ],
)
def test_rows(text: str, options: dict[str, Any], labels: tuple[str, ...], values: list[list[float]]) -> None:
    data, _ = found(text, **options)
    assert (data.labels, numbers(data)) == (labels, values)


def test_columns_left_out_are_told() -> None:
    _, notices = found("label,who,b\nup,ann,3\ndown,bob,6\n")
    assert notices[1] == "the table: left out, having no numbers: who; choose columns with --column"


LONG = "run,step,heat,noise,state\n7,1,20,1,fine\n7,2,21,2,fine\n9,1,90,3,broken\n7,3,22,2,fine\n9,2,95,4,broken\n"


def test_rows_told_apart_by_an_id() -> None:
    data, _ = found(LONG, id_column="run", label="state")
    assert (data.names, data.labels, data.columns) == (("7", "9"), ("fine", "broken"), ("heat", "noise"))
    assert [one.tolist() for one in data.values] == [[[20, 1], [21, 2], [22, 2]], [[90, 3], [95, 4]]]
    chosen, _ = found(LONG, id_column="run", label="state", columns=("noise", "step"))
    assert chosen.columns == ("noise", "step")


@pytest.mark.parametrize(
    ("text", "options", "told"),
    [
        ("", {}, "the table is empty"),
        (b"label,a\n\0\1", {}, "is binary"),
        (b"PK\3\4", {}, "is a spreadsheet"),
        (b"\xff\xfea\0,\0b", {}, "starts with the mark of UTF-16-LE but is not valid"),
        ("label,a,b\nup,1,2\ndown,3\n", {}, "2 cells in line 3 and 3 in the first"),
        ("label,a,b\nup,1,2\ndown,,3\n", {}, "misses the value of column 'a' in line 3: .*; fill it"),
        ("label,a,b\nup,1,2\ndown,,\n", {}, "misses the value of column 'a' in line 3"),
        ("label,a,b\nup,1,2\ndown,x,3\nup,4,5\n", {}, "'x' in column 'a', line 3, which is no number; .*--column$"),
        ("label,a,b\nup,1,2\ndown,inf,3\nup,4,5\n", {}, "'inf' in column 'a', line 3, which is infinite"),
        ("label,a,b\nup,1,2\n,3,4\n", {}, "has no label in line 3; .*--label"),
        ("label,class,b\n1,1,2\n2,3,4\n", {}, "columns 'label' and 'class', and each may be that of labels"),
        ("label,a,b\nup,1,2\ndown,3,4\n", {"label": "labels"}, r"no column 'labels' \(did you mean 'label'\?\)"),
        (
            "label,a,b\nup,1,2\ndown,3,4\n",
            {"columns": ("label",)},
            "--column has 'label', which is the",
        ),
        ("label,who\nup,ann\ndown,bob\n", {}, "no columns of numbers beside the labels"),
        ("label,a\n", {}, "no rows below its head"),
        ("label,a,a\nup,1,2\n", {}, "two columns 'a'"),
        ("label,a\nup,1e200\ndown,1\n", {}, r"has 1e\+200, beyond what can be squared"),
        (LONG, {"id_column": "run"}, "no column called label, class, target; name the column of labels with --label"),
        (LONG, {"id_column": "run", "label": "run"}, "--label and --id-column are both 'run'"),
        (LONG, {"id_column": "run", "label": "noise"}, "the labels '1' and '2' in sequence '7', line 3"),
        (LONG.replace("9,2,95", "9,2,"), {"id_column": "run", "label": "state"}, "misses .* 'heat' in line 6"),
        (LONG.replace("9,2,", ",2,"), {"id_column": "run", "label": "state"}, "has no id in line 6"),
        (
            LONG.replace("9,2,", "9,0,"),
            {"id_column": "run", "label": "state"},
            "goes back in column 'step'.* line 6",
        ),
    ],
)
def test_what_is_refused(text: str | bytes, options: dict[str, Any], told: str) -> None:
    with pytest.raises(SeriesError, match=told) as error:
        found(text, **options)
    assert "\n" not in str(error.value)
    assert ";" in str(error.value)


def test_dates_have_to_rise_too() -> None:
    text = "run,date,v,label\na,2010-01-05,1,x\na,2010-01-04,2,x\nb,2010-01-04,3,y\nb,2010-01-05,4,y\n"
    with pytest.raises(SeriesError, match="goes back in column 'date' within sequence 'a', line 3; sort"):
        found(text, id_column="run")
    lines = text.splitlines()
    data, _ = found("\n".join([lines[0], lines[2], lines[1], *lines[3:]]), id_column="run")
    assert numbers(data) == [[2, 1], [3, 4]]


def test_files(tmp_path: Path) -> None:
    with pytest.raises(SeriesError, match=r"cannot read .*nothing\.csv"):
        read(tmp_path / "nothing.csv")
    with pytest.raises(SeriesError, match="is a folder"):
        read(tmp_path)
    with pytest.raises(OptionError, match="--decimal is 'x'"):
        read(tmp_path, decimal="x")


def test_long_rows(tmp_path: Path) -> None:
    path = tmp_path / "wide.tsv"
    path.write_text("".join(f"{label}\t" + "\t".join(["0.5"] * 2844) + "\n" for label in "ab"))
    assert {len(one) for one in read(path).values} == {2844}
    with pytest.raises(SeriesError, match="100,002 columns, more than 100,000; give one row a step"):
        found("a" + ",1" * 100_001)


WORDS = 'label class id step date 1 2.5 -3 0,5 1.234 1,234.5 NaN inf 1e999 up down 2010-01-04 31.12.2010 " # é'
CELLS = st.sampled_from([*WORDS.split(" "), "", " ", "\x85"])


@given(
    st.lists(st.lists(CELLS, min_size=1, max_size=5), max_size=8),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from([{}, {"label": "label"}, {"id_column": "id"}, {"columns": ("1",)}, {"decimal": ","}]),
)
def test_any_table_is_read_or_refused_in_a_line(rows: list[list[str]], mark: str, options: dict[str, Any]) -> None:
    try:
        data, _ = found("\n".join(mark.join(row) for row in rows), **options)
    except ChargenError as error:
        assert "\n" not in str(error)  # noqa: PT017 (most tables are refused)
    else:
        assert len(data.labels) == len(data.values) > 0
        assert all(np.isfinite(one).all() and one.shape[1] == len(data.columns) and len(one) for one in data.values)
        assert all(data.labels)


STEPS = st.lists(st.floats(-9e9, 9e9), min_size=1, max_size=5)


@given(st.lists(st.tuples(st.sampled_from(["up", "down", "7"]), STEPS), min_size=1))
def test_rows_of_any_length_come_back(rows: list[tuple[str, list[float]]]) -> None:
    steps = max((len(values) for _, values in rows), default=0)
    head = ",".join(["label", *(f"t{step}" for step in range(steps))])
    lines = [",".join([label, *map(repr, values), *[""] * (steps - len(values))]) for label, values in rows]
    data, _ = found("\n".join([head, *lines]), decimal=".")
    assert list(data.labels) == [label for label, _ in rows]
    assert numbers(data) == [values for _, values in rows]
