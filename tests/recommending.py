"""A store with papers and a reader, for tests of what recommends: papers of a subject share words, others none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import sha256

from bot import identity, settings
from bot.background import Backgrounds
from bot.clock import Clock
from bot.curate import Curate
from bot.ingest.alerting import alert_readers
from bot.ingest.embedding import embed_papers
from bot.models import Closeness, Paper, UserId
from bot.rate import Rate
from bot.recommend import Pick, Recommend
from bot.settings import DigestSettings
from bot.store import PaperChange, Store
from tests.fakes import hashing_embedder

NOW = datetime(2026, 3, 18, 9, tzinfo=UTC)
CLOCK = Clock(settings.TestingSettings(enabled=True, clock=NOW.isoformat()))
DIGEST = DigestSettings()
ADA = UserId("T1", "U1")

CLOSE = Closeness(0.9, 1, 20, None)
#: Words that make subjects, so that papers of one subject are near each other and far from all others.
ROBOTS = "robot hands grasp objects by touch"
FLOWS = "flow matching trains image generators"
BIRDS = "birds sing in urban noise"
FILLERS = [f"subject{number} alone{number} about{number} nothing{number} else{number}" for number in range(12)]


def paper(title: str, words: str = "", *, seen: datetime = NOW, **fields: object) -> Paper:
    paper_id = f"p{sha256(title.encode()).hexdigest()[:15]}"
    return Paper(paper_id, title, f"{words or title}.", seen, **fields)  # pyright: ignore[reportArgumentType]


def titles(picks: list[Pick]) -> list[str]:
    return [pick.paper.title for pick in picks]


class World:
    """A store with papers, one reader who can follow and rate, and what recommends."""

    def __init__(self, store: Store) -> None:
        self.store, self.embedder = store, hashing_embedder(store.vectors, dimension=768)
        embedder = self.embedder
        self.backgrounds = Backgrounds(store, embedder.tag)
        self.recommend = Recommend(store, CLOCK, DIGEST, embedder, self.backgrounds)
        self.curate = Curate(store, embedder, CLOCK, DIGEST, self.backgrounds)
        self.rate = Rate(store, embedder, CLOCK, DIGEST, self.backgrounds)

    async def close(self) -> None:
        """Nothing is left running."""
        await self.backgrounds.close()
        await self.embedder.close()

    async def keep(self, *papers: Paper) -> None:
        """Store papers with their vectors, matched with nobody."""
        await self.save(*papers)
        await embed_papers(self.store, self.embedder)

    async def save(self, *papers: Paper) -> None:
        """Store papers alone."""
        await self.store.papers.save([PaperChange(one, None, identity.aliases(one)) for one in papers])

    async def change(self, paper: Paper, version: int) -> None:
        """Store another text over that of this version."""
        assert await self.store.papers.save([PaperChange(paper, version, identity.aliases(paper))]) == [True]
        await embed_papers(self.store, self.embedder)

    async def keep_many(self, *papers: Paper) -> None:
        """These among unrelated ones, so that "near" means something."""
        await self.keep(*papers, *(paper(words.title(), words) for words in FILLERS))

    async def arrive(self, *papers: Paper) -> None:
        """Papers come as in an ingest run: stored, embedded, matched."""
        await self.keep(*papers)
        await alert_readers(self.store, self.embedder, self.backgrounds, DIGEST, NOW)


GRASP = paper("Robot Hands That Grasp", ROBOTS)
TOUCH = paper("Objects Found by Touch", "robot hands find objects by touch")
FLOW = paper("Flow Matching Again", FLOWS)
IMAGES = paper("Image Generators in Few Steps", "flow matching for image generators in few steps")
SONG = paper("Songs Above the Traffic", BIRDS)


YESTERDAY, LONG_AGO = NOW - timedelta(days=1), NOW - timedelta(days=90)


def robots(words: str, *, seen: datetime = NOW) -> Paper:
    """A paper that is the nearer to ROBOTS the more of its words it has."""
    return paper(f"A Paper of {words}", f"{words} else where", seen=seen)


#: Older papers: enough of them that a share says something, the nearest of which are above any bar.
KNOWN = [
    *(paper(f"Robot Hands {number}", f"{ROBOTS} again{number}", seen=LONG_AGO) for number in range(5)),
    *(paper(f"Filler {number}", f"word{number} lone{number} bare{number}", seen=LONG_AGO) for number in range(215)),
]
CLOSEST, CLOSER, NEARBY = robots("robot hands grasp objects by"), robots("robot hands grasp"), robots("hands grasp")


async def follow_long_ago(world: World, text: str, weeks: int = 4) -> None:
    """Follow this, as if it had been done weeks before."""
    early = Clock(settings.TestingSettings(enabled=True, clock=(NOW - timedelta(weeks=weeks)).isoformat()))
    await Curate(world.store, world.embedder, early, DIGEST, world.backgrounds).follow(ADA, text)
