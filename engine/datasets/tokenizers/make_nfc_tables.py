#!/usr/bin/env python3
"""Writes nfc_tables.h from Python's unicodedata: make_nfc_tables.py > nfc_tables.h"""
import unicodedata as u

points = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]
hangul = range(0xAC00, 0xD7A4)
decompositions = []
for c in points:
    text = u.decomposition(chr(c))
    if not text or text.startswith("<") or c in hangul:
        continue
    parts = [int(part, 16) for part in text.split()]
    composes = len(parts) == 2 and u.normalize("NFC", "".join(map(chr, parts))) == chr(c)
    decompositions.append((c, parts[0], parts[1] if len(parts) == 2 else 0, composes))

ranges = []
for c in points:
    combining = u.combining(chr(c))
    if not combining:
        continue
    if ranges and ranges[-1][1] == c - 1 and ranges[-1][2] == combining:
        ranges[-1][1] = c
    else:
        ranges.append([c, c, combining])

# A character that may not begin a span that is normalised on its own: it combines with what comes before it.
trailing = sorted({c for c in points if u.combining(chr(c))} | {d[2] for d in decompositions if d[3]}
                  | set(range(0x1161, 0x1176)) | set(range(0x11A8, 0x11C3)))
spans = []
for c in trailing:
    if spans and spans[-1][1] == c - 1:
        spans[-1][1] = c
    else:
        spans.append([c, c])


def rows(name, kind, items):
    print(f"inline constexpr {kind} {name}[] = {{")
    line = "   "
    for item in items:
        cell = " {" + ", ".join(str(x).lower() if isinstance(x, bool) else hex(x) for x in item) + "},"
        if len(line) + len(cell) > 120:
            print(line)
            line = "   "
        line += cell
    print(line)
    print("};\n")


print("#pragma once\n")
print("// Written by make_nfc_tables.py from Unicode %s; not edited by hand.\n" % u.unidata_version)
print("#include <cstdint>\n")
print("// clang-format off")
print("namespace isoloss::nfc_tables {\n")
print("struct Decomposition { std::uint32_t character, first, second; bool composes; };")
print("struct Combining { std::uint32_t first, last; std::uint8_t combining_class; };")
print("struct Span { std::uint32_t first, last; };\n")
rows("decompositions", "Decomposition", decompositions)
rows("combining", "Combining", ranges)
rows("trailing", "Span", spans)
print("} // namespace isoloss::nfc_tables")
