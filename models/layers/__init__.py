"""Building blocks of the Switch Transformer: pure torch, nothing of fairseq, nothing of ours."""
