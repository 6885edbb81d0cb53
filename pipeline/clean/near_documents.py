"""Documents that say nearly the same: MinHash, banding, and the connected components of what meets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from pipeline.clean.minhash import BANDS, ROWS

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_Ints = npt.NDArray[np.int64]
# Documents whose minima agree in a whole band meet. In a band's bucket each one is compared with the first
# and with the one before, so that many equal documents cost no more than a few each.
_SIGNED = """
    CREATE OR REPLACE TABLE signed AS
    SELECT row_number() OVER (ORDER BY dropped.unit_id IS NOT NULL, documents.source, path, doc_id) - 1 AS n,
           doc_id, documents.source, minhash
    FROM documents JOIN document_stats USING (doc_id)
    LEFT JOIN dropped ON dropped.unit = 'document' AND dropped.unit_id = doc_id
    WHERE minhash IS NOT NULL
"""
_PAIRS = f"""
    CREATE OR REPLACE TABLE near_pairs AS
    WITH buckets AS (
        SELECT n, band, list_slice(minhash, band * {ROWS} + 1, band * {ROWS} + {ROWS}) AS rows
        FROM signed, range({BANDS}) AS bands(band)
    ), met AS (
        SELECT n, first_value(n) OVER bucket AS first, lag(n) OVER bucket AS previous
        FROM buckets WINDOW bucket AS (PARTITION BY band, rows ORDER BY n)
    ), pairs AS (
        SELECT DISTINCT n AS later, unnest([first, previous]) AS earlier FROM met WHERE previous IS NOT NULL
    )
    SELECT later, earlier, list_sum(
               list_transform(list_zip(a.minhash, b.minhash), lambda pair: (pair[1] = pair[2])::INT)
           ) / {BANDS * ROWS}.0 AS similarity
    FROM pairs JOIN signed a ON a.n = later JOIN signed b ON b.n = earlier
"""  # noqa: S608 (our own numbers)
_REJECT = """
    INSERT INTO rejected
    WITH nearest AS (
        SELECT n, max(similarity) AS similarity FROM (
            SELECT later AS n, similarity FROM near_pairs WHERE similarity >= $threshold
            UNION ALL SELECT earlier, similarity FROM near_pairs WHERE similarity >= $threshold
        ) GROUP BY n
    )
    SELECT 'clean', 'document', doc_id, signed.source, 'near_duplicate', similarity, $threshold,
           format('About {:.6g} of its word 5-grams are those of another document; one is kept.', similarity)
    FROM components JOIN signed USING (n) JOIN nearest USING (n)
    WHERE n <> component
      AND doc_id NOT IN (
          SELECT unit_id FROM rejected WHERE unit = 'document' AND rule = 'exact_duplicate'
      )
"""


def reject_near_documents(connection: DuckDBPyConnection, threshold: float) -> None:
    """Add to `rejected` all but one of each set of documents that are linked by near-duplicates.

    Which one stays depends on nothing but the documents: one that no other rule drops, then the first by
    source and path. The similarity is the estimated Jaccard similarity of the sets of word 5-grams; banding
    as datatrove's default (14 bands of 8 rows) finds pairs of 0.8 with a probability of 0.92, of 0.9 always.

    Args:
        connection: the database, with `documents`, `document_stats`, `dropped` and `rejected`.
        threshold: least similarity of two documents that are one.
    """
    connection.execute(_SIGNED)
    connection.execute(_PAIRS)
    found = connection.execute(
        "SELECT later, earlier FROM near_pairs WHERE similarity >= $threshold", {"threshold": threshold}
    ).fetchnumpy()
    nodes, components = _components(np.asarray(found["later"]), np.asarray(found["earlier"]))
    connection.register("_components", {"n": nodes, "component": components})
    connection.execute("CREATE OR REPLACE TABLE components AS SELECT * FROM _components")
    connection.unregister("_components")
    connection.execute(_REJECT, {"threshold": threshold})


def _components(later: _Ints, earlier: _Ints) -> tuple[_Ints, _Ints]:
    """Return the nodes of a graph given by its edges, and for each the least that it is connected with."""
    from scipy.sparse import coo_matrix  # noqa: PLC0415 (takes long to import)
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415

    nodes, places = np.unique(np.concatenate([later, earlier]).astype(np.int64), return_inverse=True)
    rows, columns = places[: len(later)], places[len(later) :]
    graph = coo_matrix((np.ones(len(rows), np.int8), (rows, columns)), shape=(len(nodes), len(nodes)))
    _, labels = connected_components(graph, directed=False)
    # Nodes are sorted, so that the first of a label is its least.
    _, first = np.unique(labels, return_index=True)
    return nodes, nodes[first[labels]]
