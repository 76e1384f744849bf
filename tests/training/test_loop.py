"""What an epoch is made of, and the calibration after it."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from model.synthesis.render import synthetic_batch
from model.training import loop
from model.training.batches import Batches
from model.training.config import TrainConfig
from model.training.loop import Pictures
from model.training.state import Best, State

CONFIG = TrainConfig(
    widths=(4, 6, 8), batch_size=50, synthetic=0.2, non_digits=0.1, printed=0, epochs=2, device="cpu", threads=1
)


@pytest.fixture(scope="module")
def digits() -> tuple[np.ndarray, np.ndarray]:
    return synthetic_batch(np.random.default_rng(0), 140)


def test_an_epoch_shows_every_digit_once_and_the_shares_that_were_asked_for(digits):
    batches = list(Batches(CONFIG, *digits, torch.device("cpu")).epoch(0))
    assert len(batches) == 4  # 35 of the 140 digits in each
    labels = torch.cat([labels for _, labels in batches])
    assert len(labels) == 140 + 4 * (10 + 5) and int((labels == 10).sum()) == 4 * 5
    own = torch.cat([labels[:35] for _, labels in batches])
    assert torch.equal(own.bincount(minlength=10), torch.from_numpy(digits[1]).bincount(minlength=10))
    ink = torch.cat([ink for ink, _ in batches])
    assert ink.shape[1:] == (1, 28, 28) and ink.min() >= 0 and ink.max() <= 1


def test_printed_characters_take_their_share_of_the_non_digits_and_some_are_digits(digits):
    config = replace(CONFIG, non_digits=0.6, printed=1)
    labels = torch.cat([labels for _, labels in Batches(config, *digits, torch.device("cpu")).epoch(0)])
    others = round(0.6 * 50) * 14  # 10 of the 140 digits in each batch
    assert len(labels) == 140 + 14 * (10 + 30) and 0.7 * others < int((labels == 10).sum()) < 0.95 * others


def test_an_epoch_is_the_same_again_and_another_one_is_not(digits):
    def first(number: int) -> torch.Tensor:
        return next(iter(Batches(CONFIG, *digits, torch.device("cpu")).epoch(number)))[0]

    assert torch.equal(first(1), first(1)) and not torch.equal(first(1), first(0))


def test_without_own_strokes_only_the_csv_is_shown(digits):
    config = TrainConfig(widths=(4, 6, 8), batch_size=70, synthetic=0, non_digits=0)
    labels = torch.cat([labels for _, labels in Batches(config, *digits, torch.device("cpu")).epoch(0)])
    assert len(labels) == 140 and int(labels.max()) < 10


@pytest.mark.parametrize(("name", "message"), [("network", "one of"), ("precision", "one of auto, float32, bfloat16")])
def test_an_unknown_name_lists_the_known_ones(digits, name, message):
    with pytest.raises(ValueError, match=message):
        loop.Trainer(TrainConfig(**{name: "best"}), Pictures(*digits))


def test_settings_of_another_version_are_refused_and_missing_ones_have_their_defaults():
    assert TrainConfig.from_json({"epochs": 3, "widths": [4, 6, 8]}) == TrainConfig(epochs=3, widths=(4, 6, 8))
    with pytest.raises(ValueError, match="settings renewal of another version"):
        TrainConfig.from_json({"renewal": 2})


def test_the_last_epoch_within_a_standard_error_of_the_best_is_kept(digits, monkeypatch):
    hits = iter([100, 120, 112, 119, 100])  # of 140; the standard error of 120 is 4.1

    def infer(net: torch.nn.Module, images: np.ndarray) -> np.ndarray:
        right = np.arange(len(images)) < next(hits)
        logits = np.zeros((len(images), 11), np.float32)
        logits[np.arange(len(images)), np.where(right, digits[1], (digits[1] + 1) % 10)] = 1
        return logits

    monkeypatch.setattr(loop.metrics, "infer", infer)
    config = TrainConfig(widths=(4, 6, 8), batch_size=140, synthetic=0, non_digits=0, epochs=5, device="cpu")
    trainer = loop.Trainer(config, Pictures(*digits), Pictures(*digits))
    trainer.fit()
    assert trainer.progress.best == Best(epoch=4, accuracy=119 / 140, highest=120 / 140)


def test_without_validation_the_last_epoch_is_kept(digits):
    config = replace(CONFIG, synthetic=0, non_digits=0)
    trainer = loop.Trainer(config, Pictures(*digits))
    net = trainer.fit()
    assert trainer.progress.best == Best(epoch=2) and trainer.progress.curves[1].accuracy is None
    torch.testing.assert_close(net.state_dict(), trainer.average.state_dict())


def test_a_state_goes_on_where_it_was_taken(digits):
    """What a run on another device saved comes as tensors of the processor, too."""
    whole = loop.Trainer(CONFIG, Pictures(*digits), Pictures(*digits)).fit()
    resumed = loop.Trainer(CONFIG, Pictures(*digits), Pictures(*digits), state=state_after_one_epoch(digits))
    assert resumed.progress.epoch == 1
    for name, value in resumed.fit().state_dict().items():
        assert torch.equal(value, whole.state_dict()[name]), name


def state_after_one_epoch(digits) -> State:
    """The state after the first of two epochs."""

    class Stop(Exception):
        pass

    kept = []

    def stop(state: State) -> None:
        kept.append(State({name: value.clone() for name, value in state.tensors.items()}, state.progress))
        raise Stop

    with pytest.raises(Stop):
        loop.Trainer(CONFIG, Pictures(*digits), Pictures(*digits)).fit(on_epoch=stop)
    return kept[0]
