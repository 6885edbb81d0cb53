"""Reads the documents of shards one by one, to be written again with changes."""

from __future__ import annotations

from collections.abc import Iterator

from storage.shards import ShardDocument, ShardReader


def documents_of(reader: ShardReader, number: int) -> Iterator[ShardDocument]:
    """Give the documents of a block one by one, without their pictures' bytes and tokens."""
    batch = reader.block(number)
    image_ends, text_ends = batch.image_offsets.tolist(), batch.text_offsets.tolist()
    for index in range(len(batch)):
        images = slice(image_ends[index], image_ends[index + 1])
        texts = slice(text_ends[index], text_ends[index + 1])
        pairs = slice(int(batch.prior_offsets[index]), int(batch.prior_offsets[index + 1]))
        shape = (images.stop - images.start, texts.stop - texts.start)
        yield ShardDocument(
            doc_id=batch.doc_ids[index],
            group_id=batch.group_ids[index],
            source=batch.sources[index],
            family=batch.families[index],
            split=str(reader.splits[batch.doc_indices[index]]),
            image_position=batch.image_position[images].tolist(),
            image_id=batch.image_ids[images],
            image_name=batch.image_names[images],
            image_section=batch.image_section[images].tolist(),
            text_position=batch.text_position[texts].tolist(),
            text=batch.texts[texts],
            text_section=batch.text_section[texts].tolist(),
            caption_of=batch.caption_of[texts].tolist(),
            prior=batch.prior[pairs].reshape(shape),
            pixels=batch.pixels[images],
            words=batch.words[images],
            text_features=batch.text_features[texts],
            picture_words=batch.picture_words[images],
            text_title=batch.text_titles[texts],
            language=batch.languages[index],
            link=batch.link[pairs].reshape(shape) if batch.has_links[index] else None,
        )
