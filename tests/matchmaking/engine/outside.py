"""Encoders from outside that are made here: one of a few lines, and the smallest one that onnxruntime can run."""

from __future__ import annotations

import json
import zlib
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest


class Spelling:
    """Reads a text by its pairs of letters. Of `same` pairs of words the first is read as the second."""

    name = "spelling"
    digest = "1"
    dimensions = 64

    def __init__(self, same=(), digest="1"):
        self.same, self.digest = same, digest
        self.asked: list[str] = []

    def vectors(self, texts):
        self.asked += texts
        return np.stack([self.vector(text) for text in texts])

    def vector(self, text):
        for one, other in self.same:
            text = text.replace(one, other)
        counted = np.zeros(self.dimensions, dtype=np.float32)
        for pair in pairwise(text):
            counted[zlib.crc32("".join(pair).encode()) % self.dimensions] += 1
        return counted


WORDS = ["[UNK]", "coating", "corrosion", "adhesion", "steel", "straw", "soil", "paint", "rust"]


def onnx_folder(folder: Path, *, pair: bool = False) -> Path:
    """A model of one table of vectors, with the tokenizer of its words; with `pair`, one number for two texts."""
    onnx = pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")
    tokenizers = pytest.importorskip("tokenizers")
    helper, kinds = onnx.helper, onnx.TensorProto
    table = np.random.default_rng(5).standard_normal((len(WORDS), 8)).astype(np.float32)
    table[WORDS.index("paint")] = table[WORDS.index("coating")]
    table[WORDS.index("rust")] = table[WORDS.index("corrosion")]
    vectors = onnx.numpy_helper.from_array(table, "table")
    nodes = [helper.make_node("Gather", ["table", "input_ids"], ["found"])]
    inputs = [helper.make_tensor_value_info("input_ids", kinds.INT64, [1, "length"])]
    shape = [1, "length", 8]
    made = [vectors]
    if pair:
        inputs.append(helper.make_tensor_value_info("token_type_ids", kinds.INT64, [1, "length"]))
        made += [
            onnx.numpy_helper.from_array(np.asarray([2], dtype=np.int64), "last"),
            onnx.numpy_helper.from_array(np.asarray([1], dtype=np.int64), "middle"),
        ]
        nodes = [
            helper.make_node("Gather", ["table", "input_ids"], ["read"]),
            helper.make_node("Cast", ["token_type_ids"], ["second"], to=kinds.FLOAT),
            helper.make_node("Unsqueeze", ["second", "last"], ["of_second"]),
            helper.make_node("Mul", ["read", "of_second"], ["other"]),
            helper.make_node("Sub", ["read", "other"], ["one"]),
            helper.make_node("ReduceSum", ["one", "middle"], ["a"], keepdims=0),
            helper.make_node("ReduceSum", ["other", "middle"], ["b"], keepdims=0),
            helper.make_node("Mul", ["a", "b"], ["both"]),
            helper.make_node("ReduceSum", ["both", "middle"], ["found"], keepdims=1),
        ]
        shape = [1, 1]
    outputs = [helper.make_tensor_value_info("found", kinds.FLOAT, shape)]
    graph = helper.make_graph(nodes, "tiny", inputs, outputs, made)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    folder.mkdir(parents=True, exist_ok=True)
    onnx.save(model, str(folder / "model.onnx"))
    words = tokenizers.models.WordLevel({word: at for at, word in enumerate(WORDS)}, unk_token="[UNK]")
    tokenizer = tokenizers.Tokenizer(words)
    tokenizer.normalizer = tokenizers.normalizers.Lowercase()
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "sentence_bert_config.json").write_text(json.dumps({"max_seq_length": 6}))
    return folder
