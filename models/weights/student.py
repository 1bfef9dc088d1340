"""The dense student of a sparse teacher: what it can take over of the teacher's weights.

Both cost the same FLOPs a token, so everything outside the experts has the same shape in both
(Switch, section 4.2): embeddings, attention, norms and the dense feed-forwards are copied, the
feed-forwards that stand in the places of Switch layers are new.
"""

from dataclasses import replace

from models.network.transformer import Transformer, TransformerConfig

from .checkpoint import Checkpoint

ARCHITECTURE = "student"


def student_config(teacher: TransformerConfig) -> TransformerConfig:
    """The dense model of the teacher's shape."""
    return replace(teacher, experts=0, expert_widths=(), attention_experts=False)


def initial_student(teacher: Checkpoint, copy: bool) -> Checkpoint:
    """The student before training, float32, drawn by torch's generator.

    copy: with the teacher's non-expert weights in place of those drawn.
    """
    config = student_config(teacher.config)
    weights = Transformer(config).state_dict()
    for name, weight in teacher.weights.items() if copy else ():
        if name in weights:  # the same name is the same part; experts have names of their own
            weights[name] = weight.float()
    return Checkpoint(ARCHITECTURE, config, weights, teacher.data)
