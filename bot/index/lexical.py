"""Words: a tantivy index of titles, abstracts, authors and organisations.

Queries are built from the terms that the analyser gives, never from text that tantivy parses, so nothing a person
types can break them. One thread may write while another searches.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from pathlib import Path

import tantivy

from bot.index.analysis import Wanted, analyser, is_telling
from bot.index.arrays import Rows
from bot.index.damage import damage
from bot.index.facts import Words

#: Fields, each worth as much as the others.
FIELDS = ("title", "abstract", "authors", "organisations")

_WORD = re.compile(r"[^\W_]+")
_ORDINAL = "ordinal"
_ANALYSER = "english"
#: What the writer may hold before it writes a segment; 15 MB is the least that tantivy allows for a thread.
_WRITER_BYTES = 40_000_000
#: Up to so many ordinals are handed to tantivy as terms, which costs less than widening a list until enough pass.
_FEW = 2_000

Query = tantivy.Query
Occur = tantivy.Occur


class Lexical:
    """The word index, in ``folder`` or in memory. Whatever reads or writes raises IndexDamaged when files are damaged."""

    def __init__(self, folder: Path | None) -> None:
        self._analyser = analyser()
        builder = tantivy.SchemaBuilder()
        for field in FIELDS:
            builder.add_text_field(field, tokenizer_name=_ANALYSER)
        self._schema = builder.add_unsigned_field(_ORDINAL, indexed=True, fast=True).build()
        with damage():
            self._index = tantivy.Index(self._schema, path=str(folder) if folder else None)
            self._index.register_tokenizer(_ANALYSER, self._analyser)
            self._index.reload()
        self._writer: tantivy.IndexWriter | None = None

    def __len__(self) -> int:
        """Papers that a search can find."""
        return self._index.searcher().num_docs

    def write(self, papers: Sequence[Words], removed: Sequence[int] = ()) -> None:
        """Add papers, replacing those of the same ordinal, and take some out; found so after ``commit``."""
        with damage():
            if self._writer is None:
                self._writer = self._index.writer(_WRITER_BYTES, num_threads=1)
            # By query: a delete by term takes numbers for signed ones and misses this field (tantivy-py 0.25 to 0.27).
            gone = [*removed, *(paper.ordinal for paper in papers)]
            self._writer.delete_documents_by_query(Query.term_set_query(self._schema, _ORDINAL, gone))
            for paper in papers:
                document = tantivy.Document()
                for field in FIELDS:
                    document.add_text(field, getattr(paper, field))
                document.add_unsigned(_ORDINAL, paper.ordinal)
                self._writer.add_document(document)

    def commit(self) -> None:
        """Let searches find what was written; on disk it is durable then."""
        if self._writer is not None:
            with damage():
                self._writer.commit()
                self._index.reload()

    def close(self) -> None:
        """Leave the folder to another writer; what was not committed is forgotten."""
        self._writer = None

    def ordinals(self) -> list[int]:
        """Of every paper that a search can find."""
        return self._found(Query.all_query(), max(1, len(self)))

    def analyse(self, text: str) -> list[str]:
        """The stems of a text, in their order."""
        return self._analyser.analyze(text)

    def search(self, wanted: Wanted, limit: int, passes: Callable[[list[int]], list[int]], allowed: Rows) -> list[int]:
        """Ordinals of papers with any stem that is wanted, best first by tantivy's BM25, at most ``limit``.

        ``allowed`` are the ordinals that may be answered, ``passes`` keeps those of a list: papers that may not be
        answered take no place, the list is filled up from the next ones.
        """
        query = self._any_stem(wanted)
        if query is None or not len(allowed):
            return []
        if len(allowed) <= _FEW:
            among = Query.const_score_query(Query.term_set_query(self._schema, _ORDINAL, allowed.tolist()), 0.0)
            return passes(self._found(Query.boolean_query([(Occur.Must, query), (Occur.Must, among)]), limit))
        # Enough if what passes is spread evenly over the list, and a little more; else the next try takes four times it.
        depth = round(limit * max(1.0, 1.2 * len(self) / len(allowed)))
        while True:
            found = self._found(query, depth)
            kept = passes(found)
            if len(kept) >= limit or len(found) < depth:
                return kept[:limit]
            depth *= 4

    def with_phrase(self, phrase: str) -> list[int]:
        """Ordinals of every paper that has these words beside each other in one field, stemmed."""
        if not (stems := self.analyse(phrase)):
            return []
        return self._found(Query.const_score_query(self._phrase(stems), 1.0), max(1, len(self)))

    def shared_words(self, text: str, found_in: str) -> tuple[str, ...]:
        """The words of ``text``, as typed, whose every stem is in ``found_in``; without stop words."""
        typed = dict.fromkeys(word.strip(".,;:!?()[]{}\"'") for word in text.split())
        stems = {word: self.analyse(word) for word in typed if is_telling(word, self.analyse)}
        # A stem begins as its word does, so a fraction of a long text needs to be stemmed.
        initials = {stem[0] for word in stems.values() for stem in word}
        candidates = [word for word in _WORD.findall(found_in.lower()) if word[0] in initials or not word.isascii()]
        there = set(self.analyse(" ".join(candidates)))
        return tuple(word for word, parts in stems.items() if there.issuperset(parts))

    def _any_stem(self, wanted: Wanted) -> Query | None:
        terms = [
            (Occur.Should, Query.boost_query(Query.term_query(self._schema, field, stem, "freq"), math.sqrt(count)))
            for stem, count in wanted.stems.items()
            for field in FIELDS
        ]
        return Query.boolean_query(terms) if terms else None

    def _phrase(self, stems: list[str]) -> Query:
        if len(stems) == 1:
            parts = [Query.term_query(self._schema, field, stems[0], "basic") for field in FIELDS]
        else:
            words: list[str | tuple[int, str]] = list(stems)
            parts = [Query.phrase_query(self._schema, field, words) for field in FIELDS]
        return Query.boolean_query([(Occur.Should, part) for part in parts])

    def _found(self, query: Query, limit: int) -> list[int]:
        with damage():
            searcher = self._index.searcher()
            hits = searcher.search(query, limit, count=False).hits
            ordinals = searcher.fast_field_values(_ORDINAL, [address for _, address in hits])
        return [int(ordinal) for ordinal in ordinals if ordinal is not None]
