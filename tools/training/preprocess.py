"""What a post's text goes through before it is cut into word pieces.

The rule `posts-1` works on bytes, in this order, and is the one of the Swift side, byte for byte:

1. `&lt;`, `&gt;` and `&amp;` become `<`, `>` and `&`, in one pass from left to right: platforms deliver these three
   escaped, and what a replacement makes is not read again.
2. A link, `http://` or `https://` in lower case and every byte up to the next space, tab, line feed, carriage return or
   the end, becomes `http`.
3. A mention, `@` not directly after one of `A-Z a-z 0-9 _`, followed by one or more of these, becomes `@user`.

Links are looked for first, so that a mention inside of a link goes with it. This is what TweetEval's authors did to the
texts that the model learns from (users to `@user`, links to `http`).
"""

import re

NAME = "posts-1"

_entities = re.compile(r"&(lt|gt|amp);")
_links = re.compile(r"https?://[^ \t\n\r]*")
_mentions = re.compile(r"(?<![A-Za-z0-9_])@[A-Za-z0-9_]+")
_meaning = {"lt": "<", "gt": ">", "amp": "&"}
_escapes = re.compile(r"\\u([0-9a-fA-F]{4})")


def preprocess(text: str) -> str:
    """The text as the encoder sees it."""
    text = _entities.sub(lambda match: _meaning[match[1]], text)
    text = _links.sub("http", text)
    return _mentions.sub("@user", text)


def mend(text: str) -> str:
    r"""Undoes what went wrong when the training texts were published: `\u2019` for an apostrophe, `\""` for a quote.

    Live posts have no such marks, so this belongs to training and not to `preprocess`.
    """
    text = _escapes.sub(lambda match: chr(int(match[1], 16)), text)
    text = text.replace('\\""', '"').replace('\\"', '"').replace('""', '"').strip()
    if len(text) > 1 and text.startswith('"') and text.endswith('"') and text.count('"') % 2 == 0:
        text = text[1:-1]
    return text.encode("utf-8", "replace").decode("utf-8")
