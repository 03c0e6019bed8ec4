"""Which page of the key-value cache holds what: bookkeeping that never sees a tensor.

A row's text lies in pages of PAGE tokens, which need not be neighbours (as in vLLM's PagedAttention, Kwon et
al., 2023, arXiv:2309.06180). Rows that begin alike share pages, and a page that no row uses any more is kept
under its name for the next text that begins so. A name is a digest of the page's tokens and of the name
before it: equal names mean equal texts from the first token on. The first page follows upon the salt, so
what differs in it shares nothing.
"""

from __future__ import annotations

import heapq
from array import array
from collections import Counter, OrderedDict
from collections.abc import Iterator, Sequence
from hashlib import blake2b

PAGE = 32
"""Tokens in a page: a text is recognised to within so many."""


class Pages:
    """The tables of rows, and the pages that are kept. What is kept and unused for longest goes first."""

    def __init__(self, rows: int, context: int, kept: int) -> None:
        """Have pages for so many rows with texts of so many tokens, and for `kept` pages that no row uses."""
        self.kept = kept
        self.most = pages_of(context) + 1
        """How many pages a row has at most."""
        self.count = rows * self.most + kept
        self.forget()

    def forget(self) -> None:
        """Begin anew: no row holds anything, and nothing is kept."""
        self.tables: dict[int, list[int]] = {}
        self._free = list(range(self.count))
        self._users = Counter[int]()
        self._page_of = OrderedDict[bytes, int]()
        self._name_of: dict[int, bytes] = {}

    def begin(self, row: int, tokens: Sequence[int], salt: str) -> int:
        """Let a row begin with the kept pages of this text; give how many tokens they hold.

        The last token is left out, for it is by reading it that the model says what comes next.
        """
        self.end(row)
        known = list(self._known(tokens[:-1], salt))
        self._touch(known)
        self.tables[row] = [self._take(self._page_of[name]) for name in known]
        return len(known) * PAGE

    def reach(self, row: int, length: int) -> list[int]:
        """Give the table of a row, with pages for a text of so many tokens."""
        table = self.tables.setdefault(row, [])
        while len(table) < pages_of(length):
            table.append(self._take(self._room()))
        return table

    def fork(self, source: int, target: int, length: int) -> tuple[int, int] | None:
        """Let a row share another's first `length` tokens; give which page is to be copied to which, where one is.

        It is the last one, if it is not full: both rows go on writing in it.
        """
        self.end(target)
        shared, begun = divmod(length, PAGE)
        table = self.tables.get(source, [])
        self.tables[target] = [self._take(page) for page in table[:shared]]
        return (table[shared], self.reach(target, length)[shared]) if begun else None

    def remember(self, row: int, tokens: Sequence[int], salt: str) -> None:
        """Keep the full pages of the text that a row holds, also when the row is done with them."""
        table = self.tables.get(row, [])
        wanted = list(names(tokens, salt))
        for page, name in zip(table, wanted, strict=False):
            if name not in self._page_of and page not in self._name_of:
                self._page_of[name] = page
                self._name_of[page] = name
        self._touch([name for name in wanted if name in self._page_of])

    def end(self, row: int) -> None:
        """Let a row hold nothing any more."""
        if row in self.tables:
            for page in self.tables.pop(row):
                self._drop(page)
            self._trim()

    def rewind(self, row: int, length: int) -> tuple[int, int] | None:
        """Let a row hold only so many tokens; give which page is to be copied to which, where one is.

        It is the last one, if others may know it by what the row is about to overwrite.
        """
        table = self.tables[row]
        while len(table) > pages_of(length):
            self._drop(table.pop())
        self._trim()
        if not length % PAGE or not (table[-1] in self._name_of or self._users[table[-1]] > 1):
            return None
        known, table[-1] = table[-1], self._take(self._room())
        self._drop(known)
        self._trim()
        return known, table[-1]

    def _known(self, tokens: Sequence[int], salt: str) -> Iterator[bytes]:
        for name in names(tokens, salt):
            if name not in self._page_of:
                return
            yield name

    def _touch(self, chain: Sequence[bytes]) -> None:
        for name in reversed(chain):
            self._page_of.move_to_end(name)

    def _take(self, page: int) -> int:
        self._users[page] += 1
        return page

    def _room(self) -> int:
        """Give a free page: there is one for all that rows may hold beside what is kept."""
        return heapq.heappop(self._free)

    def _drop(self, page: int) -> None:
        self._users[page] -= 1
        if not self._users[page] and page not in self._name_of:
            self._let_go(page)

    def _let_go(self, page: int) -> None:
        del self._users[page]
        heapq.heappush(self._free, page)

    def _trim(self) -> None:
        unused = [page for page in self._page_of.values() if not self._users[page]]
        for page in unused[: max(0, len(unused) - self.kept)]:
            del self._page_of[self._name_of.pop(page)]
            self._let_go(page)


def pages_of(tokens: int) -> int:
    """Give the number of pages that a text of so many tokens takes."""
    return -(-tokens // PAGE)


def names(tokens: Sequence[int], salt: str) -> Iterator[bytes]:
    """Name the whole pages of a text, each by all that comes before it."""
    name = blake2b(salt.encode()).digest()
    for start in range(0, len(tokens) - PAGE + 1, PAGE):
        name = blake2b(name + array("q", tokens[start : start + PAGE]).tobytes()).digest()
        yield name
