"""Ways a listed name is written otherwise, and names that only look like one: made by rule, fixed by a seed.

Nineteen classes of variation in three families, benign (data entry, other romanisations), adversarial (to evade
screening) and degraded (scanners, keyboards, narrow fields), after the taxonomy of the package
sanctions-screening-benchmark (MIT); the rules here are our own. Hard negatives share words with a listed name and stand
for somebody else.
"""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from rapidfuzz import process
from rapidfuzz.distance import OSA

Made = Callable[[str, random.Random], list[str]]

_KEYS = {
    "q": "wa", "w": "qes", "e": "wrd", "r": "etf", "t": "ryg", "y": "tuh", "u": "yij", "i": "uok", "o": "ipl",
    "p": "ol", "a": "qsz", "s": "awdx", "d": "sefc", "f": "drgv", "g": "fthb", "h": "gyjn", "j": "hukm", "k": "jil",
    "l": "kop", "z": "asx", "x": "zsdc", "c": "xdfv", "v": "cfgb", "b": "vghn", "n": "bhjm", "m": "njk",
}  # fmt: skip
_LOOKALIKES = str.maketrans("aceopxyisABEKMHOPCTX", "асеорхуіѕАВЕКМНОРСТХ")
_INVISIBLE = "\u200b\u200c\u200d\u2060\u00ad"
_TITLES = {
    "person": ("Dr.", "Mr.", "Prof.", "Eng.", "Col.", "Gen.", "Sheikh", "Hajji", "Sayyid"),
    "organization": ("M/s", "The", "Messrs."),
}
_SUFFIXES = ("Jr.", "II", "Esq.")
_SOUNDS = (
    ("ph", "f"), ("ck", "k"), ("kh", "h"), ("gh", "g"), ("q", "k"), ("ei", "ie"), ("y", "i"), ("v", "w"), ("z", "s"),
    ("c", "k"), ("dh", "d"), ("th", "t"),
)  # fmt: skip
_ROMAN = (
    ("kh", "h"), ("ch", "tch"), ("zh", "j"), ("ts", "c"), ("sh", "ch"), ("ou", "u"), ("oo", "u"), ("ee", "i"),
    ("aa", "a"), ("u", "ou"), ("q", "k"), ("dj", "j"), ("j", "dj"), ("ov", "off"), ("ev", "eff"), ("sky", "ski"),
    ("ski", "skiy"), ("ey", "ei"), ("iy", "y"), ("x", "ks"), ("ya", "ia"), ("yu", "iu"), ("w", "v"),
)  # fmt: skip
_OCR = (
    ("rn", "m"), ("m", "rn"), ("cl", "d"), ("l", "1"), ("I", "l"), ("O", "0"), ("S", "5"), ("B", "8"), ("Z", "2"),
    ("vv", "w"), ("h", "b"), ("e", "c"),
)  # fmt: skip
_PARTICLES = re.compile(r"\b(al|el|bin|ibn|abu|abd|van|von|de|del|da|di|la|le|ben|bint)[\s\-]+(?=\w)", re.IGNORECASE)


def _changed(name: str, rules: Iterable[tuple[str, str]], dice: random.Random) -> list[str]:
    found = [re.sub(re.escape(a), b, name, count=1, flags=re.IGNORECASE) for a, b in rules if a in name.lower()]
    return dice.sample(found, min(2, len(found)))


def _reordered(name: str, _: random.Random) -> list[str]:
    words = name.replace(",", " ").split()
    if len(words) < 2:
        return []
    return [" ".join(reversed(words)), " ".join([*words[1:], words[0]]), f"{words[-1]}, {' '.join(words[:-1])}"]


def _dropped(name: str, dice: random.Random) -> list[str]:
    words = name.split()
    if len(words) < 3:
        return []
    place = dice.randrange(1, len(words) - 1)
    return [" ".join(words[:place] + words[place + 1 :])]


def _particles(name: str, _: random.Random) -> list[str]:
    if not _PARTICLES.search(name):
        return []
    return [_PARTICLES.sub(r"\1-", name), _PARTICLES.sub(r"\1", name), _PARTICLES.sub("", name)]


def _initials(name: str, _: random.Random) -> list[str]:
    family, comma, given = name.partition(",")
    words = given.split() if comma else name.split()
    if not words or not words[0][0].isalpha() or (not comma and len(words) < 2):
        return []
    if comma:
        return [f"{words[0][0]}. {family}", " ".join(w[0] + "." for w in words) + f" {family}"]
    return [" ".join([words[0][0] + ".", *words[1:]])]


def _marked(name: str, dice: random.Random) -> list[str]:
    marks = {"a": "á", "e": "é", "i": "í", "o": "ö", "u": "ü", "n": "ñ", "c": "ç", "s": "š"}
    places = [i for i, c in enumerate(name) if c.lower() in marks]
    chosen = set(dice.sample(places, min(3, len(places))))
    text = "".join(
        (marks[c.lower()].upper() if c.isupper() else marks[c.lower()]) if i in chosen else c
        for i, c in enumerate(name)
    )
    return [text] if chosen else []


def _punctuated(name: str, _: random.Random) -> list[str]:
    return [name.replace("-", " "), name.replace("'", ""), name.replace("'", " "), name.replace(".", "")]


def _joined(name: str, dice: random.Random) -> list[str]:
    words = name.replace(",", " ").split()
    if len(words) < 2:
        return []
    place = dice.randrange(len(words) - 1)
    return [" ".join([*words[:place], words[place] + words[place + 1].lower(), *words[place + 2 :]])]


def _lookalikes(name: str, dice: random.Random) -> list[str]:
    places = [i for i, c in enumerate(name) if c.translate(_LOOKALIKES) != c]
    if not places:
        return []
    place = dice.choice(places)
    return [name[:place] + name[place].translate(_LOOKALIKES) + name[place + 1 :], name.translate(_LOOKALIKES)]


def _invisible(name: str, dice: random.Random) -> list[str]:
    place = dice.randrange(1, len(name))
    return [name[:place] + dice.choice(_INVISIBLE) + name[place:]]


def _no_vowels(name: str, _: random.Random) -> list[str]:
    return [
        " ".join(
            w if len(w) < 4 else w[0] + re.sub("[aeiou]", "", w[1:-1], flags=re.IGNORECASE) + w[-1]
            for w in name.split()
        )
    ]


def _doubles(name: str, _: random.Random) -> list[str]:
    return [re.sub(r"([a-zA-Z])\1", r"\1", name), re.sub(r"([bdlmnprst])(?!\1)", r"\1\1", name, count=1)]


def _typo(name: str, dice: random.Random) -> list[str]:
    places = [i for i, c in enumerate(name) if c.lower() in _KEYS]
    if not places:
        return []
    place = dice.choice(places)
    wrong = dice.choice(_KEYS[name[place].lower()])
    return [name[:place] + (wrong.upper() if name[place].isupper() else wrong) + name[place + 1 :]]


def _lost(name: str, dice: random.Random) -> list[str]:
    places = [i for i, c in enumerate(name) if c.isalpha()]
    place = dice.choice(places)
    return [name[:place] + name[place + 1 :]]


def _swapped(name: str, dice: random.Random) -> list[str]:
    places = [i for i in range(len(name) - 1) if name[i].isalpha() and name[i + 1].isalpha()]
    if not places:
        return []
    i = dice.choice(places)
    return [name[:i] + name[i + 1] + name[i] + name[i + 2 :]]


def _cut(name: str, _: random.Random) -> list[str]:
    return [name[:width].rstrip() for width in (20, 35) if len(name) > width]


def _affixed(name: str, dice: random.Random, kind: str) -> list[str]:
    found = [f"{dice.choice(_TITLES[kind])} {name}"]
    return [*found, f"{name} {dice.choice(_SUFFIXES)}"] if kind == "person" else found


CLASSES: dict[str, tuple[str, Made]] = {
    "romanisation": ("benign", lambda n, d: _changed(n, _ROMAN, d)),
    "marks added": ("benign", _marked),
    "order": ("benign", _reordered),
    "word dropped": ("benign", _dropped),
    "particles": ("benign", _particles),
    "initials": ("benign", _initials),
    "title": ("benign", lambda n, d: _affixed(n, d, "person")),
    "punctuation": ("benign", _punctuated),
    "case": ("benign", lambda n, _: [n.lower(), n.title()]),
    "joined": ("benign", _joined),
    "look-alike letters": ("adversarial", _lookalikes),
    "invisible letters": ("adversarial", _invisible),
    "vowels dropped": ("adversarial", _no_vowels),
    "doubled letters": ("adversarial", _doubles),
    "by sound": ("adversarial", lambda n, d: _changed(n, _SOUNDS, d)),
    "scanner": ("degraded", lambda n, d: _changed_exactly(n, d)),
    "typing": ("degraded", lambda n, d: [*_typo(n, d), *_lost(n, d)]),
    "swapped letters": ("degraded", _swapped),
    "cut off": ("degraded", _cut),
}
"""Name of the class -> its family and rule; each rule returns the variants it can make of a name."""


def _changed_exactly(name: str, dice: random.Random) -> list[str]:
    found = [name.replace(a, b, 1) for a, b in _OCR if a in name]
    return dice.sample(found, min(2, len(found)))


def variants(name: str, kind: str, seed: int, *, most: int = 2) -> list[tuple[str, str]]:
    """Return (class, variant) of a name, at most ``most`` a class; the same for the same name and seed."""
    found: list[tuple[str, str]] = []
    for label, (_, make) in CLASSES.items():
        dice = random.Random(f"{seed}/{label}/{name}")
        made = _affixed(name, dice, kind) if label == "title" else make(name, dice)
        seen = {name.strip()}
        kept = 0
        for text in made:
            text = " ".join(text.split(" ")).strip()
            if text and kept < most and text not in seen and any(c.isalpha() for c in text):
                seen.add(text)
                kept += 1
                found.append((label, text))
    return found


@dataclass(frozen=True)
class Negative:
    """A name of somebody who is not listed, made from a listed one."""

    label: str
    text: str
    source: str


def _plain(name: str) -> str:
    text = unicodedata.normalize("NFKD", name)
    return " ".join(sorted(re.findall(r"[a-z0-9]+", text.lower())))


def hard_negatives(names: list[str], kind: str, seed: int, *, listed: Iterable[str] = ()) -> list[Negative]:
    """Return names that share words with listed ones and are not listed.

    Args:
        names: the listed names to start from.
        kind: "person" or "organization".
        seed: fixes every choice.
        listed: every listed name, so that none is made by chance.
    """
    every = [_plain(name) for name in (*names, *listed)]
    known = set(every)
    by_word: dict[str, list[frozenset[str]]] = {}
    for words_of_one in {frozenset(one.split()) for one in every if one.count(" ")}:
        by_word.setdefault(max(words_of_one, key=len), []).append(words_of_one)
    dice = random.Random(f"{seed}/{kind}")
    found: list[Negative] = []
    words = sorted({w for n in names for w in re.findall(r"[A-Za-z]{5,}", n)})
    near = _near(words)

    def add(label: str, text: str, source: str) -> None:
        parts = frozenset(_plain(text).split())
        # A person's name with one more word than a listed one may well be that person's full name.
        whole = kind == "person" and any(one <= parts for part in parts for one in by_word.get(part, ()))
        if _plain(text) not in known and len(parts) > 1 and not whole:
            found.append(Negative(label, text, source))

    for name in names:
        other = dice.choice(names)
        if kind == "person":
            family, comma, given = name.partition(",")
            other_family, other_comma, other_given = other.partition(",")
            if not comma or not other_comma or _plain(family) == _plain(other_family):
                continue
            if _plain(given) != _plain(other_given):
                add("same family name", f"{other_given.strip()} {family}", name)
                add("same given name", f"{given.strip()} {other_family}", name)
            parts = given.split()
            if len(parts) > 1:
                add("one word other", f"{family}, {parts[0]} {dice.choice(other_given.split() or ['X'])}", name)
        parts = re.findall(r"[\w&.'\-@]+", name)
        long = [p for p in parts if len(p) >= 5 and p.isalpha() and p.lower() not in _BUSINESS]
        if not long:
            continue
        chosen = long[0] if kind == "organization" else dice.choice(long)
        if kind == "organization":
            swap = dice.choice(words)
            if swap.lower() not in _BUSINESS and swap.lower()[:4] != chosen.lower()[:4]:
                add("other distinctive word", name.replace(chosen, swap, 1), name)
            if len(long) > 1:
                add("one word other", name.replace(long[-1], dice.choice(words), 1), name)
        if chosen in near and len(parts) > 1:
            add("look-alike word", name.replace(chosen, near[chosen], 1), name)
    return found


_BUSINESS = frozenset(
    [
        "company",
        "limited",
        "corporation",
        "trading",
        "group",
        "general",
        "international",
        "holding",
        "holdings",
        "industries",
        "services",
        "shipping",
        "enterprise",
        "enterprises",
        "import",
        "export",
        "bank",
        "islamic",
        "national",
        "investment",
        "construction",
        "engineering",
        "comercializadora",
        "inversiones",
        "sociedad",
        "agropecuaria",
        "constructora",
        "distribuidora",
        "organization",
        "foundation",
    ]
)


def _near(words: list[str]) -> dict[str, str]:
    """Return for words another listed word that looks like it, differs in two letters or more and in its consonants."""
    found: dict[str, str] = {}
    lower = [word.lower() for word in words]
    for word, plain in zip(words, lower, strict=True):
        if len(plain) < 6:
            continue
        for close, distance, place in process.extract(plain, lower, scorer=OSA.distance, score_cutoff=3, limit=8):
            if distance >= 2 and abs(len(close) - len(plain)) <= 1 and _bones(close) != _bones(plain):
                found[word] = words[place]
                break
    return found


def _bones(word: str) -> str:
    """Return a word's consonants in a spelling that romanisations share, so that Mustafa and Mustapha are one name."""
    for spelling, sound in (("ph", "f"), ("kh", "k"), ("q", "k"), ("c", "k"), ("z", "s"), ("sh", "s"), ("th", "t")):
        word = word.replace(spelling, sound)
    return re.sub(r"(.)\1+", r"\1", re.sub("[aeiouywh]", "", word))
