"""Frozen dataclasses as JSON values and back; the type hints are the schema.

A field is a key of its name, unless its metadata say otherwise (`key`, `inlined`). One whose
default is None is left out while it is None.
"""

import dataclasses
import types
from collections.abc import Mapping
from typing import Any, TypeVar, cast, get_args, get_origin, get_type_hints

T = TypeVar("T")


def key(name: str) -> Mapping[str, Any]:
    """The metadata of a field that has the key `name`, which is no name in Python."""
    return {"key": name}


def inlined(*keys: str) -> Mapping[str, Any]:
    """The metadata of a field whose keys stand among its owner's.

    It is a dataclass, or a dictionary that has only these keys.
    """
    return {"inlined": keys}


def to_json(value: object) -> Any:
    """The JSON values of dataclasses, dictionaries and sequences of them."""
    if isinstance(value, dict):
        return {name: to_json(entry) for name, entry in value.items()}
    if isinstance(value, list | tuple):
        return [to_json(entry) for entry in value]
    if not dataclasses.is_dataclass(value):
        return value
    content: dict[str, Any] = {}
    for field in dataclasses.fields(value):
        part = getattr(value, field.name)
        if part is None and field.default is None:
            continue
        inner = to_json(part)
        content |= inner if "inlined" in field.metadata else {_key(field): inner}
    return content


def from_json(kind: type[T], content: object) -> T:
    """The dataclass of JSON values. Raises ValueError for others, with the place of the fault."""
    return cast(T, _read(kind, content, ""))


def _read(hint: Any, content: Any, place: str) -> Any:
    if isinstance(hint, types.UnionType):
        (inner,) = (part for part in get_args(hint) if part is not types.NoneType)
        return None if content is None else _read(inner, content, place)
    origin, parts = get_origin(hint) or hint, get_args(hint)
    if dataclasses.is_dataclass(origin):
        return _read_fields(cast(type[Any], origin), _checked(content, dict, place), place)
    if origin is dict:
        entries = _checked(content, dict, place).items()
        return {name: _read(parts[1], entry, f"{place}.{name}") for name, entry in entries}
    if origin in (list, tuple):
        entries = _checked(content, list, place)
        hints = parts if origin is tuple else parts * len(entries)
        if len(hints) != len(entries):
            raise ValueError(f"{place.lstrip('.')} has {len(entries)} entries, not {len(hints)}")
        read = [_read(hint, entry, place) for hint, entry in zip(hints, entries, strict=True)]
        return origin(read)
    return _checked(content, (int, float) if hint is float else hint, place)


def _read_fields(kind: type[Any], content: dict[str, Any], place: str) -> Any:
    values: dict[str, Any] = {}
    hints = get_type_hints(kind)
    for field in dataclasses.fields(kind):
        hint = hints[field.name]
        if "inlined" in field.metadata:
            keys = field.metadata["inlined"] or _keys(hint)
            part = {name: content[name] for name in keys if name in content}
            if part or field.default is not None:
                values[field.name] = _read(hint, part, place)
        elif _key(field) in content:
            values[field.name] = _read(hint, content[_key(field)], f"{place}.{_key(field)}")
        elif field.default is dataclasses.MISSING:
            raise ValueError(f"{(place + '.' + _key(field)).lstrip('.')} is missing")
    return kind(**values)


def _checked(content: Any, kind: Any, place: str) -> Any:
    if not isinstance(content, kind):
        raise ValueError(f"{place.lstrip('.') or 'the whole'} is {str(content)[:40]!r}")
    return content


def _key(field: "dataclasses.Field[Any]") -> str:
    name: str = field.metadata.get("key", field.name)
    return name


def _keys(hint: Any) -> list[str]:
    """The keys of a dataclass, or of one that may be None."""
    kinds = [part for part in (*get_args(hint), hint) if dataclasses.is_dataclass(part)]
    return [_key(field) for field in dataclasses.fields(kinds[0])]
