"""What is fuzzed: for each target, how an input becomes something hostile, and what is then done with it.

Inputs are bytes that libFuzzer mutates. A FuzzedDataProvider reads them: numbers, which make choices, from the end;
contents from the front.
"""

import functools
import io
import json
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from chargen.cli import main as command
from chargen.config import require
from chargen.download import download
from chargen.network import initial_weights
from chargen.runs import Plan, Position, RunFolder, Store
from chargen.runs.files import MANIFEST, digest, to_json
from chargen.runs.names import is_name, require_name
from chargen.series.classify import read as read_sequences
from chargen.series.classify.sequences import held_out
from chargen.series.classify.standard import Standard
from chargen.series.reading import read
from chargen.series.series import Panel
from chargen.text import library
from chargen.text.catalogue import search
from chargen.text.corpus import Corpus, slug
from chargen.text.decode import decode, decode_as
from chargen.text.gutenberg import strip_licence
from chargen.text.learning import create
from chargen.text.normalise import Normalising, normalise
from chargen.text.pieces import decode_pieces
from chargen.text.report import Report
from chargen.text.run import Run, load
from chargen.text.seeds import encode_seed
from chargen.text.split import Document, split
from chargen.text.vocabulary import Vocabulary
from chargen.trainer import Snapshot, next_characters
from fuzzing.answers import LIMITS, Answers, answer
from fuzzing.choices import Choices, any_text
from fuzzing.tensors import mutate_tensors
from fuzzing.values import HOSTILE, mutate_json
from fuzzing.watch import Step

NAME = "stranger"
# Characters that a short input may be blown up to: enough for what takes quadratic time to show.
BLOWN_UP = 2**20
BOOK = (
    "*** START OF THE PROJECT GUTENBERG EBOOK X ***\n\nProduced by Y\n\nÉ. “Once.”\n\n*** END OF THE PROJECT GUTENBERG"
)
MARKERS = (
    b"*** START OF THE PROJECT GUTENBERG EBOOK",
    b"*END*THE SMALL PRINT!",
    b"*** END OF THIS PROJECT GUTENBERG EBOOK",
    b"End of Project Gutenberg's",
    b"Ende dieses Projekt Gutenberg",
    b"Produced by",
    b"E-text prepared by",
    b"Character set encoding: ",
    b"<!DOCTYPE html",
    b"<?xml",
    b"<html",
    b"\xef\xbb\xbf",
    b"\xff\xfe\0\0",
    b"\xfe\xff",
    b"PK\x03\x04",
    b"\x1f\x8b",
    b"\r\n",
    b"\x1a",
    b"\n\n",
    b" ***",
)


CELLS = (
    *(b"2010-01-04", b"2010-01-05", b"2010-02-01", b"31.12.2010", b"13/04/2010", b"03/04/2010", b"20100104", b"2010"),
    *(b"2010-01-04T10:00:00.5Z", b"0001-01-01T00:00+23:59", b"9999-12-31", b"2010Q4", b"0000-00-00", b"1749.042"),
    *(b"1", b"2.5", b"2,5", b"1.234", b"1.234,56", b"1,234", b"-", b"NA", b"", b"inf", b"1e999", b"-1", b"x", b'"'),
    *(b"date", b"year", b"month", b"day", b"v", b"shop", b"Open", b"High", b"Low", b"Close", b"#", b"\xef\xbb\xbf"),
)
_TABLES = (
    b"date,shop,v\n2010-01-04,a,1.5\n2010-01-05,a,2.5\n2010-01-06,b,3.5\n2010-01-07,b,\n",
    b"1749;01;1749.042;  96.7; -1.0;   -1;1\n1749;02;1749.123; 104.3; -1.0;   -1;1\n",
    b"Date\tOpen\tHigh\tLow\tClose\n31.12.2010\t1\t2\t0,5\t1,5\n01.01.2011\t2\t3\t1,5\t2,5\n",
    b"year,month,v\n1999,11,1\n1999,12,2\n2000,1,3\n",
)
_LABELLED = (
    b"label,t1,t2,t3\nup,1,2,3\ndown,3,2,1\nup,2,3,\ndown,1,0,NaN\n",
    b"1\t0.5\t-1e-1\t2\n-1\t3\t4\tNaN\n",
    b"run,step,heat,noise,label\n7,1,20,1,fine\n7,2,21,2,fine\n9,1,90,3,broken\n9,2,95,4,broken\n",
)


@dataclass(frozen=True)
class Target:
    """One kind of input.

    Args:
        prepare: Makes an input ready, undoing what the last one left, and returns what is to be done with it.
        seeds: Inputs to start from.
        words: What libFuzzer puts into inputs.
        port: The only port that may be called, if any.
        honest: What has to succeed before anything hostile is tried: else nothing would be shown.
    """

    prepare: Callable[[Choices], Sequence[Step]]
    seeds: Sequence[bytes] = (b"\0" * 64, bytes(range(64)))
    words: Sequence[bytes] = ()
    port: int | None = None
    honest: Sequence[Step] = ()


def book_files(folder: Path, beside: Path) -> Target:
    """Files of books, through decoding, normalising and numbering to the parts that training takes."""

    def prepare(data: Choices) -> list[Step]:
        normalising, content = _normalising(data), _blown_up(data)
        return [lambda: _read_book(content, normalising)]

    seeds = [text.encode(encoding) + b"\0" * 4 for text in (BOOK, "aé€" * 9) for encoding in ("utf-8", "utf-16")]
    return Target(prepare, [*seeds, "Señor, año\n".encode("latin-1") * 9 + b"\0" * 4], MARKERS)


def gutenberg(folder: Path, beside: Path) -> Target:
    """Texts made of Gutenberg's markers, in any order and number."""
    pieces = [
        *(marker.decode("latin-1") for marker in MARKERS[:8]),
        "\n",
        "\n\n",
        " ",
        "\t",
        "***",
        "a line\n",
        "*",
        "_",
    ]

    def prepare(data: Choices) -> list[Step]:
        normalising = _normalising(data)
        parts = [data.pick(pieces) * _times(data) for _ in range(data.number(1, 12))]
        text = ("".join(parts) + data.text(200))[:BLOWN_UP]
        return [lambda: strip_licence(text), lambda: normalise(text, normalising)]

    return Target(prepare)


def json_file(name: str) -> Callable[[Path, Path], Target]:
    """A run of which one JSON file is a stranger's, with a manifest that vouches for it."""

    def make(folder: Path, beside: Path) -> Target:
        run = _Stranger(folder)

        def prepare(data: Choices) -> list[Step]:
            run.renew()
            run.replace(data.pick(run.files(name)), mutate_json, data)
            return run.steps()

        words = [value.encode(errors="surrogatepass") for value in HOSTILE if len(value) < 64]
        return Target(prepare, words=words, honest=run.steps())

    return make


def tensors(folder: Path, beside: Path) -> Target:
    """A run of which one safetensors file is a stranger's, with a manifest that vouches for it."""
    run = _Stranger(folder)

    def prepare(data: Choices) -> list[Step]:
        run.renew()
        run.replace(data.pick(run.files("*.safetensors")), mutate_tensors, data)
        return run.steps()

    words = [b"BF16", b"F16", b"F64", b"I64", b"BOOL", b"F8_E4M3", b'"shape":[', b"data_offsets"]
    return Target(prepare, words=words, honest=run.steps())


def texts(folder: Path, beside: Path) -> Target:
    """A run whose corpus or vocabulary is any bytes, with a manifest that vouches for it."""
    run = _Stranger(folder)

    def prepare(data: Choices) -> list[Step]:
        run.renew()
        run.replace(run.path / data.pick(["corpus.txt", "vocabulary.json"]), lambda _, rest: _blown_up(rest), data)
        return run.steps()

    return Target(prepare, [b"Alice sees\0\0\0\0", b'["a", "b"]\1\1\1\1'], honest=run.steps())


def folders(folder: Path, beside: Path) -> Target:
    """A run in whose folder links, pipes, folders and giants stand where files belong."""
    run = _Stranger(folder)

    def prepare(data: Choices) -> list[Step]:
        run.renew()
        for _ in range(data.number(1, 2)):
            places = [*run.files("*"), *(run.path / place for place in _ODD_PLACES)]
            with suppress(OSError):  # what was put first may be in the way
                _put(data.pick(places), data, beside)
        return run.steps()

    return Target(prepare, honest=run.steps())


def seeds(folder: Path, beside: Path) -> Target:
    """Any string as a seed, a text to stop at or to score, with any numbers beside it."""
    run = load(_Stranger(folder).path.name, folder)

    def prepare(data: Choices) -> list[Step]:
        chosen = data.number(0, 4)
        options: dict[str, Any] = {
            "temperature": data.pick([0.5, 0.5, 0.0, 10**400, data.real()]),
            "top_k": data.pick([None, None, 1, 10**400, 0]),
            "top_p": data.pick([None, None, 0.5, data.real(), float("nan")]),
            "unknown": data.pick(["error", "nearest"]),
            "context": data.pick([None, "state", "window"]),
            "index": data.pick([0, 1, 2**64]),
        }
        normalising, text = _normalising(data), any_text(_blown_up(data, 2**17))
        vocabulary = run.vocabulary
        steps: list[Step] = [
            lambda: run.sample(text, length=8, random_seed=1, **options),
            lambda: run.sample("Alice", stop=[text], length=8, random_seed=1),
            lambda: run.samples(2, text, length=3, beams=2),
            lambda: run.score(text[:500], after=text[:9]),
            lambda: encode_seed(text, vocabulary, normalising, "nearest", lambda told: None),
        ]
        return [steps[chosen]]

    return Target(
        prepare, [b"Alice sees" + b"\0" * 24, "Álïce “中🙂\udc80".encode(errors="surrogatepass") + b"\1" * 24]
    )


def names(folder: Path, beside: Path) -> Target:
    """Names of runs and of books."""
    run = _Stranger(folder / "checkpoints")
    corpora = folder / "corpora"
    corpora.mkdir()
    (corpora / "alice.txt").write_text(BOOK * 9, encoding="utf-8")
    (corpora / "link.txt").symlink_to(beside / "private.txt")
    os.mkfifo(corpora / "pipe.txt")
    store = Store(run.path.parent)

    def prepare(data: Choices) -> list[Step]:
        chosen = data.number(0, 255)
        name = data.pick(["", "", "../", "/", str(beside) + "/", "file://", "con.", "a" * 300])
        name += any_text(_blown_up(data, 2**12))
        if not run.path.exists() or len(store.names()) != 1:
            shutil.rmtree(store.path)
            run.renew()
        steps: list[Step] = [
            lambda: _safe_slug(name),
            lambda: require_name(name),
            lambda: store.open(name),
            lambda: store.rename(NAME, name),
            lambda: store.remove(name),
            lambda: store.create("text", {}, {}, name, "x"),
            lambda: search(name),
            lambda: library.fetch(name, corpora, mirrors=()),
        ]
        # A path is read wherever it leads: that is what its user asks for.
        steps += [lambda: library.load(name, corpora, mirrors=())] if _inside(name, folder) else []
        return [steps[chosen % len(steps)]]

    words = [b"..", b"/", b"\0", b"CON", b"nul", b"lpt1", b"\\", b"http://", b"#11", b"alice.txt", b"link.txt", b"pipe"]
    return Target(
        prepare,
        [name + bytes([0, 0, 0, way]) for name in (b"alice.txt", b"link.txt", b"pipe.txt") for way in range(9)],
        words,
    )


def answers(folder: Path, beside: Path) -> Target:
    """A server's answers, down to its bytes."""
    server = Answers()
    target = folder / "corpora" / "book.txt"

    def prepare(data: Choices) -> list[Step]:
        shutil.rmtree(target.parent, ignore_errors=True)
        server.answers = answer(data, server.url)
        return [lambda: download([server.url], target, decode, limits=LIMITS), lambda: _only(target)]

    words = [
        b"HTTP/1.1 200 OK\r\n",
        b"Content-Length: ",
        b"Transfer-Encoding: chunked\r\n",
        b"Location: /\r\n",
        b"\r\n",
    ]
    return Target(prepare, words=words, port=server.port)


def tables(folder: Path, beside: Path) -> Target:
    """Tables of series: any bytes, honest tables overwritten in places, and cells of all kinds in rows and columns."""

    def prepare(data: Choices) -> list[Step]:
        way, told = data.number(0, 2), data.number(0, 3) == 3
        every: dict[str, Any] = {
            "columns": data.pick([(), (), (), ("v",), ("column2", "v"), ("sunspots",)]),
            "target": data.pick([(), (), (), ("Close",), ("date",)]),
            "date_column": data.pick([None, None, None, "date", "column1", "v"]),
            "id_column": data.pick([None, None, None, "column1", "v", "shop"]),
            "start": data.pick([None, None, "2010", "0001-01-01", "9999-12-31 23:59:59"]),
            "end": data.pick([None, None, "2010", "9999", "9999-12-31"]),
            "date_format": data.pick([None, None, None, "%Y", "%d/%m/%Y", "%Y-%m-%dT%H:%M:%S%z", data.text(6)]),
            "decimal": data.pick([None, None, ".", ","]),
        }
        options = every if told else {}
        if way == 0:
            content = _blown_up(data)
        elif way == 1:
            content = _overwritten(data.pick(_TABLES), data)
        else:
            mark = data.pick([b",", b";", b"\t"])
            rows = [mark.join(data.pick(CELLS) for _ in range(data.number(1, 4))) for _ in range(data.number(1, 9))]
            content = (b"\n".join(rows[:1] + rows[1:] * _times(data)))[:BLOWN_UP]
        return [lambda: _read_table(content, options)]

    seeds = [table + b"\0" * 16 for table in _TABLES]
    return Target(prepare, seeds, CELLS, honest=[lambda: _read_table(_TABLES[0], {})])


def labelled(folder: Path, beside: Path) -> Target:
    """Tables of labelled sequences, made as those of series are."""

    def prepare(data: Choices) -> list[Step]:
        way, told = data.number(0, 2), data.number(0, 3) == 3
        every: dict[str, Any] = {
            "label": data.pick([None, None, "label", "column2", "kind"]),
            "columns": data.pick([(), (), ("v",), ("column2", "column3")]),
            "id_column": data.pick([None, None, "run", "column1", "label"]),
            "decimal": data.pick([None, None, ".", ","]),
        }
        options = every if told else {}
        if way == 0:
            content = _blown_up(data)
        elif way == 1:
            content = _overwritten(data.pick(_LABELLED), data)
        else:
            mark, cells = data.pick([b",", b";", b"\t"]), (*CELLS, b"label", b"up", b"down", b"run", b"step")
            rows = [mark.join(data.pick(cells) for _ in range(data.number(1, 4))) for _ in range(data.number(1, 9))]
            content = (b"\n".join(rows[:1] + rows[1:] * _times(data)))[:BLOWN_UP]
        return [lambda: _read_labelled(content, options)]

    seeds = [table + b"\0" * 16 for table in _LABELLED]
    words = (*CELLS, b"label", b"class", b"target", b"run", b"step", b"NaN", b"up", b"down")
    return Target(prepare, seeds, words, honest=[lambda: _read_labelled(_LABELLED[0], {})])


TARGETS: Mapping[str, Callable[[Path, Path], Target]] = {
    "book files": book_files,
    "gutenberg": gutenberg,
    "run.json": json_file("run.json"),
    "vocabulary.json": json_file("vocabulary.json"),
    "report.json": json_file("report.json"),
    "state.json": json_file("state.json"),
    "manifest.json": json_file(MANIFEST),
    "texts": texts,
    "tensors": tensors,
    "folders": folders,
    "seeds": seeds,
    "names": names,
    "http": answers,
    "tables": tables,
    "labelled": labelled,
}

_ODD_PLACES = (
    ".lock",
    "iterations",
    "partial",
    "history.jsonl",
    "samples.jsonl",
    ".unfinished-x",
    "iterations/.unfinished-x",
    "iterations/0001",
    "iterations/0002",
    "iterations/0000",
    "iterations/00003",
    "iterations/٠٠٠٤",
    "iterations/" + "9" * 20,
    "iterations/" + "9" * 250,
)


class _Stranger:
    """A small run that was never trained, made anew for each input.

    Args:
        checkpoints: Where it is made.
    """

    def __init__(self, checkpoints: Path) -> None:
        self.path = checkpoints / NAME
        self._template = checkpoints.parent / f"template of {checkpoints.name}"
        text = "Alice sees the queen.\nThe queen sees Alice!\n" * 8
        corpus = Corpus("garden", text, "garden.txt", digest(text.encode()))
        options: dict[str, Any] = {
            "units": 3,
            "layers": 2,
            "seqlen": 8,
            "batch_size": 4,
            "iterations": 3,
            "patience": 2,
        }
        run = create(corpus, name=NAME, checkpoints=self._template, **options)
        for iteration in (1, 2):
            run.folder.save_iteration(_position(run, iteration, 10 * iteration), _report(iteration))
        run.folder.save_partial(_position(run, 2, 25))
        self.renew()

    def renew(self) -> None:
        """Make the run as it was."""
        if self.path.is_symlink() or self.path.is_file():
            self.path.unlink()
        shutil.rmtree(self.path, ignore_errors=True)
        shutil.copytree(self._template / NAME, self.path)

    def files(self, pattern: str) -> list[Path]:
        """List its files of a name."""
        return sorted(path for path in self.path.rglob(pattern) if path.is_file())

    def replace(self, path: Path, mutate: Callable[[bytes, Choices], bytes], data: Choices) -> None:
        """Make a file hostile, perhaps all others of its name too, so that no other one can stand in for it.

        Its sha256 comes into the manifest beside it: a stranger can do so too.
        """
        others = self.files(path.name) if data.flag() else [path]
        content = mutate(path.read_bytes(), data)
        for other in others:
            other.write_bytes(content)
            manifest = other.with_name(MANIFEST)
            if other != manifest:
                manifest.write_bytes(to_json({**json.loads(manifest.read_bytes()), other.name: digest(content)}))

    def steps(self) -> list[Step]:
        """What people do with a run, but training in TensorFlow."""
        checkpoints = self.path.parent
        name = self.path.name
        options: dict[str, Any] = {"length": 6, "random_seed": 1}
        commands = (("list",), ("list", "--json"), ("show", "--samples"), ("show", "--json", name))
        return [
            *(functools.partial(_command, checkpoints, "runs", *arguments) for arguments in commands),
            lambda: load(name, checkpoints).sample(**options),
            lambda: load(name, checkpoints).sample("Alice", iteration="last", context="window", **options),
            lambda: load(name, checkpoints).samples(2, "A", iteration=1, stop="q", until="paragraph", **options),
            lambda: load(name, checkpoints).score("sees", after="Alice "),
            lambda: _standing(load(name, checkpoints)),
            lambda: _room(load(name, checkpoints)),
            lambda: _resumable(RunFolder(self.path)),
        ]


def _position(run: Run, iteration: int, batches: int) -> Position:
    weights = dict(initial_weights(run.model, np.random.default_rng(iteration)))
    slots = {f"{key}.{slot}": value * 0 for key, value in weights.items() for slot in ("m", "v")}
    carry = {f"layers.{layer}.h": np.zeros((1, run.model.units), np.float32) for layer in range(run.model.layers)}
    history = tuple(_report(number)["history"] for number in range(1, iteration + 1))
    return Position(Snapshot(weights, slots, carry, batches, 1.5, 0.5), iteration, Plan(3), history)


def _report(iteration: int) -> dict[str, Any]:
    report = Report(iteration, 2.5, 2.4 + iteration, 3.4, None, 0.004, 0.5, 900.0, iteration == 1, ())
    return {"history": report.history(), "samples": [{"temperature": 0.5, "seed": "Alice", "text": " sees"}]}


def _command(checkpoints: Path, *arguments: str) -> None:
    with io.TextIOWrapper(io.BytesIO()) as out, redirect_stdout(out), redirect_stderr(out):
        command(["--checkpoints", str(checkpoints), *arguments], standalone_mode=False)


def _standing(run: Run) -> None:
    for line in run.history:
        require(isinstance(line, dict), "history", line, "a line")
    run.out_of_patience()
    run.stopped_early()
    run.plan  # noqa: B018 (reads a file)


def _room(run: Run) -> None:
    next_characters(run.parts.training, run.training_config, run.separate)


def _resumable(folder: RunFolder) -> None:
    with folder.writing():
        folder.position()


def _put(path: Path, data: Choices, beside: Path) -> None:
    """Put something odd in the place of a file."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:  # of a pipe, too: rmtree would wait for somebody to write into it
        path.unlink(missing_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    odd: list[Callable[[], object]] = [
        lambda: None,
        lambda: path.write_bytes(b""),
        path.mkdir,
        lambda: os.mkfifo(path),
        lambda: path.symlink_to("/dev/zero"),
        lambda: path.symlink_to("/dev/stdin"),
        lambda: path.symlink_to(beside),
        lambda: path.symlink_to(beside / "private.txt"),
        lambda: path.symlink_to(beside / "missing"),
        lambda: path.symlink_to(path),
        lambda: _giant(path),
        lambda: path.mkdir(0),
    ]
    data.pick(odd)()


def _giant(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(2**40)  # takes no room on the disk


def _inside(name: str, folder: Path) -> bool:
    try:
        return Path(os.path.realpath(folder / name)).is_relative_to(os.path.realpath(folder))
    except ValueError:
        return True


def _safe_slug(name: str) -> None:
    if not is_name(slug(name)):
        raise AssertionError(f"the slug of {name!r} is no name")


def _only(target: Path) -> None:
    """Confirm that nothing but the whole file is left of a download."""
    left = sorted(path.name for path in target.parent.iterdir()) if target.parent.is_dir() else []
    if left not in ([], [target.name]):
        raise AssertionError(f"a download left {left}")


def _read_book(content: bytes, normalising: Normalising) -> None:
    corpus = Corpus.from_bytes(content, "book", "book.txt")
    encoding = decode_as(content, "book.txt")[1]
    pieces = decode_pieces(io.BytesIO(content), encoding, "book.txt", lambda _: None, len(content) // 50 + 1)
    if "".join(pieces) != corpus.text:
        raise AssertionError("the pieces are not the whole")
    text = normalise(corpus.text, normalising)
    vocabulary = Vocabulary.of(text)
    ids = vocabulary.encode(text)
    document = Document(corpus.name, corpus.source, corpus.sha256, len(text))
    parts = split(ids, [document], 0.1, 0.1, 500)
    if len(parts.training) + len(parts.validation.ids) + len(parts.test.ids) != len(text):
        raise AssertionError("characters were lost")
    if vocabulary.decode(ids) != text or Vocabulary.from_json(vocabulary.to_json()) != vocabulary:
        raise AssertionError("the text does not come back")


def _overwritten(content: bytes, data: Choices) -> bytes:
    for _ in range(data.number(1, 3)):
        start, gone = data.number(0, len(content)), data.number(0, 12)
        new = data.pick(CELLS) * _times(data) if data.flag() else data.take(8)
        content = content[:start] + bytes(new) + content[start + gone :]
    return content[:BLOWN_UP]


def _read_table(content: bytes, options: dict[str, Any]) -> None:
    found = read(io.BytesIO(content), **options)
    for one in found if isinstance(found, Panel) else [found]:
        dates = one.index
        if np.isinf(one.values).any() or not dates.is_monotonic_increasing or not dates.is_unique:
            raise AssertionError("what was read is no series")
        one.future(3)


def _read_labelled(content: bytes, options: dict[str, Any]) -> None:
    found = read_sequences(io.BytesIO(content), **options)
    whole = all(len(one) and np.isfinite(one).all() and one.shape[1] == len(found.columns) for one in found.values)
    if not whole or not all(found.labels):
        raise AssertionError("what was read are no labelled sequences")
    Standard.fit(found.values).array(found.values[:9])
    held_out(found.labels, 0.2, 1, np.random.default_rng(0))


def _normalising(data: Choices) -> Normalising:
    return Normalising(
        data.flag(),
        data.pick(["keep", "transliterate", "drop"]),
        data.flag(),
        data.flag(),
    )


def _times(data: Choices) -> int:
    return data.pick([1, 1, 1, 1, 1, 2, 50, 1000, 20_000, 100_000])


def _blown_up(data: Choices, most: int = BLOWN_UP) -> bytes:
    """Take the rest of an input, its end repeated."""
    times, share = _times(data), data.number(0, 255)
    content = data.take()
    head = len(content) * share // 255
    return (content[:head] + content[head:] * times)[:most]
