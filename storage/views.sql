-- The views that people want over a build's tables. A statement ends at a semicolon.

CREATE VIEW kept_documents AS
SELECT * FROM documents
WHERE doc_id NOT IN (SELECT unit_id FROM rejections WHERE unit = 'document' AND unit_id IS NOT NULL);

CREATE VIEW kept_images AS
SELECT * FROM images
WHERE image_id NOT IN (SELECT unit_id FROM rejections WHERE unit = 'image' AND unit_id IS NOT NULL);

-- One row for each address that an image is referred to by, however often it stands in documents.
CREATE VIEW image_references AS
WITH addresses AS (
    SELECT image_url, min(image_id) AS image_id
    FROM elements WHERE kind = 'image' AND image_url IS NOT NULL
    GROUP BY image_url
), copies AS (
    SELECT DISTINCT unit_id AS image_url
    FROM rejections WHERE unit = 'image_url' AND rule = 'exact_duplicate'
)
SELECT image_url, image_id,
    CASE
        WHEN image_id IS NULL THEN 'missing'
        WHEN image_id NOT IN (SELECT image_id FROM kept_images) THEN 'rejected'
        WHEN image_url IN (SELECT image_url FROM copies) THEN 'rejected'
        ELSE 'kept'
    END AS state
FROM addresses;

CREATE VIEW documents_with_counts AS
WITH pictures AS (
    SELECT doc_id,
        count(*) FILTER (image_id IN (SELECT image_id FROM kept_images)) AS kept_images,
        count(*) FILTER (image_id IS NULL) AS missing_images
    FROM elements WHERE kind = 'image'
    GROUP BY doc_id
), sets AS (
    SELECT doc_id, count(*) AS groups FROM groups GROUP BY doc_id
)
SELECT documents.*,
    doc_id IN (SELECT doc_id FROM kept_documents) AS kept,
    coalesce(kept_images, 0) AS kept_images,
    coalesce(missing_images, 0) AS missing_images,
    coalesce(groups, 0) AS groups
FROM documents LEFT JOIN pictures USING (doc_id) LEFT JOIN sets USING (doc_id);

-- One row for each place in a kept document where a kept image stands.
CREATE VIEW figures AS
WITH captions AS (
    SELECT doc_id, caption_of AS position, string_agg(text, ' ' ORDER BY position) AS caption
    FROM elements WHERE caption_of IS NOT NULL AND kind <> 'image'
    GROUP BY ALL
)
SELECT image_id, image_url, alt, caption,
    section_path[-1] AS section, section_path,
    doc_id, position, title, uri, source
FROM elements
JOIN kept_documents USING (doc_id)
LEFT JOIN captions USING (doc_id, position)
WHERE kind = 'image' AND image_id IN (SELECT image_id FROM kept_images);

-- One row for each image in which something is written: its words in reading order.
CREATE VIEW image_texts AS
SELECT image_id, string_agg(text, ' ' ORDER BY index) AS text, count(*) AS words, min(engine) AS engine
FROM image_words GROUP BY image_id;
