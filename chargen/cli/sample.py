"""`chargen sample`."""

import json
import secrets
import sys
from typing import TYPE_CHECKING, Any, get_args

import click
from click.core import ParameterSource

from chargen.cli.app import App, pass_app
from chargen.cli.options import Iteration
from chargen.errors import SeedError, UsageError
from chargen.text.ending import LENGTH, LENGTH_AT_MOST, Until

if TYPE_CHECKING:
    from chargen.text.writing import Writer, Written

SEED_BYTES = 16 * 2**20
NOVELTY = {
    "sample": "sample",
    "temperature": "temperature",
    "copied": "copied, share",
    "looped": "in loops, share",
    "size": "longest copy, characters",
    "longest_copy": "longest copy",
}


@click.command()
@click.argument("run", required=False)
@click.option("--seed", help="Text to continue; - reads standard input.  [default: a random place of the book]")
@click.option("--seed-file", type=click.File("rb"), help="File with the text to continue (UTF-8).")
@click.option(
    "-t",
    "--temperature",
    type=float,
    multiple=True,
    default=(0.5,),
    help="Below 1 safer, above 1 wilder, 0 greedy; repeatable.  [default: 0.5]",
)
@click.option("--top-k", type=int, help="Draw from the so many likeliest characters.")
@click.option("--top-p", type=float, help="Draw from the likeliest that together reach this probability.")
@click.option("--min-p", type=float, help="Draw from those at least this share as likely as the likeliest.")
@click.option("--beams", type=int, help="Search for the likeliest text, so many beginnings at a time, instead.")
@click.option(
    "-l",
    "--length",
    type=int,
    help=f"New characters; 0 to go on until Ctrl-C.  [default: {LENGTH}; {LENGTH_AT_MOST} with --stop or --until]",
)
@click.option("--stop", multiple=True, help="End before this text; repeatable.")
@click.option("--until", type=click.Choice(get_args(Until)), help="End with the sentence or paragraph.")
@click.option("--samples", type=int, default=1, show_default=True, help="Number of samples.")
@click.option(
    "--context",
    type=click.Choice(("state", "window")),
    help="Carry the state on, or look back one window.  [default: as trained]",
)
@click.option(
    "--unknown",
    type=click.Choice(("error", "nearest")),
    default="error",
    show_default=True,
    help="Characters of the seed that the network does not know.",
)
@click.option(
    "--iteration",
    type=Iteration(),
    default="best",
    show_default=True,
    help="Whose network writes: best, last or N.",
)
@click.option("--random-seed", type=click.IntRange(min=0), help="Makes the same text again.")
@click.option("--novelty", is_flag=True, help="Tell what is copied from the book, and what goes in circles.")
@click.option("--heat", is_flag=True, help="Shade each character by how unlikely it was to the network.")
@click.option("--json", "as_json", is_flag=True, help="Write a JSON object a sample, with each character's ln p.")
@click.option("-i", "--interactive", is_flag=True, help="Continue what you type, line by line.")
@click.pass_context
@pass_app
def sample(
    app: App,
    ctx: click.Context,
    /,
    run: str | None,
    seed: str | None,
    seed_file: Any,
    temperature: tuple[float, ...],
    samples: int,
    beams: int | None,
    random_seed: int | None,
    novelty: bool,
    heat: bool,
    as_json: bool,
    interactive: bool,
    **options: Any,
) -> None:
    """Write new text with RUN; the most recent run when left out.

    \b
    Examples:
      chargen sample --seed "alice"
      chargen sample alice-gru --seed "The Queen" -t 0.8 --top-p 0.95 --until paragraph
      chargen sample --samples 3 -t 0.3 -t 0.7 -t 1 --novelty
      chargen sample -l 0 --heat
      echo "Once upon a time" | chargen sample --seed - --json
    """
    import numpy as np

    from chargen.text.decode import LIMIT
    from chargen.text.decoding import require_temperature
    from chargen.text.run import load

    _refuse(ctx, options["length"] == 0)
    for degree in temperature:  # a wrong one is told before the right ones write
        require_temperature(degree)
    ctx.with_resource(np.errstate(over="ignore", invalid="ignore"))  # drawing tells it, as an error
    opened = load(run, app.checkpoints, app.ui.warn)
    # Chosen here, so that all temperatures share it and --json can tell it.
    options["random_seed"] = secrets.randbits(32) if random_seed is None else random_seed
    options["on_notice"] = app.ui.notice
    if interactive:
        from chargen.cli.interactive import converse

        converse(app, opened, ctx.command, heat, {**options, "temperature": temperature[-1]})
        return
    if seed == "-" or seed_file:
        seed = _read(seed_file or (sys.stdin and sys.stdin.buffer))
    training = opened.vocabulary.decode(opened.parts.training.tail(LIMIT)) if novelty else ""
    shown: list[dict[str, Any]] = []
    try:
        for degree in temperature:
            chosen = {**options, "temperature": degree if beams is None else None}
            title = f" t={degree:g}" if len(temperature) > 1 else ""
            if samples == 1 and beams is None and not as_json:
                _divide(app, title, bool(shown))
                pieces: list[str] = []
                stream(app, opened.writer(seed, **chosen), 0, heat, pieces)
                shown.append({"sample": 1, "temperature": degree, "text": "".join(pieces[1:])})
                continue
            for number, written in enumerate(opened.samples(samples, seed, beams, **chosen), start=1):
                facts = {"sample": number, "temperature": chosen["temperature"], "text": written.text}
                if as_json:
                    line = {"run": opened.name, **facts, "seed": written.seed, "random_seed": options["random_seed"]}
                    more = {**_likelihood(written), **(_novelty(training, written.text) if novelty else {})}
                    app.ui.result(json.dumps({**line, **more}, ensure_ascii=False, allow_nan=False))
                else:
                    _divide(app, title, bool(shown))
                    _show(app, written, heat)
                shown.append(facts)
    except KeyboardInterrupt:
        sys.exit(0 if options["length"] == 0 else 130)
    if novelty and not as_json:
        app.ui.result("")
        app.ui.table(NOVELTY, [_row(facts, _novelty(training, facts["text"])) for facts in shown])


def _refuse(ctx: click.Context, endless: bool) -> None:
    """Refuse options that contradict each other."""
    given = {name for name in ctx.params if ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE}
    for option, others in {
        "interactive": ("seed", "seed_file", "samples", "beams", "novelty", "as_json"),
        "seed_file": ("seed",),
        "beams": ("temperature", "top_k", "top_p", "min_p"),
        "as_json": ("heat",),
    }.items():
        for other in others:
            if {option, other} <= given:
                raise UsageError(f"{_typed(ctx, option)} and {_typed(ctx, other)} do not go together; leave one out")
    for option in ("novelty", "as_json", "beams", "samples"):
        if endless and option in given:
            raise UsageError(f"--length 0 may never end, and {_typed(ctx, option)} waits for the end; leave one out")
    for option, one in {"interactive": "takes one at a time", "length": "0 may never end"}.items():
        if len(ctx.params["temperature"]) > 1 and (endless if option == "length" else option in given):
            raise UsageError(f"{_typed(ctx, option)} {one}, and --temperature is given several times; leave one out")


def _typed(ctx: click.Context, option: str) -> str:
    return next(parameter.opts[-1] for parameter in ctx.command.params if parameter.name == option)


def _read(file: Any) -> str:
    """Read a seed: UTF-8, bounded, without the line end that a file or `echo` ends in."""
    if file is None:
        raise SeedError("standard input is closed; give the seed with --seed TEXT or --seed-file FILE")
    try:
        content = file.read(SEED_BYTES + 1)
    except OSError as error:
        raise SeedError(f"the seed cannot be read ({error.strerror}); give another --seed-file") from error
    if len(content) > SEED_BYTES:
        raise SeedError(f"the seed is longer than {SEED_BYTES // 2**20} MB; give its end, which is what counts")
    try:
        return str(content.decode("utf-8-sig").removesuffix("\n").removesuffix("\r"))
    except UnicodeDecodeError as error:
        raise SeedError(f"the seed is not UTF-8 (byte {error.start}); convert it with 'iconv -t utf-8'") from error


def _divide(app: App, title: str, again: bool) -> None:
    if again:
        app.ui.result("")
    if again or title:
        app.ui.result("─" * 20 + title)


def stream(app: App, writer: "Writer", index: int, heat: bool, pieces: list[str]) -> None:
    """Write a sample as it is made.

    Args:
        app: The terminal.
        writer: What writes it.
        index: The sample's number, from 0.
        heat: Whether characters are shaded by how unlikely they were.
        pieces: Where the seed and the characters go, so that they are known after a Ctrl-C too.
    """
    seed, characters = writer.stream(index, scored=heat)
    pieces.append(seed)
    app.ui.result(seed, end="")
    try:
        for character, nats in characters:
            pieces.append(character)
            if heat:
                app.ui.shade(character, nats)
            else:
                app.ui.result(character, end="")
    finally:
        app.ui.result("")


def _show(app: App, written: "Written", heat: bool) -> None:
    app.ui.result(written.seed, end="")
    if heat:
        for character, nats in zip(written.text, written.nats, strict=True):
            app.ui.shade(character, float(nats))
    else:
        app.ui.result(written.text, end="")
    app.ui.result("")


def _likelihood(written: "Written") -> dict[str, Any]:
    from chargen.text.scoring import bits

    return {
        "log_probabilities": [round(-float(nats), 6) for nats in written.nats],
        "bits_per_character": round(bits(float(written.nats.mean())), 6) if written.text else None,
    }


def _novelty(training: str, text: str) -> dict[str, Any]:
    from chargen.text.novelty import novelty

    found = novelty(text, training)
    return {"copied": round(found.copied, 4), "looped": round(found.looped, 4), "longest_copy": found.longest}


def _row(facts: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    copy = found["longest_copy"]
    return {**facts, **found, "size": len(copy), "longest_copy": copy.replace("\n", "⏎")}
