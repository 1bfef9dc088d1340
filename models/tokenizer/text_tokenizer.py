"""Text to the ids of a model and back, by the tokenizer that belongs to it."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import sentencepiece

from langs import registry
from langs.errors import InputError

from . import folder as tokenizer_folder
from .folder import DICTIONARY, MODEL


class Tokenizer:
    """A SentencePiece model, and the ids that stand for no text: sentinels and tags."""

    def __init__(self, processor: sentencepiece.SentencePieceProcessor, names: list[str]) -> None:
        """names: the names of all ids, in their order."""
        self.processor, self.names = processor, names
        self.tags: Mapping[str, int] = tokenizer_folder.tag_ids(names)
        self.text = tokenizer_folder.stand_for_text(names)  # of every id

    @classmethod
    def read(cls, folder: Path) -> "Tokenizer":
        """The tokenizer in a folder such as `mswitch prepare` makes.

        Raises InputError if a file is missing or damaged, or if they are not one tokenizer's.
        """
        names, _ = tokenizer_folder.read_dictionary(folder / DICTIONARY)
        if not (folder / MODEL).is_file():
            raise InputError(f"{folder} has no {MODEL}; give a whole tokenizer folder")
        try:
            content = (folder / MODEL).read_bytes()
            processor = sentencepiece.SentencePieceProcessor(model_proto=content)
        except (RuntimeError, ValueError) as error:
            raise InputError(f"{folder / MODEL} is damaged; give another tokenizer") from error
        expected = tokenizer_folder.id_names(tokenizer_folder.pieces_of(processor))
        if names[: len(expected)] != expected:
            raise InputError(
                f"{folder}: {DICTIONARY} has not the pieces of {MODEL}, they do not belong "
                "together; give the folder that the model was trained with"
            )
        return cls(processor, names)

    def encode(self, text: str) -> list[int]:
        """The ids of a text, without eos."""
        ids: list[int] = self.processor.encode(text)
        return ids

    def decode(self, ids: Iterable[int]) -> str:
        """The text of ids; those that stand for no text are passed over."""
        text: str = self.processor.decode([i for i in ids if self.text[i]])
        return text

    def tag(self, code: str) -> int:
        """The id that asks for a translation into a language.

        Raises InputError, with a hint, for a code that is no language's or has no tag here.
        """
        if code in self.tags:
            return self.tags[code]
        name = registry.get(code).name
        known = " ".join(self.tags)
        hint = f"it has tags for {known}" if known else "it has no tags at all"
        raise InputError(f"the model does not translate into {name} ({code}): {hint}")
