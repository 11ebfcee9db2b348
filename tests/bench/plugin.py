"""The quality bench's plug-in: papers scored by the functions that decide in the bot, with the embedder that it ships.

Nothing is stored and no formula stands here. A corpus is held in memory as a store would hold it; a reader's votes are
decided one after the other as the verb ``Rate`` decides them, and what ``/papers for-me`` would deal is the score.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Sequence
from datetime import timedelta
from functools import reduce
from pathlib import Path

import numpy as np

from bot import bars, cleaning, feedback, matching
from bot.embedder import Embedder, open_embedder
from bot.feedback import Liked
from bot.index.answering import scored, scored_like
from bot.ingest.embedding import titled
from bot.matching import Floats, WordBook
from bot.models import Interest, Profile, Taste, UserId
from bot.rate.deciding import with_vote
from bot.rate.scene import Scene
from bot.rate.writing import measured
from bot.settings import DigestSettings, ModelSettings
from tests.bench.cached_vectors import CachedVectors
from tests.bench.corpus import NOW, Corpus, Paper, held, stored

_READER = UserId("T0READER1", "U0READER1")
_SEARCHES_AT_ONCE = 1_000


class Scorer:
    """What the quality bench calls: every method gives one score per candidate, higher for better."""

    name = "paperbot"

    def __init__(self, embedder: Embedder | None = None) -> None:
        """Opens the model that the bot ships unless an embedder is given; vectors are kept in ``$QUALITY_CACHE``."""
        folder = Path(os.environ.get("QUALITY_CACHE") or Path(tempfile.gettempdir()) / "paper-quality-cache")
        self._cache = CachedVectors(folder)
        self._runner = asyncio.Runner()
        self._embedder = embedder or self._runner.run(
            open_embedder(ModelSettings(device="cpu"), self._cache, data_dir=folder)
        )
        self._digest = DigestSettings()
        self._corpus: Corpus | None = None

    def prepare(self, corpus: Sequence[Paper]) -> None:
        """Take in all papers of a corpus, as ingest would."""
        papers = [stored(paper) for paper in corpus]
        texts = [cleaning.paper_text(paper) for paper in papers]
        titles = [cleaning.plain(paper.title, None) for paper in papers]
        own = self._vectors(texts)
        vectors = own.copy()
        twofold = [place for place, title in enumerate(titles) if title and title != texts[place]]
        vectors[twofold] = titled(own[twofold], self._vectors([titles[place] for place in twofold]))
        self._cache.save()
        self._corpus = held(papers, texts, vectors)

    def recommend(self, liked: Sequence[Paper], disliked: Sequence[Paper], candidates: Sequence[Paper]) -> list[float]:
        """A reader with these votes: the order in which papers are dealt to that reader. Raises KeyError for strangers."""
        corpus = self._prepared()
        likes, dislikes = ([corpus.places[paper.id] for paper in papers] for papers in (liked, disliked))
        rows = self._rows(corpus, likes, dislikes)
        places = np.array([corpus.places[paper.id] for paper in candidates], np.int64)
        scores = np.full(len(places), -float(len(places)))
        words = WordBook.of(corpus.background, {place: corpus.terms[place] for place in [*likes, *dislikes]})
        for turn, found in enumerate(matching.ranked(rows, corpus.seen.only(places), words)):
            scores[found.paper] = -turn
        return scores.tolist()

    def similar(self, paper: Paper, candidates: Sequence[Paper]) -> list[float]:
        """How alike papers are to one. Raises KeyError for strangers."""
        corpus = self._prepared()
        places = [corpus.places[one.id] for one in candidates]
        mask = np.zeros(len(corpus.papers), np.bool_)
        mask[places] = True
        return scored_like(corpus.columns, corpus.places[paper.id], mask)[places].tolist()

    def search(self, query: str, candidates: Sequence[Paper]) -> list[float]:
        """How well papers answer a query. Raises KeyError for strangers."""
        corpus = self._prepared()
        places = [corpus.places[one.id] for one in candidates]
        vector = self._runner.run(self._embedder.embed_query(query))
        return scored(corpus.columns, corpus.lexical, query, vector, corpus.columns.alive())[places].tolist()

    def close(self) -> None:
        """End the model's threads."""
        self._runner.run(self._embedder.close())
        self._runner.close()

    def _rows(self, corpus: Corpus, likes: Sequence[int], dislikes: Sequence[int]) -> dict[str, Floats]:
        """The interest rows, by interest id, of a reader who gave these votes; the likes newest first."""
        votes = [(place, Taste.MORE) for place in reversed(likes)] + [(place, Taste.LESS) for place in dislikes]
        papers = {corpus.papers[place].id: corpus.papers[place] for place, _ in votes}
        times = {corpus.papers[place].id: NOW + timedelta(minutes=turn) for turn, (place, _) in enumerate(votes)}
        known = {
            corpus.papers[place].id: Liked(place, corpus.settled[place], corpus.terms[place]) for place, _ in votes
        }
        words = WordBook.of(corpus.background, {place: corpus.terms[place] for place, _ in votes})
        profile = Profile(_READER, self._before_last(corpus, likes))
        rows: dict[str, Floats] = {}
        bar = bars.bar_of(profile, self._digest)
        for place, taste in votes[max(0, len(likes) - 1) :]:
            scores: dict[str, float] = {}
            if rows:
                found = matching.scores(np.stack(list(rows.values())), corpus.seen.only([place]), words)
                scores = dict(zip(rows, found[:, 0].tolist(), strict=True))
            scene = Scene(profile, NOW, corpus.background, known, papers, times, rows, scores)
            wanted = with_vote(scene, corpus.papers[place], taste)
            changed = [one for one in wanted if one.id not in rows or one not in profile.interests]
            shares = feedback.shared(wanted, known, corpus.background, NOW)
            rows = {one.id: rows[one.id] for one in wanted if one.id in rows} | measured(
                scene, changed, {}, shares, bar
            )
            profile = Profile(_READER, tuple(wanted))
        return rows

    def _before_last(self, corpus: Corpus, likes: Sequence[int]) -> tuple[Interest, ...]:
        """What holds all likes but the newest: likes are grouped anew at each one, so how it holds them is all the same."""
        earlier = [corpus.papers[place] for place in reversed(likes[1:])]
        if not earlier:
            return ()
        opened = feedback.opened(earlier[0], Taste.MORE, (), NOW)
        return (reduce(lambda held, paper: feedback.with_paper(held, paper.id), earlier, opened),)

    def _prepared(self) -> Corpus:
        if self._corpus is None:
            raise RuntimeError("prepare comes first")
        return self._corpus

    def _vectors(self, texts: Sequence[str]) -> Floats:
        parts = [texts[start : start + _SEARCHES_AT_ONCE] for start in range(0, len(texts), _SEARCHES_AT_ONCE)]
        made = [self._runner.run(self._embedder.embed(part)) for part in parts]
        return np.concatenate(made) if made else np.empty((0, self._embedder.tag.dimension), np.float32)
