"""Tokenizes texts with models of tokenizer.json written down plainly from their definitions, with nothing but Python's
standard library: byte-level BPE that merges by looking through the whole word each time, the unigram model by trying
every way to take a word apart, WordPiece by trying every length, BERT's basic tokenization with unicodedata.
tokenizers.py FOLDER reads tokenizer.json and texts.json (a list) there and prints {"ids": [[...], ...]}."""
import json
import pathlib
import re
import sys
import unicodedata


def bpe(model, word):
    characters = {}
    extra = 0
    for byte in range(256):
        if 0x21 <= byte <= 0x7E or 0xA1 <= byte <= 0xAC or byte >= 0xAE:
            characters[byte] = chr(byte)
        else:
            characters[byte] = chr(0x100 + extra)
            extra += 1
    symbols = [characters[byte] for byte in word.encode()]
    for merge in model["merges"]:
        left, right = merge.split(" ")
        at = 0
        while at + 1 < len(symbols):
            if symbols[at] == left and symbols[at + 1] == right:
                symbols[at:at + 2] = [left + right]
            at += 1
    return [model["vocab"][symbol] for symbol in symbols]


def unigram(model, word):
    scores = {token: (score, id) for id, (token, score) in enumerate(model["vocab"])}
    unknown = min(score for _, score in model["vocab"]) - 10
    best = {0: (0.0, [])}
    for end in range(1, len(word) + 1):
        for begin in range(end):  # the earliest beginning wins among equal sums
            piece = word[begin:end]
            if piece in scores:
                score, id = scores[piece]
            elif len(piece) == 1:
                score, id = unknown, model["unk_id"]
            else:
                continue
            total = best[begin][0] + score
            if end not in best or total > best[end][0]:
                best[end] = (total, best[begin][1] + [(id, piece)])
    ids = []
    fused = ""
    for id, piece in best[len(word)][1] + [(None, "")]:
        if id == model["unk_id"]:
            fused += piece
            continue
        if fused:
            tokens = [f"<0x{byte:02X}>" for byte in fused.encode()]
            if fused in scores:
                ids.append(scores[fused][1])
            elif model.get("byte_fallback") and all(token in scores for token in tokens):
                ids += [scores[token][1] for token in tokens]
            else:
                ids.append(model["unk_id"])
            fused = ""
        if id is not None:
            ids.append(id)
    return ids


def word_piece(model, word):
    vocabulary, unknown = model["vocab"], model["vocab"][model["unk_token"]]
    if len(word) > model["max_input_chars_per_word"]:
        return [unknown]
    ids = []
    while word:
        for end in range(len(word), 0, -1):
            piece = (model["continuing_subword_prefix"] if ids else "") + word[:end]
            if piece in vocabulary:
                ids.append(vocabulary[piece])
                word = word[end:]
                break
        else:
            return [unknown]
    return ids


def bert_words(text):
    cleaned = ""
    for c in text:
        if c in "\t\n\r" or c.isspace() and c not in "\x1c\x1d\x1e\x1f":
            cleaned += " "
        elif ord(c) in (0, 0xFFFD) or unicodedata.category(c) in ("Cc", "Cf", "Co"):
            continue
        elif 0x4E00 <= ord(c) <= 0x9FFF:
            cleaned += f" {c} "
        else:
            cleaned += c
    plain = "".join(c for c in unicodedata.normalize("NFD", cleaned) if unicodedata.category(c) != "Mn")
    words = []
    for word in "".join(c.lower() for c in plain).split(" "):
        current = ""
        for c in word:
            if c in "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~" or unicodedata.category(c).startswith("P"):
                words += [current, c]
                current = ""
            else:
                current += c
        words.append(current)
    return [word for word in words if word]


def gpt2_words(text):
    def kind(c):
        category = unicodedata.category(c)[0]
        if c.isspace() and c not in "\x1c\x1d\x1e\x1f":
            return "s"
        return {"L": "l", "N": "n"}.get(category, "o")
    kinds = "".join(kind(c) for c in text)
    words = []
    at = 0
    while at < len(text):
        contraction = re.compile("'(?:s|t|re|ve|m|ll|d)").match(text, at)
        begin = at + (text[at] == " ")
        run = re.compile("l+|n+|o+").match(kinds, begin) or re.compile(r"s+(?=s|$)|s").match(kinds, at)
        end = contraction.end() if contraction else run.end()
        words.append(text[at:end])
        at = end
    return words


def metaspace_words(text):
    text = text.replace(" ", "▁")
    if not text.startswith("▁"):
        text = "▁" + text
    return re.findall("▁[^▁]*|[^▁]+", text)


def main():
    folder = pathlib.Path(sys.argv[1])
    model = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))["model"]
    split, tokenize = {"BPE": (gpt2_words, bpe), "Unigram": (metaspace_words, unigram),
                       "WordPiece": (bert_words, word_piece)}[model["type"]]
    texts = json.loads((folder / "texts.json").read_text(encoding="utf-8"))
    print(json.dumps({"ids": [[id for word in (split(text) if text else []) for id in tokenize(model, word)]
                              for text in texts]}))


main()
