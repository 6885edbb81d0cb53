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

-- How many documents of each source were read, kept and dropped; a source of NULL stands for all of them.
CREATE VIEW document_accounts AS
SELECT d.source AS source,
    count(*) AS read, count(k.doc_id) AS kept, count(*) - count(k.doc_id) AS rejected
FROM documents d LEFT JOIN kept_documents k USING (doc_id)
GROUP BY GROUPING SETS ((d.source), ());

-- How many addresses of images each source refers to, and what came of them; NULL stands for all sources.
CREATE VIEW image_accounts AS
WITH places AS (
    SELECT DISTINCT d.source AS source, e.image_url
    FROM elements e JOIN documents d USING (doc_id) WHERE e.kind = 'image' AND e.image_url IS NOT NULL
), counted AS (
    SELECT source, state, image_url FROM places JOIN image_references USING (image_url)
    UNION ALL SELECT NULL, state, image_url FROM image_references
)
SELECT source, count(*) AS referenced, count(*) FILTER (state = 'kept') AS kept,
    count(*) FILTER (state = 'rejected') AS rejected, count(*) FILTER (state = 'missing') AS missing
FROM counted GROUP BY source;

-- What each rule dropped, and how many addresses of images that cost. Mining reports what its guards refused
-- as rejections too, where nothing was dropped.
CREATE VIEW rule_accounts AS
WITH dropped AS (SELECT * FROM rejections WHERE unit <> 'negative'),
hit AS (
    SELECT i.image_url, r.stage, r.unit, r.rule FROM image_references i
    JOIN dropped r ON r.unit = 'image' AND r.unit_id = i.image_id WHERE i.state = 'rejected'
    UNION
    SELECT i.image_url, r.stage, r.unit, r.rule FROM image_references i
    JOIN dropped r ON r.unit = 'image_url' AND r.unit_id = i.image_url WHERE i.state <> 'kept'
), hits AS (SELECT stage, unit, rule, count(DISTINCT image_url) AS addresses FROM hit GROUP BY ALL)
SELECT stage, unit, rule, count(*) AS rows, any_value(addresses) AS addresses,
    min(value) AS lowest, max(value) AS highest, min(threshold) AS threshold
FROM dropped LEFT JOIN hits USING (stage, unit, rule)
GROUP BY stage, unit, rule;

-- What was mined in each direction; a negative is suspected that both documents' encoders take for a match.
CREATE VIEW negative_accounts AS
SELECT modality, count(*) AS negatives, count(DISTINCT (doc_id, position)) AS anchors,
    avg(score) AS score, count(*) FILTER (false_probability >= 0.2) AS suspected,
    count(false_probability) AS judged
FROM negatives GROUP BY modality;

-- One row for each group: how many images and texts it binds, and how sure the layout is of its best pairs.
CREATE VIEW group_sizes AS
SELECT group_id, kind, doc_id, source, len(images) AS images, len(texts) AS texts, list_max(prior) AS best_prior
FROM groups;
