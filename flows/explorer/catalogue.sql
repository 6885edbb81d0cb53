-- The tables of the catalogue. Those of `source` are asked of the dataset's views and copied as a stream, those
-- of `target` are made of what was copied. A statement ends at a semicolon.

-- source: drops
SELECT stage, unit, unit_id, source, rule, value, threshold, detail
FROM rejections WHERE unit <> 'negative';

-- source: counted
SELECT * FROM documents_with_counts;

-- source: places
SELECT e.image_id, count(DISTINCT e.doc_id) AS documents,
    arg_min(e.doc_id, (e.doc_id, e.position)) AS doc_id,
    arg_min(e.position, (e.doc_id, e.position)) AS position,
    arg_min(coalesce(e.alt, ''), (e.doc_id, e.position)) AS alt
FROM elements e WHERE e.kind = 'image' AND e.image_id IS NOT NULL GROUP BY e.image_id;

-- source: addresses
SELECT e.image_url, min(e.doc_id) AS doc_id, arg_min(e.position, e.doc_id) AS position, min(e.image_id) AS image_id
FROM elements e WHERE e.kind = 'image' AND e.image_url IN (SELECT unit_id FROM rejections WHERE unit = 'image_url')
GROUP BY e.image_url;

-- source: lost
SELECT e.doc_id, r.unit || ':' || r.rule AS rule
FROM elements e JOIN rejections r ON r.unit = 'image' AND r.unit_id = e.image_id WHERE e.kind = 'image'
UNION
SELECT e.doc_id, r.unit || ':' || r.rule
FROM elements e JOIN rejections r ON r.unit = 'image_url' AND r.unit_id = e.image_url WHERE e.kind = 'image';

-- source: faces
SELECT doc_id, list(image_id ORDER BY position)[:3] AS faces
FROM elements WHERE kind = 'image' AND image_id IN (SELECT image_id FROM kept_images) GROUP BY doc_id;

-- source: pictures
SELECT image_id, mime, width, height, size FROM images;

-- source: sets
SELECT group_id, kind, doc_id, source, len(images)::INTEGER AS n_images, len(texts)::INTEGER AS n_texts FROM groups;

-- The mined pairs that a person looks at: of each direction the likeliest false ones, and hardest ones drawn by
-- a hash. All of a document's own are read from the table.
-- source: mined
WITH chosen AS (
    SELECT *, row_number() OVER (PARTITION BY modality ORDER BY coalesce(false_probability, -1) DESC) AS suspicion,
        row_number() OVER (PARTITION BY modality, rank = 0 ORDER BY md5(doc_id || position::VARCHAR)) AS draw
    FROM negatives
)
SELECT group_id, doc_id, position, negative_group_id, negative_doc_id, negative_position, modality, score, rank,
    encoder, guards, false_probability
FROM chosen WHERE suspicion <= 20000 OR (rank = 0 AND draw <= 20000);

-- source: directions
SELECT modality, count(*) AS negatives, count(*) FILTER (false_probability >= 0.2) AS suspected,
    avg(score) AS score, min(encoder) AS encoder
FROM negatives GROUP BY modality;

-- source: refusals
SELECT unit_id AS modality, rule, sum(value) AS pairs FROM rejections WHERE unit = 'negative' GROUP BY ALL;

-- target: rules
CREATE TABLE rules AS
WITH said AS (
    SELECT unit_id AS doc_id, 'document:' || rule AS rule FROM drops WHERE unit = 'document'
    UNION
    SELECT split_part(unit_id, '#', 1), unit || ':' || rule FROM drops WHERE unit IN ('element', 'group')
    UNION
    SELECT doc_id, rule FROM lost
)
SELECT doc_id, list(rule ORDER BY rule) AS rules FROM said GROUP BY doc_id;

-- target: documents
CREATE TABLE documents AS
SELECT row_number() OVER (ORDER BY d.source, d.path, d.doc_id)::INTEGER AS number,
    d.*, coalesce(r.rules, []) AS rules,
    coalesce(nullif(trim(d.title), ''), d.path, d.uri) AS name,
    lower(concat_ws(' ', d.title, d.path, d.uri)) AS folded,
    coalesce(f.faces, []) AS faces, coalesce(e.ranges, []) AS ranges
FROM counted d LEFT JOIN rules r USING (doc_id) LEFT JOIN faces f USING (doc_id) LEFT JOIN (
    SELECT doc_id, list({file: file, first: first, stop: stop} ORDER BY file, first) AS ranges
    FROM element_ranges GROUP BY doc_id
) e USING (doc_id);

-- target: document_key
CREATE UNIQUE INDEX document_key ON documents (doc_id);

-- target: images
CREATE TABLE images AS
SELECT p.*, s.file, s.row, coalesce(l.documents, 0) AS documents, l.doc_id, l.position, l.alt
FROM pictures p JOIN image_spots s ON s.id = p.image_id LEFT JOIN places l USING (image_id);

-- target: image_key
CREATE INDEX image_key ON images (image_id);

-- target: groups
CREATE TABLE groups AS
SELECT row_number() OVER (ORDER BY g.n_images * g.n_texts DESC, g.group_id)::INTEGER AS number, g.*, s.file, s.row,
    d.name, d.language
FROM sets g JOIN group_spots s ON s.id = g.group_id LEFT JOIN documents d USING (doc_id);

-- target: group_key
CREATE INDEX group_key ON groups (group_id);

-- target: group_document
CREATE INDEX group_document ON groups (doc_id);

-- target: negatives
CREATE TABLE negatives AS
SELECT row_number() OVER (ORDER BY coalesce(false_probability, -1) DESC, doc_id, position, modality, rank)::INTEGER
    AS number, *
FROM mined;

-- target: rejections
CREATE TABLE rejections AS
SELECT row_number() OVER (ORDER BY r.unit, r.rule, coalesce(r.value, 0) DESC, r.unit_id)::INTEGER AS number,
    r.stage, r.unit, r.unit_id, r.rule, r.value, r.threshold, r.detail,
    coalesce(r.source, d.source) AS source,
    coalesce(own.doc_id, d.doc_id) AS doc_id,
    CASE WHEN r.unit = 'element' THEN try_cast(split_part(r.unit_id, '#', 2) AS INTEGER)
        ELSE coalesce(l.position, a.position) END AS position,
    CASE WHEN r.unit = 'image' THEN r.unit_id ELSE a.image_id END AS image_id,
    d.name
FROM drops r
LEFT JOIN places l ON r.unit = 'image' AND l.image_id = r.unit_id
LEFT JOIN addresses a ON r.unit = 'image_url' AND a.image_url = r.unit_id
LEFT JOIN documents own ON r.unit IN ('document', 'element') AND own.doc_id = split_part(r.unit_id, '#', 1)
LEFT JOIN documents d ON d.doc_id = coalesce(own.doc_id, l.doc_id, a.doc_id);

-- target: counted
DROP TABLE counted;

-- target: drops
DROP TABLE drops;

-- target: lost
DROP TABLE lost;

-- target: pictures
DROP TABLE pictures;

-- target: mined
DROP TABLE mined;

-- target: sets
DROP TABLE sets;

-- target: faces
DROP TABLE faces;
