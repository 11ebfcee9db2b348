"""Every failure Paperbot knows by name.

    PaperbotError
    ├── SettingsError            a setting is unknown, missing or out of range
    ├── DumpRefused              nothing of a dump is stored: a code, a line and a reason
    ├── FolderError              an inbox folder cannot be read or written
    ├── StoreError               the store failed
    │   ├── StoreUnreachable     nobody answers at its address
    │   ├── StoreOwned           another `run` owns this data folder
    │   ├── StoreUnsupported     the server is older than 6.2, or no server was found
    │   ├── StoreConflict        somebody else kept changing the same record
    │   ├── StoreInUse           it holds something, or somebody works on it, and it has to be empty and alone
    │   └── StoreFull            it answers, and takes no more: out of memory or disk, or a copy that is only read
    ├── IndexDamaged             the search index's files cannot be read or written
    ├── EmbedderError            the model failed
    │   ├── ModelMissing         the model's files are not there, or cannot be loaded
    │   └── BadVector            the model gave a vector that is not finite or not of its dimension
    ├── NotifierError            a way to people failed: Slack, or the mail server
    │   ├── NotifierRefused      it said no, and will say no again: a code, and what it concerns
    │   ├── NotifierUnavailable  nothing was sent or changed; it may work later
    │   └── NotifierAmbiguous    nobody knows whether it was sent
    ├── PageError                a page of a source could not be had
    │   ├── PageRefused          it is not asked for, or was refused for good: a code
    │   ├── PageUnavailable      it may be there later
    │   └── PageDrifted          it came, and is not what it was: its layout has changed, or most of it is missing
    ├── BackupDamaged            a backup or an export cannot be read whole
    └── UserError                a person asked for something that cannot be done
        ├── EmptyQuery           nothing to search for or to follow
        ├── BadFilter            a search filter has a value that is not allowed
        ├── UnknownPaper         no stored paper has this id, link or title
        ├── UnknownInterest      the reader follows nothing of this name
        ├── DuplicateInterest    the reader follows this already, or something else by this name
        │   └── AlreadyFollowed      this
        ├── TooManyInterests     the reader follows as much as one reader may
        └── NotAllowed           this person may not do this here

Each carries two texts: ``sentence``, for the person, says what happened and what to do; ``cause``, for
the log, says what went wrong inside. Neither ever holds a secret.
"""

from __future__ import annotations

from enum import StrEnum


class PaperbotError(Exception):
    """Anything Paperbot refuses or fails at, with a sentence for the person and a cause for the log."""

    def __init__(self, sentence: str, *, cause: str | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.cause = cause or sentence


class SettingsError(PaperbotError):
    """A setting is unknown, missing or out of range."""


class DumpRefused(PaperbotError):
    """A dump that is not stored: nothing of the file was kept.

    ``code`` is one of the refusal codes (``EMPTY``, ``BINARY``, ``NO_PAPERS``, …), ``file`` the path as it was
    given, ``line`` counts from 1 (None where no line is to blame), ``excerpt`` at most 60 characters.
    """

    def __init__(self, code: str, reason: str, *, file: str = "", line: int | None = None, excerpt: str = "") -> None:
        super().__init__(reason, cause=f"{code} {file}:{line or '-'} {excerpt!r}")
        self.code = code
        self.reason = reason
        self.file = file
        self.line = line
        self.excerpt = excerpt[:60]


class FolderError(PaperbotError):
    """An inbox folder cannot be read or written."""


class StoreError(PaperbotError):
    """The store failed."""


class StoreUnreachable(StoreError):
    """Nobody answers at the store's address."""


class StoreOwned(StoreError):
    """Another process owns this data folder."""


class StoreUnsupported(StoreError):
    """The server is older than 6.2, or no server binary was found."""


class StoreConflict(StoreError):
    """A record kept changing while it was being written."""


class StoreFull(StoreError):
    """The store answers and takes nothing more: its memory or its disk is full, or it is a copy that is only read."""


class StoreInUse(StoreError):
    """The store holds something already, or a bot works on it, where an empty one that is left alone is needed."""


class IndexDamaged(PaperbotError):
    """The files of the search index cannot be read or written; it can be built again from the store."""


class EmbedderError(PaperbotError):
    """The model failed."""


class ModelMissing(EmbedderError):
    """The model's files are not there or cannot be loaded."""


class BadVector(EmbedderError):
    """The model gave a vector that is not finite or not of its own dimension."""


class UserError(PaperbotError):
    """A person asked for something that cannot be done as asked."""


class EmptyQuery(UserError):
    """Nothing to search for or to follow."""


class BadFilter(UserError):
    """A search filter has a value that is not allowed."""


class UnknownPaper(UserError):
    """No stored paper has this id, link or title. ``arxiv_id`` is the id that was asked for, None where it was none."""

    def __init__(self, sentence: str, *, cause: str | None = None, arxiv_id: str | None = None) -> None:
        super().__init__(sentence, cause=cause)
        self.arxiv_id = arxiv_id


class UnknownInterest(UserError):
    """The reader follows nothing of this name."""


class DuplicateInterest(UserError):
    """The reader follows this already."""


class AlreadyFollowed(DuplicateInterest):
    """It is the very same thing that is followed."""


class TooManyInterests(UserError):
    """The reader follows as much as one reader may."""


class NotAllowed(UserError):
    """This person may not do this here."""


class Concerns(StrEnum):
    """What a refusal is about."""

    WORKSPACE = "workspace"
    READER = "reader"
    MESSAGE = "message"


class NotifierError(PaperbotError):
    """A way to people failed: Slack, or the mail server."""


class NotifierRefused(NotifierError):
    """It said no, and will say no again. ``code`` is Slack's or the mail server's own word for it."""

    def __init__(self, sentence: str, *, code: str, concerns: Concerns, cause: str | None = None) -> None:
        super().__init__(sentence, cause=cause or code)
        self.code = code
        self.concerns = concerns


class NotifierUnavailable(NotifierError):
    """Nothing was sent or changed. ``retry_after`` is in seconds, None where nobody said."""

    def __init__(self, sentence: str, *, retry_after: float | None = None, cause: str | None = None) -> None:
        super().__init__(sentence, cause=cause)
        self.retry_after = retry_after


class NotifierAmbiguous(NotifierError):
    """The call was broken off: nobody knows whether it was done."""


class PageError(PaperbotError):
    """A page of a source could not be had."""


class PageRefused(PageError):
    """It is not asked for, or was refused for good.

    ``code``: ``SCHEME``, ``PORT``, ``ADDRESS`` (not of the public internet), ``REDIRECT``, ``TOO_LARGE``, ``HTTP_404`` and
    the like.
    """

    def __init__(self, sentence: str, *, code: str, cause: str | None = None) -> None:
        super().__init__(sentence, cause=cause or code)
        self.code = code


class PageUnavailable(PageError):
    """It may be there later. ``retry_after`` is in seconds, None where nobody said."""

    def __init__(self, sentence: str, *, retry_after: float | None = None, cause: str | None = None) -> None:
        super().__init__(sentence, cause=cause)
        self.retry_after = retry_after


class PageDrifted(PageError):
    """It came, and is not what it was: nothing can be read in it any more, or most of it is missing."""


class BackupDamaged(PaperbotError):
    """A backup or an export is cut short, was changed, or is none."""
