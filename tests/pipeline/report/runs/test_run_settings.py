from dataclasses import replace

from pipeline.evaluate.report import Report
from pipeline.report.runs.run_settings import Setting, headers, settings, signature


def test_what_differs_comes_first_and_nested_keys_are_joined() -> None:
    config = {"model": {"experts": 0}, "command": ["--lr", "0.003"]}
    dense = {"kind": "run", "architecture": "t5", "flops_per_token": 1460403.4, "config": config}
    switch = dense | {"config": config | {"model": {"experts": 8}}}
    main, rest = settings([dense, switch, dense])
    assert main == [
        Setting("architecture", ["t5", "t5", "t5"]),
        Setting("flops_per_token", ["1\u202f460\u202f403"] * 3),
        Setting("config.model.experts", ["0", "8", "0"]),
    ]
    assert rest == [Setting("config.command", ["--lr 0.003"] * 3)]


def test_a_setting_of_one_run_only_differs() -> None:
    main, _ = settings([{}, {"config": {"jitter": 0.01}}])
    assert main == [Setting("config.jitter", ["–", "0.01"])]
    assert main[0].differs


def test_a_signature_has_whole_hashes_and_versions() -> None:
    run = {"architecture": "t5", "seed": 1, "data_sha256": "d" * 64, "versions": {"torch": "2.13"}}
    assert signature(run) == (f"architecture:t5 | seed:1 | data:{'d' * 64} | config:– | torch:2.13")
    assert signature({"versions": "unknown"}).endswith("config:–")


def test_seeds_of_a_model_are_told_apart(small: Report) -> None:
    assert [name for name, _ in headers(small)] == ["dense", "Switch"]
    entry = small.first
    models = {
        "a": replace(entry, runs=[{"seed": 1}, {"seed": 2}]),
        "b": replace(entry, runs=[{"seed": 1}]),
    }
    assert [name for name, _ in headers(replace(small, models=models))] == [
        "a, seed 1",
        "a, seed 2",
        "b",
    ]
