// A run: drag through its training and watch matrices and the map of held-out documents turn into place.
import { useEffect, useState } from "preact/hooks";
import { useAsk } from "./api";
import { Curves, type Series } from "./curves";
import { Matrix } from "./matrix";
import type { ViewProps } from "./main";
import { count, Empty, Fault, Select, spoken, Title } from "./parts";
import { go, withQuery } from "./router";

export interface Run {
  name: string;
  run_id: string | null;
  build_id: string | null;
  created_at: string | null;
  parameters: number | null;
  encoders: Record<string, string> | null;
  metrics: { metrics?: Record<string, Record<string, number | null>> } | null;
  curves: Record<string, [number, number | null][]>;
  moments: number[];
}

interface Moments {
  steps: number[];
  documents: {
    doc_id: string;
    name: string;
    source: string;
    truth_kind: string;
    images: { position: number; image_id: string | null; words: string }[];
    texts: { position: number; text: string }[];
    truth: number[][];
    cosines: number[][][];
    auc: (number | null)[];
  }[];
  map: {
    steps: number[];
    documents: { doc_id: string; name: string; source: string | null }[];
    images: [number, number][][];
    texts: [number, number][][];
  } | null;
}

export function TrainingView({ place, overview }: ViewProps) {
  const name = place.query.get("run") ?? overview.runs[0] ?? null;
  const run = useAsk<Run>(name ? `/api/runs/${encodeURIComponent(name)}` : null);
  const moments = useAsk<Moments>(name ? `/api/runs/${encodeURIComponent(name)}/moments` : null);
  if (!name) return <Empty>No run lies beside this dataset: train one with `looseleaf train`, or name it with --run.</Empty>;
  return (
    <div class="page">
      <div class="bar">
        <Title
          aside={
            run.value && (
              <>
                Run {run.value.run_id}
                {run.value.parameters !== null && <>, {count(run.value.parameters)} parameters</>}
                {run.value.created_at && <>, {run.value.created_at.slice(0, 16).replace("T", " ")}</>}
              </>
            )
          }
        >
          {name}
        </Title>
        {overview.runs.length > 1 && (
          <Select label="Run" value={name} options={overview.runs.map((one) => [one, one])} onChange={(value) => go(withQuery(place, { run: value }), true)} />
        )}
      </div>
      {run.fault && <Fault>{run.fault}</Fault>}
      {moments.fault && <Fault>{moments.fault}</Fault>}
      {moments.value && moments.value.steps.length > 0 && <Slider moments={moments.value} />}
      {moments.value && moments.value.steps.length === 0 && <Empty>This run kept nothing of held-out documents on the way.</Empty>}
      {run.value && <RunCurves runs={[run.value]} />}
      {run.value?.metrics?.metrics && <Metrics table={run.value.metrics.metrics} />}
    </div>
  );
}

function Slider({ moments }: { moments: Moments }) {
  const last = moments.steps.length - 1;
  const [at, setAt] = useState(last);
  const [which, setWhich] = useState(0);
  const [playing, setPlaying] = useState(false);
  useEffect(() => {
    if (!playing) return;
    const timer = setInterval(() => setAt((now) => (now >= last ? (setPlaying(false), now) : now + 1)), 900);
    return () => clearInterval(timer);
  }, [playing]);
  const shown = moments.documents[Math.min(which, moments.documents.length - 1)];
  const all = shown ? shown.cosines.flat(2) : [];
  return (
    <section aria-label="Through the training">
      <div class="slider">
        <button
          type="button"
          aria-label={playing ? "Stop" : "Play"}
          onClick={() => {
            if (!playing && at === last) setAt(0);
            setPlaying(!playing);
          }}
        >
          {playing ? "❚❚" : "▶"}
        </button>
        <label>
          <span class="unseen">Step</span>
          <input type="range" min={0} max={last} step={1} value={at} aria-valuetext={`step ${moments.steps[at]}`} onInput={(event) => (setPlaying(false), setAt(Number(event.currentTarget.value)))} />
        </label>
        <output>
          step <b>{count(moments.steps[at])}</b>
        </output>
      </div>
      {moments.map && <HeldOut map={moments.map} step={moments.steps[at]!} />}
      {shown && (
        <>
          <div class="bar">
            <h2 class="kind">
              <a href={`/documents/${shown.doc_id}`}>{shown.name}</a>
              <span class="aside">
                {" "}
                pairs told apart: {shown.auc[at] === null || shown.auc[at] === undefined ? "–" : `${Math.round(100 * shown.auc[at]!)} %`} (half is chance)
              </span>
            </h2>
            <Select label="Document" value={String(which)} options={moments.documents.map((one, index) => [String(index), one.name])} onChange={(value) => setWhich(Number(value))} />
          </div>
          <Matrix
            rows={shown.images.map((image) => ({ image_id: image.image_id, said: image.words, address: `/documents/${shown.doc_id}?at=${image.position}` }))}
            columns={shown.texts.map((text) => ({ said: spoken(text.text), address: `/documents/${shown.doc_id}?at=${text.position}` }))}
            values={shown.cosines[at]!}
            low={Math.min(...all)}
            high={Math.max(...all)}
            truth={shown.truth}
            what="cosine"
          />
          <p class="aside">
            Outlined cells belong together by {shown.truth_kind === "links" ? "links that are known" : "standing in one section"}; training
            never saw this document.
          </p>
        </>
      )}
    </section>
  );
}

/** Where held-out documents lie: a document's pictures and its texts, joined by a line that training shortens. */
function HeldOut({ map, step }: { map: NonNullable<Moments["map"]>; step: number }) {
  const at = Math.max(0, map.steps.findLastIndex((one) => one <= step));
  const [over, setOver] = useState<number | null>(null);
  const images = map.images[at]!;
  const texts = map.texts[at]!;
  return (
    <figure class="held-out">
      <svg viewBox="-1.06 -0.66 2.12 1.32" role="img" aria-label={`Map of ${map.documents.length} held-out documents at step ${step}`}>
        {map.documents.map((document, index) => {
          const [x, y] = images[index]!;
          const [u, v] = texts[index]!;
          return (
            <g key={document.doc_id} class={over === index ? "over" : ""} onMouseEnter={() => setOver(index)} onMouseLeave={() => setOver(null)}>
              <line style={{ transform: `translate(${x}px, ${y * 0.6}px) rotate(${Math.atan2((v - y) * 0.6, u - x)}rad) scale(${Math.hypot(u - x, (v - y) * 0.6)}, 1)` }} x1="0" y1="0" x2="1" y2="0" />
              <circle class="picture" r=".013" style={{ transform: `translate(${x}px, ${y * 0.6}px)` }} />
              <rect class="text" x="-.011" y="-.011" width=".022" height=".022" style={{ transform: `translate(${u}px, ${v * 0.6}px)` }} />
            </g>
          );
        })}
      </svg>
      <figcaption>
        <span class="key picture">its pictures</span>
        <span class="key text">its texts</span>
        <span>
          {over !== null ? <b>{map.documents[over]!.name}</b> : `${map.documents.length} documents that training never saw: the shorter the line, the nearer a document’s pictures are to its texts.`}
        </span>
      </figcaption>
    </figure>
  );
}

const NAMES: Record<string, string> = {
  loss: "Loss",
  lr: "Learning rate",
  grad_norm: "Gradient norm",
  samples_per_second: "Samples a second",
  scale: "Scale",
  valid_in_doc_auc: "Held out: pairs told apart (AUC)",
  valid_in_doc_auc_dc: "Held out: AUC, centred",
  valid_in_doc_p_at_1: "Held out: first hit right",
  valid_corpus_recall_at_10: "Held out: recall@10 in the corpus",
};

export function RunCurves({ runs }: { runs: Run[] }) {
  const names = [...new Set(runs.flatMap((run) => Object.keys(run.curves)))];
  const order = Object.keys(NAMES);
  names.sort((a, b) => (order.indexOf(a) + 1 || 99) - (order.indexOf(b) + 1 || 99));
  if (!names.length) return null;
  return (
    <section aria-label="Curves">
      <h2 class="kind">Curves</h2>
      <div class="curves">
        {names.map((name) => {
          const series: Series[] = runs.map((run) => ({ name: run.name, points: run.curves[name] ?? [] }));
          return <Curves key={name} title={NAMES[name] ?? name.replaceAll("_", " ")} series={series} />;
        })}
      </div>
    </section>
  );
}

export function Metrics({ table }: { table: Record<string, Record<string, number | null>> }) {
  const rows = Object.entries(table);
  const names = ["in_doc_auc", "in_doc_auc_dc", "in_doc_p_at_1", "corpus_recall_at_10"].filter((name) => rows.some(([, row]) => typeof row[name] === "number"));
  if (!names.length) return null;
  return (
    <section aria-label="Metrics">
      <h2 class="kind">Metrics</h2>
      <div class="scroll" tabIndex={0} role="region" aria-label="Metrics of the run and its baselines">
        <table class="plain">
          <thead>
            <tr>
              <th>Model</th>
              {names.map((name) => (
                <th key={name} class="n">
                  {name.replaceAll("_", " ")}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(([model, row]) => (
              <tr key={model}>
                <td>{model}</td>
                {names.map((name) => (
                  <td key={name} class="n">
                    {typeof row[name] === "number" ? row[name]!.toFixed(3) : "–"}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
