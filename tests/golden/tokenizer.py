#!/usr/bin/env python3
"""Writes tests/golden/tokenizer/: small SentencePiece models with the settings of Llama and T5, and what transformers makes of texts.

tokenizer.model    BPE with byte fallback, 480 pieces, trained on the sentences below
added_tokens.json  <PAD> and <ACT_0> to <ACT_15>, as UniVLA adds them
references.txt     two lines a case: a text as a JSON string, then its ids
spiece.model       unigram, 120 pieces, with T5's ids for padding, end and unknown
t5.txt             as references.txt, by T5Tokenizer
llama.txt          the same texts by Llama-2's own tokenizer.model, if its path is given; the model itself is not
                   kept here (SHA-256 9e556afd44213b6bd1be2b850ebbbd98f5481437a8021afaf58ee7fb1818d347)

Oracle, for Python 3.11:

    pip install transformers==4.40.1 tokenizers==0.19.1 sentencepiece==0.2.3 protobuf==7.36.2 "numpy<2"
    python tests/golden/tokenizer.py [LLAMA_TOKENIZER_MODEL]

Training is deterministic: the same versions write the same bytes.
"""
import hashlib
import json
import pathlib
import sys

import sentencepiece
from transformers import LlamaTokenizerFast, T5Tokenizer

FOLDER = pathlib.Path(__file__).resolve().parent / "tokenizer"
NUM_PIECES = 480
NUM_ACTS = 16
LLAMA_SHA256 = "9e556afd44213b6bd1be2b850ebbbd98f5481437a8021afaf58ee7fb1818d347"
INSTRUCTIONS = [
    "pick up the black bowl between the plate and the ramekin and place it on the plate",
    "pick up the cream cheese and place it in the basket",
    "put both the alphabet soup and the tomato sauce in the basket",
    "open the middle drawer of the cabinet",
    "turn on the stove and put the moka pot on it",
    "push the plate to the front of the stove",
]
ACTS = "".join(f"<ACT_{i}>" for i in (3, 0, 15, 7))


def train():
    sentences = [f"In: What action should the robot take to {text}? History action \nOut: " for text in INSTRUCTIONS]
    source = FOLDER / "sentences.txt"
    source.write_text("\n".join(sentences * 3 + INSTRUCTIONS * 3))
    sentencepiece.SentencePieceTrainer.train(
        input=str(source), model_prefix=str(FOLDER / "tokenizer"), vocab_size=NUM_PIECES, model_type="bpe",
        byte_fallback=True, split_digits=True, allow_whitespace_only_pieces=True, remove_extra_whitespaces=False,
        normalization_rule_name="identity", add_dummy_prefix=True, character_coverage=1.0, num_threads=1,
        unk_surface=" \u2047 ", minloglevel=2)
    source.unlink()
    (FOLDER / "tokenizer.vocab").unlink()


def train_t5():
    source = FOLDER / "sentences.txt"
    source.write_text("\n".join(INSTRUCTIONS))
    sentencepiece.SentencePieceTrainer.train(
        input=str(source), model_prefix=str(FOLDER / "spiece"), vocab_size=120, model_type="unigram", pad_id=0, eos_id=1,
        unk_id=2, bos_id=-1, normalization_rule_name="identity", num_threads=1, hard_vocab_limit=False,
        minloglevel=2)
    source.unlink()
    (FOLDER / "spiece.vocab").unlink()


def texts():
    for text in INSTRUCTIONS:
        message = f"In: What action should the robot take to {text}?"
        yield f"{message}\nOut: <ACT_1><ACT_12><ACT_3><ACT_4></s>"
        yield f"{message} History action {ACTS}\nOut: <ACT_1><ACT_12><ACT_3><ACT_4></s>"
        yield f"{message}\nOut:"
        yield f"{message} History action {ACTS}\nOut:"
    yield "unseen words: quetzalcoatl's 42 \u00fcml\u00e4ute, \u65e5\u672c, \U0001f916"
    yield "  two  spaces\tand a tab \n\n and lines "
    yield "<ACT_1> <ACT_10>a<ACT_16><ACT_-1><PAD></s><s> <unk>"
    yield "<<ACT_2>> a < b"
    yield " "
    yield ""


def record(model, references):
    """Returns the ids of the added tokens."""
    tokenizer = LlamaTokenizerFast(vocab_file=str(model))
    tokenizer.add_special_tokens({"pad_token": "<PAD>"})
    tokenizer.add_special_tokens({"additional_special_tokens": [f"<ACT_{i}>" for i in range(NUM_ACTS)]})
    with open(FOLDER / references, "w") as file:
        for text in texts():
            file.write(json.dumps(text) + "\n" + " ".join(map(str, tokenizer(text).input_ids)) + "\n")
    return {token: number for token, number in tokenizer.get_added_vocab().items() if number > 2}


def record_t5():
    tokenizer = T5Tokenizer(vocab_file=str(FOLDER / "spiece.model"), extra_ids=0, legacy=True)
    with open(FOLDER / "t5.txt", "w") as file:
        for text in INSTRUCTIONS + ["", " two  spaces ", "unseen: quetzal 42 \u00fc"]:
            file.write(json.dumps(text) + "\n" + " ".join(map(str, tokenizer(text).input_ids)) + "\n")


def main():
    FOLDER.mkdir(exist_ok=True)
    train()
    train_t5()
    record_t5()
    added = record(FOLDER / "tokenizer.model", "references.txt")
    (FOLDER / "added_tokens.json").write_text(json.dumps(added, indent=2) + "\n")
    for path in sys.argv[1:]:
        assert hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest() == LLAMA_SHA256
        record(path, "llama.txt")


if __name__ == "__main__":
    main()
