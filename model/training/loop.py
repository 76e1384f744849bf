"""fit(): train a network on the CSV's digits and on strokes of our own drawing, and average its weights."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from copy import deepcopy
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from model.network import CLASSES, NETWORKS
from model.synthesis.render import synthetic_batch
from model.training import metrics, parallel
from model.training.batches import Batches
from model.training.config import OPTIMIZERS, TrainConfig

State = tuple[dict[str, Tensor], dict[str, Any]]


def make_network(config: TrainConfig) -> nn.Module:
    """The network that `config` names, seeded. Raises ValueError for a name that there is not."""
    if config.network not in NETWORKS:
        raise ValueError(f"making a network: got {config.network!r}, expected one of {', '.join(sorted(NETWORKS))}")
    torch.manual_seed(config.seed)
    arguments = {"widths": tuple(config.widths)} if config.network == "digitnet" else {}
    return NETWORKS[config.network](**arguments)


def choose_device(name: str) -> torch.device:
    """The torch device of "auto", "cpu", "cuda" or "cuda:1". Raises ValueError for one that is not here.

    With torchrun "cuda" is the GPU of this process.
    """
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if name == "cuda" and parallel.processes() > 1 and torch.cuda.is_available():
        return torch.device("cuda", torch.cuda.current_device())
    kind = name.split(":")[0]
    if kind not in ("cpu", "cuda") or (kind == "cuda" and not torch.cuda.is_available()):
        raise ValueError(f"choosing a device: got {name!r}, expected auto, cpu, or cuda where there is a GPU")
    return torch.device(name)


def uses_bfloat16(precision: str, device: torch.device) -> bool:
    """Whether to run the convolutions in bfloat16 (twice the speed where the hardware knows it)."""
    if precision not in ("auto", "float32", "bfloat16"):
        raise ValueError(f"choosing a precision: got {precision!r}, expected auto, float32 or bfloat16")
    if precision != "auto":
        return precision == "bfloat16"
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported()
    return bool(torch.cpu.get_capabilities().get("avx512_bf16"))


def learning_rate(step: int, steps: int, highest: float, schedule: str = "cosine", epochs: int = 1) -> float:
    """The rate of a step: "constant", "step" (times 0.7 after each of `epochs`), or "cosine".

    The last is a linear warm-up over a tenth of the steps, then a cosine down to 0 (Loshchilov and Hutter 2017).
    """
    if schedule == "constant":
        return highest
    if schedule == "step":
        return highest * 0.7 ** (step * epochs // steps)
    warm = max(1, steps // 10)
    if step < warm:
        return highest * (step + 1) / warm
    return highest * 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, steps - warm)))


def loss_of(logits: Tensor, labels: Tensor, smoothing: float, taught: Tensor | None = None, share: float = 0) -> Tensor:
    """Mean loss of (N, 10 or 11) logits; label 10 is "not a digit".

    Digits: cross-entropy. Not digits: the classes are pulled to equal probabilities (Hendrycks et al. 2019, outlier
    exposure). Column 10, where there is one, learns which is which by binary cross-entropy. With `taught`, the
    (N, 11) probabilities of `teachers_say`, targets are a `share` of those and the rest of the labels (Hinton et al.
    2015, distillation, at temperature 1).
    """
    is_digit = labels < CLASSES
    classes = logits[:, :CLASSES]
    targets: Tensor = labels[is_digit]
    truth = is_digit.to(logits.dtype)
    if taught is not None:
        targets = share * taught[is_digit, :CLASSES] + (1 - share) * F.one_hot(targets, CLASSES)
        truth = share * taught[:, CLASSES] + (1 - share) * truth
    loss = F.cross_entropy(classes[is_digit], targets, label_smoothing=smoothing, reduction="sum")
    if not is_digit.all():
        loss = loss - 0.2 * F.log_softmax(classes[~is_digit], dim=1).mean(dim=1).sum()
    if logits.shape[1] > CLASSES:
        loss = loss + 0.5 * F.binary_cross_entropy_with_logits(logits[:, CLASSES], truth, reduction="sum")
    return loss / len(labels)


@torch.no_grad()
def teachers_say(teachers: Sequence[nn.Module], ink: Tensor) -> Tensor:
    """(N, 11) mean probabilities of the `teachers` for (N, 1, 28, 28) ink: ten classes, and that it is a digit."""
    said = [teacher(ink).float() for teacher in teachers]
    each = [torch.cat([logits[:, :CLASSES].softmax(dim=1), logits[:, CLASSES:].sigmoid()], dim=1) for logits in said]
    return torch.stack(each).mean(dim=0)


def fit(
    config: TrainConfig,
    images: np.ndarray,
    labels: np.ndarray,
    validation_images: np.ndarray,
    validation_labels: np.ndarray,
    *,
    resume: State | None = None,
    start: nn.Module | None = None,
    teachers: Sequence[nn.Module] = (),
    on_step: Callable[[int, int, float], None] | None = None,
    on_epoch: Callable[[dict[str, Tensor], dict[str, Any]], None] | None = None,
) -> tuple[nn.Module, dict[str, Any]]:
    """Train `config.network` on (N, 28, 28) uint8 digits and return it with the best averaged weights.

    Weights are averaged while training (exponential moving average, Polyak and Juditsky 1992). Best is the last epoch
    whose averaged weights read as many validation digits as any, within one standard error (Breiman et al. 1984):
    an early epoch is not chosen for a few digits of luck.

    `on_step(step, steps, loss)` follows each step, `on_epoch(tensors, progress)` each epoch: both together are what
    `resume` takes to go on exactly from there. `start` is a network of the same kind to begin from (fine-tuning), of
    which `config.start_share` is mixed into the result (Wortsman et al. 2022, "Robust fine-tuning of zero-shot
    models"); `teachers` are networks with 11 logits to learn from (distillation).
    """
    device = choose_device(config.device)
    net = make_network(config).to(device).to(memory_format=torch.channels_last)
    if start is not None:
        try:
            net.load_state_dict(start.state_dict())
        except RuntimeError as error:
            raise ValueError(
                f"starting from another run: its network is not a {config.network} with widths {config.widths}; "
                "give the same network and widths, or start without it"
            ) from error
    average = deepcopy(net).requires_grad_(False)
    make_optimizer = OPTIMIZERS[config.optimizer]
    optimizer = make_optimizer(net.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay)  # type: ignore[call-arg]
    teachers = [_teacher(teacher, device) for teacher in teachers]
    batches = Batches(config, images, labels, device)
    best = {name: value.clone() for name, value in average.state_dict().items()}
    best_yet = {"epoch": 0, "accuracy": -1.0}
    progress: dict[str, Any] = {"epoch": 0, "seconds": 0.0, "cpu_seconds": 0.0, "best": best_yet, "curves": []}
    if resume is not None:
        best, progress = _restore(resume, net, average, optimizer)
    bfloat16 = uses_bfloat16(config.precision, device)
    wrapped = parallel.wrap(net, device)
    for epoch in range(progress["epoch"], config.epochs):
        begun, cpu_begun = time.perf_counter(), time.process_time()
        torch.manual_seed(config.seed * 1_000_003 + epoch + 7919 * parallel.rank())  # dropout's
        loss, rate = _train_epoch(config, epoch, batches, wrapped, average, optimizer, teachers, bfloat16, on_step)
        if not math.isfinite(loss):
            raise ValueError(
                f"training: the loss is {loss} in epoch {epoch + 1}, expected a number; it diverged: "
                f"use a learning rate below {config.learning_rate:g}"
            )
        if parallel.rank():  # process 0 validates, keeps the best and writes
            continue
        logits = metrics.infer(average, validation_images)
        accuracy = float((logits[:, :CLASSES].argmax(axis=1) == validation_labels).mean())
        seconds, cpu_seconds = time.perf_counter() - begun, time.process_time() - cpu_begun
        point = {"epoch": epoch + 1, "loss": loss, "accuracy": accuracy, "learning_rate": rate, "seconds": seconds}
        point["cpu_seconds"] = cpu_seconds
        progress = {
            **progress,
            "epoch": epoch + 1,
            "seconds": progress["seconds"] + seconds,
            "cpu_seconds": progress.get("cpu_seconds", 0.0) + cpu_seconds,
            "curves": [*progress["curves"], point],
        }
        highest = max(accuracy, progress["best"].get("highest", progress["best"]["accuracy"]))
        progress["best"] = {**progress["best"], "highest": highest}
        if accuracy >= highest - math.sqrt(highest * (1 - highest) / len(validation_labels)):
            progress["best"] = {"epoch": epoch + 1, "accuracy": accuracy, "highest": highest}
            best = {name: value.clone() for name, value in average.state_dict().items()}
        if on_epoch is not None:
            on_epoch(_tensors(net, average, best, optimizer), progress)
    net.load_state_dict(parallel.same_everywhere(mixed(best, start, config.start_share)))
    return net.eval(), parallel.from_first(progress)


def mixed(tuned: dict[str, Tensor], start: nn.Module | None, share: float) -> dict[str, Tensor]:
    """The weights `tuned`, with a `share` of those of `start`: what fine-tuning forgot comes back."""
    if start is None or share == 0:
        return tuned
    before = {name: value.to(tuned[name].device) for name, value in start.state_dict().items()}
    return {
        name: torch.lerp(value, before[name], share) if value.is_floating_point() else value
        for name, value in tuned.items()
    }


def _train_epoch(
    config: TrainConfig,
    epoch: int,
    batches: Batches,
    net: nn.Module,
    average: nn.Module,
    optimizer: torch.optim.Optimizer,
    teachers: Sequence[nn.Module],
    bfloat16: bool,
    on_step: Callable[[int, int, float], None] | None,
) -> tuple[float, float]:
    """One pass over the CSV's digits: mean loss and the last learning rate. With several processes, each its share."""
    net.train()
    plain = getattr(net, "module", net)
    rate, steps = 0.0, batches.steps * config.epochs
    total = torch.zeros((), dtype=torch.float64, device=batches.device)
    every = 1 if batches.device.type == "cpu" else 20  # steps after which the loss is asked for; a GPU waits for that
    for number, (ink, labels) in enumerate(batches.epoch(epoch)):
        step = epoch * batches.steps + number
        rate = learning_rate(step, steps, config.learning_rate, config.schedule, config.epochs)
        for group in optimizer.param_groups:
            group["lr"] = rate
        (ink, labels), factor = parallel.share(ink, labels)
        with torch.autocast(ink.device.type, torch.bfloat16, enabled=bfloat16):
            logits = net(ink)
            taught = teachers_say(teachers, ink) if teachers else None
        loss = loss_of(logits.float(), labels, config.label_smoothing, taught, config.taught) * factor
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        _average(average, plain, min(config.average_decay, (step + 1) / (step + 10)))
        total += loss.detach()
        if on_step is not None and (step % every == 0 or step + 1 == steps):
            on_step(step + 1, steps, float(total) / (number + 1))
    return float(total) / batches.steps, rate


def _teacher(net: nn.Module, device: torch.device) -> nn.Module:
    """A copy of `net` that learns nothing any more. Raises ValueError for one that does not tell what is no digit."""
    teacher = deepcopy(net).requires_grad_(False).eval().to(device).to(memory_format=torch.channels_last)
    logits = teacher(torch.zeros(1, 1, 28, 28, device=device)).shape[1]
    if logits != CLASSES + 1:
        raise ValueError(
            f"learning from a teacher: its network has {logits} logits, expected 11; teach with a digitnet"
        )
    return teacher


@torch.no_grad()
def _average(average: nn.Module, net: nn.Module, decay: float) -> None:
    """Move the averaged weights and batch-norm statistics a little towards the net's."""
    source = net.state_dict()
    pairs = [(kept, source[name]) for name, kept in average.state_dict().items()]
    floats = [(kept, new) for kept, new in pairs if kept.is_floating_point()]
    torch._foreach_lerp_([kept for kept, _ in floats], [new for _, new in floats], 1 - decay)
    for kept, new in pairs:
        if not kept.is_floating_point():
            kept.copy_(new)


def _tensors(
    net: nn.Module, average: nn.Module, best: dict[str, Tensor], optimizer: torch.optim.Optimizer
) -> dict[str, Tensor]:
    """All that training needs to go on, as one flat dict of tensors."""
    tensors = {f"net.{name}": value for name, value in net.state_dict().items()}
    tensors |= {f"average.{name}": value for name, value in average.state_dict().items()}
    tensors |= {f"best.{name}": value for name, value in best.items()}
    for index, state in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer.{index}.{name}": value for name, value in state.items()}
    return {name: value.detach().contiguous() for name, value in tensors.items()}


def _restore(
    resume: State, net: nn.Module, average: nn.Module, optimizer: torch.optim.Optimizer
) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Load the parts of a saved state in place; returns the best weights so far and the progress."""
    tensors, progress = resume
    parts: dict[str, dict[str, Tensor]] = {"net": {}, "average": {}, "best": {}}
    state: dict[int, dict[str, Tensor]] = {}
    for key, value in tensors.items():
        part, name = key.split(".", 1)
        if part == "optimizer":
            index, field = name.split(".", 1)
            like_weights = value.to(memory_format=torch.channels_last) if value.dim() == 4 else value
            state.setdefault(int(index), {})[field] = like_weights
        else:
            parts[part][name] = value
    net.load_state_dict(parts["net"])
    average.load_state_dict(parts["average"])
    optimizer.load_state_dict({**optimizer.state_dict(), "state": state})
    return parts["best"], dict(progress)


def calibrate(
    net: nn.Module, images: np.ndarray, labels: np.ndarray, *, seed: int = 0, kept: float = 0.9985
) -> dict[str, float]:
    """{"temperature", "threshold"} for `net`, from validation digits and synthetic ones that it never saw.

    The temperature is fitted on both together, so that confidence holds for drawings too, not on MNIST's look alone.
    The threshold is the is_digit below which a picture is refused: 0.5, or lower where that would refuse more than
    1 - `kept` of the validation digits.
    """
    rng = np.random.default_rng((seed, 2**31))
    drawn, drawn_labels = synthetic_batch(rng, len(images), non_digit=0.0)
    own = metrics.infer(net, images)
    logits = np.concatenate([own, metrics.infer(net, drawn)])
    temperature = metrics.fit_temperature(logits[:, :CLASSES], np.concatenate([labels, drawn_labels]))
    if logits.shape[1] == CLASSES:
        return {"temperature": temperature, "threshold": 0.5}
    is_digit = 1 / (1 + np.exp(-own[:, CLASSES]))
    return {"temperature": temperature, "threshold": float(min(0.5, np.quantile(is_digit, 1 - kept)))}
