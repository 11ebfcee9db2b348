"""A day's cost for 1,000 readers, done as two other tools do it, against ours.

100 new papers, 10,000 stored, four interests a reader, libraries of 300. What grows with readers or texts in a straight
line is timed on a part and multiplied; the parts are printed.

- ours: embed the new papers once, match them against all interests, choose and explain every reader's.
- arxiv-sanity-lite (``compute.py``, ``serve.py``): TF-IDF of all stored papers anew each day, then one linear SVM
  for each tag of each reader, the tag's papers against everything else, and its scores for the new papers. One tag
  stands for one interest; a library's papers are spread evenly over its reader's tags.
- zotero-arxiv-daily (``reranker``): for each reader encode the library and the new papers, then one matrix product.
  With our model in place of its default one, which is larger.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot import matching
from bot.embedder import Embedder, open_embedder
from bot.embedder.locating import BUNDLED, find_model
from bot.embedder.sentence_engine import load_model
from bot.ingest.embedding import titled
from bot.matching import Background, Seen, WordBook
from bot.models import (
    LEXICAL,
    ROW_EXTRA,
    SHARE,
    SOURCE_WEIGHTS,
    SOURCES,
    WEIGHT,
    Interest,
    InterestKind,
    Profile,
    UserId,
)
from bot.settings import ModelSettings
from bot.terms import Terms, terms_of
from tests.bench import Result
from tests.bench.texts import texts

Floats = NDArray[np.float32]

READERS, INTERESTS, NEW, STORED, LIBRARY = 1_000, 4, 100, 10_000, 300
ROUNDS = 3
#: So many SVMs and so many texts are timed in each round, for all of them.
SVMS, ENCODED = 8, 64


@dataclass(frozen=True)
class Block:
    """Interests as the store hands them out."""

    fields: list[bytes]
    rows: Floats


def run() -> Result:
    """Measure all three in turn, three times; the figures are ratios of the best times."""
    papers = texts(STORED + NEW, seed=3)
    stored, new = papers[:STORED], papers[STORED:]
    draw = np.random.default_rng(3)
    with asyncio.Runner() as runner, tempfile.TemporaryDirectory() as folder:
        embedder = runner.run(open_embedder(ModelSettings(device="cpu"), None, data_dir=Path(folder)))
        library = stored[:LIBRARY]
        readers = _readers(runner.run(embedder.embed(library)), [terms_of(text) for text in library], draw)
        encoder = load_model(find_model(BUNDLED, download=False), "cpu")
        encoder.encode(new[:8])
        ours: list[float] = []
        svm: list[float] = []
        encode: list[float] = []
        for _ in range(ROUNDS):
            ours.append(_timed(lambda: runner.run(_our_day(embedder, new, readers))))
            svm.append(_svm_day(stored, new, draw))
            encode.append(_timed(lambda: encoder.encode(stored[:ENCODED])) / ENCODED * (LIBRARY + NEW) * READERS)
        runner.run(embedder.close())
    return Result(
        bench="peers",
        figure=min(svm) / min(ours),
        limit=50,
        at_least=True,
        reference=f"arxiv-sanity-lite's way / ours; TF-IDF timed whole, {SVMS} SVMs a round for {READERS * INTERESTS}",
        runs=tuple(theirs / mine for theirs, mine in zip(svm, ours, strict=True)),
        extra={"ours_seconds": min(ours), "svm_seconds": min(svm), "encode_seconds": min(encode)},
        also=(
            Result(
                bench="peers encode",
                figure=min(encode) / min(ours),
                limit=5_000,
                at_least=True,
                reference=f"zotero-arxiv-daily's way / ours; {ENCODED} texts a round for {LIBRARY + NEW} a reader",
                runs=tuple(theirs / mine for theirs, mine in zip(encode, ours, strict=True)),
            ),
        ),
    )


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


@dataclass(frozen=True)
class _Readers:
    """All that our way keeps from day to day."""

    blocks: list[Block]
    profiles: dict[str, Profile]
    rows: dict[str, dict[str, Floats]]
    stored: Floats
    background: Background
    words: WordBook


def _readers(stored: Floats, terms: list[Terms], draw: np.random.Generator) -> _Readers:
    """Readers whose interests lie near stored papers, each speaking through one of them, measured against all."""
    corpus = matching.settled(stored, stored, itself=True)
    places = np.arange(len(corpus))
    background = Background.of([f"s{place}" for place in places.tolist()], places, corpus, terms)
    words = WordBook.of(background, {})
    names = [(f"U{reader:05}", f"i{number}") for reader in range(READERS) for number in range(INTERESTS)]
    near = draw.integers(len(corpus), size=len(names))
    vectors = corpus[near]
    vectors = vectors + draw.standard_normal(vectors.shape, np.float32) * np.float32(0.02)
    rows = np.zeros((len(names), corpus.shape[1] + ROW_EXTRA), np.float32)
    rows[:, :-ROW_EXTRA] = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    extra = rows[:, -ROW_EXTRA:]
    extra[:, WEIGHT], extra[:, SHARE], extra[:, LEXICAL] = 1, 1, 0.3
    extra[:, SOURCES.start], extra[:, SOURCE_WEIGHTS.start] = near + 1, 1
    rows = matching.calibrate(rows, background, np.full(len(rows), 0.98), words)
    fields = [f"{user}\0{interest}".encode() for user, interest in names]
    blocks = [Block(fields[start : start + 1000], rows[start : start + 1000]) for start in range(0, len(rows), 1000)]
    followed = tuple(
        Interest(id=f"i{number}", name=f"subject {number}", kind=InterestKind.PHRASE, text="")
        for number in range(INTERESTS)
    )
    by_reader: dict[str, dict[str, Floats]] = {}
    for (user, interest), row in zip(names, rows, strict=True):
        by_reader.setdefault(user, {})[interest] = row
    profiles = {user: Profile(UserId("T1", user), followed) for user in by_reader}
    return _Readers(blocks, profiles, by_reader, stored, background, words)


async def _our_day(embedder: Embedder, new: list[str], readers: _Readers) -> int:
    """Embed texts and titles, settle, match, choose, explain; returns the number of alerts."""
    texts = await embedder.embed(new, keep=False)
    own = titled(texts, await embedder.embed([text.split(".")[0] for text in new], keep=False))
    papers = matching.settled(own, readers.stored, itself=False)
    seen = Seen.of(readers.background, papers, [terms_of(text) for text in new])
    paper_ids = [f"p{number}" for number in range(len(new))]
    alerts = 0
    for part in matching.candidates(readers.blocks, seen, readers.words):
        for found in part:
            profile = readers.profiles[found.user]
            matches = matching.select(
                found,
                profile,
                cap=5,
                paper_ids=paper_ids,
                rows=readers.rows[found.user],
                background=readers.background,
                words=readers.words,
                alike=own,
            )
            interests = {interest.id: interest for interest in profile.interests}
            alerts += len([matching.why(match, interests[match.interest_id]) for match in matches])
    return alerts


def _svm_day(stored: list[str], new: list[str], draw: np.random.Generator) -> float:
    """Seconds for all readers; the settings are those of arxiv-sanity-lite."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.svm import LinearSVC

    started = time.perf_counter()
    vectorizer: Any = TfidfVectorizer(
        strip_accents="unicode",
        stop_words="english",
        token_pattern=r"(?u)\b[a-zA-Z_][a-zA-Z0-9_]+\b",  # noqa: S106 - a pattern, no password
        ngram_range=(1, 2),
        max_features=20_000,
        sublinear_tf=True,
        min_df=5,
        max_df=0.1,
    )
    features = vectorizer.fit_transform([*stored, *new]).astype(np.float32)
    all_papers = time.perf_counter() - started
    liked = [draw.choice(len(stored), LIBRARY // INTERESTS, replace=False) for _ in range(SVMS)]
    started = time.perf_counter()
    for tagged in liked:
        target = np.zeros(features.shape[0])
        target[tagged] = 1
        model: Any = LinearSVC(class_weight="balanced", max_iter=10_000, tol=1e-6, C=0.01)
        model.fit(features, target)
        model.decision_function(features[len(stored) :])
    return all_papers + (time.perf_counter() - started) / SVMS * READERS * INTERESTS
