"""Duties, permissions and prohibitions in Chinese provisions, sentence by sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

from ingest.law.norms_en import Opening
from ingest.law.obligation_patterns import patterns
from ingest.values import find_values
from kb.law_numbers import ZH_NUMERAL
from kb.model import LegalNorm, Modality, Span

_SENTENCE: Final = re.compile(r"[^。；;\n]{1,1500}[。；;\n]?")
_LABEL: Final = re.compile(
    rf"[\s\u3000*_#]{{0,8}}(?:第\s?[{ZH_NUMERAL}\d]{{1,9}}\s?条(?:之[{ZH_NUMERAL}]{{1,3}})?|[（(][{ZH_NUMERAL}\d]{{1,4}}[）)]|\d{{1,2}}[.．、])?[\s\u3000*_]{{0,6}}(?:[【［\[][^】］\]\n]{{1,60}}[】］\]])?[\s\u3000]{{0,4}}"
)
_EDGE: Final = " \t\n\u3000，。；：、,;:*_"
_LONGEST_NAME: Final = 30
_SHORT_NAME: Final = 6
"""Characters of a subject that is believed to be someone without a word that says so ("摊主应当…")."""
_JOINT: Final = re.compile(r"、|和|或者|或|以及|及|与")
_CONJUNCTION: Final = re.compile(r"^(?:并|但是|但|且|或者|同时|其中|因此|其)")


@dataclass(frozen=True, slots=True)
class _Rules:
    modal: re.Pattern[str]
    after: re.Pattern[str]
    sentence: re.Pattern[str]
    relative: re.Pattern[str]
    agent: re.Pattern[str]
    gap: re.Pattern[str]
    condition: re.Pattern[str]
    exception: re.Pattern[str]
    adverbial: re.Pattern[str]
    to: re.Pattern[str]
    direct: re.Pattern[str]
    late: re.Pattern[str]
    early: re.Pattern[str]
    inherit: re.Pattern[str]
    determiner: re.Pattern[str]
    not_name: re.Pattern[str]
    not_alone: re.Pattern[str]
    whoever: re.Pattern[str]
    clause_name: re.Pattern[str]
    described: re.Pattern[str]
    thing: re.Pattern[str]


@cache
def _rules() -> _Rules:
    raw = patterns("zh")
    subject = raw["subject"]
    suffixes = "|".join(sorted(subject["suffixes"], key=len, reverse=True))
    determiners = "|".join(sorted(subject["determiners"], key=len, reverse=True))
    return _Rules(
        modal=re.compile("|".join(f"(?P<{kind}>{pattern})" for kind, pattern in raw["modal"].items())),
        after=re.compile(raw["not_norm"]["after"]),
        sentence=re.compile(raw["not_norm"]["sentence"]),
        relative=re.compile(raw["not_norm"]["relative_end"]),
        agent=re.compile(suffixes),
        gap=re.compile(subject["gap"]),
        condition=re.compile(raw["segment"]["condition"]),
        exception=re.compile(raw["segment"]["exception"]),
        adverbial=re.compile(raw["segment"]["adverbial"]),
        to=re.compile(raw["beneficiary"]["to"]),
        direct=re.compile(raw["beneficiary"]["direct"]),
        late=re.compile(raw["deadline"]["after"]),
        early=re.compile(raw["deadline"]["before"]),
        inherit=re.compile(raw["items"]["inherit"]),
        determiner=re.compile(f"(?:{determiners})"),
        not_name=re.compile(subject["not_name"]),
        not_alone=re.compile(subject["not_alone"]),
        clause_name=re.compile(subject["clause_name"]),
        described=re.compile(subject["described"]),
        thing=re.compile(subject["thing"]),
        whoever=re.compile(rf"[^，。；：、的在对向将由被把因]{{0,8}}?(?:{suffixes})"),
    )


def plain_name(words: str) -> str:
    """Return the plain form of who is named: without 任何 (any), 该 (the said) and the like, without white space."""
    name = re.sub(r"\s", "", words).strip(_EDGE)
    while (lead := _rules().determiner.match(name)) is not None and lead.end() < len(name):
        name = name[lead.end() :]
    return name


class ChineseNorms:
    """Reads the norms of one act; names that stand right before a modal anywhere in it are known everywhere in it."""

    def __init__(self, text: str) -> None:
        self.text = text
        names: dict[str, int] = {}
        for modal in _rules().modal.finditer(text):
            before = re.split(r"[，。；：、\s]", text[max(0, modal.start() - 40) : modal.start()])[-1]
            before = _rules().gap.sub("", before)
            name = plain_name(before)
            ends = [found.end() for found in _rules().agent.finditer(name)]
            if 1 < len(name) <= 16 and ends and ends[-1] == len(name) and _rules().not_name.match(name) is None:
                names[name] = names.get(name, 0) + 1
        kept = sorted((name for name in names if "的" not in name), key=len, reverse=True)
        self._names = re.compile("|".join(map(re.escape, kept)) if kept else r"(?!)")

    def read(self, number: str, start: int, end: int) -> Iterator[LegalNorm | Opening]:
        """Yield the norms of a stretch of one provision; an introduction of a list of norms comes as ``Opening``."""
        label = _LABEL.match(self.text, start, end)
        at = label.end() if label is not None else start
        previous: tuple[str, int, int] | None = None
        for found in _SENTENCE.finditer(self.text, at, end):
            begin, stop = found.span()
            stop = begin + len(self.text[begin:stop].rstrip(_EDGE))
            if stop <= begin or _rules().sentence.search(self.text, begin, stop) is not None:
                continue
            introduces = self.text[stop : stop + 1] in ("：", ":")
            for norm in self._sentence(number, begin, stop, previous):
                if norm.bearer is not None:
                    previous = (norm.bearer, norm.bearer_start, norm.bearer_end)
                action = norm.action
                listed = introduces and action is not None and _rules().inherit.search(self.text, action.start, stop)
                yield Opening(norm) if listed else norm

    def continued(self, opening: LegalNorm, number: str, start: int, end: int) -> LegalNorm | None:
        """Return the norm a list item adds to the introduction before it."""
        label = _LABEL.match(self.text, start, end)
        at = label.end() if label is not None else start
        stop = at + len(self.text[at:end].rstrip(_EDGE))
        if stop <= at:
            return None
        norm = replace(opening, provision=number, start=at, end=stop, action=Span(at, stop), object=None)
        return self._deadline(norm, at, stop)

    def has_modal(self, start: int, end: int) -> bool:
        """Return whether a stretch states a norm by itself."""
        return _rules().modal.search(self.text, start, end) is not None

    def _sentence(self, number: str, start: int, end: int, known: tuple[str, int, int] | None) -> Iterator[LegalNorm]:
        rules = _rules()
        modals = [each for each in rules.modal.finditer(self.text, start, end) if self._is_main(each, end)]
        before = known
        position = start
        for index, modal in enumerate(modals):
            until = end
            if index + 1 < len(modals):
                comma = self.text.rfind("，", modal.end(), modals[index + 1].start())
                until = comma if comma > 0 else modals[index + 1].start()
            modality = {"obligation": Modality.MUST, "prohibition": Modality.MUST_NOT}.get(
                modal.lastgroup or "", Modality.MAY
            )
            bearer = self._bearer(position, modal.start())
            if bearer is None and modal.start() == position and modal[0] in ("禁止", "严禁"):  # it is forbidden
                bearer = self._named_at(modal.end(), until)
            if bearer is None and (index > 0 or self._goes_on(start, modal.start())):
                bearer = before
            conditions, exceptions = self._segments(start, position, modal.start(), bearer)
            after = [
                part
                for part in self._parts(modal.end(), until)
                if rules.exception.search(part.of(self.text)) is not None
            ]
            action = self._action(modal.end(), after[0].start if after else until)
            if action is None:
                continue
            norm = LegalNorm(
                number, modality, start, end, Span(modal.start(), modal.end()), action=action,
                conditions=tuple(conditions), exceptions=(*exceptions, *after),
            )  # fmt: skip
            if bearer is not None:
                norm = replace(norm, bearer=bearer[0], bearer_start=bearer[1], bearer_end=bearer[2])
                before = bearer
            norm = self._towards(norm, max(position, start), until)
            yield self._deadline(norm, position if index else start, until)
            position = until

    def _is_main(self, modal: re.Match[str], end: int) -> bool:
        """Return whether a modal binds somebody: not "应当…的" before a noun or a comma, not 应当认定为."""
        text, rules = self.text, _rules()
        if rules.after.match(text, modal.end(), end) is not None:
            return False
        before = text[max(0, modal.start() - 4) : modal.start()]
        if rules.described.search(before) is not None and "的" in text[modal.end() : end]:
            return False
        comma = re.compile(r"[，。；：\n]").search(text, modal.end(), end)
        stop = comma.start() if comma is not None else end
        clause = text[modal.end() : min(stop + 1, end)]
        # 应当登记而未登记的，… : a condition; who must register is said elsewhere
        return not (clause.rstrip("，、；。：").endswith("的") and comma is not None and text[stop] == "，") and (
            rules.relative.search(text[modal.end() : stop][:24] + "，") is None or comma is None
        )

    def _goes_on(self, start: int, modal: int) -> bool:
        """Return whether a sentence leaves out who was named before ("并应当…")."""
        lead = self.text[start:modal].strip(_EDGE)
        return not lead or _CONJUNCTION.match(lead) is not None

    def _parts(self, start: int, end: int) -> list[Span]:
        """Return the parts of a stretch between commas."""
        parts: list[Span] = []
        for found in re.compile(r"[^，,]+").finditer(self.text, start, end):
            begin = found.start() + len(found[0]) - len(found[0].lstrip(_EDGE))
            stop = begin + len(self.text[begin : found.end()].rstrip(_EDGE))
            if stop > begin:
                parts.append(Span(begin, stop))
        return parts

    def _bearer(self, position: int, modal: int) -> tuple[str, int, int] | None:
        """Return who the modal binds: the name right before it, else the name a part before it begins with."""
        rules = _rules()
        parts = self._parts(position, modal)
        if not parts:
            return None
        last = parts[-1]
        words = rules.gap.sub("", last.of(self.text))
        if rules.adverbial.match(words) is None:
            named = self._name_in(last.start, last.start + len(words))
            if named is not None:
                return named
        for part in reversed(parts):
            if rules.adverbial.match(part.of(self.text)) is not None:
                continue
            named = self._named_at(part.start, part.end)
            if named is not None:
                return named
        return None

    def _name_in(self, start: int, end: int) -> tuple[str, int, int] | None:
        """Return the whole stretch as a name when it ends in one: 履行个人信息保护职责的部门."""
        words = self.text[start:end]
        matches = list(_rules().agent.finditer(words))
        if not words or len(words) > _LONGEST_NAME or not matches or matches[-1].end() != len(words):
            named = self._named_at(start, end)
            if named is not None or not 1 < len(words) <= _SHORT_NAME or "的" in words:
                return named
            rules = _rules()
            odd = (pattern.search(words) for pattern in (rules.thing, rules.condition, rules.exception))
            if rules.not_name.match(words) is not None or rules.not_alone.match(words) is not None or any(odd):
                return None
            return plain_name(words), start, end
        begin = start
        if "的" in words and self._named_at(start, end) is None:
            name = words
        else:
            own = words.rpartition("的")[2]
            described = _rules().clause_name.match(words) is not None and self._names.fullmatch(own) is None
            name = words if described else own
            begin = end - len(name)
        plain = plain_name(name)
        return (plain, begin, end) if plain else None

    def _named_at(self, start: int, end: int) -> tuple[str, int, int] | None:
        """Return the name a stretch begins with."""
        rules = _rules()
        lead = start
        while (found := rules.determiner.match(self.text, lead, end)) is not None:
            lead = found.end()
        opened = lead
        clause = rules.clause_name.match(self.text, lead, end)
        if clause is not None:
            opened = clause.end()
        elif rules.not_name.match(self.text, lead, end) is not None:
            return None
        known = self._names.match(self.text, opened, end)
        alone = rules.not_alone.match(self.text, opened, end)
        if alone is not None and (known is None or known.end() <= alone.end()):
            stop = self._one_name(alone.end(), min(end, alone.end() + _SHORT_NAME))  # 个人信息处理者, 国家安全机关
        else:
            stop = known.end() if known is not None else self._one_name(opened, end)
        if stop is None:
            return None
        while (joint := _JOINT.match(self.text, stop, end)) is not None:
            further = self._one_name(joint.end(), end)
            if further is None or rules.not_name.match(self.text, joint.end(), end) is not None:
                break
            stop = further
        return plain_name(self.text[lead:stop]), lead, stop

    def _one_name(self, start: int, end: int) -> int | None:
        """Return where a name that begins at a place ends, with every word for a body that follows it at once."""
        found = _rules().whoever.match(self.text, start, end)
        if found is None:
            return None
        stop = found.end()
        while (more := _rules().agent.match(self.text, stop, end)) is not None:
            stop = more.end()
        return stop

    def _action(self, start: int, until: int) -> Span | None:
        begin = start + len(self.text[start:until]) - len(self.text[start:until].lstrip(_EDGE))
        stop = begin + len(self.text[begin:until].rstrip(_EDGE))
        return Span(begin, stop) if stop > begin else None

    def _segments(
        self, start: int, position: int, modal: int, bearer: tuple[str, int, int] | None
    ) -> tuple[list[Span], list[Span]]:
        """Return conditions and exceptions before the modal."""
        conditions: list[Span] = []
        exceptions: list[Span] = []
        for part in self._parts(start if position == start else position, modal):
            words = part.of(self.text)
            begin = part.start
            if bearer is not None and bearer[1] <= begin < bearer[2] < part.end:
                begin, words = bearer[2], self.text[bearer[2] : part.end]
            if _rules().exception.search(words) is not None:
                exceptions.append(Span(begin, part.end))
            elif _rules().condition.search(words) is not None and part.end < modal:
                conditions.append(Span(begin, part.end))
        return conditions, exceptions

    def _towards(self, norm: LegalNorm, start: int, end: int) -> LegalNorm:
        action = norm.action
        if action is None:
            return norm
        found = _rules().to.search(self.text, norm.modal.start, end) or _rules().to.search(self.text, start, end)
        if found is None:
            found = _rules().direct.search(self.text, action.start, action.end)
        if found is None:
            return norm
        begin, stop = found.span("who")
        named = self._named_at(begin, stop)
        if named is None or not named[0]:
            return norm
        return replace(norm, beneficiary=named[0], beneficiary_start=named[1], beneficiary_end=named[2])

    def _deadline(self, norm: LegalNorm, start: int, end: int) -> LegalNorm:
        words = self.text[start:end]
        for value in find_values(words, "zh", roles=False):
            if value.type not in ("duration", "date") or value.value is None:
                continue
            late = _rules().late.match(words[value.end : value.end + 4])
            early = _rules().early.search(words[max(0, value.start - 6) : value.start])
            if late is None and early is None and not words[: value.end].endswith("内"):
                continue
            stop = value.end + (late.end() if late is not None else 0)
            return replace(
                norm, deadline=value.value, deadline_unit=value.unit, deadline_start=start + value.start,
                deadline_end=start + stop,
            )  # fmt: skip
        return norm
