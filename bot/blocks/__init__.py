"""Nouns to Slack's blocks, and nothing else. Escaping and Slack's limits live here, nowhere else. Pure.

``text`` has the one escape; ``card`` draws a paper, the same in direct messages, digests, answers and App Home.
"""

from __future__ import annotations

from bot.blocks.card import Card, bar_moved, card, card_text
from bot.blocks.card_ids import CardId, card_id, papers_in, parse_card_id, said_text, with_card
from bot.blocks.digest import catch_up_heading, code_heading, digest_message, thread_message
from bot.blocks.editor import InterestForm, interest_modal, parse_interest_private, read_interest
from bot.blocks.failing import failure_words
from bot.blocks.help import CommandHelp, help_message, welcome_message
from bot.blocks.home import HomePage, home_view
from bot.blocks.interests import InterestRef, InterestRow, interest_block_id, interests_message, parse_interest_id
from bot.blocks.listing import Paging, offer_message, papers_message, sentence_message, unfurl_blocks
from bot.blocks.modals import (
    abstract_modal,
    follow_complaints,
    follow_files,
    follow_lines,
    follow_modal,
    links_apart,
    loading_modal,
    message_modal,
    search_modal,
)
from bot.blocks.parts import Button
from bot.blocks.quiet import Lately, QuietDays, quiet_message, slot_words
from bot.blocks.reaching import (
    Asked,
    addresses_words,
    asked_addresses,
    asked_blocks,
    asked_message,
    asks_for_channel,
    reached_words,
    way_of,
)
from bot.blocks.roll_up import roll_up_message
from bot.blocks.settings_reading import read_settings
from bot.blocks.settings_view import SettingsForm, settings_modal
from bot.blocks.status import SourceRow, StatusPage, status_message
from bot.blocks.subscription import (
    bar_words,
    day_words,
    held_words,
    slots_words,
    subscription_words,
    weekday_words,
)
from bot.blocks.text import bold, clean, escape, italic, link, opening
from bot.blocks.trending import trending_message
from bot.blocks.why import WhyAnswer, why_message
from bot.blocks.windows import Preview
from bot.blocks.zones import find_zone

__all__ = [
    "Asked",
    "Button",
    "Card",
    "CardId",
    "CommandHelp",
    "HomePage",
    "InterestForm",
    "InterestRef",
    "InterestRow",
    "Lately",
    "Paging",
    "Preview",
    "QuietDays",
    "SettingsForm",
    "SourceRow",
    "StatusPage",
    "WhyAnswer",
    "abstract_modal",
    "addresses_words",
    "asked_addresses",
    "asked_blocks",
    "asked_message",
    "asks_for_channel",
    "bar_moved",
    "bar_words",
    "bold",
    "card",
    "card_id",
    "card_text",
    "catch_up_heading",
    "clean",
    "code_heading",
    "day_words",
    "digest_message",
    "escape",
    "failure_words",
    "find_zone",
    "follow_complaints",
    "follow_files",
    "follow_lines",
    "follow_modal",
    "held_words",
    "help_message",
    "home_view",
    "interest_block_id",
    "interest_modal",
    "interests_message",
    "italic",
    "link",
    "links_apart",
    "loading_modal",
    "message_modal",
    "offer_message",
    "opening",
    "papers_in",
    "papers_message",
    "parse_card_id",
    "parse_interest_id",
    "parse_interest_private",
    "quiet_message",
    "reached_words",
    "read_interest",
    "read_settings",
    "roll_up_message",
    "said_text",
    "search_modal",
    "sentence_message",
    "settings_modal",
    "slot_words",
    "slots_words",
    "status_message",
    "subscription_words",
    "thread_message",
    "trending_message",
    "unfurl_blocks",
    "way_of",
    "weekday_words",
    "welcome_message",
    "why_message",
    "with_card",
]
