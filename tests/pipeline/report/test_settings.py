from pipeline.report.settings import Setting, settings


def test_what_differs_comes_first_and_nested_keys_are_joined() -> None:
    config = {"model": {"experts": 0}, "command": ["--lr", "0.003"]}
    dense = {"kind": "run", "architecture": "t5", "flops_per_token": 1460403.4, "config": config}
    switch = dense | {"config": config | {"model": {"experts": 8}}}
    main, rest = settings({"baseline": dense, "model": switch})
    assert main == [
        Setting("architecture", "t5", "t5"),
        Setting("flops_per_token", "1\u202f460\u202f403", "1\u202f460\u202f403"),
        Setting("config.model.experts", "0", "8"),
    ]
    assert rest == [Setting("config.command", "--lr 0.003", "--lr 0.003")]


def test_a_setting_of_one_run_only_differs() -> None:
    main, _ = settings({"baseline": {}, "model": {"config": {"jitter": 0.01}}})
    assert main == [Setting("config.jitter", "–", "0.01")]
    assert main[0].differs
