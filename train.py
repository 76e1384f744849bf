"""Train the digit network on Kaggle's "Digit Recognizer" CSV.

    python train.py --data digit-recognizer.zip              train; everything goes to runs/<time>
    python train.py --data digit-recognizer.zip --resume     go on with the last run where it stopped
    python train.py --download                               without a Kaggle account: fetch MNIST first
    python train.py --data … --publish                       and copy what the app needs into assets/
    python train.py --data … --submit test.csv               and write Kaggle's submission.csv
    python train.py --data … --folds 5 --out runs/five       cross-validate; go on with the same command
    python train.py --data … --folds 5 --out … --publish     and ship its figures and misread samples
    python train.py --data … --final runs/five               then train on all rows
    python train.py --data … --extra corrections             and learn what visitors corrected
    python train.py --page --data …                          train the network that finds digits on whole pages
    python train.py --strings --data …                       train the network that reads digits that touch
    torchrun --nproc-per-node 2 train.py --data …            one training over two GPUs, or two processors

Ctrl-C or a crash loses at most the epoch under way. The same seed on the same machine gives the same weights.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("PYTORCH_ENABLE_MPS_FALLBACK", "1")  # what Apple's GPU lacks, its processor does

import numpy as np

from model import checkpoint
from model.baselines import RECIPES
from model.card import CARD, Card
from model.files import replace_together
from model.reader import ASSETS
from model.results import Validation
from model.review import gallery
from model.training import ensemble, folds, parallel, plots
from model.training.config import TrainConfig
from model.training.data import Digits, load_csv, load_test, write_submission
from model.training.device import choose_device
from model.training.download import download
from model.training.drawn.run import TASKS, DrawnRun
from model.training.run import Run, Sources
from model.training.settings import cores
from model.training.state import CONFIGS, STATE, last_run

RUNS = Path("runs")
PUBLISHED = (checkpoint.WEIGHTS, CARD, *gallery.FILES)
DRAWN = {
    "page": "Train the network that finds digits on whole pages, on crops that are drawn beside it.",
    "strings": "Train the network that reads digits that touch, on strings that are drawn beside it.",
}


def common_parser(description: str | None) -> argparse.ArgumentParser:
    """The flags for files that every training has."""
    flags = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    flags.add_argument("--page", action="store_true", help="train the page network; --page --help lists its flags")
    flags.add_argument("--strings", action="store_true", help="train the string network; --strings --help as well")
    flags.add_argument("--data", type=Path, help="digit-recognizer.zip, its folder, train.csv or train.csv.gz")
    flags.add_argument("--download", action="store_true", help="fetch MNIST into data/ and train on that")
    flags.add_argument("--out", type=Path, help="folder of the run (default: runs/<time>)")
    flags.add_argument("--resume", nargs="?", type=Path, const=Path(), help="go on with this run (default: the last)")
    flags.add_argument("--publish", action="store_true", help="copy what the app needs into --assets")
    flags.add_argument("--assets", type=Path, default=ASSETS, help="where --publish copies to")
    return flags


def drawn_parser(task: str) -> argparse.ArgumentParser:
    """The flags of train.py --page or --strings: those for files, and one for each field of the task's config."""
    flags = common_parser(DRAWN[task])
    CONFIGS[task].add_flags(flags)
    return flags


def parser() -> argparse.ArgumentParser:
    """The command's flags: those for files, and one for each field of TrainConfig."""
    flags = common_parser(__doc__)
    flags.add_argument(
        "--folds", type=int, metavar="N", help="train N networks, each validated on its own Nth of the rows"
    )
    flags.add_argument("--fold", type=int, metavar="K", help="with --folds: train the fold K alone, counted from 0")
    flags.add_argument(
        "--final", type=Path, metavar="FOLDER", help="train on all rows; figures from this run of --folds"
    )
    flags.add_argument("--start-from", type=Path, metavar="FOLDER", help="begin with the weights of this run")
    flags.add_argument("--extra", type=Path, metavar="FOLDER", help="train on these corrections as well")
    flags.add_argument("--as-published", action="store_true", help="train --network the way that its project does")
    flags.add_argument("--submit", type=Path, metavar="TEST.CSV", help="write submission.csv for this file")
    flags.add_argument("--tta", action="store_true", help="submit the mean over shifted and turned copies")
    TrainConfig.add_flags(flags)
    return flags


def config_of(args: argparse.Namespace) -> TrainConfig:
    """The config of a new run: the defaults, or what a project publishes, with the flags that were given."""
    values = TrainConfig.given(args)
    if args.as_published:
        network = values.get("network", TrainConfig().network)
        if network not in RECIPES:
            raise ValueError(
                f"training as published: got network {network!r}, expected --network and one of {', '.join(RECIPES)}"
            )
        values = {**RECIPES[network], **values}
    if args.final is not None:
        values["validation"] = 0.0
    return TrainConfig(**values)


def data_of(args: argparse.Namespace) -> Path:
    """Where the data are, fetched first where that is asked for. Raises ValueError when none are given."""
    if args.data is None and not args.download:
        raise ValueError("training: no data given; use --data digit-recognizer.zip, or --download without an account")
    return args.data or download("data")


def new_folder(args: argparse.Namespace) -> Path:
    """Where a new run goes."""
    return args.out or RUNS / time.strftime("%Y-%m-%d_%H-%M-%S")


def resumed(args: argparse.Namespace) -> Path:
    """The run that --resume goes on with."""
    return last_run(RUNS) if args.resume == Path() else args.resume


def say_how_to_go_on(args: argparse.Namespace, folder: Path) -> None:
    """After Ctrl-C: the command that goes on."""
    task = next((f"--{name} " for name in TASKS if getattr(args, name)), "")
    again = f"--resume '{folder}'" if (folder / STATE).exists() else "the same flags; no epoch was finished"
    print(f"\nstopped; go on with: python train.py {task}--data '{args.data}' {again}", file=sys.stderr)


def check(args: argparse.Namespace) -> None:
    """Raises ValueError for flags that do not go together, before any data are read."""
    if args.folds is not None and (args.folds < 2 or args.resume is not None or args.final):
        raise ValueError(
            f"training: got --folds {args.folds}, expected at least 2, and no --resume or --final with it; "
            "it goes on with the same --out, and --final trains the network to publish"
        )
    if args.fold is not None and not 0 <= args.fold < (args.folds or 0):
        raise ValueError(f"training: got --fold {args.fold}, expected --folds N and a number from 0 to N - 1")
    if args.final is not None and Card.read(args.final).folds is None:
        raise ValueError(f"training: got --final {args.final}, expected the finished run of --folds")
    if args.resume is None:
        config_of(args)


def summary(validation: Validation) -> str:
    """Accuracy, interval and errors in words."""
    low, high = validation.interval
    return (
        f"{validation.accuracy:.2%} (95% interval {low:.2%} to {high:.2%}), "
        f"{validation.errors} errors on {validation.n:,}"
    )


def train_one(args: argparse.Namespace, digits: Digits, folder: Path) -> Path:
    """Train one network, or go on with it; returns its folder with everything in it."""
    sources = Sources(args.start_from, args.extra)
    if args.resume is not None:
        folder = resumed(args)
        run = Run.resume(folder, TrainConfig.given(args), digits, sources)
    elif args.fold is not None and (folder / STATE).exists():
        run = Run.resume(folder, TrainConfig.given(args), digits, sources)
    else:
        fold = None if args.fold is None else (args.fold, args.folds)
        run = Run(folder, config_of(args), digits, sources, fold=fold)
    try:
        net = run.train()
    except KeyboardInterrupt:
        if parallel.rank() == 0 and args.fold is None:
            say_how_to_go_on(args, folder)
        raise
    if parallel.rank() == 0:
        card = run.finish(net, args.final)
        accuracy = f"validation accuracy {summary(card.validation)}" if card.validation else "trained on all rows"
        print(f"{accuracy}; {card.seconds:.0f} s; files in {folder}")
    return folder


def cross_validate(args: argparse.Namespace, arguments: Sequence[str], digits: Digits, folder: Path) -> list[Path]:
    """Train what is missing of --folds networks, each in a process, and read every row with the one that can."""
    config = config_of(args)
    config = replace(config, threads=config.threads or 1)
    wanted = folds.folders(folder, args.folds)

    def command(fold: int) -> list[str]:
        flags = ["--data", str(args.data), "--out", str(folder), "--threads", str(config.threads), "--fold", str(fold)]
        return [sys.executable, __file__, *arguments, *flags]

    on_processor = choose_device(config.device).type == "cpu"
    folds.train_missing(wanted, command, max(1, cores() // config.threads) if on_processor else 1)
    card = folds.evaluate(folder, wanted, digits, config)
    if card.folds is not None:
        each = np.array(card.folds.accuracies)
        print(
            f"{len(each)} networks: {each.mean():.2%} ± {each.std(ddof=1):.2%}; "
            f"out of fold {summary(card.folds.out_of_fold)}; files in {folder}"
        )
    return wanted


def publish(folder: Path, assets: Path, names: Sequence[str] = PUBLISHED) -> None:
    """Copy what the app needs from a run into assets, all of it or nothing."""
    sources = [folder / name for name in names if (folder / name).is_file()]
    replace_together(assets, sources)
    print(f"published to {assets}: {', '.join(source.name for source in sources)}")


def publish_network(folder: Path, assets: Path) -> None:
    """Publish a run; what other projects' networks reached on the same rows is kept in the card."""
    try:
        known = Card.read(assets).baselines
    except ValueError:  # nothing is there yet, or it is damaged
        known = None
    if known:
        Card.read(folder).compared(known).write(folder)
    publish(folder, assets)


def publish_folds(folder: Path, assets: Path) -> None:
    """Put the figures and the gallery of a cross-validation into assets, where the network stays as it is."""
    card = replace(Card.read(assets), folds=Card.read(folder).folds)
    publish(folder, assets, gallery.FILES)
    card.write(assets)


def submit(members: Sequence[ensemble.Member], images: np.ndarray, folder: Path, tta: bool) -> None:
    """Predict Kaggle's test.csv: submission.csv, and the pictures with their predictions, least certain first."""
    probabilities = ensemble.probabilities(members, images, tta=tta)
    write_submission(folder / "submission.csv", probabilities.argmax(axis=1))
    plots.save(folder / "test_predictions.png", plots.predictions(images, probabilities))
    print(f"{len(images):,} predictions in {folder / 'submission.csv'}")


def run(args: argparse.Namespace, arguments: Sequence[str]) -> None:
    """Everything that the command does, in order."""
    check(args)
    args.data = parallel.broadcast_object(data_of(args) if parallel.rank() == 0 else None)
    folder = parallel.broadcast_object(new_folder(args))
    digits = load_csv(args.data)
    test = load_test(args.submit) if args.submit else None
    if args.fold is not None:
        train_one(args, digits, folds.folders(folder, args.folds)[args.fold])
        return
    if args.folds is not None:
        members = cross_validate(args, arguments, digits, folder)
    else:
        folder = train_one(args, digits, folder)
        members = [folder]
    if parallel.rank():
        return
    if args.publish:
        (publish_network if args.folds is None else publish_folds)(folder, args.assets)
    if test is not None:
        submit(ensemble.load(members), test, folder, args.tta)


def train_drawn(task: str, args: argparse.Namespace) -> None:
    """Train the page network or the string network, or go on with it."""
    args.data = data_of(args)
    changes = CONFIGS[task].given(args)
    folder = new_folder(args)
    if args.resume is not None:
        folder = resumed(args)
        training = DrawnRun.resume(folder, task, changes, load_csv(args.data))
    else:
        training = DrawnRun.new(folder, task, changes, load_csv(args.data))
    try:
        net = training.train()
    except KeyboardInterrupt:
        say_how_to_go_on(args, folder)
        raise
    card = training.finish(net)
    counts = ", ".join(f"{count:,} {name}" for name, count in (card.figures or {}).items())
    print(f"on pictures of its own: {counts}; {card.seconds:.0f} s; files in {folder}")
    if args.publish:
        publish(folder, args.assets, TASKS[task].stored.files)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; returns its exit code: 0 done, 1 an error (said on stderr), 130 stopped with Ctrl-C."""
    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        for task in TASKS:
            if f"--{task}" in arguments:
                train_drawn(task, drawn_parser(task).parse_args(arguments))
                return 0
        args = parser().parse_args(arguments)
        with parallel.group():
            run(args, arguments)
    except KeyboardInterrupt:
        return 130
    except (ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
