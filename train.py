"""Train the digit network on Kaggle's "Digit Recognizer" CSV.

    python train.py --data digit-recognizer.zip              train; everything goes to runs/<time>
    python train.py --data digit-recognizer.zip --resume     go on with the last run where it stopped
    python train.py --download                               without a Kaggle account: fetch MNIST first
    python train.py --data … --publish                       and copy what the app needs into assets/
    python train.py --data … --submit test.csv               and write Kaggle's submission.csv
    python train.py --data … --extra corrections             and learn what visitors corrected
    python train.py --data … --ensemble 5 --out runs/five    five seeds; go on with the same command
    torchrun --nproc-per-node 2 train.py --data …            one training over two GPUs, or two processors

Ctrl-C or a crash loses at most the epoch under way. The same seed on the same machine gives the same weights.
"""

from __future__ import annotations

import argparse
import inspect
import json
import platform
import re
import sys
import time
from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tqdm import tqdm

from model import checkpoint
from model.baselines import RECIPES
from model.card import CARD, Card, Corrections, Data, Epoch, Network
from model.files import replace_together, write_text
from model.reader import ASSETS
from model.review import gallery
from model.review.samples import Samples, samples
from model.training import ensemble, loop, metrics, parallel, plots
from model.training.config import TrainConfig, config_as_json
from model.training.data import Digits, download, load_csv, load_test, split, write_submission
from model.training.resume import STATE, check_same, last_run, load_state, save_state

RUNS = Path("runs")
PUBLISHED = (checkpoint.WEIGHTS, CARD, *gallery.FILES)


def parser() -> argparse.ArgumentParser:
    """The command's flags: one for each field of TrainConfig, its comment as help, and those for files."""
    flags = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    flags.add_argument("--data", type=Path, help="digit-recognizer.zip, its folder, train.csv or train.csv.gz")
    flags.add_argument("--download", action="store_true", help="fetch MNIST into data/ and train on that")
    flags.add_argument("--out", type=Path, help="folder of the run (default: runs/<time>)")
    flags.add_argument("--resume", nargs="?", type=Path, const=Path(), help="go on with this run (default: the last)")
    flags.add_argument("--start-from", type=Path, metavar="FOLDER", help="begin with the weights of this run")
    flags.add_argument(
        "--teacher", type=Path, nargs="+", metavar="FOLDER", help="learn from the networks of these runs"
    )
    flags.add_argument("--extra", type=Path, metavar="FOLDER", help="train on these corrections as well")
    flags.add_argument("--as-published", action="store_true", help="train --network the way that its project does")
    flags.add_argument("--publish", action="store_true", help="copy what the app needs into --assets")
    flags.add_argument("--assets", type=Path, default=ASSETS, help="where --publish copies to")
    flags.add_argument("--submit", type=Path, metavar="TEST.CSV", help="write submission.csv for this file")
    flags.add_argument("--ensemble", type=int, default=1, metavar="N", help="train N seeds, and submit their mean")
    flags.add_argument("--tta", action="store_true", help="submit the mean over shifted and turned copies")
    comments = dict(re.findall(r"^    (\w+): .*#\s*(.+)$", inspect.getsource(TrainConfig), re.MULTILINE))
    group = flags.add_argument_group("what decides the weights")
    for one in fields(TrainConfig):
        default: Any = one.default
        many = isinstance(default, tuple)
        group.add_argument(
            f"--{one.name.replace('_', '-')}",
            type=int if many else type(default),
            nargs=len(default) if many else None,
            metavar="N" if many else None,
            default=argparse.SUPPRESS,
            help=f"{comments.get(one.name, '')} (default: {one.default})".replace("%", "%%"),
        )
    return flags


def config_of(args: argparse.Namespace, base: TrainConfig | None = None) -> TrainConfig:
    """TrainConfig of `base` (the defaults) with the flags that were given."""
    values = {one.name: getattr(base or TrainConfig(), one.name) for one in fields(TrainConfig)}
    for name in values:
        if hasattr(args, name):
            given = getattr(args, name)
            values[name] = tuple(given) if isinstance(given, list) else given
    return TrainConfig(**values)


def as_published(network: str) -> TrainConfig:
    """The config that a network's project publishes. Raises ValueError for a network that is none of the others'."""
    if network not in RECIPES:
        raise ValueError(
            f"training as published: got network {network!r}, expected --network and one of {', '.join(RECIPES)}"
        )
    return TrainConfig(network=network, **RECIPES[network])


class Bar:
    """One progress bar over all steps: loss, validation accuracy, time left; saves the state after each epoch."""

    def __init__(self, folder: Path, about: dict[str, Any], done: dict[str, Any] | None) -> None:
        self.folder, self.about = folder, about
        self.bar = tqdm(unit="step", dynamic_ncols=True, mininterval=0.5)
        self.accuracy = done["curves"][-1]["accuracy"] if done and done["curves"] else None

    def step(self, step: int, steps: int, loss: float) -> None:
        if self.bar.total is None:
            self.bar.reset(total=steps)
            self.bar.initial = self.bar.n = step - 1
        accuracy = "" if self.accuracy is None else f"{self.accuracy:.2%}"
        self.bar.set_postfix(loss=f"{loss:.4f}", validation=accuracy, refresh=False)
        self.bar.update(step - self.bar.n)

    def epoch(self, tensors: dict[str, torch.Tensor], progress: dict[str, Any]) -> None:
        self.accuracy = progress["curves"][-1]["accuracy"]
        save_state(self.folder, tensors, progress, self.about)


def card_of(
    config: TrainConfig, digits: Digits, rows: tuple[np.ndarray, np.ndarray], net: Any, progress: dict[str, Any]
) -> tuple[Card, np.ndarray]:
    """The card of a trained network, and its validation probabilities (N, 10)."""
    images, labels = digits.images[rows[1]], digits.labels[rows[1]]
    fitted: dict[str, Any] = loop.calibrate(net, images, labels, seed=config.seed)
    probabilities = metrics.softmax(metrics.infer(net, images), fitted["temperature"])
    threads = torch.get_num_threads()
    processes = f"{parallel.processes()} processes, each " if parallel.processes() > 1 else ""
    machine = (
        f"{processes}{threads} thread{'s' * (threads > 1)} of {platform.machine()} {platform.system()}"
        if loop.choose_device(config.device).type == "cpu"
        else processes + torch.cuda.get_device_name()
    )
    card = Card(
        network=Network(config.network, getattr(net, "arguments", {})),
        config=config_as_json(config),
        data=Data(digits.file, digits.sha256, len(digits.labels), train=len(rows[0]), validation=len(rows[1])),
        versions={"python": platform.python_version(), "torch": torch.__version__, "numpy": np.__version__},
        machine=machine,
        trained=time.strftime("%Y-%m-%d"),
        seconds=progress["seconds"],
        cpu_seconds=progress["cpu_seconds"],
        epochs=progress["epoch"],
        best_epoch=progress["best"]["epoch"],
        **fitted,
        validation=metrics.report(probabilities, labels),
        curves=[Epoch(**point) for point in progress["curves"]],
    )
    return card, probabilities


def finish(
    folder: Path,
    config: TrainConfig,
    digits: Digits,
    rows: tuple[np.ndarray, np.ndarray],
    net: Any,
    progress: Any,
    start_from: Path | None = None,
    teachers: Sequence[Path] = (),
    extra: Samples | None = None,
) -> None:
    """Write weights, card, curves and the gallery of misclassified validation samples.

    The card of a run that began with the weights of another, or learned from others, says which, with their config
    and seconds; that of a run that learned from corrections, how many they were.
    """
    card, probabilities = card_of(config, digits, rows, net, progress)
    card = replace(
        card,
        started_from=Card.read(start_from).origin() if start_from else None,
        teachers=[Card.read(teacher).origin() for teacher in teachers],
    )
    if extra is not None and card.data is not None:
        card = replace(card, data=replace(card.data, extra=Corrections(**extra.about())))
    images, labels = digits.images[rows[1]], digits.labels[rows[1]]
    if hasattr(net, "features"):
        features = metrics.infer(net, images, features=True)
    else:
        features = images.reshape(len(images), -1).astype(np.float32)
    gallery.collect(images, labels, rows[1], probabilities, features).save(folder)
    checkpoint.save(folder, net, card)
    plots.save(folder / "curves.png", plots.curves(progress["curves"]))
    validation = card.validation
    if validation is not None:
        low, high = validation.interval
        print(
            f"validation accuracy {validation.accuracy:.2%} (95% interval {low:.2%} to {high:.2%}), "
            f"{validation.errors} errors on {validation.n:,}; {progress['seconds']:.0f} s; files in {folder}"
        )


def publish(folder: Path, assets: Path) -> None:
    """Copy what the app needs from a run into assets, all of it or nothing."""
    sources = [folder / name for name in PUBLISHED if (folder / name).is_file()]
    replace_together(assets, sources)
    print(f"published to {assets}: {', '.join(source.name for source in sources)}")


def submit(members: Sequence[ensemble.Member], images: np.ndarray, folder: Path, tta: bool) -> None:
    """Predict Kaggle's test.csv: submission.csv, and the pictures with their predictions, least certain first."""
    probabilities = ensemble.probabilities(members, images, tta=tta)
    write_submission(folder / "submission.csv", probabilities.argmax(axis=1))
    plots.save(folder / "test_predictions.png", plots.predictions(images, probabilities))
    print(f"{len(images):,} predictions in {folder / 'submission.csv'}")


def train_one(args: argparse.Namespace, data: Path, digits: Digits, folder: Path) -> Path:
    """Train one network, or go on with it; returns its folder with everything in it."""
    resume, done, base = None, None, None
    if args.resume is not None:
        folder = last_run(RUNS) if args.resume == Path() else args.resume
        tensors, done, about = load_state(folder)
        known = {one.name for one in fields(TrainConfig)}
        config_then: dict[str, Any] = {
            k: tuple(v) if isinstance(v, list) else v for k, v in about["config"].items() if k in known
        }
        base = TrainConfig(**config_then)
        args.start_from = args.start_from or (Path(about["start_from"]) if about.get("start_from") else None)
        args.teacher = args.teacher or [Path(teacher) for teacher in about.get("teacher_folders", [])]
        args.extra = args.extra or (Path(about["extra_folder"]) if about.get("extra_folder") else None)
        resume = tensors, done
    elif args.as_published:
        base = as_published(getattr(args, "network", TrainConfig().network))
    config = config_of(args, base)
    teachers = [checkpoint.load(teacher) for teacher in args.teacher or []]
    extra = samples(args.extra) if args.extra else None
    wanted = {
        "config": config_as_json(config),
        "sha256": digits.sha256,
        "extra": extra.sha256 if extra else None,
        "teachers": [card.weights_sha256 for _, card in teachers],
    }
    if resume is not None:
        check_same(about, wanted)
    wanted["start_from"] = str(args.start_from) if args.start_from else None
    wanted["extra_folder"] = str(args.extra) if args.extra else None
    wanted["teacher_folders"] = [str(teacher) for teacher in args.teacher or []]
    rows = split(digits.labels, config.validation, config.split_seed)
    images, labels = digits.images[rows[0]], digits.labels[rows[0]]
    if extra is not None:  # validation stays the CSV's alone
        images, labels = np.concatenate([images, extra.images]), np.concatenate([labels, extra.labels])
    start = checkpoint.load(args.start_from)[0] if args.start_from else None
    alone = parallel.rank() == 0
    if alone:
        folder.mkdir(parents=True, exist_ok=True)
    bar = Bar(folder, wanted, done) if alone else None
    try:
        net, progress = loop.fit(
            config,
            images,
            labels,
            digits.images[rows[1]],
            digits.labels[rows[1]],
            resume=resume,
            start=start,
            teachers=[net for net, _ in teachers],
            on_step=bar.step if bar else None,
            on_epoch=bar.epoch if bar else None,
        )
    except KeyboardInterrupt:
        if bar:
            bar.bar.close()
            again = f"--resume '{folder}'" if (folder / STATE).exists() else "the same flags; no epoch was finished"
            print(f"\nstopped; go on with: python train.py --data '{data}' {again}", file=sys.stderr)
        raise
    finally:
        if bar:
            bar.bar.close()
    if alone:
        finish(folder, config, digits, rows, net, progress, args.start_from, args.teacher or [], extra)
    return folder


def train_ensemble(args: argparse.Namespace, data: Path, digits: Digits, folder: Path) -> list[Path]:
    """Train --ensemble seeds, each in a folder of its own; one that is finished is left, one that stopped goes on.

    Writes ensemble.json: each one's validation accuracy, their mean and spread, and the ensemble's.
    """
    config = config_of(args)
    members = []
    for seed in range(config.seed, config.seed + args.ensemble):
        member = folder / f"seed-{seed}"
        if not (member / CARD).exists():
            started = member if (member / STATE).exists() else None
            one = argparse.Namespace(**{**vars(args), "seed": seed, "resume": started})
            train_one(one, data, digits, member)
        members.append(member)
    if parallel.rank() == 0:
        validation = split(digits.labels, config.validation, config.split_seed)[1]
        found = ensemble.report(
            ensemble.load(members), digits.images[validation], digits.labels[validation], tta=args.tta
        )
        write_text(folder / "ensemble.json", json.dumps({"folders": [m.name for m in members], **found}, indent=1))
        print(
            f"{args.ensemble} networks: validation accuracy {found['mean']:.2%} ± {found['spread']:.2%}, "
            f"together {found['accuracy']:.2%}{' with --tta' if args.tta else ''}; {folder / 'ensemble.json'}"
        )
    return members


def run(args: argparse.Namespace) -> None:
    """Everything that the command does, in order."""
    if args.data is None and not args.download:
        raise ValueError("training: no data given; use --data digit-recognizer.zip, or --download without an account")
    if args.ensemble < 1 or (args.ensemble > 1 and (args.publish or args.resume is not None)):
        raise ValueError(
            f"training: got --ensemble {args.ensemble}, expected at least 1, and above 1 no --publish and no --resume; "
            "it goes on with the same --out, and what is published is one network, which --teacher makes of several"
        )
    if args.as_published and args.resume is None:
        as_published(getattr(args, "network", TrainConfig().network))  # an unknown one is refused before data are read
    data = parallel.from_first(args.data or download("data") if parallel.rank() == 0 else None)
    folder = parallel.from_first(args.out or RUNS / time.strftime("%Y-%m-%d_%H-%M-%S"))
    digits = load_csv(data)
    test = load_test(args.submit) if args.submit else None
    if args.ensemble > 1:
        members = train_ensemble(args, data, digits, folder)
    else:
        folder = train_one(args, data, digits, folder)
        members = [folder]
    if parallel.rank():
        return
    if args.publish:
        publish(folder, args.assets)
    if test is not None:
        submit(ensemble.load(members), test, folder, args.tta)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; returns its exit code: 0 done, 1 an error (said on stderr), 130 stopped with Ctrl-C."""
    try:
        args = parser().parse_args(arguments)
        with parallel.group():
            run(args)
    except KeyboardInterrupt:
        return 130
    except (ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
