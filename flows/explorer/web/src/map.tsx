// The map: every document, or every picture, as a point; neighbours are alike, clusters have names.
import { EmbeddingView, type DataPoint, type ViewportState } from "embedding-atlas";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { get, picture, useAsk } from "./api";
import type { Member } from "./groups";
import type { ViewProps } from "./main";
import { count, Empty, Fault, Thumb } from "./parts";
import { go, withQuery } from "./router";

interface Cluster {
  cluster: number;
  name: string;
  size: number;
  x: number;
  y: number;
}

interface MapAbout {
  ready: boolean;
  clusters: Cluster[];
  points: number;
}

type Point = Partial<Member> & { doc_id: string; name?: string; n_words?: number; kept_images?: number; faces?: string[]; cluster: number };

interface Points {
  x: Float32Array<ArrayBuffer>;
  y: Float32Array<ArrayBuffer>;
  category: Uint8Array<ArrayBuffer>;
}

/** Colours of the clusters: hues turned by the golden angle, so that neighbours in number differ. */
function colours(number: number, dark: boolean): string[] {
  return Array.from({ length: number }, (_, index) => {
    const hue = (165 + index * 137.508) % 360;
    const light = dark ? 66 + (index % 2) * 6 : 44 + (index % 2) * 8;
    return hex(hue, 0.45, light / 100);
  });
}

function hex(hue: number, saturation: number, light: number): string {
  const chroma = saturation * Math.min(light, 1 - light);
  const part = (n: number) => {
    const k = (n + hue / 30) % 12;
    const value = light - chroma * Math.max(-1, Math.min(k - 3, 9 - k, 1));
    return Math.round(255 * value)
      .toString(16)
      .padStart(2, "0");
  };
  return `#${part(0)}${part(8)}${part(4)}`;
}

function isDark(): boolean {
  const theme = document.documentElement.dataset["theme"];
  return theme ? theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

export function MapView({ place, overview }: ViewProps) {
  const which = place.query.get("of") === "images" ? "images" : "documents";
  const about = useAsk<MapAbout>(overview.map ? `/api/map/${which}` : null);
  const [point, setPoint] = useState<Point | null>(null);
  const [picked, setPicked] = useState<number | null>(null);
  const ready = about.value?.ready ?? false;
  useEffect(() => {
    if (!about.value || ready) return;
    const timer = setTimeout(about.again, 2000);
    return () => clearTimeout(timer);
  }, [about.value]);
  useEffect(() => {
    setPoint(null);
    setPicked(null);
  }, [which]);
  if (!overview.map) return <Empty>This dataset has no vectors yet: run `looseleaf mine` on it, then it can be drawn.</Empty>;
  return (
    <div class="sided wide-rail first-side">
      <aside class="rail" aria-label="Clusters">
        <div class="switch" role="group" aria-label="What the map shows">
          {(["documents", "images"] as const).map((name) => (
            <button key={name} type="button" class={which === name ? "on" : ""} aria-pressed={which === name} onClick={() => go(withQuery(place, { of: name === "documents" ? null : name }), true)}>
              {name === "documents" ? "Documents" : "Pictures"}
            </button>
          ))}
        </div>
        {ready && (
          <fieldset class="facet">
            <legend>Clusters, named by their words</legend>
            {about.value!.clusters.map((one, index) => (
              <button key={one.cluster} type="button" class="value cluster" data-row aria-pressed={picked === one.cluster} onClick={() => setPicked(picked === one.cluster ? null : one.cluster)}>
                <b style={{ background: colours(about.value!.clusters.length, isDark())[index] }} />
                <span class="value-name">{one.name}</span>
                <span class="value-count">{count(one.size)}</span>
              </button>
            ))}
          </fieldset>
        )}
      </aside>
      <section class="list map-side" aria-label="Map">
        {about.fault && <Fault>{about.fault}</Fault>}
        {about.value && !ready && <p class="empty waiting">The map is being drawn. That takes a minute or two, once.</p>}
        {ready && <Plane key={which} which={which} about={about.value!} picked={picked} onPoint={setPoint} />}
        {point && <Card point={point} which={which} name={about.value?.clusters[point.cluster]?.name ?? ""} onClose={() => setPoint(null)} />}
        {ready && picked !== null && which === "documents" && (
          <p class="aside">
            <a href={`/documents?cluster=${picked}`}>The {count(about.value!.clusters[picked]?.size)} documents of this cluster</a>
          </p>
        )}
      </section>
    </div>
  );
}

function Plane({ which, about, picked, onPoint }: { which: string; about: MapAbout; picked: number | null; onPoint: (point: Point | null) => void }) {
  const box = useRef<HTMLDivElement>(null);
  const view = useRef<EmbeddingView | null>(null);
  const [points, setPoints] = useState<Points | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const [dark, setDark] = useState(isDark);
  useEffect(() => {
    const control = new AbortController();
    fetch(`/api/map/${which}/points`, { signal: control.signal })
      .then((answer) => answer.arrayBuffer())
      .then((bytes) => {
        const n = about.points;
        setPoints({ x: new Float32Array(bytes, 0, n), y: new Float32Array(bytes, 4 * n, n), category: new Uint8Array(bytes, 8 * n, n) });
      })
      .catch((error: Error) => control.signal.aborted || setFault(error.message));
    return () => control.abort();
  }, [which, about.points]);
  useEffect(() => {
    const changed = () => setDark(isDark());
    const watcher = new MutationObserver(changed);
    watcher.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
    const media = matchMedia("(prefers-color-scheme: dark)");
    media.addEventListener("change", changed);
    return () => {
      watcher.disconnect();
      media.removeEventListener("change", changed);
    };
  }, []);
  const near = useMemo(() => (points ? finder(points) : null), [points]);
  useEffect(() => {
    if (!box.current || !points || !near) return;
    const found = box.current;
    const all = colours(about.clusters.length, dark);
    const faded = dark ? "#2c3336" : "#e4e1d8";
    const props = {
      data: points,
      customTooltip: { class: Hint, props: { which, names: about.clusters.map((one) => one.name) } },
      categoryColors: all.map((colour, index) => (picked === null || picked === index ? colour : faded)),
      labels: about.clusters.map((one) => ({ x: one.x, y: one.y, content: one.name, priority: one.size, level: 0 })),
      width: found.clientWidth,
      height: found.clientHeight,
      config: { colorScheme: dark ? ("dark" as const) : ("light" as const), mode: "points" as const, autoLabelEnabled: false },
      theme: { statusBar: false, brandingLink: null, fontFamily: "system-ui, sans-serif" },
      querySelection: async (x: number, y: number, unit: number): Promise<DataPoint | null> => near(x, y, 12 * unit),
      onSelection: (chosen: DataPoint[] | null) => {
        const index = chosen?.[0]?.identifier;
        if (index === undefined) onPoint(null);
        else get<Point>(`/api/map/${which}/points/${String(index)}`).then(onPoint, () => onPoint(null));
      },
    };
    if (view.current) view.current.update(props);
    else view.current = new EmbeddingView(found, { ...props, viewportState: fitted(points, found) });
    const watcher = new ResizeObserver(() => view.current?.update({ width: found.clientWidth, height: found.clientHeight }));
    watcher.observe(found);
    return () => watcher.disconnect();
  }, [points, near, dark, picked]);
  useEffect(() => () => view.current?.destroy(), []);
  if (fault) return <Fault>{fault}</Fault>;
  return (
    <>
      <div class="map" ref={box} role="application" aria-label={`Map of ${count(about.points)} ${which === "images" ? "pictures" : "documents"}; clusters are listed beside it`} />
      <p class="aside">
        {count(about.points)} {which === "images" ? "pictures, by their pixels" : "documents, by their texts"}. Drag to move, scroll to zoom, click a point to see what it is.
      </p>
    </>
  );
}

/** What stands beside a point that is pointed at: what it is, and its cluster until that is known. */
class Hint {
  private asked: unknown = null;

  constructor(
    private readonly node: HTMLDivElement,
    hinted: Hinted,
  ) {
    node.className = "hint";
    this.update(hinted);
  }

  update({ tooltip, which, names }: Hinted): void {
    const asked = tooltip.identifier;
    if (asked === this.asked) return;
    this.asked = asked;
    const cluster = names[tooltip.category ?? 0] ?? "";
    this.node.textContent = cluster;
    get<Point>(`/api/map/${which}/points/${String(asked)}`).then(
      (point) => {
        if (asked === this.asked) this.node.textContent = point.caption || point.name || cluster;
      },
      () => undefined,
    );
  }
}

interface Hinted {
  tooltip: DataPoint;
  which: string;
  names: string[];
}

/** The view in which all points are seen, as large as they can be. */
function fitted({ x, y }: Points, { clientWidth, clientHeight }: HTMLElement): ViewportState {
  const [left, right] = ends(x);
  const [low, high] = ends(y);
  const longer = Math.max(clientWidth, clientHeight);
  const scale = Math.min(clientWidth / longer / (right - left), clientHeight / longer / (high - low));
  return { x: (left + right) / 2, y: (low + high) / 2, scale: 1.8 * scale };
}

function ends(values: Float32Array): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) [low, high] = [Math.min(low, value), Math.max(high, value)];
  return high > low ? [low, high] : [low - 1, low + 1];
}

/** Finds the point nearest to a place by a grid of buckets. */
function finder(points: Points): (x: number, y: number, most: number) => DataPoint | null {
  const size = 128;
  const cell = (value: number) => Math.max(0, Math.min(size - 1, Math.floor(((value + 1) / 2) * size)));
  const buckets = new Map<number, number[]>();
  for (let index = 0; index < points.x.length; index++) {
    const key = cell(points.x[index]!) * size + cell(points.y[index]!);
    const bucket = buckets.get(key);
    if (bucket) bucket.push(index);
    else buckets.set(key, [index]);
  }
  return (x, y, most) => {
    let best = most * most;
    let found: number | null = null;
    for (let i = cell(x - most); i <= cell(x + most); i++) {
      for (let j = cell(y - most); j <= cell(y + most); j++) {
        for (const index of buckets.get(i * size + j) ?? []) {
          const distance = (points.x[index]! - x) ** 2 + (points.y[index]! - y) ** 2;
          if (distance < best) [best, found] = [distance, index];
        }
      }
    }
    if (found === null) return null;
    return { x: points.x[found]!, y: points.y[found]!, category: points.category[found]!, identifier: found };
  };
}

function Card({ point, which, name, onClose }: { point: Point; which: string; name: string; onClose: () => void }) {
  return (
    <div class="card" role="status">
      <button type="button" class="quiet" aria-label="Close" onClick={onClose}>
        ×
      </button>
      {which === "images" && point.image_id && <img src={picture(point.image_id, 384)} alt={point.text ?? ""} />}
      <p class="row-name">
        <a href={`/documents/${point.doc_id}${point.position != null ? `?at=${point.position}` : ""}`}>{point.caption || point.name || point.doc_id}</a>
      </p>
      <p class="row-path">
        {point.source}
        {point.section && <> · {point.section}</>} · {name}
      </p>
      {point.faces && point.faces.length > 0 && (
        <p class="faces">
          {point.faces.map((id) => (
            <Thumb key={id} id={id} />
          ))}
        </p>
      )}
      {point.image_id && (
        <p>
          <a class="button" href={`/search?image=${point.image_id}`}>
            More like this
          </a>
        </p>
      )}
    </div>
  );
}
