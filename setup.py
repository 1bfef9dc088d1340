"""The package: `langs`, `models` and `pipeline`, the console script `mswitch`, and direct needs.

fairseq 0.12.2 is not among the needs: its metadata asks for an omegaconf that pip >= 24.1 rejects
and for torchaudio, which nothing here uses. `run_pipeline.sh` installs it with `--no-deps`; its
real needs (cffi, cython, hydra-core, omegaconf, regex, bitarray, ...) stand below.
"""

from pathlib import Path

from setuptools import find_packages, setup

NEEDS = [
    "apache-beam==2.77.0",
    "bitarray",
    "brotli",
    "cffi",
    "cld3-py",
    "cython",
    "flask",
    "ftfy",
    "hydra-core==1.3.8",
    "jinja2",
    "matplotlib",
    "numpy",
    "omegaconf==2.3.1",
    "protobuf",
    "pyarrow",
    "python-dateutil",
    "pyyaml",
    "regex",
    "resiliparse",
    "rich",
    "sacrebleu",
    "safetensors",
    "scipy",
    "sentencepiece>=0.2.3",  # encodes to NumPy arrays
    "sentencex",
    "tensorboard",
    "torch==2.13.0",
    "tqdm",
    "waitress",
    "werkzeug",
    "zstandard",
]
TEST_NEEDS = [
    "distributed",
    "duckdb",
    "fastwarc",
    "hypothesis",
    "mypy",
    "pytest",
    "pytest-xdist",
    "ruff",
    "transformers",
]

setup(
    name="mswitch",
    version="0.1.0",
    description="Multilingual Switch Transformers from web text to a per-language report",
    long_description=Path(__file__).with_name("README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    python_requires=">=3.11",
    packages=find_packages(include=["langs*", "models*", "pipeline*"]),
    include_package_data=False,
    package_data={
        "langs": ["*.tsv"],
        "pipeline": [
            "configs/*.yaml",
            "corpus/rules/badwords/*",
            "report/assets/*",
            "translation/translate/assets/*",
            "sample/**/*",
        ],
    },
    install_requires=NEEDS,
    extras_require={"test": TEST_NEEDS, "dask": ["apache-beam[dask]"]},
    entry_points={"console_scripts": ["mswitch = pipeline.cli:main"]},
)
