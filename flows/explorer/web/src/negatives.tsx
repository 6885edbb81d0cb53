// Mined negatives: two sides, the guards that the pair passed, and what a person says of it.
import { useState } from "preact/hooks";
import { picture, query, send, useAsk, useList } from "./api";
import { Facet } from "./facets";
import type { Member } from "./groups";
import type { ViewProps } from "./main";
import { count, Empty, Fault, More, Select, spoken, Tag, Title } from "./parts";
import { go, withQuery } from "./router";

type Verdict = "false_negative" | "true_negative" | "withdrawn";

interface Negative {
  number?: number;
  mark_id?: string;
  doc_id: string;
  position: number;
  negative_doc_id: string;
  negative_position: number;
  modality?: string;
  score?: number;
  rank?: number;
  encoder?: string;
  guards?: string[];
  false_probability?: number | null;
  anchor: Member;
  negative: Member;
  mark: { verdict: Verdict; note: string | null } | null;
}

interface Directions {
  directions: { modality: string; negatives: number; suspected: number; score: number; encoder: string }[];
  refusals: { modality: string; rule: string; pairs: number }[];
}

const DIRECTIONS: Record<string, string> = {
  "image->text": "picture → text",
  "text->image": "text → picture",
  "image->image": "picture → picture",
  "text->text": "text → text",
};

export function NegativesView({ place }: ViewProps) {
  const modality = place.query.get("modality");
  const docId = place.query.get("doc_id");
  const order = place.query.get("order") ?? "suspected";
  const mined = useAsk<Directions>("/api/negatives/directions");
  const onlyMarked = order === "marked";
  const list = useList<Negative>(
    onlyMarked ? "/api/marks?limit=20" : `/api/negatives?${query({ modality, order, doc_id: docId, limit: 20 })}`,
  );
  if (mined.fault) return <Fault>{mined.fault}</Fault>;
  if (mined.value && !mined.value.directions.length)
    return <Empty>No negatives were mined yet: run `looseleaf mine` on this dataset.</Empty>;
  const refused = mined.value?.refusals.filter((one) => !modality || one.modality === modality) ?? [];
  const byGuard = new Map<string, number>();
  for (const one of refused) byGuard.set(one.rule, (byGuard.get(one.rule) ?? 0) + one.pairs);
  return (
    <div class="sided">
      <aside class="rail" aria-label="Directions">
        {mined.value && (
          <Facet
            name="Direction"
            values={mined.value.directions.map((one) => ({
              value: one.modality,
              label: DIRECTIONS[one.modality] ?? one.modality,
              count: one.negatives,
            }))}
            chosen={modality}
            onChoose={(value) => go(withQuery(place, { modality: value }), true)}
          />
        )}
        {byGuard.size > 0 && (
          <fieldset class="facet">
            <legend>Pairs that guards refused</legend>
            <dl class="facts pairs">
              {[...byGuard].map(([rule, pairs]) => (
                <div key={rule}>
                  <dt>{rule.replaceAll("_", " ")}</dt>
                  <dd class="n">{count(pairs)}</dd>
                </div>
              ))}
            </dl>
          </fieldset>
        )}
      </aside>
      <section class="list" aria-label="Negatives" aria-busy={list.waiting}>
        <div class="bar">
          <Title
            aside={
              docId ? (
                <>
                  Of one document. <a href="/negatives">All of them</a>
                </>
              ) : (
                "Look alike and, as far as the guards can tell, do not belong together. A mark counts from the next mining on."
              )
            }
          >
            Mined negatives
          </Title>
          {!docId && (
            <Select
              label="Show"
              value={order}
              options={[
                ["suspected", "Likeliest false first"],
                ["hardest", "Most alike first"],
                ["marked", "Marked"],
              ]}
              onChange={(value) => go(withQuery(place, { order: value }), true)}
            />
          )}
        </div>
        <ol class="pairs-list">
          {list.rows.map((row) => (
            <Pair key={row.mark_id ?? `${row.doc_id} ${row.position} ${row.negative_doc_id} ${row.negative_position} ${row.modality}`} row={row} />
          ))}
        </ol>
        {!list.waiting && !list.fault && list.rows.length === 0 && (
          <Empty>{onlyMarked ? "Nothing has been marked yet." : "There is no negative here."}</Empty>
        )}
        <More list={list} what="pairs" />
      </section>
    </div>
  );
}

function Pair({ row }: { row: Negative }) {
  const [verdict, setVerdict] = useState<Verdict | null>(row.mark?.verdict ?? null);
  const [fault, setFault] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const say = async (chosen: Verdict) => {
    const next = chosen === verdict ? "withdrawn" : chosen;
    setBusy(true);
    try {
      await send("/api/marks", {
        doc_id: row.doc_id,
        position: row.position,
        negative_doc_id: row.negative_doc_id,
        negative_position: row.negative_position,
        verdict: next,
      });
      setVerdict(next === "withdrawn" ? null : next);
      setFault(null);
    } catch (error) {
      setFault((error as Error).message);
    }
    setBusy(false);
  };
  return (
    <li class="pair" data-row tabIndex={0}>
      <Side member={row.anchor} />
      <Side member={row.negative} />
      <div class="pair-foot">
        <p>
          {row.score !== undefined && <Tag>cosine {row.score.toFixed(2)}</Tag>}
          {row.false_probability != null && (
            <Tag kind={row.false_probability >= 0.2 ? "dropped" : ""}>
              {Math.round(100 * row.false_probability)} % likely the same document
            </Tag>
          )}
          {row.guards && row.guards.length > 0 && (
            <span class="guards">passed: {row.guards.map((guard) => guard.replaceAll("_", " ")).join(", ")}</span>
          )}
        </p>
        <div class="buttons" role="group" aria-label="Your verdict">
          <button type="button" disabled={busy} class={verdict === "false_negative" ? "on bad" : ""} aria-pressed={verdict === "false_negative"} onClick={() => void say("false_negative")}>
            Belong together
          </button>
          <button type="button" disabled={busy} class={verdict === "true_negative" ? "on" : ""} aria-pressed={verdict === "true_negative"} onClick={() => void say("true_negative")}>
            Truly apart
          </button>
        </div>
        {fault && <Fault>{fault}</Fault>}
      </div>
    </li>
  );
}

function Side({ member }: { member: Member }) {
  return (
    <a class="side" href={`/documents/${member.doc_id}?at=${member.position}`}>
      {member.image_id ? (
        <img src={picture(member.image_id, 384)} alt={member.text} loading="lazy" />
      ) : (
        <span class="quote" dir="auto">
          {spoken(member.text) || "(no text)"}
        </span>
      )}
      {member.image_id && (member.caption || member.text) && <span class="side-caption">{member.caption || member.text}</span>}
      <span class="row-path">
        {member.name ?? "not in this build"}
        {member.section && <> · {member.section}</>}
      </span>
    </a>
  );
}
