"""Papers of an export among those of the store: new ones are stored, known ones learn what the file knows more."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace

from bot import identity, merging
from bot.backup.nouns import Told
from bot.models import Paper
from bot.store import PaperChange, Papers, StoredPaper

#: Somebody else may change the same paper at the same time; each try starts from what is stored then.
_TRIES = 5


@dataclass(frozen=True)
class PaperMerging:
    """The papers of one file."""

    papers: Papers
    #: Id of a paper in the file -> its id in the store, where that is another one.
    ids: dict[str, str] = field(default_factory=dict[str, str])

    async def take(self, told: Told) -> Counter[str]:
        """Store what a paper tells. Raises ValueError for one that keeps being changed by somebody else."""
        for _ in range(_TRIES):
            known, aliases = await self._known(told.paper)
            change = _change(told.paper, known, aliases)
            paper = change.paper if change else known.paper if known else told.paper
            if change is None or (await self.papers.save([change]))[0]:
                if paper.id != told.paper.id:
                    self.ids[told.paper.id] = paper.id
                if known is None and told.matched:
                    # Its readers heard of it where it comes from.
                    await self.papers.mark_matched([paper.id])
                return Counter({"papers": 1}) if known is None else Counter()
        raise ValueError("something else keeps changing this paper: import the file again")

    async def _known(self, paper: Paper) -> tuple[StoredPaper | None, tuple[str, ...]]:
        """The stored paper that is meant, surest sign first, and the aliases that may lead to it."""
        aliases = identity.aliases(paper)
        found = await self.papers.resolve(aliases)
        ids = list(dict.fromkeys([*(found[alias] for alias in aliases if alias in found), paper.id]))
        stored = dict(zip(ids, await self.papers.get(ids), strict=True))
        meant = [one for one in stored.values() if one is not None and not _differ(paper, one.paper)]
        known = meant[0] if meant else None
        own = {known.paper.id if known else paper.id}
        return known, tuple(alias for alias in aliases if found.get(alias) is None or found[alias] in own)


def _differ(one: Paper, other: Paper) -> bool:
    """Whether two papers have two arXiv ids, and are two papers then whatever else they share."""
    if not (one.arxiv_id and other.arxiv_id):
        return False
    return identity.arxiv_alias(one.arxiv_id) != identity.arxiv_alias(other.arxiv_id)


def _change(paper: Paper, known: StoredPaper | None, aliases: tuple[str, ...]) -> PaperChange | None:
    """What is to be stored; None where the store knows it all."""
    if known is None:
        return PaperChange(paper, None, aliases)
    same = replace(paper, id=known.paper.id, first_seen=known.paper.first_seen)
    united = known.paper if same == known.paper else merging.join(known.paper, same)
    return None if united == known.paper else PaperChange(united, known.version, aliases)
