"""Trains small SentencePiece models and writes what the library's own Python module makes of texts.
train_sentencepiece.py FOLDER reads texts.json there, writes NAME/tokenizer.model for every NAME and prints
{"NAME": {"ids": [[...], ...], "size": N}, …}; {} where the module is missing."""
import io
import json
import pathlib
import sys

KINDS = {
    "llama": dict(model_type="bpe", vocab_size=420, byte_fallback=True, normalization_rule_name="identity",
                  remove_extra_whitespaces=False),
    "t5": dict(model_type="unigram", vocab_size=150, bos_id=-1, pad_id=0, eos_id=1, unk_id=2),
    "bare": dict(model_type="unigram", vocab_size=150, add_dummy_prefix=False, byte_fallback=False),
}


def main():
    try:
        import sentencepiece
    except ImportError:
        print("{}")
        return
    folder = pathlib.Path(sys.argv[1])
    texts = json.loads((folder / "texts.json").read_text(encoding="utf-8"))
    sentences = ["the lower and the newer of the two are wider than the low one", "hello world, it is 12 o'clock",
                 "for (int i = 0; i < n; ++i) sum += i;", "a fine café is naïve", "wider lower slower newer fewer",
                 "die Größe der Öfen", "one two three four five six seven"] * 30
    answer = {}
    for name, options in KINDS.items():
        model = io.BytesIO()
        sentencepiece.SentencePieceTrainer.train(sentence_iterator=iter(sentences), model_writer=model,
                                                 hard_vocab_limit=False, minloglevel=2, num_threads=1, **options)
        (folder / name).mkdir(exist_ok=True)
        (folder / name / "tokenizer.model").write_bytes(model.getvalue())
        processor = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
        answer[name] = {"ids": [processor.encode(text) for text in texts], "size": processor.get_piece_size()}
    print(json.dumps(answer))


main()
