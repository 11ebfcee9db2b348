"""Letters that waited when a backup was made: whose, and what becomes of them in a store made from it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from bot.models import Delivery, DeliveryKind, Ending, SlotEnd, Via
from bot.settings import StoreSettings
from bot.store import Store, open_store
from tests.backing_up import backed_up, restored
from tests.delivering import ADA, CHANNEL, NOW, TEAM, TODAY, A, B
from tests.mail_server import MailServer
from tests.mailing import ADDRESS, LIST, MailWorld, channel, copy_of


async def waiting(world: MailWorld) -> Delivery:
    """A channel's digest with a copy to each of a list waits; gives it."""
    await world.store.subscriptions.put(channel())
    ended = SlotEnd(CHANNEL, TODAY, Ending.SENT, NOW)
    return await world.routed(CHANNEL, A, B, slot=TODAY, end=ended, name=TODAY.isoformat())


async def test_a_list_that_had_its_letters_after_the_backup_hears_nothing_twice(
    store: Store, mail: MailServer, store_settings: StoreSettings, tmp_path: Path
) -> None:
    """They are held as those of a running bot are, also for an address that was taken off the list in between."""
    world = MailWorld(store, tmp_path, mail)
    digest = await waiting(world)
    await backed_up(store, tmp_path / "all")
    await world.letters()
    await store.subscriptions.drop_address(CHANNEL, LIST[0])
    await restored(tmp_path / "all", store_settings)
    opened = await open_store(store_settings)
    try:
        after = MailWorld(opened, tmp_path, mail)
        for _ in range(3):
            await after.letters()
        assert Counter(letter.recipients[0] for letter in mail.letters) == dict.fromkeys(LIST, 1)
        held = {one.delivery.id for one in await opened.outbox.dead(TEAM)}
        assert held == {copy_of(digest, address).id for address in LIST}
        # The host says which were not sent.
        assert await opened.outbox.replay(TEAM, copy_of(digest, LIST[1]).id)
        await after.letters()
        assert Counter(letter.recipients[0] for letter in mail.letters)[LIST[1]] == 2
    finally:
        await opened.close()


async def test_a_persons_letter_that_waited_is_sent(
    store: Store, mail: MailServer, store_settings: StoreSettings, tmp_path: Path
) -> None:
    """Rather twice than not at all, and as the same mail: by e-mail alone, and beside Slack."""
    world = MailWorld(store, tmp_path, mail)
    await world.choose(ADA, Via.EMAIL, ADDRESS)
    await world.routed(ADA, A, kind=DeliveryKind.PAPERS, name="alone")
    await world.choose(ADA, Via.BOTH, ADDRESS)
    await world.routed(ADA, B, kind=DeliveryKind.PAPERS, name="both")
    await backed_up(store, tmp_path / "all")
    await world.letters()
    await restored(tmp_path / "all", store_settings)
    opened = await open_store(store_settings)
    try:
        await MailWorld(opened, tmp_path, mail).letters()
        names = [str(letter.message["Message-ID"]) for letter in mail.to(ADDRESS)]
        assert sorted(Counter(names).values()) == [2, 2]
        assert await opened.outbox.dead(TEAM) == []
    finally:
        await opened.close()
