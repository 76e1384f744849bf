"""The comparison with other projects' networks: their recipes, and a table of what was really trained."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

import train
from model.baselines import BASELINES, RECIPES
from model.card import SHIPPED, Card
from model.synthesis.render import synthetic_batch
from model.training import data, loop
from model.training.batches import Batches
from model.training.config import TrainConfig
from model.training.objective import learning_rate
from tools.compare import command, main
from tools.documents import markers


def config_as_published(name: str) -> TrainConfig:
    return train.config_of(train.parser().parse_args(["--network", name, "--as-published"]))


def test_every_network_has_a_recipe():
    assert set(RECIPES) == set(BASELINES)
    for name in RECIPES:
        assert config_as_published(name).network == name


def test_the_published_schedule_is_torchs_step_lr():
    optimizer = torch.optim.Adadelta([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    config = TrainConfig(peak_learning_rate=1.0, schedule="step", epochs=14)
    published = torch.optim.lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.7)
    for epoch in range(14):
        for step in (epoch * 10, epoch * 10 + 9):
            assert learning_rate(config, step, 140) == pytest.approx(published.get_last_lr()[0])
        optimizer.step()
        published.step()


@pytest.mark.parametrize("name", ["two-conv-adam", "pytorch-examples"])
def test_as_published_is_the_plain_loop_that_the_project_writes(name):
    """The same batches, torch's own optimizer and cross-entropy, no augmentation: the same weights."""
    images, labels = synthetic_batch(np.random.default_rng(0), 150)
    config = TrainConfig(network=name, **{**RECIPES[name], "epochs": 1}, device="cpu")
    trained = loop.Trainer(config, loop.Pictures(images, labels)).fit()
    net = loop.make_network(config).to(memory_format=torch.channels_last)
    batches = list(Batches(config, images, labels, torch.device("cpu")).epoch(0))
    chosen = torch.cat([ink for ink, _ in batches]).mul(255).round().to(torch.uint8).sort(dim=0)[0]
    assert torch.equal(chosen, torch.from_numpy(images)[:, None].sort(dim=0)[0])  # the CSV's pixels, each once
    kind = torch.optim.Adam if config.optimizer == "adam" else torch.optim.Adadelta
    optimizer = kind(net.parameters(), lr=config.peak_learning_rate)
    torch.manual_seed(0)  # dropout's
    for ink, truth in batches:
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(net(ink), truth).backward()
        optimizer.step()
    for name, value in net.state_dict().items():
        torch.testing.assert_close(trained.state_dict()[name], value, rtol=1e-4, atol=1e-5)


def test_a_network_of_nobody_is_refused(capsys):
    assert train.main(["--data", "nothing.zip", "--as-published"]) == 1
    assert "expected --network and one of" in capsys.readouterr().err


@pytest.fixture(scope="module")
def compared(weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the shipped card, as if it were trained on a small CSV, beside one network trained on that."""
    root = tmp_path_factory.mktemp("compare")
    images, labels = synthetic_batch(np.random.default_rng(0), 200)
    data.write_csv(root / "train.csv", images, labels)
    (root / "assets").mkdir()
    card = json.loads((weights / "card.json").read_text())
    kept, validation = data.split(labels, 0.1, 0)
    card["data"] |= {"sha256": data.load_csv(root).sha256, "train": len(kept), "validation": len(validation)}
    (root / "assets" / "card.json").write_text(json.dumps(card))
    (root / "README.md").write_text("\n".join((*markers("results"), *markers("networks"))))
    assert main([*flags(root), "--data", str(root), "--only", "two-conv-adam"]) == 0
    return root


def flags(root: Path) -> list[str]:
    return ["--runs", str(root / "runs"), "--root", str(root)]


def rows(root: Path) -> dict[str, dict[str, float]]:
    return json.loads((root / "assets" / "card.json").read_text())["baselines"]


def test_the_table_holds_what_was_trained_and_the_shipped_network(compared):
    table = rows(compared)
    assert list(table) == ["two-conv-adam", SHIPPED]
    row = table["two-conv-adam"]
    run = Card.read(compared / "runs" / "two-conv-adam")
    assert row["validation_accuracy"] == pytest.approx(run.validation.accuracy, rel=1e-5)
    assert row["weights"] == 215_370
    assert row["epochs"] == RECIPES["two-conv-adam"]["epochs"] and run.cpu_seconds > 0
    assert "| two-conv-adam | 215,370 |" in (compared / "README.md").read_text()


def test_what_is_finished_is_not_trained_again_and_scores_go_into_its_card(compared, tmp_path, capsys):
    weights = compared / "runs" / "two-conv-adam" / "weights.safetensors"
    before = weights.stat().st_mtime_ns
    one = {"n": 10, "accuracy": 0.9, "wrong_but_sure": 0.0, "ece": 0.1}
    scores = tmp_path / "scores.json"
    scores.write_text(json.dumps({"drawn": {"pens": one, "mice": {**one, "accuracy": 0.8}}}))
    again = ["--data", str(compared), "--only", "two-conv-adam", "--scores", f"two-conv-adam={scores}"]
    assert main([*flags(compared), *again]) == 0
    assert "finished before" in capsys.readouterr().out and weights.stat().st_mtime_ns == before
    assert rows(compared)["two-conv-adam"]["drawing_accuracy"] == pytest.approx(0.85)
    assert main([*flags(compared), "--scores", "vgg-bn=nothing.json"]) == 2
    assert "expected NAME=FILE" in capsys.readouterr().err


def test_what_was_stopped_goes_on(tmp_path):
    assert "--out" in command("vgg-bn", tmp_path, tmp_path / "vgg-bn")
    (tmp_path / "vgg-bn").mkdir()
    (tmp_path / "vgg-bn" / train.STATE).touch()
    assert "--resume" in command("vgg-bn", tmp_path, tmp_path / "vgg-bn")


def test_a_run_on_other_data_is_left_out(compared, tmp_path, capsys):
    (tmp_path / "assets").mkdir()
    card = json.loads((compared / "assets" / "card.json").read_text())
    card["data"]["sha256"] = "another"
    (tmp_path / "assets" / "card.json").write_text(json.dumps(card))
    assert main(["--runs", str(compared / "runs"), "--root", str(tmp_path)]) == 2
    assert "other data" in capsys.readouterr().err
