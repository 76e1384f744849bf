"""The other projects' networks: their published sizes, and a real (tiny) training of one through the command."""

import json

import numpy as np
import pytest

import train
from model import DigitReader
from model.network import NETWORKS, count_weights
from model.synthesis.render import synthetic_batch
from model.training import data


@pytest.mark.parametrize(
    ("name", "weights"),
    [
        ("pytorch-examples", 1_199_882),  # as pytorch/examples' own network counts
        ("vgg-bn", 3_486_698),
        ("conv100-50", 100 * 26 + 50 * (100 * 25 + 1) + 128 * (20_000 + 1) + 10 * 129),
        ("two-conv-dropout", 32 * 10 + 64 * (32 * 9 + 1) + 128 * (1600 + 1) + 10 * 129),
        ("two-conv-adam", 16 * 26 + 32 * (16 * 25 + 1) + 128 * (1568 + 1) + 10 * 129),
    ],
)
def test_sizes_counted_by_hand(name, weights):
    assert count_weights(NETWORKS[name]()) == weights


def test_one_flag_trains_another_network_and_the_reader_reads_with_it(tmp_path):
    images, labels = synthetic_batch(np.random.default_rng(0), 200)
    data.write_csv(tmp_path / "train.csv", images, labels)
    flags = ["--network", "two-conv-adam", "--epochs", "1", "--validation", "0.2", "--device", "cpu"]
    assert train.main(["--data", str(tmp_path), "--out", str(tmp_path / "run"), *flags]) == 0
    card = json.loads((tmp_path / "run" / "card.json").read_text())
    assert card["network"]["name"] == "two-conv-adam" and card["threshold"] == 0.5
    reader = DigitReader.load(tmp_path / "run")
    assert reader.classify(images[:5]).shape == (5, 10)
