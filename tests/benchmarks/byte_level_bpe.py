"""Byte-level BPE in plain Python, written as GPT-2's own encoder is: a regular expression, a cache of words, merges of
the pair with the lowest rank. byte_level_bpe.py TOKENIZER_JSON TEXT prints the seconds that encoding took, the number of
tokens and a fingerprint of their ids."""
import json
import re
import sys
import time


def byte_characters():
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [b for b in range(256) if b not in printable]
    return {**{b: chr(b) for b in printable}, **{b: chr(0x100 + i) for i, b in enumerate(others)}}


# GPT-2's pattern in the dialect of re: letters are word characters without digits and the underline.
PATTERN = re.compile(
    r"'s|'t|'re|'ve|'m|'ll|'d| ?[^\W\d_]+| ?\d+| ?(?:_|[^\s\w])+|\s+(?!\S)|\s+")


class Encoder:
    def __init__(self, vocabulary, merges):
        self.ids = vocabulary
        self.ranks = {tuple(merge.split(" ")) if isinstance(merge, str) else tuple(merge): rank
                      for rank, merge in enumerate(merges)}
        self.characters = byte_characters()
        self.cache = {}

    def merged(self, token):
        if token in self.cache:
            return self.cache[token]
        word = list(token)
        while len(word) > 1:
            pairs = [(self.ranks.get(pair, sys.maxsize), at) for at, pair in enumerate(zip(word, word[1:]))]
            rank, at = min(pairs)
            if rank == sys.maxsize:
                break
            word[at:at + 2] = ["".join(word[at:at + 2])]
        self.cache[token] = " ".join(word)
        return self.cache[token]

    def encode(self, text):
        ids = []
        for match in re.findall(PATTERN, text):
            token = "".join(self.characters[b] for b in match.encode("utf-8"))
            ids.extend(self.ids[piece] for piece in self.merged(token).split(" "))
        return ids


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        model = json.load(file)["model"]
    with open(sys.argv[2], encoding="utf-8", newline="") as file:
        text = file.read()
    encoder = Encoder(model["vocab"], model["merges"])
    begin = time.perf_counter()
    ids = encoder.encode(text)
    seconds = time.perf_counter() - begin
    fingerprint = 0
    for token in ids:
        fingerprint = (fingerprint * 1000003 + token + 1) & ((1 << 61) - 1)
    print(seconds, len(ids), fingerprint)


main()
