"""The verbs ``Backup``, ``Restore``, ``Export`` and ``Import``: the store as a file, and back.

whole       files that are there whole or not at all, and are read only if nothing of them is missing
lines       keys as lines
keeping     the store into a file
restoring   a file into an empty store
nouns       what people have, as lines
exporting   that into a file
importing   a file into what is there already: merging_papers, merging_readers

A backup is the store itself, with everything that makes a bot go on where it stopped; only a Paperbot reads it. An
export leaves out queues, ledgers and vectors and tells of papers and readers by their nouns.
"""

from __future__ import annotations

from bot.backup.exporting import Export, Exported
from bot.backup.importing import Import, Imported, looked_at
from bot.backup.keeping import Backup, Kept
from bot.backup.restoring import Restore, Restored, checked
from bot.backup.whole import Checked

__all__ = [
    "Backup",
    "Checked",
    "Export",
    "Exported",
    "Import",
    "Imported",
    "Kept",
    "Restore",
    "Restored",
    "checked",
    "looked_at",
]
