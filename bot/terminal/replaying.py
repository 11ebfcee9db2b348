"""Replays readers' votes: the bot's own ranking beside those that others use, each knowing earlier votes only."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from functools import partial
from zoneinfo import ZoneInfo

from bot import reporting
from bot.embedder import Embedder, open_embedder
from bot.models import Taste
from bot.progress import Report
from bot.reporting import ByDate, ByMean, ByWords, Followed, Ranking, Standing, Trial, Vote
from bot.settings import ModelSettings, Settings
from bot.store import Floats, Store
from bot.terminal import report_papers
from bot.terminal.relearning import Ours
from bot.terminal.report_papers import Stage
from bot.terminal.report_reading import Person
from bot.terms import terms_of

#: What the bot's own ranking is called.
OURS = "this bot"


@dataclass(frozen=True, slots=True)
class Replay:
    """What came of it; without standings where there was nothing to replay. The bot's own ranking stands first."""

    likes: int = 0
    dislikes: int = 0
    readers: int = 0
    standings: Sequence[Standing] = ()


async def replay(
    store: Store, settings: Settings, people: Sequence[Person], *, first: date, model: str | None, report: Report
) -> Replay:
    """Replay the votes from the day ``first`` on; with the settings' model, and with that of name ``model`` too.

    Raises ModelMissing, BadVector, StoreError.
    """
    zone = ZoneInfo(settings.schedule.zone)
    since = datetime.combine(first, time(), zone)
    voted = {one.paper_id: False for person in people for one in person.acts.ratings}
    voted |= {one.paper_id: True for person in people for one in person.acts.ratings if one.at >= since}
    if not any(voted.values()):
        return Replay()
    named = {one.paper_id: False for person in people for one in person.named if one.paper_id}
    stage = await report_papers.staged(store, named | voted, zone, report)
    votes = [
        Vote(reader, stage.rows[one.paper_id], one.taste is Taste.MORE, one.at)
        for reader, person in enumerate(people)
        for one in person.acts.ratings
        if one.paper_id in stage.rows
    ]
    if not votes:
        return Replay()
    answers: dict[str, list[tuple[float, float]]] = {}
    tried: list[Trial] = []
    for name, chosen in _models(settings, model):
        report("Loading the model", 0, 1)
        embedder = await open_embedder(chosen, store.vectors, data_dir=settings.store.data_dir)
        try:
            report("Loading the model", 1, 1)
            vectors = await report_papers.vectors(store, embedder, stage, report)
            followed = [await _followed(person, stage, vectors, embedder) for person in people]
        finally:
            await embedder.close()
        tried = reporting.trials(votes, followed, stage.weeks, since=since)
        if not tried:
            return Replay()
        rankings: list[Callable[[], Ranking]] = [partial(Ours, name, stage, vectors, settings.digest.bar)]
        if name == OURS:
            rankings += [partial(ByMean, vectors), partial(ByWords, stage.terms), partial(ByDate, stage.days)]
        for made in rankings:
            ranking = await asyncio.to_thread(made)
            answers[ranking.name] = await _answers(tried, ranking, report)
    ours = [OURS, *(one for one in answers if one.startswith(f"{OURS} "))]
    order = [*ours, *(one for one in answers if one not in ours)]
    likes = sum(trial.vote.is_like for trial in tried)
    return Replay(
        likes,
        len(tried) - likes,
        len({trial.vote.reader for trial in tried}),
        await asyncio.to_thread(reporting.compared, tried, {one: answers[one] for one in order}),
    )


async def _answers(tried: Sequence[Trial], ranking: Ranking, report: Report) -> list[tuple[float, float]]:
    found: list[tuple[float, float]] = []
    for done, trial in enumerate(tried):
        found.append(await asyncio.to_thread(reporting.answers, trial, ranking))
        report(f"Replaying: {ranking.name}", done + 1, len(tried))
    return found


def _models(settings: Settings, other: str | None) -> list[tuple[str, ModelSettings]]:
    """The models to replay with, and what each is called. The other one goes first: it is the one that may be missing."""
    asked = [(f"{OURS} with {other}", settings.model.model_copy(update={"name": other}))] if other else []
    return [*asked, (OURS, settings.model)]


async def _followed(person: Person, stage: Stage, vectors: Floats, embedder: Embedder) -> list[Followed]:
    """What the person follows by name, as it was before any vote taught it."""
    found: list[Followed] = []
    for one in person.named:
        interest, row = replace(one, learnt_from=()), stage.rows.get(one.paper_id or "")
        vector = vectors[row] if row is not None else (await embedder.embed([one.text]))[0]
        found.append(Followed(interest, vector, terms_of(one.text) if row is None else stage.terms[row], row))
    return found
