// The original of a document: a page in which nothing runs, a text, or a PDF's pages as pictures.
import { useState } from "preact/hooks";
import { useAsk } from "./api";
import { Fault } from "./parts";

interface OriginalAbout {
  kind: "html" | "pdf" | "text" | "file" | null;
  reason?: string;
  bytes?: number;
  pages?: number | null;
}

export function OriginalPane({ id, first }: { id: string; first: number }) {
  const about = useAsk<OriginalAbout>(`/api/documents/${id}/original`);
  const address = `/api/documents/${id}/original/content`;
  const [page, setPage] = useState(first);
  const found = about.value;
  return (
    <aside class="original" aria-label="Original">
      {about.fault && <Fault>{about.fault}</Fault>}
      {found?.kind === null && <p class="empty">{found.reason}</p>}
      {(found?.kind === "html" || found?.kind === "text") && (
        <>
          <p class="aside">
            {found.kind === "html"
              ? "As it was read, with scripts off and without what other files would add."
              : "As it was read."}
          </p>
          <iframe title="Original document" sandbox="" src={address} />
        </>
      )}
      {found?.kind === "pdf" && found.pages && (
        <>
          <p class="aside pages">
            <button type="button" disabled={page <= 1} aria-label="Previous page" onClick={() => setPage(page - 1)}>
              ‹
            </button>
            <label>
              Page{" "}
              <input
                type="number"
                min={1}
                max={found.pages}
                value={page}
                onChange={(event) => setPage(Math.max(1, Math.min(found.pages!, Number(event.currentTarget.value) || 1)))}
              />{" "}
              of {found.pages}
            </label>
            <button type="button" disabled={page >= found.pages} aria-label="Next page" onClick={() => setPage(page + 1)}>
              ›
            </button>
          </p>
          <img src={`/api/documents/${id}/original/pages/${page}`} alt={`Page ${page} of the original`} />
        </>
      )}
      {found?.kind === "file" && (
        <p class="empty">
          A browser cannot show this kind of file.{" "}
          <a href={address} download>
            Download it
          </a>
        </p>
      )}
    </aside>
  );
}
