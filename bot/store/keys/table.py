"""Every kind of key in the store, how long it lives and what makes it leave."""

from __future__ import annotations

from typing import NamedTuple

DAY = 86_400
DUMP_SECONDS = 400 * DAY
EMBEDDING_SECONDS = 30 * DAY
RECEIPT_SECONDS = 600
MESSAGES_SECONDS = 400 * DAY
PERSON_SECONDS = 7 * DAY
CHANNEL_SECONDS = DAY
#: Slack repeats an event for an hour; a person may press a button of yesterday's message twice.
SEEN_SECONDS = 26 * 3_600
#: Who is in a channel is asked again after a day.
MEMBERS_SECONDS = DAY
#: How long it is known what became of a delivery.
LEDGER_SECONDS = 400 * DAY
#: Longer than any turn or pause, in seconds.
TURN_SECONDS = 3_600
LEASE_SECONDS = 15
#: What nobody could do within 26 hours is done no more.
ACTS_SECONDS = SEEN_SECONDS


class Kind(NamedTuple):
    """One row of the table: a kind of key."""

    pattern: str
    type: str
    #: Seconds it lives after it was last written; None: it stays until ``leaves``.
    lifetime: int | None
    leaves: str
    holds: str


#: What ``forgotten`` says: ``Store.forget`` removes the reader's part, ``Store.purge`` all of a workspace.
TABLE = (
    # pattern                                 type     lifetime           leaves                  holds
    Kind("pb:{papers:0}:paper:<id>",          "hash",   None,              "when joined",          "paper (JSON), version, ordinal, aliases"),
    Kind("pb:{papers:0}:aliases",             "hash",   None,              "never",                "alias -> paper id"),
    Kind("pb:{papers:0}:forwards",            "hash",   None,              "never",                "id of a joined paper -> id of the paper it is now"),
    Kind("pb:{papers:0}:changes",             "zset",   None,              "never",                "paper id by the number of its last change"),
    Kind("pb:{papers:0}:change",              "string", None,              "never",                "number of the last change"),
    Kind("pb:{papers:0}:ordinal",             "string", None,              "never",                "number of papers ever stored"),
    Kind("pb:{papers:0}:unmatched",           "set",    None,              "when all are matched", "ids of papers that no reader was matched with"),
    Kind("pb:{papers:0}:dump:<digest>",       "set",    DUMP_SECONDS,      "when it ends",         "ids of the papers that a dump tells of"),
    Kind("pb:{papers:0}:years",               "string", None,              "never",                "number of the change up to which years of pages were raised"),
    Kind("pb:{papers:0}:model",               "string", None,              "with its model",       "which model the vectors are of (JSON)"),
    Kind("pb:{papers:0}:vectors:<model>:<n>", "hash",   None,              "with its model",       "ordinal -> text hash, float32 vector, paper id"),
    Kind("pb:{papers:0}:reached:<model>",     "string", None,              "with its model",       "number of the change up to which papers have vectors"),
    Kind("pb:{papers:0}:settled:<model>",     "string", None,              "with its model",       "among how many papers all of them were settled"),
    Kind("pb:{papers:0}:terms:<n>",           "hash",   None,              "never",                "ordinal -> terms of the paper's text, packed"),
    Kind("pb:{papers:0}:embedding:<model>:<hash>", "string", EMBEDDING_SECONDS, "when it ends",    "float32 vector of a text"),
    Kind("pb:{papers:0}:sources",             "hash",   None,              "never",                "name -> how the source is doing (JSON)"),
    Kind("pb:{papers:0}:schema",              "string", None,              "never",                "version of the form that everything has"),
    Kind("pb:{papers:0}:history",             "string", None,              "never",                "32 hexadecimal digits: another store, or one that was restored, has others"),
    Kind("pb:{papers:0}:pages",               "hash",   None,              "never",                "source NUL page -> how the page last came (JSON)"),
    Kind("pb:{papers:0}:links",               "hash",   None,              "forgotten; when taken back", "hash of a token -> the address that it opens (JSON, with no token)"),
    Kind("pb:{papers:0}:served",              "hash",   None,              "purged; with the next token", "hash of a token of Slack's -> workspace, bot user"),
    Kind("pb:{papers:0}:lease:<name>",        "string", LEASE_SECONDS,     "when it ends",         "who does something alone: token"),
    Kind("pb:{papers:0}:fence",               "string", None,              "never",                "number of leases ever taken"),
    Kind("pb:{papers:0}:shards",              "set",    None,              "purged",               "shards that have readers"),
    Kind("pb:{<shard>}:readers",              "set",    None,              "forgotten",            "user names"),
    Kind("pb:{<shard>}:profile:<user>",       "hash",   None,              "forgotten; with its last setting", "bar, learnt_bar, cap, interest:<id> (JSON)"),
    Kind("pb:{<shard>}:places",               "hash",   None,              "forgotten; with its last interest", "user NUL interest id -> place among the vectors"),
    Kind("pb:{<shard>}:place",                "string", None,              "purged",               "number of interests ever stored"),
    Kind("pb:{<shard>}:models",               "set",    None,              "purged; with its last model", "models that interests have vectors of"),
    Kind("pb:{<shard>}:vectors:<model>:<n>",  "hash",   None,              "forgotten; with its model", "user NUL interest id -> float32 row"),
    Kind("pb:{<shard>}:calibrated:<model>",   "string", None,              "purged; with its model", "number of papers that interests were measured against, host's bar, learns"),
    Kind("pb:{<shard>}:learnt",               "hash",   None,              "forgotten; with the next ingest", "user -> how often the learnt bar moved since the rows were measured"),
    Kind("pb:{<shard>}:facts",                "hash",   None,              "forgotten; with its last interest", "user NUL interest id -> interest that is matched by facts (JSON)"),
    Kind("pb:{<shard>}:alerts:<user>",        "hash",   None,              "forgotten",            "paper id -> alert (JSON): nobody hears of a paper twice"),
    Kind("pb:{<shard>}:receipt:<token>",      "string", RECEIPT_SECONDS,   "when it ends",         "how many fields one call added or removed, for its retry"),
    Kind("pb:{<shard>}:subscriptions",        "hash",   None,              "forgotten",            "user -> subscription (JSON)"),
    Kind("pb:{<shard>}:links",                "hash",   None,              "forgotten; when taken back", "user NUL purpose NUL what it is about -> address of ours (JSON)"),
    Kind("pb:{<shard>}:saved:<user>",         "hash",   None,              "forgotten; with its last paper", "paper id -> when it was saved (JSON)"),
    Kind("pb:{<shard>}:savers:<paper>",       "set",    None,              "forgotten; with its last saver", "users whose save of this paper counts"),
    Kind("pb:{<shard>}:ratings:<user>",       "hash",   None,              "forgotten; with its last rating", "paper id -> rating (JSON)"),
    Kind("pb:{<shard>}:sent:<user>",          "hash",   None,              "forgotten",            "paper id -> where it was sent (JSON), or a claim to send it"),
    Kind("pb:{<shard>}:slots",                "hash",   None,              "forgotten",            "user -> last local day a digest was sent for, token, the day before that"),
    Kind("pb:{<shard>}:messages:<channel>",   "zset",   MESSAGES_SECONDS,  "forgotten; when it ends", "ts and paper ids of our messages, by ts"),
    Kind("pb:{<shard>}:directs",              "hash",   None,              "forgotten",            "user -> the conversation of direct messages"),
    Kind("pb:{<shard>}:pending",              "hash",   None,              "forgotten; when the paper was brought", "user NUL arXiv id -> what was asked for (JSON)"),
    Kind("pb:{<shard>}:person:<user>",        "string", PERSON_SECONDS,    "forgotten; when it ends", "what Slack says of a user (JSON)"),
    Kind("pb:{<shard>}:channel:<channel>",    "string", CHANNEL_SECONDS,   "forgotten; when it ends", "what Slack says of a conversation (JSON)"),
    Kind("pb:{<shard>}:act:<id>",             "string", SEEN_SECONDS,      "purged; when it ends", "this act was received: whose delivery was first"),
    Kind("pb:{<shard>}:acts",                 "hash",   ACTS_SECONDS,      "forgotten; when all are done", "act id -> when it was kept, and what it is"),
    Kind("pb:{<shard>}:outbox",               "stream", None,              "forgotten; when sent", "ticket of each delivery that waits to be taken, or is taken"),
    Kind("pb:{<shard>}:outbox:<medium>", "stream", None,              "forgotten; when sent", "ticket of each delivery that waits to be taken, or is taken"),
    Kind("pb:{<shard>}:deliveries",           "hash",   None,              "forgotten; when sent", "ticket -> when it was queued (ms), and the delivery (JSON)"),
    Kind("pb:{<shard>}:deliveries:<medium>", "hash",   None,              "forgotten; when sent", "ticket -> when it was queued (ms), and the delivery (JSON)"),
    Kind("pb:{<shard>}:parked",               "zset",   None,              "forgotten; when due",  "ticket by the moment it is taken up again (ms)"),
    Kind("pb:{<shard>}:parked:<medium>", "zset",   None,              "forgotten; when due",  "ticket by the moment it is taken up again (ms)"),
    Kind("pb:{<shard>}:ledger:<user>",        "hash",   LEDGER_SECONDS,    "forgotten; when it ends", "delivery id -> how far it is"),
    Kind("pb:{<shard>}:dead",                 "hash",   None,              "forgotten; when dropped", "delivery id -> dead delivery (JSON)"),
    Kind("pb:{<shard>}:dead:<medium>", "hash",   None,              "forgotten; when dropped", "delivery id -> dead delivery (JSON)"),
    Kind("pb:{<shard>}:ends",                 "hash",   None,              "forgotten",            "user -> how the reader's last day ended (JSON)"),
    Kind("pb:{<shard>}:members:<channel>",    "set",    MEMBERS_SECONDS,   "forgotten; when it ends", "users who are in a channel"),
    Kind("pb:{<shard>}:turn:<channel>",       "string", TURN_SECONDS,      "when it ends",         "from when the next message may be posted (ms)"),
    Kind("pb:{<shard>}:pause:<method>",       "string", TURN_SECONDS,      "when it ends",         "that Slack asked to leave a method alone, and until when (ms)"),
)  # fmt: skip
