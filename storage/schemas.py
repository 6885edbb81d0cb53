"""The Arrow schema of every table: what one row is, and which columns it has.

Only types that Delta Lake keeps as they are: no float16, no fixed-size lists, no dictionaries, no unsigned
integers. Rows name each other by `doc_id` (hash of source and path or URL), `position` (reading order within
a document, from 0) and `image_id` (sha256 of the bytes).
"""

from __future__ import annotations

import pyarrow as pa

_TIME = pa.timestamp("us", tz="UTC")
_STRINGS = pa.list_(pa.string())

#: The kinds of element that a reader may emit.
ELEMENT_KINDS = ("heading", "text", "list_item", "table", "code", "math", "quote", "image")

#: One row: a document that was read, whether or not a rule later rejects it.
DOCUMENTS = pa.schema(
    [
        ("doc_id", pa.string()),
        ("source", pa.string()),  # the recipe's name for where it came from
        ("uri", pa.string()),
        ("path", pa.string()),  # relative to the source's root; the URL's path for web pages
        ("family", pa.string()),  # documents of one family never stand on both sides of a split
        ("title", pa.string()),
        ("language", pa.string()),  # ISO 639-1, null when there is too little text
        ("license", pa.string()),  # SPDX or a URL, where the source or the page states it
        ("license_from", pa.string()),  # rel, meta, json-ld, link, header, document, sidecar or recipe
        ("opt_out", pa.string()),  # the header or meta tag that asks us not to use the page, else null
        ("media_type", pa.string()),
        ("fetched_at", _TIME),  # a web page's record date, a file's null
        ("bytes", pa.int64()),
        ("content_hash", pa.string()),  # sha256 of the bytes that were read
        ("text_hash", pa.string()),  # sha256 of the text, white space folded: equal means an exact duplicate
        ("n_elements", pa.int32()),
        ("n_texts", pa.int32()),
        ("n_images", pa.int32()),
        ("n_words", pa.int32()),
        ("n_masked", pa.int32()),  # pieces of personal data that a placeholder stands for
    ]
)

#: One row: one thing in reading order.
ELEMENTS = pa.schema(
    [
        ("doc_id", pa.string()),
        ("position", pa.int32()),
        ("kind", pa.string()),
        ("level", pa.int32()),  # of a heading (1 to 6) or a nested list item, else null
        ("text", pa.string()),
        ("section", pa.int32()),  # counts the headings passed so far; 0 before the first
        ("section_path", _STRINGS),  # titles from the outermost heading to this one
        ("figure", pa.int32()),  # shared by the images and the caption of one figure, else null
        (
            "caption_of",
            pa.int32(),
        ),  # position of the (first) image, or the table, that this text describes
        ("image_id", pa.string()),  # null until, or unless, the bytes were had
        ("image_url", pa.string()),  # the best candidate: the name of the reference
        ("image_candidates", _STRINGS),  # every candidate, best first
        ("alt", pa.string()),
        ("boilerplate", pa.bool_()),
        ("boilerplate_score", pa.float32()),  # 0 (content) to 1; null where nothing was measured
        ("language", pa.string()),  # ISO 639-1; null where the text is too short to tell and none is stated
        ("direction", pa.string()),  # ltr or rtl
        ("code_language", pa.string()),  # of code, as its document names it
        ("cells", pa.list_(_STRINGS)),  # a table's rows, spans repeated; null for other kinds
        ("page", pa.int32()),  # from 1, of a document that has pages or slides
    ]
)

#: One row: image bytes, once.
IMAGES = pa.schema(
    [
        ("image_id", pa.string()),
        ("bytes", pa.large_binary()),  # as they were fetched
        (
            "raster",
            pa.large_binary(),
        ),  # a drawing (SVG) as PNG, which is what to look at; null for the others
        ("mime", pa.string()),
        ("width", pa.int32()),  # pixels, upright; of a drawing its raster's
        ("height", pa.int32()),
        ("size", pa.int64()),  # bytes
        ("phash", pa.string()),  # 64-bit perceptual hash, 16 hexadecimal digits
        ("contrast", pa.float32()),  # standard deviation of the grey values, 0 to 127.5
    ]
)

#: One row: what the rules for documents look at, measured over all content text (see pipeline.clean.text).
DOCUMENT_STATS = pa.schema(
    [
        ("doc_id", pa.string()),
        ("language", pa.string()),  # as py3langid names it; null for a short text
        ("language_probability", pa.float32()),
        ("words", pa.int32()),
        ("sentences", pa.int32()),
        ("character_repetition", pa.float32()),  # of 10-grams, 0 to 1
        ("word_repetition", pa.float32()),  # of 5-grams, 0 to 1
        ("special", pa.float32()),  # share of characters that are no letters
        ("stop_words", pa.float32()),  # share of words; null for a language without a list
        ("punctuation", pa.float32()),  # share of tokens
        ("word_length", pa.float32()),  # mean, in characters
        ("alphabetic", pa.float32()),  # share of words with a letter
        ("symbols", pa.float32()),  # signs # and ellipses for each word
        ("braces", pa.int32()),
        ("lorem", pa.int32()),
        ("minhash", pa.list_(pa.int64())),  # signature of the word 5-grams; null for fewer than five words
    ]
)

#: One row: what the rules for texts look at, of one element that is content.
ELEMENT_STATS = pa.schema(
    [
        ("doc_id", pa.string()),
        ("position", pa.int32()),
        ("kind", pa.string()),
        ("words", pa.int32()),
        ("character_repetition", pa.float32()),
        ("word_repetition", pa.float32()),
        ("special", pa.float32()),
        ("stop_words", pa.float32()),
        ("punctuation", pa.float32()),  # null for fewer than 12 tokens
        ("ends_sentence", pa.bool_()),
        ("policy", pa.int32()),  # phrases of cookie and script notices
        ("text_hash", pa.string()),  # of the text, white space folded: equal means the same paragraph
    ]
)

#: One row: what the rules for images look at, and the rights that the file itself states.
IMAGE_STATS = pa.schema(
    [
        ("image_id", pa.string()),
        ("format", pa.string()),
        ("min_side", pa.int32()),  # pixels
        ("max_side", pa.int32()),
        ("aspect", pa.float32()),  # longer side over shorter
        ("contrast", pa.float32()),
        ("phash", pa.string()),
        ("license", pa.string()),
        ("copyright", pa.string()),
        ("rights_from", pa.string()),  # where they are stated: exif, xmp, iptc, png
    ]
)

#: One row: a word that stands written in an image.
IMAGE_WORDS = pa.schema(
    [
        ("image_id", pa.string()),
        ("index", pa.int32()),  # from 0, line by line, then what is written upwards
        ("text", pa.string()),
        ("confidence", pa.float32()),  # 0 to 100, as the engine says
        ("left", pa.int32()),  # pixels of the image
        ("top", pa.int32()),
        ("width", pa.int32()),
        ("height", pa.int32()),
        ("vertical", pa.bool_()),  # written from bottom to top
        ("engine", pa.string()),
        ("engine_version", pa.string()),
    ]
)

#: One row: one try for one URL.
IMAGE_FETCHES = pa.schema(
    [
        ("image_url", pa.string()),  # of a server in its normal form, in which it is asked for
        ("image_id", pa.string()),  # null when nothing was had
        ("outcome", pa.string()),  # ok, failed, refused, opted_out, or deferred until next_try_at
        ("reason", pa.string()),
        ("status", pa.int32()),  # HTTP status, null for files
        ("attempt", pa.int32()),  # from 1; a deferral repeats the number of the try before it
        ("round", pa.int32()),  # from 1: tries of one build are one round, a later build's the next
        ("tried_at", _TIME),  # null for local files, so that the same files give the same rows
        ("next_try_at", _TIME),  # null when there will be none
        ("opt_out", pa.string()),  # the header, file, rule or page that asked us not to
    ]
)

#: One row: something that was dropped, and the measured value that decided it.
REJECTIONS = pa.schema(
    [
        ("stage", pa.string()),
        ("unit", pa.string()),  # document, element, image, image_url, file, group
        ("unit_id", pa.string()),  # doc_id, doc_id#position, image_id, image_url, path, group_id
        ("source", pa.string()),
        ("rule", pa.string()),
        ("value", pa.float64()),  # what was measured, null where nothing could be
        ("threshold", pa.float64()),
        ("detail", pa.string()),  # one sentence for a person
    ]
)

#: One row: a loose set of images and texts of one document.
GROUPS = pa.schema(
    [
        ("group_id", pa.string()),
        ("kind", pa.string()),  # window, section, document, case
        ("doc_id", pa.string()),
        ("source", pa.string()),
        ("family", pa.string()),
        ("images", pa.list_(pa.int32())),  # M positions
        ("texts", pa.list_(pa.int32())),  # N positions
        ("prior", pa.list_(pa.float32())),  # M x N, row by row, each row sums to one
    ]
)

#: One row: a link that is known to be true (a generator's ground truth); read by the evaluation alone.
LINKS = pa.schema(
    [
        ("doc_id", pa.string()),
        ("image", pa.int32()),  # position
        ("text", pa.int32()),  # position
    ]
)

#: One row: a vector of one image (by image_id) or of one element (by doc_id and position).
EMBEDDINGS = pa.schema(
    [
        ("modality", pa.string()),  # pixels, words (an image's own), text, or tokens: tiles_tokens, ...
        ("image_id", pa.string()),  # for pixels
        ("doc_id", pa.string()),  # for words and text
        ("position", pa.int32()),
        ("encoder", pa.string()),
        ("encoder_version", pa.string()),
        ("vector", pa.list_(pa.float32())),  # of tokens: those of one unit, one after the other
    ]
)

#: One row: a mined negative and the guards that it passed.
NEGATIVES = pa.schema(
    [
        ("group_id", pa.string()),  # the anchor's group
        ("doc_id", pa.string()),
        ("position", pa.int32()),
        ("negative_group_id", pa.string()),
        ("negative_doc_id", pa.string()),
        ("negative_position", pa.int32()),
        ("modality", pa.string()),  # image->text, text->image, image->image, text->text
        ("score", pa.float32()),  # cosine
        ("rank", pa.int32()),  # from 0, after the guards
        ("encoder", pa.string()),
        ("guards", _STRINGS),  # the guards that were asked and let it pass
        ("false_probability", pa.float32()),  # that both documents are one, to locked encoders; null: unknown
    ]
)

#: One row: what a person said of a mined pair; the newest of a pair counts, whichever way round it is named.
MARKS = pa.schema(
    [
        ("mark_id", pa.string()),
        ("doc_id", pa.string()),
        ("position", pa.int32()),
        ("negative_doc_id", pa.string()),
        ("negative_position", pa.int32()),
        ("verdict", pa.string()),  # false_negative, true_negative, or withdrawn
        ("note", pa.string()),  # in the person's words, may be null
        ("marked_at", _TIME),
    ]
)

#: One row: a build, which pins the version of every table.
BUILDS = pa.schema(
    [
        ("build_id", pa.string()),
        ("parent", pa.string()),
        ("stage", pa.string()),  # build or mine: what was added to the parent
        ("created_at", _TIME),
        ("recipe", pa.string()),  # JSON
        ("code_version", pa.string()),
        ("tables", pa.string()),  # JSON: table -> version
        ("counts", pa.string()),  # JSON: table -> rows
        ("stages", pa.string()),  # JSON: stage -> seconds, peak memory, chunks
        ("flow_run", pa.string()),
        ("rolled_back_to", pa.string()),  # the build whose state this one brought back
    ]
)

SCHEMAS: dict[str, pa.Schema] = {
    "documents": DOCUMENTS,
    "elements": ELEMENTS,
    "images": IMAGES,
    "document_stats": DOCUMENT_STATS,
    "element_stats": ELEMENT_STATS,
    "image_stats": IMAGE_STATS,
    "image_words": IMAGE_WORDS,
    "image_fetches": IMAGE_FETCHES,
    "rejections": REJECTIONS,
    "groups": GROUPS,
    "links": LINKS,
    "embeddings": EMBEDDINGS,
    "negatives": NEGATIVES,
    "marks": MARKS,
    "builds": BUILDS,
}


def table_of(name: str, rows: list[dict[str, object]]) -> pa.Table:
    """Return `rows` as an Arrow table of the named schema; a missing column is null.

    Raises:
        KeyError: if there is no table of that name, or a row has a column that the schema does not have.
    """
    schema = SCHEMAS[name]
    known = set(schema.names)
    for row in rows:
        unknown = row.keys() - known
        if unknown:
            raise KeyError(f"table {name} has no column {sorted(unknown)[0]!r}")
    return pa.Table.from_pylist(rows, schema=schema)
