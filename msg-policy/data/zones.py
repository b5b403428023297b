"""Writes zones.bin: a table that gives the time zones a telephone number may be in.

    pip install phonenumbers==9.0.43
    python3 zones.py zones.bin

The table is a minimal automaton over the digits of an E.164 number. It is built from the number patterns and the
time-zone map of libphonenumber and answers what its `time_zones_for_number` answers for the significant digits:
the zones of the longest prefix for a geographic number, those of the country for any other valid number, none for a
number that is not valid. `README.md` beside this file describes the format.
"""

import random
import re._constants as c
import re._parser as parser
import struct
import sys
from collections import Counter

import phonenumbers
from phonenumbers import phonenumberutil
from phonenumbers.phonemetadata import PhoneMetadata
from phonenumbers.timezone import time_zones_for_number
from phonenumbers.tzdata import TIMEZONE_DATA

# Kinds in the order libphonenumber asks for them; the first that matches decides.
NOT_GEOGRAPHIC = ["premium_rate", "toll_free", "shared_cost", "voip", "personal_number", "pager", "uan", "voicemail"]
KINDS = ["general_desc", *NOT_GEOGRAPHIC, "fixed_line", "mobile"]


class Nfa:
    """Patterns of digits as one non-deterministic automaton, stepped by sets of states."""

    def __init__(self):
        self.edges, self.empty, self.starts, self.steps = [], [], {}, {}

    def state(self):
        self.edges.append([])
        self.empty.append([])
        return len(self.edges) - 1

    def add(self, tree, at):
        for op, value in tree:
            if op is c.LITERAL:
                at = self.edge(at, 1 << (value - 48))
            elif op is c.IN:
                at = self.edge(at, self.mask(value))
            elif op is c.SUBPATTERN:
                at = self.add(value[3], at)
            elif op is c.BRANCH:
                end = self.state()
                for branch in value[1]:
                    self.empty[self.add(branch, at)].append(end)
                at = end
            elif op is c.MAX_REPEAT:
                low, high, body = value
                for _ in range(low):
                    at = self.add(body, at)
                end = self.state()
                self.empty[at].append(end)
                for _ in range(high - low):
                    at = self.add(body, at)
                    self.empty[at].append(end)
                at = end
            else:
                raise ValueError(op)
        return at

    def edge(self, at, mask):
        to = self.state()
        self.edges[at].append((mask, to))
        return to

    @staticmethod
    def mask(parts):
        mask = 0
        for op, value in parts:
            if op is c.LITERAL:
                mask |= 1 << (value - 48)
            elif op is c.RANGE:
                mask |= sum(1 << (v - 48) for v in range(value[0], value[1] + 1))
            elif op is c.CATEGORY and value is c.CATEGORY_DIGIT:
                mask |= 1023
            else:
                raise ValueError(op)
        return mask

    def closure(self, states):
        seen, todo = set(states), list(states)
        while todo:
            for to in self.empty[todo.pop()]:
                if to not in seen:
                    seen.add(to)
                    todo.append(to)
        return frozenset(seen)

    def compile(self, pattern):
        if pattern not in self.starts:
            start = self.state()
            self.starts[pattern] = (start, self.add(parser.parse(pattern), start))
        start, end = self.starts[pattern]
        return self.closure([start]), end

    def step(self, states, digit):
        key = (states, digit)
        if key not in self.steps:
            self.steps[key] = self.closure({to for s in states for mask, to in self.edges[s] if mask >> digit & 1})
        return self.steps[key]


class Table:
    """The automaton: nodes shared as soon as they are built, so it is minimal."""

    def __init__(self):
        self.nfa, self.rows, self.known = Nfa(), [], {}
        self.lists, self.list_ids, self.prefixes = [()], {}, {}
        self.dead = self.node(0, (0,) * 10)
        for prefix, zones in TIMEZONE_DATA.items():
            at = self.prefixes
            for digit in prefix:
                at = at.setdefault(int(digit), {})
            at["list"] = self.list_of(tuple(zones))

    def list_of(self, zones):
        if zones not in self.list_ids:
            self.list_ids[zones] = len(self.lists)
            self.lists.append(zones)
        return self.list_ids[zones]

    def node(self, output, children):
        key = (output, children)
        if key not in self.known:
            self.known[key] = len(self.rows)
            self.rows.append(key)
        return self.known[key]

    def root(self, codes, prefix=""):
        if prefix and int(prefix) in codes:
            return codes[int(prefix)]
        if len(prefix) == 3:
            return self.dead
        return self.node(0, tuple(self.root(codes, prefix + str(d)) if prefix or d else self.dead for d in range(10)))

    def country(self, code, regions):
        return Country(self, code, regions).build()


class Country:
    """One calling code: every region that shares it, stepped together."""

    def __init__(self, table, code, regions):
        self.table, self.code = table, code
        self.metas = [PhoneMetadata.metadata_for_region_or_calling_code(code, r) for r in regions]
        self.shared = len(regions) > 1
        self.ends, self.start, self.memo = {}, [], {}
        for i, meta in enumerate(self.metas):
            if self.shared and meta.leading_digits is not None:
                self.pattern(i, "leading", meta.leading_digits)
            for kind in KINDS:
                desc = getattr(meta, kind)
                if desc is not None and desc.national_number_pattern is not None:
                    self.pattern(i, kind, desc.national_number_pattern)
        self.zones, at = 0, table.prefixes
        for digit in str(code):
            at = (at or {}).get(int(digit))
            self.zones = (at or {}).get("list", self.zones)
        self.prefixes = at

    def pattern(self, i, kind, text):
        states, self.ends[i, kind] = self.table.nfa.compile(text)
        self.start.append((i, kind, states))

    def build(self):
        return self.walk(frozenset(), tuple(self.start), self.prefixes, self.zones, 0)

    def walk(self, led, live, prefixes, zones, length):
        key = (led, live, id(prefixes), zones, length)
        if key not in self.memo:
            children = tuple(self.child(digit, led, live, prefixes, zones, length) for digit in range(10))
            self.memo[key] = self.table.node(self.output(led, live, zones, length), children)
        return self.memo[key]

    def child(self, digit, led, live, prefixes, zones, length):
        led, after = set(led), []
        for i, kind, states in live:
            states = self.table.nfa.step(states, digit)
            if kind == "leading" and self.ends[i, kind] in states:
                led.add(i)
            elif states:
                after.append((i, kind, states))
        possible = {i for i, kind, _ in after if kind == "general_desc"}
        after = tuple(x for x in after if x[0] in possible)
        if not after:
            return self.table.dead
        prefixes = prefixes.get(digit) if prefixes else None
        zones = prefixes.get("list", zones) if prefixes else zones
        return self.walk(frozenset(led), after, prefixes, zones, length + 1)

    def output(self, led, live, zones, length):
        sets = {(i, kind): states for i, kind, states in live}
        for i, meta in enumerate(self.metas):
            decided = meta.leading_digits is not None and self.shared
            if decided and i not in led:
                continue
            kind = self.kind(i, sets, length)
            if kind or decided or not self.shared:
                mobile = kind == "mobile" and self.code in phonenumberutil._GEO_MOBILE_COUNTRIES
                geographic = kind == "fixed_line" or mobile
                return zones if geographic else self.zones if kind else 0
        return 0

    def kind(self, i, sets, length):
        meta = self.metas[i]
        for kind in KINDS:
            if kind == "mobile" and meta.same_mobile_and_fixed_line_pattern:
                continue
            desc = getattr(meta, kind)
            fits = desc is not None and (not desc.possible_length or length in desc.possible_length)
            if kind == "general_desc" and not (fits and self.ends[i, kind] in sets.get((i, kind), ())):
                return None
            if kind != "general_desc" and fits and self.ends.get((i, kind)) in sets.get((i, kind), ()):
                return kind
        return None


def encode(table, root):
    """Words of 16 bits: node = zone list, usual child, mask of the digits with another child, those children."""
    usual = [Counter(children).most_common(1)[0][0] for _, children in table.rows]
    others = [[d for d in range(10) if row[1][d] != u] for row, u in zip(table.rows, usual)]
    places, at = [], 0
    for digits in others:
        places.append(at)
        at += 3 + len(digits)
    assert at < 1 << 16, at
    words = []
    for (output, children), u, digits in zip(table.rows, usual, others):
        words += [output, places[u], sum(1 << d for d in digits), *(places[children[d]] for d in digits)]
    names = sorted({zone for zones in table.lists for zone in zones})
    lists, starts = [], []
    for zones in table.lists:
        starts.append(len(lists))
        lists += [names.index(zone) for zone in zones]
    starts.append(len(lists))
    text = "\n".join(names).encode()
    ends = [len("\n".join(names[: i + 1]).encode()) for i in range(len(names))]
    sections = [words, starts, lists, ends]
    header = struct.pack("<6H", places[root], *(len(s) for s in sections), len(text))
    return header + b"".join(struct.pack(f"<{len(s)}H", *s) for s in sections) + text


def look_up(table, root, digits):
    node = root
    for digit in digits:
        node = table.rows[node][1][int(digit)]
    return table.lists[table.rows[node][0]]


def compare(table, root, count):
    """Random numbers of every country against the library itself; those it reads with other digits are left out."""
    rng, wrong, seen = random.Random(1), 0, 0
    codes = list(phonenumbers.COUNTRY_CODE_TO_REGION_CODE)
    prefixes = list(TIMEZONE_DATA)
    while seen < count:
        head = str(rng.choice(codes)) if rng.random() < 0.5 else rng.choice(prefixes)
        digits = head + "".join(rng.choice("0123456789") for _ in range(rng.randint(3, 10)))
        try:
            number = phonenumbers.parse("+" + digits)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) != "+" + digits:
            continue
        seen += 1
        theirs = tuple(z for z in time_zones_for_number(number) if z != "Etc/Unknown")
        wrong += theirs != look_up(table, root, digits)
    return wrong


def main():
    table = Table()
    codes = {code: table.country(code, regions) for code, regions in phonenumbers.COUNTRY_CODE_TO_REGION_CODE.items()}
    root = table.root(codes)
    data = encode(table, root)
    with open(sys.argv[1], "wb") as out:
        out.write(data)
    count = 50_000
    print(f"{len(table.rows)} nodes, {len(table.lists)} lists, {len(data)} bytes")
    print(f"{compare(table, root, count)} of {count} random numbers differ from the library")


if __name__ == "__main__":
    main()
