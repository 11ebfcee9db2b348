"""The verb ``Curate``: what a reader follows, and what it brought."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from hashlib import sha256

import numpy as np

from bot import cleaning, identity, matching
from bot.clock import Clock
from bot.embedder import Embedder
from bot.errors import (
    DuplicateInterest,
    EmptyQuery,
    StoreConflict,
    TooManyInterests,
    UnknownInterest,
    UnknownPaper,
    UserError,
)
from bot.models import Alert, Closeness, Interest, InterestKind, Paper, Profile, UserId
from bot.settings import DigestSettings
from bot.store import LEAST_BAR, MOST_BAR, MOST_CAP, Store

#: So much one reader may follow.
MOST_INTERESTS = 100
LONGEST_PHRASE = 300
LONGEST_NAME = 60
LONGEST_READER = 80
#: Weights are between this and its inverse, with either sign.
_LEAST_WEIGHT, _MOST_WEIGHT = 0.1, 10.0
#: So many of the nearest stored papers answer a new interest.
_NEAREST = 3


@dataclass(frozen=True, slots=True)
class Near:
    """A stored paper and how close it is to the new interest."""

    paper: Paper
    closeness: Closeness


@dataclass(frozen=True, slots=True)
class Followed:
    """A new interest and the stored papers nearest to it, nearest first."""

    interest: Interest
    nearest: tuple[Near, ...]


@dataclass(frozen=True)
class Profiles:
    """What is known of readers without asking the model: their profiles and alerts, and what they drop."""

    store: Store

    async def get(self, reader: UserId) -> Profile:
        """The reader's profile; one that follows nothing for a reader never heard of."""
        return await self.store.profiles.get(checked_reader(reader))

    async def alerts(self, reader: UserId) -> list[tuple[Alert, Paper]]:
        """The reader's alerts with their papers, newest first, of one moment strongest first."""
        alerts = await self.store.alerts.of(checked_reader(reader))
        papers = await self.store.papers.get([alert.paper_id for alert in alerts])
        told: dict[str, tuple[Alert, Paper]] = {}
        for alert, stored in sorted(zip(alerts, papers, strict=True), key=lambda pair: pair[0].queued):
            # Two papers that turned out to be one are told once, as they were told first.
            if stored:
                told.setdefault(stored.paper.id, (replace(alert, paper_id=stored.paper.id), stored.paper))
        return sorted(
            told.values(), key=lambda pair: (-pair[0].queued.timestamp(), -pair[0].strength, pair[0].paper_id)
        )

    async def unfollow(self, reader: UserId, name: str) -> Interest:
        """Remove the interest of this id or name (case does not matter). Raises UnknownInterest."""
        profile = await self.get(reader)
        wanted = _key(name)
        for interest in profile.interests:
            if wanted in (interest.id, _key(interest.name)):
                await self.store.profiles.remove_interest(reader, interest.id)
                return interest
        known = ", ".join(f"“{interest.name}”" for interest in profile.interests[:5])
        follows = f"{reader} follows {known}" if known else f"{reader} follows nothing yet"
        raise UnknownInterest(f"{reader} does not follow “{_short(name)}”. {follows}.")


@dataclass(frozen=True)
class Curate:
    """Every change to a profile that needs the model."""

    store: Store
    embedder: Embedder
    clock: Clock
    digest: DigestSettings

    async def follow(self, reader: UserId, what: str, *, name: str | None = None, weight: float = 1.0) -> Followed:
        """Follow a paper (by arXiv id, link or exact title) or else a phrase; a negative weight asks for less of it.

        Raises EmptyQuery, UnknownPaper for an id or link that no dump has told of, DuplicateInterest,
        TooManyInterests, and UserError for a weight, name or phrase that is out of bounds.
        """
        checked_reader(reader)
        if not (math.isfinite(weight) and _LEAST_WEIGHT <= abs(weight) <= _MOST_WEIGHT):
            raise UserError(f"A weight is between {_LEAST_WEIGHT:g} and {_MOST_WEIGHT:g}.")
        interest = await self._interest(what, name, weight)
        profile = await self.store.profiles.get(reader)
        for known in profile.interests:
            if known.id == interest.id:
                raise DuplicateInterest(f"{reader} follows “{known.name}” already: unfollow it first to change it.")
            if _key(known.name) == _key(interest.name):
                raise DuplicateInterest(f"{reader} follows something else as “{known.name}”: give another --name.")
        if len(profile.interests) >= MOST_INTERESTS:
            raise TooManyInterests(f"{reader} follows {MOST_INTERESTS} things already: unfollow one first.")
        current = await self.store.vectors.current_model()
        if current not in (None, self.embedder.tag):
            raise StoreConflict("Another process gave this store another model: restart this one with its settings.")
        [vector] = await self.embedder.embed([interest.text])
        ids, corpus = await self.store.vectors.sample(self.embedder.tag, matching.SAMPLE)
        row = matching.row(vector, weight, corpus, profile.bar or self.digest.bar)
        await self.store.profiles.put_interest(reader, interest, row, self.embedder.tag)
        scores = corpus @ vector
        places: list[int] = np.argsort(-scores, kind="stable")[: _NEAREST + 1].tolist()
        papers = await self.store.papers.get([ids[place] for place in places])
        nearest = [
            Near(found.paper, matching.closeness(float(scores[place]), scores, includes_itself=True))
            for place, found in zip(places, papers, strict=True)
            if found and found.paper.id != interest.paper_id
        ]
        return Followed(interest, tuple(nearest[:_NEAREST]))

    async def choose(self, reader: UserId, *, bar: float | None = None, cap: int | None = None) -> Profile:
        """Set how close a paper must be (a share of stored papers, or a percentage) and how many a run may bring.

        None leaves a choice as it is. The reader's interests are measured anew for the new bar. Raises UserError.
        """
        checked_reader(reader)
        share = bar / 100 if bar is not None and bar > 1 else bar
        if share is not None and not LEAST_BAR <= share <= MOST_BAR:
            raise UserError(f"A bar is between {LEAST_BAR:.0%} and {MOST_BAR:.2%}: 98 or 0.98.")
        if cap is not None and not 1 <= cap <= MOST_CAP:
            raise UserError(f"A cap is between 1 and {MOST_CAP:,} alerts.")
        if cap is not None:
            await self.store.profiles.set_cap(reader, cap)
        if share is not None:
            await self.store.profiles.set_bar(reader, share)
            await self._measure(reader, share)
        return await self.store.profiles.get(reader)

    async def _measure(self, reader: UserId, bar: float) -> None:
        """Measure the reader's interests for this bar."""
        tag = self.embedder.tag
        rows = await self.store.profiles.rows(reader, tag)
        _, corpus = await self.store.vectors.sample(tag, matching.SAMPLE)
        for interest in (await self.store.profiles.get(reader)).interests:
            if (row := rows.get(interest.id)) is not None:
                vector = row[: tag.dimension]
                measured = matching.row(vector, interest.weight, corpus, bar)
                await self.store.profiles.put_interest(reader, interest, measured, tag)

    async def _interest(self, what: str, name: str | None, weight: float) -> Interest:
        words = " ".join(what.split())
        if not identity.title_key(words) or not any(character.isalnum() for character in words):
            raise EmptyQuery("Say what to follow: a phrase, a title, an arXiv id or a link.")
        paper = await self._paper(words)
        if paper is None and len(words) > LONGEST_PHRASE:
            raise UserError(f"A phrase has at most {LONGEST_PHRASE} characters: say it shorter.")
        text = cleaning.paper_text(paper) if paper else words
        called = " ".join(name.split()) if name else _short(cleaning.display(paper.title) if paper else words)
        if not called or len(called) > LONGEST_NAME:
            raise UserError(f"A name has 1 to {LONGEST_NAME} characters.")
        return Interest(
            id=_interest_id(paper.id if paper else words.casefold()),
            name=called,
            kind=InterestKind.PAPER if paper else InterestKind.PHRASE,
            text=text,
            weight=weight,
            paper_id=paper.id if paper else None,
            created=self.clock.now(),
        )

    async def _paper(self, words: str) -> Paper | None:
        """The stored paper that is meant; None if the words are no paper's id, link or title."""
        arxiv_id = identity.normalise_arxiv_id(words)
        alias = identity.arxiv_alias(arxiv_id) if arxiv_id else f"title:{identity.title_key(words)}"
        if paper_id := (await self.store.papers.resolve([alias])).get(alias):
            [found] = await self.store.papers.get([paper_id])
            if found:
                return found.paper
        if arxiv_id:
            raise UnknownPaper(
                f"No dump has told of {arxiv_id} yet: ingest one that lists it, or follow its title or a phrase."
            )
        if words.casefold().startswith(("http://", "https://")):
            raise UnknownPaper("This link names no paper: give one of arXiv or of Daily Papers, or a phrase.")
        return None


def checked_reader(reader: UserId) -> UserId:
    """The reader, if its name can be one. Raises UserError."""
    for part in (reader.workspace, reader.user):
        if not part or len(part) > LONGEST_READER or not part.isprintable() or set(part) & set("{}:/\\"):
            raise UserError(
                f"A reader's name has 1 to {LONGEST_READER} printable characters and none of {{ }} : \\; "
                "TEAM/USER names a Slack reader."
            )
    return reader


def _interest_id(meaning: str) -> str:
    """The same for the same phrase or paper, so that following it twice is noticed."""
    return "i" + sha256(meaning.encode("utf-8", "surrogatepass")).hexdigest()[:9]


def _key(name: str) -> str:
    return " ".join(name.split()).casefold()


def _short(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1].rstrip() + "…"
