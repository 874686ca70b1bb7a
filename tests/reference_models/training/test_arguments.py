"""The command line is what the dataclass says, and both have one rule."""

import argparse
from dataclasses import fields

import pytest

from reference_models.arguments import add_arguments, made_from
from reference_models.cli.main import build_parser, main
from reference_models.settings import ChooseArgs, EvaluateArgs, PredictArgs, TrainArgs
from roadmetrics.errors import RoadMetricsError

KINDS = (TrainArgs, PredictArgs, ChooseArgs, EvaluateArgs)
NEEDED = ["unet", "--data", "d", "--out", "o"]


def parsed(*words):
    parser = argparse.ArgumentParser()
    add_arguments(parser, TrainArgs)
    return made_from(TrainArgs, parser.parse_args([*NEEDED, *words]))


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_has_its_help(kind):
    assert all(one.metadata["help"] for one in fields(kind))


def test_defaults_are_the_papers():
    args = parsed()
    assert args == TrainArgs(net="unet", data="d", out="o")
    told = (args.loss, args.window, args.alpha, args.beta, args.dilation, args.d_max, args.lr)
    assert told == ("topo", 64, 1e-4, 0.1, 5, 20.0, 1e-4)
    assert parsed("--no-flips", "--lr", "0.01", "--steps", "7").steps == 7
    assert not parsed("--no-flips").flips


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--steps", "0"], "argument --steps: must be 1 or more, not 0"),
        (["--steps", "1_0"], "argument --steps: must be a whole number, not '1_0'"),
        (["--lr", "nan"], "argument --lr: must be a number, not 'nan'"),
        (["--lr", "inf"], "argument --lr: must be above 0, not inf"),
        (["--loss", "dice"], "argument --loss: invalid choice: 'dice'"),
        (["--window", "64", "--crop", "32"], "--window 64 is larger than --crop 32"),
        (["--mode", "official"], "--mode official divides by pairs"),
    ],
)
def test_broken_rules_on_the_command_line(words, told, capsys):
    try:
        code = main(["train", *NEEDED, *words])
    except SystemExit as error:
        code = error.code
    assert code == 2
    captured = capsys.readouterr()
    assert told in captured.err
    assert captured.err.count("\n") == 1


def test_broken_rules_in_python():
    with pytest.raises(RoadMetricsError, match="--steps must be 1 or more, not 0"):
        TrainArgs(net="unet", data="d", out="o", steps=0)
    with pytest.raises(RoadMetricsError, match="--net must be one of unet, dru"):
        TrainArgs(net="vit", data="d", out="o")
    with pytest.raises(RoadMetricsError, match="--overlap 64 must be below --tile 64"):
        PredictArgs(run="r", images="i", out="o", tile=64)


@pytest.mark.parametrize("verb", ["train", "predict", "choose", "evaluate"])
def test_help(verb, capsys):
    with pytest.raises(SystemExit) as stop:
        build_parser().parse_args([verb, "--help"])
    assert stop.value.code == 0
    assert f"reference-models {verb}" in capsys.readouterr().out
