"""Figures read from logits, against hand-made cases and brute force."""

import numpy as np
import pytest
import torch

from model.network import DigitNet
from model.review.gallery import confusion_matrix
from model.synthesis.render import synthetic_batch
from model.training import metrics
from model.training.config import TrainConfig


def test_infer_gives_the_nets_logits_in_any_batch_size():
    net = DigitNet((4, 6, 8))
    images = np.random.default_rng(0).integers(0, 256, (7, 28, 28), np.uint8)
    logits = metrics.infer(net, images, batch_size=3)
    expected = net.eval()(torch.from_numpy(images)[:, None].float() / 255).detach().numpy()
    np.testing.assert_allclose(logits, expected, atol=1e-5)


def test_features_come_with_the_same_logits_and_keep_what_is_near():
    net = DigitNet((4, 6, 8))
    images = np.random.default_rng(0).integers(0, 256, (7, 28, 28), np.uint8)
    images[1] = images[0]
    images[1, 3, 3] ^= 1
    logits, features = metrics.infer_with_features(net, images)
    np.testing.assert_array_equal(logits, metrics.infer(net, images))
    assert features.shape == (7, metrics.FEATURES)
    distances = np.linalg.norm(features - features[0], axis=1)
    assert distances[1] < distances[2:].min() / 10
    assert [len(part) for part in metrics.infer_with_features(net, images[:0])] == [0, 0]


def test_calibration_accepts_the_share_that_was_asked_for():
    torch.manual_seed(0)
    net = DigitNet((4, 6, 8))
    images, labels = synthetic_batch(np.random.default_rng(0), 140)
    logits = metrics.infer(net, images)
    fitted = metrics.calibrate(TrainConfig(accepted=0.9), net, logits, labels)
    assert 0.1 <= fitted.temperature <= 10
    is_digit = 1 / (1 + np.exp(-logits[:, 10]))
    assert 0 < fitted.threshold <= 0.5 and (is_digit >= fitted.threshold).mean() > 0.75
    alone = metrics.calibrate(TrainConfig(), net, logits[:0], labels[:0])
    assert 0.1 <= alone.temperature <= 10 and 0 < alone.threshold <= 0.5


def test_softmax_is_torchs():
    logits = np.random.default_rng(0).normal(0, 50, (5, 11))
    expected = torch.softmax(torch.from_numpy(logits[:, :10]) / 1.7, dim=1).numpy()
    np.testing.assert_allclose(metrics.softmax(logits, 1.7), expected, atol=1e-12)


def test_confusion_has_true_digits_by_row():
    matrix = confusion_matrix(np.array([0, 0, 7]), np.array([0, 6, 1]))
    assert matrix[0, 0] == matrix[0, 6] == matrix[7, 1] == 1 and matrix.sum() == 3


def test_calibration_error_of_a_case_by_hand():
    confidence, hit = np.array([0.95, 0.95, 0.95, 0.95, 0.55, 0.55]), np.array([1, 1, 1, 0, 1, 0], bool)
    assert metrics.calibration_error(confidence, hit) == pytest.approx((4 * 0.2 + 2 * 0.05) / 6)
    assert metrics.calibration_error(np.array([1.0, 1.0, 1.0, 1.0]), np.array([1, 1, 1, 0], bool)) == 0.25
    assert metrics.calibration_error(np.array([0.5, 0.5]), np.array([1, 0], bool)) == 0


def test_the_fitted_temperature_undoes_a_known_one():
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 2, (4000, 10))
    labels = np.array([rng.choice(10, p=row) for row in metrics.softmax(logits)])
    assert metrics.fit_temperature(logits * 3, labels) == pytest.approx(3, rel=0.1)


def test_a_report_adds_up():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 10, 500)
    logits = np.eye(10)[labels] * 4 + rng.normal(0, 1.5, (500, 10))
    report = metrics.report(metrics.softmax(logits), labels)
    matrix = np.array(report.confusion)
    assert report.n == matrix.sum() == sum(row.n for row in report.reliability) == 500
    assert report.errors == 500 - np.trace(matrix) == round(500 * (1 - report.accuracy))
    assert report.interval[0] < report.accuracy < report.interval[1]
    row = report.per_class[3]
    assert row.recall == matrix[3, 3] / matrix[3].sum() and row.precision == matrix[3, 3] / matrix[:, 3].sum()
