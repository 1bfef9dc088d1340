"""SentencePiece's model file as data, which its Python package does not offer.

The package's own generated module asks for a protobuf release of its own; the few fields needed
here are declared below with their numbers of `sentencepiece_model.proto`. Other fields are kept as
they are.
"""

from functools import cache
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError

from langs.errors import InputError

UNIGRAM = 1
NORMAL, UNKNOWN, CONTROL, USER_DEFINED, BYTE = 1, 2, 3, 4, 6
_NAME = "mswitch.sentencepiece"
_KIND = descriptor_pb2.FieldDescriptorProto
_STRING, _BYTES, _FLOAT = _KIND.TYPE_STRING, _KIND.TYPE_BYTES, _KIND.TYPE_FLOAT
_INT, _BOOL = _KIND.TYPE_INT32, _KIND.TYPE_BOOL
_FIELDS: dict[str, list[tuple[str, int, Any]]] = {
    "Piece": [("piece", 1, _STRING), ("score", 2, _FLOAT), ("type", 3, _INT)],
    "Trainer": [
        ("model_type", 3, _INT),
        ("byte_fallback", 35, _BOOL),
        ("unk_id", 40, _INT),
        ("bos_id", 41, _INT),
        ("eos_id", 42, _INT),
        ("pad_id", 43, _INT),
        ("unk_piece", 45, _STRING),
        ("eos_piece", 47, _STRING),
        ("pad_piece", 48, _STRING),
    ],
    "Normalizer": [
        ("name", 1, _STRING),
        ("precompiled_charsmap", 2, _BYTES),
        ("add_dummy_prefix", 3, _BOOL),
        ("remove_extra_whitespaces", 4, _BOOL),
    ],
    "Model": [
        ("pieces", 1, "Piece"),
        ("trainer_spec", 2, "Trainer"),
        ("normalizer_spec", 3, "Normalizer"),
    ],
}


def parse(content: bytes) -> Any:
    """The message in a model file. Raises InputError for any other content."""
    message = empty()
    try:
        message.ParseFromString(content)
    except DecodeError as error:
        raise InputError("it is no SentencePiece model, or damaged") from error
    return message


def empty() -> Any:
    """A message without pieces; `SerializeToString` gives the content of a model file."""
    return _class()()


@cache
def _class() -> Any:
    declared = descriptor_pb2.FileDescriptorProto(name=f"{_NAME}.proto", package=_NAME)
    for name, fields in _FIELDS.items():
        message = declared.message_type.add(name=name)
        for field, number, kind in fields:
            nested = isinstance(kind, str)
            label = _KIND.LABEL_REPEATED if field == "pieces" else _KIND.LABEL_OPTIONAL
            added = message.field.add(name=field, number=number, label=label)
            added.type = _KIND.TYPE_MESSAGE if nested else kind
            if (name, field) == ("Piece", "type"):
                added.default_value = str(NORMAL)
            if nested:
                added.type_name = f".{_NAME}.{kind}"
    pool = descriptor_pool.DescriptorPool()
    pool.Add(declared)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_NAME}.Model"))
