"""Questions to begin with: they stand in the help of `looseleaf query`, in its prompt and in the docs."""

from __future__ import annotations

#: What is asked, and the query.
EXAMPLES = (
    (
        "How many documents each source gave, and how many were kept",
        "SELECT source, count(*) AS documents, count(*) FILTER (kept) AS kept FROM documents_with_counts "
        "GROUP BY source ORDER BY documents DESC",
    ),
    (
        "Which rule dropped how much",
        "SELECT unit, rule, sum(killed) AS killed FROM kills GROUP BY ALL ORDER BY killed DESC",
    ),
    (
        "Why one document was dropped",
        "SELECT rule, value, threshold, detail FROM rejections JOIN documents ON unit_id = doc_id "
        "WHERE path LIKE '%report%'",
    ),
    (
        "Pictures with their captions and sections",
        "SELECT title, section, caption, image_url FROM figures WHERE caption ILIKE '%mesh%' LIMIT 20",
    ),
    (
        "The languages of what was kept",
        "SELECT language, count(*) AS documents FROM kept_documents GROUP BY ALL ORDER BY documents DESC",
    ),
)
