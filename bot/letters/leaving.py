"""The pages behind the link that ends letters; in a browser, in the look of the letters."""

from __future__ import annotations

import hashlib
from base64 import b64encode

from bot.blocks import clean
from bot.letters.drawing import drawn

_ADDRESS = 320
_STYLE = """
:root { color-scheme: light dark; --page: #f2f1ee; --sheet: #fff; --line: #e5e3de; --text: #1e2227; --quiet: #5b626c;
  --button: #0a5cab; --label: #fff; }
@media (prefers-color-scheme: dark) { :root { --page: #131518; --sheet: #1c1f23; --line: #2f343a; --text: #e9e7e3;
  --quiet: #a9afb8; --button: #8fbcf2; --label: #10141a; } }
* { box-sizing: border-box; }
body { margin: 0; padding: 24px 12px; background: var(--page); color: var(--text); overflow-wrap: anywhere;
  font: 16px/24px -apple-system, BlinkMacSystemFont, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif; }
main { max-width: 600px; margin: 0 auto; padding: 28px 32px 32px; background: var(--sheet);
  border: 1px solid var(--line); border-radius: 12px; }
.name { margin: 0; font-size: 13px; line-height: 19px; font-weight: 600; color: var(--quiet); }
h1 { margin: 14px 0 12px; font-size: 26px; line-height: 32px; letter-spacing: -0.3px; }
p { margin: 0 0 12px; }
button { margin-top: 8px; padding: 12px 20px; border: 0; border-radius: 8px; cursor: pointer; font: inherit;
  font-weight: 600; background: var(--button); color: var(--label); }
button:focus-visible { outline: 3px solid var(--text); outline-offset: 2px; }
@media (max-width: 620px) { main { padding: 24px 20px 28px; } }
"""
#: What a Content-Security-Policy allows as the style of these pages, and nothing else.
STYLE_HASH = f"sha256-{b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()}"


def leaving_page(address: str) -> str:
    """Asks whether the letters to this e-mail address shall end."""
    return _page(
        "Stop these e-mails?",
        f"Paperbot sends papers to {clean(address, _ADDRESS)}.",
        button="Stop them",
    )


def left_page(address: str) -> str:
    """Says that they have ended."""
    return _page(
        "No more e-mails",
        f"Paperbot no longer writes to {clean(address, _ADDRESS)}.",
        "Whoever asked for these e-mails is told in Slack, and can have them again from there.",
    )


def lost_page() -> str:
    """Says that an address leads nowhere, whatever it was; the same for all."""
    return _page(
        "There is nothing here", "This address was never given out, or was taken back. In Slack there is a new one."
    )


def failed_page() -> str:
    """Says that it has to be tried again."""
    return _page("That did not work", "Paperbot cannot reach its memory right now. Please try again in a minute.")


def _page(heading: str, *sentences: str, button: str = "") -> str:
    return drawn("page", heading=heading, sentences=sentences, button=button, style=_STYLE)
