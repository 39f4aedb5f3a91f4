"""Dynamic evaluation by its settings, on the validation part of a run: what its defaults were chosen by.

    chargen train time_machine.txt --units 192 -n 22 --name time-machine
    python scripts/bench_dynamic.py time-machine

The run must not be of a text whose figures are reported.
"""

import argparse
from itertools import product

from chargen.text.dynamic import dynamic_score
from chargen.text.run import load
from chargen.text.scoring import bits, score

SEGMENTS = (20, 50)
LEARNING_RATES = (5e-4, 1e-3, 2e-3)
PULLS = (3e-4, 1e-3, 3e-3)


def main() -> None:
    """Read the options, and print a row for each setting."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", nargs="?", help="a text run; the most recent when left out")
    parser.add_argument("--checkpoints", default="checkpoints")
    options = parser.parse_args()
    run = load(options.run, options.checkpoints)
    # A test part must not choose: it is left alone.
    parts, settings = run.parts, run.training_config
    if not len(parts.validation.ids):
        parser.error(f"run {run.name} has no validation part, which is what chooses here")
    static = score(run.network(), settings.recipe, settings.seqlen, parts.validation)
    print(
        f"{run.name}, validation part: {bits(float(static.mean())):.4f} bits per character without dynamic evaluation"
    )
    print("segment  learning rate    pull    bits")
    for segment, rate, pull in product(SEGMENTS, LEARNING_RATES, PULLS):
        nats = dynamic_score(run.network(), run.window(), parts.training.tail(), parts.validation, segment, rate, pull)
        print(f"{segment:7}  {rate:13g}  {pull:6g}  {bits(float(nats.mean())):.4f}", flush=True)


if __name__ == "__main__":
    main()
