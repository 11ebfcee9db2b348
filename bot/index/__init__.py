"""The door to the search index: a cache of the stored papers that finds them by words and by meaning.

``refresh`` follows the store's change numbers, so it makes no difference which process stored a paper. Words live in
tantivy, vectors and filter facts in arrays; in an index folder words and facts outlive the process. The index is never
the truth: what is damaged, or belongs to another store, is built again from the papers.
"""

from bot.index.contents import Contents
from bot.index.live import Found, Index, open_index

__all__ = ["Contents", "Found", "Index", "open_index"]
