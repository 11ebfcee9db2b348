"""The door to the search index: a cache of the stored papers that finds them by words and by meaning.

``refresh`` follows the store's change numbers, so it makes no difference which process stored a paper. Words live in
tantivy, which finds candidates, and as numbers of stems in arrays, which score them; vectors and filter facts live in
arrays too. In an index folder words, stems and facts outlive the process. The index is never the truth: what is damaged,
or belongs to another store, is built again from the papers.

text ─► analysis: stems, pairs ─► lexical: 300 candidates ─┐
     ─► its vector ────────────────────────────────────────┴─► ranking ─► answering: Found
paper ─► likeness: meaning, words, neighbours (graph) ─► answering: Like        both measured on the yardstick's sample
"""

from bot.index.answering import Found, Like
from bot.index.contents import Contents
from bot.index.live import Index, open_index

__all__ = ["Contents", "Found", "Index", "Like", "open_index"]
