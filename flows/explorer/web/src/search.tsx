// Search by words, by a picture, or by both: a picture is dropped, chosen, or taken from the dataset.
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { get, picture, query, send } from "./api";
import type { ViewProps } from "./main";
import { Empty, Fault, spoken, Tag } from "./parts";
import { go, withQuery } from "./router";

interface Hit {
  by: string;
  score: number;
  doc_id: string | null;
  position: number | null;
  image_id: string | null;
  kind: string | null;
  page: number | null;
  section: string | null;
  text: string | null;
  caption: string | null;
  name: string | null;
  source: string | null;
  language: string | null;
  shared: string[];
}

interface Found {
  images: { rows: Hit[]; next: number | null };
  texts: { rows: Hit[]; next: number | null };
}

const LIMIT = 24;

function base64(file: File): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result).split(",")[1] ?? "");
    reader.onerror = () => reject(new Error("That file cannot be read."));
    reader.readAsDataURL(file);
  });
}

export function SearchView({ place, overview }: ViewProps) {
  const words = place.query.get("words") ?? "";
  const imageId = place.query.get("image");
  const source = place.query.get("source");
  const [text, setText] = useState(words);
  const [brought, setBrought] = useState<{ file: File; shown: string; data: string } | null>(null);
  const [found, setFound] = useState<Found | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const [waiting, setWaiting] = useState(false);
  const [over, setOver] = useState(false);
  const chooser = useRef<HTMLInputElement>(null);
  useEffect(() => setText(words), [words]);

  const ask = useCallback(
    (start: number): Promise<Found> =>
      brought
        ? send<Found>("/api/search", { picture: brought.data, words: words || null, source, start, limit: LIMIT })
        : get<Found>(`/api/search?${query({ words, image_id: imageId, source, start, limit: LIMIT })}`),
    [words, imageId, source, brought],
  );
  useEffect(() => {
    if (!words && !imageId && !brought) {
      setFound(null);
      setFault(null);
      return;
    }
    let current = true;
    setWaiting(true);
    ask(0).then(
      (answer) => current && (setFound(answer), setFault(null), setWaiting(false)),
      (error: Error) => current && (setFault(error.message), setFound(null), setWaiting(false)),
    );
    return () => {
      current = false;
    };
  }, [ask]);

  const bring = async (file: File | undefined) => {
    setOver(false);
    if (!file) return;
    try {
      const data = await base64(file);
      setBrought({ file, data, shown: URL.createObjectURL(file) });
      go(withQuery(place, { image: null }), true);
    } catch (error) {
      setFault((error as Error).message);
    }
  };
  const more = async () => {
    if (!found) return;
    const start = found.images.next ?? found.texts.next;
    if (start === null) return;
    setWaiting(true);
    try {
      const next = await ask(start);
      setFound({
        images: { rows: [...found.images.rows, ...next.images.rows], next: next.images.next },
        texts: { rows: [...found.texts.rows, ...next.texts.rows], next: next.texts.next },
      });
    } catch (error) {
      setFault((error as Error).message);
    }
    setWaiting(false);
  };
  if (!overview.mined) return <Empty>This dataset has no vectors yet: run `looseleaf mine` on it, then it can be searched.</Empty>;
  const asked = imageId ? picture(imageId, 192) : brought?.shown;
  return (
    <div
      class={`search ${over ? "over" : ""}`}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        void bring(event.dataTransfer?.files[0]);
      }}
      onPaste={(event) => void bring(event.clipboardData?.files[0])}
    >
      <form
        class="asking"
        role="search"
        onSubmit={(event) => {
          event.preventDefault();
          go(withQuery(place, { words: text.trim() }));
        }}
      >
        {asked && (
          <span class="asked">
            <img src={asked} alt="The picture that is looked for" />
            <button
              type="button"
              aria-label="Leave the picture out"
              onClick={() => {
                setBrought(null);
                go(withQuery(place, { image: null }), true);
              }}
            >
              ×
            </button>
          </span>
        )}
        <label class="words">
          <span class="unseen">Words to look for</span>
          <input
            type="search"
            class="field"
            data-seek
            autofocus={!words && !asked}
            placeholder={asked ? "Words that go with the picture" : "What are you looking for?"}
            value={text}
            onInput={(event) => setText(event.currentTarget.value)}
          />
        </label>
        <button type="submit" class="go">
          Search
        </button>
        <button type="button" onClick={() => chooser.current?.click()}>
          By a picture …
        </button>
        <input ref={chooser} type="file" accept="image/*" hidden onChange={(event) => void bring(event.currentTarget.files?.[0])} />
      </form>
      {source && (
        <p class="aside">
          Only in <b>{source}</b>{" "}
          <button type="button" class="quiet" onClick={() => go(withQuery(place, { source: null }), true)}>
            everywhere
          </button>
        </p>
      )}
      {fault && <Fault>{fault}</Fault>}
      {!found && !fault && !waiting && (
        <Empty>
          Give words, drop a picture here or paste one, or both: “contour plot” with a picture finds its siblings among contour plots.
        </Empty>
      )}
      {waiting && !found && <p class="more waiting">Looking …</p>}
      {found && (
        <div aria-busy={waiting}>
          <section aria-label="Pictures">
            <h2 class="kind">Pictures</h2>
            <ol class="gallery">
              {found.images.rows.map((hit) => (
                <li key={`${hit.image_id}${hit.doc_id}${hit.position}`}>
                  <a data-row href={`/documents/${hit.doc_id}?at=${hit.position}`}>
                    <span class="frame">{hit.image_id && <img src={picture(hit.image_id, 384)} alt={hit.text ?? ""} loading="lazy" />}</span>
                    <span class="hit-name">{hit.caption || hit.text || hit.name}</span>
                    <Where hit={hit} />
                  </a>
                  {hit.image_id && (
                    <a class="like" href={`/search?image=${hit.image_id}`}>
                      more like this
                    </a>
                  )}
                </li>
              ))}
            </ol>
            {!found.images.rows.length && <p class="aside">No picture was found.</p>}
          </section>
          {found.texts.rows.length > 0 && (
            <section aria-label="Texts">
              <h2 class="kind">Texts</h2>
              <ol class="rows">
                {found.texts.rows.map((hit) => (
                  <li key={`${hit.doc_id}${hit.position}`}>
                    <a class="row" data-row href={`/documents/${hit.doc_id}?at=${hit.position}`}>
                      <span class="row-main">
                        <span class="quote" dir="auto">
                          <Marked text={spoken(hit.text ?? "")} words={hit.shared} />
                        </span>
                        <Where hit={hit} />
                      </span>
                      <Score value={hit.score} />
                    </a>
                  </li>
                ))}
              </ol>
            </section>
          )}
          {(found.images.next !== null || found.texts.next !== null) && (
            <div class="more">
              <button type="button" disabled={waiting} onClick={() => void more()}>
                More hits
              </button>
            </div>
          )}
        </div>
      )}
    </div>
  );
}

function Where({ hit }: { hit: Hit }) {
  return (
    <span class="row-path" title={hit.section ?? ""}>
      {hit.name}
      {hit.page !== null && <> · page {hit.page}</>}
      {hit.section && <> · {hit.section}</>} · {hit.source}
    </span>
  );
}

export function Score({ value }: { value: number }) {
  return (
    <span class="score" title={`cosine ${value.toFixed(3)}`}>
      <Tag>{value.toFixed(2)}</Tag>
    </span>
  );
}

/** A text with the words that the query has too set apart. */
function Marked({ text, words }: { text: string; words: string[] }) {
  if (!words.length) return <>{text}</>;
  const stems = words.map((word) => word.slice(0, Math.max(4, word.length - 3)).replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const parts = text.split(new RegExp(`(\\b(?:${stems.join("|")})[\\p{L}]*)`, "giu"));
  return <>{parts.map((part, index) => (index % 2 ? <mark key={index}>{part}</mark> : part))}</>;
}
