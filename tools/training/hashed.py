"""Hashed features of a text: words, pairs of words and runs of bytes. The Swift side computes the same numbers.

1. **Bytes.** The text goes through `preprocess`. `A-Z` become small. Each run of bytes up to 0x20 becomes one space, and
   a byte that equals both of the last two written is left out ("soooo" is "soo"). One space stands before and after,
   and none beside it.
2. **Tokens** are the longest runs of *word bytes* (`a-z 0-9 _ ' # @` and every byte from 0x80) and the longest runs of
   the others that are not a space.
3. **Hash.** FNV-1a of 64 bits, its first value changed by the kind of feature: `h = 0xcbf29ce484222325 ^ kind`, then for
   each byte `h = (h ^ byte) * 0x100000001b3`, modulo 2^64.
4. **Features.** Kind 1: each token. Kind 2: each two neighbours, their bytes with a space between. Kind 3: each run of
   `n` bytes of the text with its spaces, for each `n` of the model.
5. **Bucket.** `((h ^ (h >> 32)) * 0x9e3779b97f4a7c15 mod 2^64) >> (64 - bits)`. A feature that occurs twice counts twice.
"""

import numpy as np

from preprocess import preprocess

BASIS, PRIME, GOLDEN = 0xCBF29CE484222325, 0x100000001B3, 0x9E3779B97F4A7C15
TOKEN, PAIR, RUN = 1, 2, 3
_mask = 0xFFFFFFFFFFFFFFFF
_word = np.zeros(256, dtype=bool)
_word[list(b"abcdefghijklmnopqrstuvwxyz0123456789_'#@")] = True
_word[0x80:] = True
_word_bytes = _word.tolist()


def normalised(text: str) -> bytes:
    """Step 1."""
    made = bytearray(b" ")
    for byte in preprocess(text).encode("utf-8"):
        if byte <= 0x20:
            byte = 0x20
        elif 0x41 <= byte <= 0x5A:
            byte += 0x20
        if byte == 0x20 and made[-1] == 0x20:
            continue
        if len(made) > 1 and made[-1] == byte and made[-2] == byte:
            continue
        made.append(byte)
    if made[-1] != 0x20:
        made.append(0x20)
    return bytes(made)


def tokens(text: bytes) -> list[bytes]:
    """Step 2."""
    found, start, kind = [], 0, -1
    for at, byte in enumerate(text):
        now = -1 if byte == 0x20 else int(_word_bytes[byte])
        if now != kind:
            if kind >= 0:
                found.append(text[start:at])
            start, kind = at, now
    return found


def fnv(kind: int, data: bytes) -> int:
    """Step 3."""
    h = BASIS ^ kind
    for byte in data:
        h = ((h ^ byte) * PRIME) & _mask
    return h


def buckets(hashes: np.ndarray, bits: int) -> np.ndarray:
    """Step 5."""
    mixed = (hashes ^ (hashes >> np.uint64(32))) * np.uint64(GOLDEN)
    return (mixed >> np.uint64(64 - bits)).astype(np.int64)


def word_hashes(text: bytes) -> np.ndarray:
    """Kinds 1 and 2: the tokens in order, then the pairs in order."""
    found = tokens(text)
    hashes = [fnv(TOKEN, token) for token in found]
    hashes += [fnv(PAIR, a + b" " + b) for a, b in zip(found, found[1:])]
    return np.array(hashes, dtype=np.uint64)


def run_hashes(text: bytes, sizes: list[int]) -> np.ndarray:
    """Kind 3: all runs of the first size in order, then those of the next."""
    data = np.frombuffer(text, dtype=np.uint8).astype(np.uint64)
    found, h = [], np.full(len(data), BASIS ^ RUN, dtype=np.uint64)
    for n in range(1, max(sizes) + 1):
        if len(data) < n:
            break
        h = (h[: len(data) - n + 1] ^ data[n - 1 :]) * np.uint64(PRIME)
        if n in sizes:
            found.append(h)
    return np.concatenate(found) if found else np.zeros(0, dtype=np.uint64)
