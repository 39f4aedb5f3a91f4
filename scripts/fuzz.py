"""Fuzzing of every parser, guided by coverage: any input has to end in success or a ChargenError.

Each target runs in a process of its own, in which atheris (libFuzzer) instruments chargen's modules and keeps the
inputs that reach new branches. An input that raises anything else, takes more than two seconds, wants more than
768 MiB, or touches a file outside its folder is a finding: it is kept, with its traceback. Runs on Linux; needs the
extra `books`, and atheris: `pip install atheris==3.0.0`.

    python scripts/fuzz.py
    python scripts/fuzz.py --only run.json --inputs 5000 --random-seed 7
    python scripts/fuzz.py --only run.json --input findings/run.json/1.bin
"""

import argparse
import json
import os
import platform
import random
import re
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

TARGETS = (
    *("book files", "gutenberg", "run.json", "vocabulary.json", "report.json", "state.json", "manifest.json", "texts"),
    *("tensors", "folders", "seeds", "names", "http", "tables", "labelled"),
)
# Longest input in bytes: choices need few, contents are blown up.
LONGEST = 4096
# Seconds without a finished input after which a child is stuck where not even a signal reaches it.
STUCK = 30
# A child that dies is started again so often.
LIVES = 10
INSTRUMENTED = ("chargen", "requests", "urllib3", "charset_normalizer", "anyascii")


@dataclass
class Row:
    """What became of a target's inputs.

    Attributes:
        target: Its name.
        inputs: Inputs tried.
        succeeded: Those that nothing was refused of.
        refused: Those answered by a ChargenError, in part or whole.
        findings: Inputs with a problem.
        slowest: Seconds of the slowest input.
        branches: Branches that the inputs reached, as libFuzzer counts them.
        causes: Inputs by problem.
    """

    target: str
    inputs: int = 0
    succeeded: int = 0
    refused: int = 0
    findings: int = 0
    slowest: float = 0.0
    branches: int = 0
    causes: dict[str, int] = field(default_factory=dict)

    def add(self, told: dict[str, Any]) -> None:
        """Count an input that the child told of."""
        self.inputs += 1
        self.findings += bool(told["causes"])
        self.refused += told["refused"] and not told["causes"]
        self.succeeded += not told["refused"] and not told["causes"]
        self.slowest = max(self.slowest, told["seconds"])
        for cause in told["causes"]:
            self.causes[cause] = self.causes.get(cause, 0) + 1


def child(name: str, inputs: int, random_seed: int, kept: Path, once: Path | None) -> None:
    """Be a target: fuzz it in this process, and tell of each input in a line on stdout."""
    import atheris

    with atheris.instrument_imports(include=list(INSTRUMENTED)):
        from fuzzing import targets
        from fuzzing.choices import Choices
        from fuzzing.watch import Guard, Outcome, Problem, limit_memory, watch
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what libraries print must not get between the lines
    place = Path.cwd()
    folder, beside = place / "work", place / "beside"
    target = targets.TARGETS[name](folder, beside)
    guard = Guard(folder, beside, target.port)
    os.chdir(folder)
    seen: set[str] = set()
    current = (place / "current.bin").open("w+b", buffering=0)

    def keep(data: bytes, problem: Problem) -> None:
        if problem.cause not in seen and not once:
            seen.add(problem.cause)
            path = kept / f"{len(seen)}.bin"
            path.write_bytes(data)
            path.with_suffix(".txt").write_text(f"{problem.cause}\n\n{problem.detail}\n", "utf-8", "backslashreplace")

    def tell(outcome: Outcome) -> None:
        causes = list(dict.fromkeys(problem.cause for problem in outcome.problems))
        line = {"refused": outcome.refused, "seconds": outcome.seconds, "causes": causes}
        out.write(json.dumps(line) + "\n")
        out.flush()

    def one(data: bytes) -> None:
        current.truncate(0)
        os.pwrite(current.fileno(), data, 0)
        outcome = watch(target.prepare(Choices(data)), guard)
        for problem in outcome.problems:
            keep(data, problem)
            if once:
                print(problem.detail, file=sys.stderr)
        tell(outcome)

    for step in target.honest:  # loads what is loaded when it is first needed, and shows that an honest input succeeds
        step()
    for seed in target.seeds:
        watch(target.prepare(Choices(seed)), guard)
    limit_memory()
    if once:
        one(once.read_bytes())
        return
    corpus = place / "corpus"
    corpus.mkdir(exist_ok=True)
    # Choices from far apart to start from: guidance alone would find them one after the other.
    chance = random.Random(random_seed)  # noqa: S311 (no secrets)
    far_apart = [chance.randbytes(chance.randrange(8, 64)) for _ in range(inputs // 3)]
    for number, seed in enumerate([*target.seeds, *far_apart]):
        (corpus / f"seed-{number}").write_bytes(seed)
    words = "".join('"' + "".join(f"\\x{byte:02x}" for byte in word) + '"\n' for word in target.words if word)
    (place / "words").write_text(words, encoding="ascii")
    # Without its own limits of time and memory: ours tell more, and go on with the next input.
    limits = ["-timeout=0", "-rss_limit_mb=0", f"-max_len={LONGEST}", "-len_control=0"]
    limits += [f"-dict={place / 'words'}"] if words else []
    atheris.Setup([sys.argv[0], f"-runs={inputs}", f"-seed={random_seed + 1}", *limits, str(corpus)], one)
    atheris.Fuzz()


def fuzz(name: str, inputs: int, random_seed: int, kept: Path) -> Row:
    """Fuzz a target in child processes: one, and another one for each that dies."""
    row = Row(name)
    kept.mkdir(parents=True, exist_ok=True)
    for life in range(LIVES):
        if row.inputs >= inputs:
            break
        with TemporaryDirectory(prefix="chargen-fuzz-") as place:
            ended = _live(row, inputs - row.inputs, random_seed + 1000 * life, kept, Path(place))
            if row.inputs < inputs and ended:
                cause = f"the process died: {ended}"
                row.add({"refused": False, "seconds": 0.0, "causes": [cause]})
                last = Path(place, "current.bin")
                (kept / f"died-{life}.bin").write_bytes(last.read_bytes() if last.exists() else b"")
                (kept / f"died-{life}.txt").write_text(f"{cause}\n\n{_tail(Path(place, 'log'))}\n", encoding="utf-8")
    return row


def _live(row: Row, inputs: int, random_seed: int, kept: Path, place: Path) -> str:
    """Run one child to its end, and tell how it ended if not well."""
    for folder in ("work", "beside"):
        (place / folder).mkdir()
    (place / "beside" / "private.txt").write_text("nobody may touch this", encoding="utf-8")
    (place / "beside" / ".unfinished-mine").mkdir()
    options = ["--child", row.target, "--inputs", str(inputs), "--random-seed", str(random_seed), "--kept", str(kept)]
    with (place / "log").open("wb") as log, subprocess.Popen(_arguments(options), **_process(place, log)) as process:
        assert process.stdout is not None  # noqa: S101 (narrows the type)
        os.set_blocking(process.stdout.fileno(), False)
        unfinished, since = b"", time.monotonic()
        while (more := process.stdout.read()) != b"":
            if more:
                *lines, unfinished = (unfinished + more).split(b"\n")
                for line in lines:
                    row.add(json.loads(line))
                since = time.monotonic()
            elif time.monotonic() - since > STUCK:
                process.kill()
                return f"nothing for {STUCK} s"
            time.sleep(0.05)
    text = (place / "log").read_text(encoding="utf-8", errors="replace")
    row.branches = max([row.branches, *(int(count) for count in re.findall(r"\bcov: (\d+)", text))])
    return f"exit code {process.returncode}: {text.strip().splitlines()[-1][:200]}" if process.returncode else ""


def _arguments(options: list[str]) -> list[str]:
    return [sys.executable, str(Path(__file__).absolute()), *options]


def _process(place: Path, log: Any) -> dict[str, Any]:
    # The same sets in the same order each time; no bytecode beside the sources; no proxy for the loopback.
    environment = {
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "NO_PROXY": "127.0.0.1",
        "no_proxy": "127.0.0.1",
    }
    return {
        "cwd": place,
        "env": os.environ | environment,
        "stdin": subprocess.DEVNULL,
        "stdout": subprocess.PIPE,
        "stderr": log,
    }


def _tail(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")[-4000:] if log.exists() else ""


def replay(name: str, once: Path) -> int:
    """Give a target one input again, and show what it does."""
    with TemporaryDirectory(prefix="chargen-fuzz-") as place, Path(place, "log").open("wb") as log:
        for folder in ("work", "beside"):
            Path(place, folder).mkdir()
        Path(place, "beside", "private.txt").write_text("nobody may touch this", encoding="utf-8")
        process = subprocess.run(
            _arguments(["--child", name, "--input", str(once.absolute())]), check=False, **_process(Path(place), log)
        )
        print(process.stdout.decode() or f"died: {process.returncode}", _tail(Path(place, "log")), sep="\n")
        return process.returncode


def main() -> int:
    """Read the options, fuzz, print the table and the document."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inputs", type=int, default=20_000, help="in all, split over the targets")
    parser.add_argument("--random-seed", type=int, default=0)
    parser.add_argument("--only", choices=TARGETS, action="append", help="this target; may be repeated")
    parser.add_argument("--findings", type=Path, default=Path("findings"), help="folder where findings are kept")
    parser.add_argument("--input", type=Path, help="a kept input, given once more to the target of --only")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("--kept", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child(options.child, options.inputs, options.random_seed, options.kept, options.input)
        return 0
    if options.input:
        return replay(options.only[0], options.input)
    targets = options.only or TARGETS
    versions = {name: version(name) for name in ("chargen", "atheris", "numpy", "safetensors", "requests")}
    print(f"{versions}, Python {platform.python_version()}, {os.cpu_count()} cores, random seed {options.random_seed}")
    heads = ("inputs", "succeeded", "refused", "findings", "slowest s", "branches")
    print(f"{'target':<16}" + "".join(f"{head:>11}" for head in heads))
    rows = []
    for index, name in enumerate(targets):
        inputs = options.inputs // len(targets) + (index < options.inputs % len(targets))
        row = fuzz(name, inputs, options.random_seed, options.findings.absolute() / name)
        figures = (row.inputs, row.succeeded, row.refused, row.findings)
        shown = "".join(f"{figure:>11,}" for figure in figures)
        print(f"{row.target:<16}{shown}{row.slowest:>11.2f}{row.branches:>11,}", flush=True)
        for cause, count in sorted(row.causes.items(), key=lambda item: -item[1]):
            print(f"    {count:>5} × {cause}", flush=True)
        rows.append(row)
    total = sum(row.inputs for row in rows)
    found = sum(row.findings for row in rows)
    print(f"{total:,} inputs, {found:,} findings" + (f", kept in {options.findings}" if found else ""))
    print(json.dumps({"versions": versions, "random_seed": options.random_seed, "rows": [asdict(row) for row in rows]}))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
