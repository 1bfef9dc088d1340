"""`mswitch translate`: text through a translation model, from files, a pipe or a prompt."""

import argparse
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from langs import registry
from langs.errors import InputError
from pipeline.commands.command import Command
from pipeline.stages.progress import say

if TYPE_CHECKING:
    from pipeline.translation.translate.translator import Translator


_PORT = 8000
_LAST_PORT = 2**16 - 1
_FORMATS = ("text", "tsv", "jsonl")


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--checkpoint", type=Path, required=True, metavar="FILE", help="of a fine-tuned model")
    add("--source", metavar="CODE", help="language of the text (codes: mswitch languages)")
    add("--target", metavar="CODE", help="language to translate into")
    add(
        "--input",
        nargs="+",
        metavar="FILE",
        help="a sentence or paragraph a line; .gz, .zst, .xz and .bz2 are unpacked; "
        "-: standard input (default)",
    )
    add("--output", type=Path, metavar="FILE", help="default: standard output")
    add(
        "--format",
        choices=_FORMATS,
        help="text; tsv (line, score, text); jsonl. Default: text, with --n-best tsv",
    )
    add("--prefix", metavar="TEXT", help="words before each sentence, for models without tags")
    add(
        "--tokenizer",
        type=Path,
        metavar="DIR",
        help="tokenizer folder (default: the one in the run, beside it, or in its data)",
    )
    _add_search(parser.add_argument_group("search"))
    group = parser.add_argument_group("page in the browser")
    group.add_argument(
        "--serve",
        type=int,
        nargs="?",
        const=_PORT,
        metavar="PORT",
        help=f"serve a page and a JSON endpoint on this machine (default port: {_PORT})",
    )


def _add_search(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add("--beams", type=int, default=4, metavar="N", help="1: greedy search (default: 4)")
    add(
        "--length-penalty",
        type=float,
        default=1.0,
        metavar="A",
        help="scores are log p / tokens^A: more makes longer translations (default: 1)",
    )
    add("--n-best", type=int, default=1, metavar="N", help="translations of a line (default: 1)")
    add(
        "--max-length",
        type=int,
        default=0,
        metavar="N",
        help="tokens of a translation (default: what an imported model says, else twice the "
        "source's and 50, rounded up to 64s)",
    )
    add(
        "--no-repeat-ngram",
        type=int,
        default=0,
        metavar="N",
        help="no N tokens twice in a translation (default: 0, no such rule)",
    )
    add(
        "--source-tokens",
        type=int,
        default=128,
        metavar="N",
        help="lines with more are cut into sentences (default: 128)",
    )
    add(
        "--batch-tokens",
        type=int,
        default=4096,
        metavar="N",
        help="source tokens translated at once, padding too (default: 4096)",
    )
    add("--device", metavar="NAME", help="such as cpu or cuda (default: cuda if there is one)")
    add(
        "--threads",
        type=int,
        default=0,
        metavar="N",
        help="threads on a CPU; 0: the fastest number for the model",
    )
    add("--bf16", action="store_true", help="compute in bfloat16")


def _run(arguments: argparse.Namespace, extra: list[str]) -> None:
    """Translate all there is, or serve until interrupted. Raises InputError."""
    _check(arguments)
    if arguments.serve is not None:
        _serve(arguments)
    elif not arguments.input and sys.stdin.isatty():
        _converse(arguments)
    else:
        _translate(arguments)


def _translate(arguments: argparse.Namespace) -> None:
    from pipeline.translation.translate.input_lines import STANDARD_INPUT, count, read_lines
    from pipeline.translation.translate.output_formats import FORMATS, check, cut_text, opened
    from pipeline.translation.translate.translation_progress import Progress

    paths = arguments.input or [STANDARD_INPUT]
    if arguments.output:
        check(arguments.output, paths)
    total = count(paths)
    translator = _translator(arguments)
    pieces = translator.pieces(arguments.source, arguments.target)
    written = FORMATS[_format(arguments)]
    progress = Progress(total, shown=bool(arguments.output) or not sys.stdout.isatty())
    cut: list[int] = []  # numbers of lines
    with opened(arguments.output) as stream:
        lines = translator.lines(read_lines(paths), pieces, progress.tell)
        for number, line in enumerate(lines, 1):
            stream.write(written(number, line))
            stream.flush()
            if any(translation.is_cut for translation in line.translations):
                cut.append(number)
    progress.end()
    if cut:
        say(cut_text(cut))


def _converse(arguments: argparse.Namespace) -> None:
    from pipeline.translation.translate.input_lines import typed
    from pipeline.translation.translate.output_formats import FORMATS

    translator = _translator(arguments)
    pieces = translator.pieces(arguments.source, arguments.target)
    written = FORMATS[_format(arguments)]
    for number, text in enumerate(typed(f"{arguments.source or ''}> "), 1):
        for line in translator.lines([text], pieces, lambda lines, tokens: None):
            print(written(number, line), end="", flush=True)


def _serve(arguments: argparse.Namespace) -> None:
    from pipeline.translation.translate.server import serve
    from pipeline.translation.translate.service import Service

    if arguments.input or arguments.output:
        raise InputError("--serve takes its text from the browser: leave out --input and --output")
    service = Service(_translator(arguments), arguments.source, arguments.target)
    serve(service, arguments.serve)


def _check(arguments: argparse.Namespace) -> None:
    least = {
        "beams": 1,
        "n_best": 1,
        "max_length": 0,
        "no_repeat_ngram": 0,
        "source_tokens": 8,
        "batch_tokens": 1,
        "threads": 0,
    }
    for name, value in least.items():
        if getattr(arguments, name) < value:
            raise InputError(f"--{name.replace('_', '-')} must be at least {value}")
    if not math.isfinite(arguments.length_penalty):
        raise InputError(f"--length-penalty {arguments.length_penalty} must be a finite number")
    if arguments.serve is not None and not 0 <= arguments.serve <= _LAST_PORT:
        raise InputError(f"--serve {arguments.serve}: give a port from 0 to {_LAST_PORT}")
    for code in filter(None, (arguments.source, arguments.target)):
        registry.get(code)
    if arguments.n_best > arguments.beams:
        raise InputError(
            f"--n-best {arguments.n_best} needs as many beams: --beams {arguments.n_best}"
        )
    if arguments.n_best > 1 and arguments.format == "text":
        raise InputError("--n-best is for --format tsv or jsonl")


def _format(arguments: argparse.Namespace) -> str:
    return arguments.format or ("tsv" if arguments.n_best > 1 else "text")


def _translator(arguments: argparse.Namespace) -> "Translator":
    import torch

    from models.costs import threads
    from models.generation.text_model import load
    from models.generation.translation import Search
    from models.weights import lengths
    from pipeline.translation.translate.translator import Translator, usable_device

    said = lengths.read(arguments.checkpoint.parent)
    search = Search(
        arguments.beams,
        arguments.length_penalty,
        arguments.n_best,
        arguments.max_length or said.most,
        min_length=said.least,
        no_repeat_ngram=arguments.no_repeat_ngram,
        scores=_format(arguments) != "text" or arguments.serve is not None,
        batch_tokens=arguments.batch_tokens,
    )
    dtype = torch.bfloat16 if arguments.bf16 else torch.float32
    model = load(arguments.checkpoint, arguments.tokenizer, dtype)
    threads.use(model.model.config, arguments.threads)
    model.model.to(usable_device(arguments.device))
    return Translator(model, search, arguments.source_tokens, arguments.prefix)


COMMANDS = {
    "translate": Command(
        "translate files, typed lines, or in a page in the browser (--serve)",
        """\
mswitch translate --checkpoint runs/mt/checkpoint_best.pt --source en --target fr --input en.txt
mswitch translate --checkpoint runs/mt/checkpoint_best.pt --source en --target sw --n-best 3
mswitch translate --checkpoint runs/t5/checkpoint_last.pt --prefix 'translate English to German: '
mswitch translate --checkpoint runs/mt/checkpoint_best.pt --serve""",
        _add_arguments,
        _run,
    )
}
