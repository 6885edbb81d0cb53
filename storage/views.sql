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

-- How fetching from each host went, by the last try for each address. Local files are not fetched.
CREATE VIEW image_hosts AS
WITH last AS (
    SELECT regexp_extract(image_url, '^https?://(?:[^/?#@]*@)?([^/?#]*)', 1) AS host,
        arg_max(outcome, (round, tried_at, attempt)) AS outcome, count(*) AS tries
    FROM image_fetches WHERE tried_at IS NOT NULL GROUP BY image_url
)
SELECT host, count(*) AS images, sum(tries)::BIGINT AS tries,
    count(*) FILTER (outcome = 'ok') AS had,
    count(*) FILTER (outcome = 'failed') AS failed,
    count(*) FILTER (outcome = 'refused') AS refused,
    count(*) FILTER (outcome = 'opted_out') AS opted_out,
    count(*) FILTER (outcome = 'deferred') AS deferred,
    count(*) FILTER (outcome = 'ok') / count(*) AS success
FROM last GROUP BY host;

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

-- One row for each rule and source: how many units the source has, and how many of them the rule dropped.
CREATE VIEW kills AS
WITH addresses AS (
    SELECT image_url, image_id, source FROM elements JOIN documents USING (doc_id)
    WHERE kind = 'image' AND image_url IS NOT NULL
), image_sources AS (
    SELECT image_id AS unit_id, min(source) AS source FROM addresses WHERE image_id IS NOT NULL GROUP BY ALL
), address_sources AS (
    SELECT image_url AS unit_id, min(source) AS source FROM addresses GROUP BY ALL
), units AS (
    SELECT 'document' AS unit, source, count(*) AS looked_at FROM documents GROUP BY ALL
    UNION ALL
    SELECT 'element', source, count(*) FROM element_stats JOIN documents USING (doc_id) GROUP BY ALL
    UNION ALL
    SELECT 'image', source, count(*) FROM image_sources GROUP BY ALL
    UNION ALL
    SELECT 'image_url', source, count(*) FROM address_sources GROUP BY ALL
), dropped AS (
    SELECT stage, unit, rule, unit_id,
        coalesce(rejections.source, image_sources.source, address_sources.source) AS source
    FROM rejections
    LEFT JOIN image_sources USING (unit_id)
    LEFT JOIN address_sources USING (unit_id)
    WHERE unit <> 'negative'
)
SELECT stage, unit, rule, source, looked_at, count(DISTINCT unit_id) AS killed,
    count(DISTINCT unit_id) / looked_at AS share
FROM dropped LEFT JOIN units USING (unit, source)
GROUP BY stage, unit, rule, source, looked_at;

-- One row for each image in which something is written: its words in reading order.
CREATE VIEW image_texts AS
SELECT image_id, string_agg(text, ' ' ORDER BY index) AS text, count(*) AS words, min(engine) AS engine
FROM image_words GROUP BY image_id;
