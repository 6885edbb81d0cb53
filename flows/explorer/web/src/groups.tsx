// Groups, and one of them: its pictures and texts with the prior of every pair as a matrix.
import { query, useAsk, useList } from "./api";
import { Matrix, type MatrixColumn, type MatrixRow } from "./matrix";
import type { ViewProps } from "./main";
import { count, Empty, Fault, More, spoken, Title } from "./parts";
import { go, withQuery } from "./router";
import { Facet } from "./facets";

interface GroupRow {
  number: number;
  group_id: string;
  kind: string;
  doc_id: string;
  source: string;
  n_images: number;
  n_texts: number;
  name: string | null;
}

export interface Member {
  doc_id: string;
  position: number;
  kind?: string;
  text: string;
  image_id: string | null;
  section?: string;
  page?: number | null;
  name?: string;
  source?: string;
  caption?: string | null;
}

interface Group extends Omit<GroupRow, "number"> {
  images: Member[];
  texts: Member[];
  prior: number[][];
}

const KINDS: Record<string, string> = {
  window: "A picture and the texts around it",
  section: "All that stands in one section",
  document: "A whole document",
  case: "A whole simulation case",
};

export function GroupsView({ place }: ViewProps) {
  const [, , id] = place.path.split("/");
  return id ? <OneGroup id={id} /> : <GroupList place={place} />;
}

function GroupList({ place }: Pick<ViewProps, "place">) {
  const kind = place.query.get("kind");
  const docId = place.query.get("doc_id");
  const kinds = useAsk<{ kind: string; count: number }[]>("/api/groups/kinds");
  const list = useList<GroupRow>(`/api/groups?${query({ kind, doc_id: docId, limit: 60 })}`);
  if (kinds.fault) return <Fault>{kinds.fault}</Fault>;
  if (kinds.value && !kinds.value.length) return <Empty>This dataset has no groups.</Empty>;
  return (
    <div class="sided">
      <aside class="rail" aria-label="Kinds">
        {kinds.value && (
          <Facet
            name="Kind"
            values={kinds.value.map((one) => ({ value: one.kind, count: one.count }))}
            chosen={kind}
            onChoose={(value) => go(withQuery(place, { kind: value }), true)}
          />
        )}
      </aside>
      <section class="list" aria-label="Groups" aria-busy={list.waiting}>
        <Title
          aside={
            docId ? (
              <>
                Of one document. <a href="/groups">All groups</a>
              </>
            ) : kind ? (
              KINDS[kind]
            ) : (
              "What training sees: loose sets of pictures and texts, and how much the layout speaks for each pair."
            )
          }
        >
          Groups
        </Title>
        <ol class="rows">
          {list.rows.map((row) => (
            <li key={row.group_id}>
              <a class="row" data-row href={`/groups/${row.group_id}`}>
                <span class="row-main">
                  <span class="row-name" dir="auto">
                    {row.name ?? row.doc_id}
                  </span>
                  <span class="row-path">
                    {row.kind} · {row.source}
                  </span>
                </span>
                <span class="measure">
                  <span>
                    {count(row.n_images)} × {count(row.n_texts)}
                  </span>
                </span>
              </a>
            </li>
          ))}
        </ol>
        <More list={list} what="groups" />
      </section>
    </div>
  );
}

function OneGroup({ id }: { id: string }) {
  const group = useAsk<Group>(`/api/groups/${id}`);
  if (group.fault) return <Fault>{group.fault}</Fault>;
  if (!group.value) return null;
  const found = group.value;
  const rows: MatrixRow[] = found.images.map((image) => ({
    image_id: image.image_id,
    said: image.caption || image.text || "picture",
    address: `/documents/${found.doc_id}?at=${image.position}`,
  }));
  const columns: MatrixColumn[] = found.texts.map((text) => ({
    said: spoken(text.text),
    address: `/documents/${found.doc_id}?at=${text.position}`,
  }));
  const cut = found.n_images > rows.length || found.n_texts > columns.length;
  return (
    <div class="page">
      <Title
        aside={
          <>
            {KINDS[found.kind] ?? found.kind}, of <a href={`/documents/${found.doc_id}`}>{found.name ?? found.doc_id}</a> ({found.source}).
            The darker a cell, the more the layout speaks for the pair; each picture’s row sums to one.
            {cut && ` The first ${rows.length} of ${found.n_images} pictures and ${columns.length} of ${found.n_texts} texts are shown.`}
          </>
        }
      >
        {count(found.n_images)} pictures, {count(found.n_texts)} texts
      </Title>
      {rows.length && columns.length ? (
        <Matrix rows={rows} columns={columns} values={found.prior} low={0} high={Math.max(...found.prior.flat(), 0.01)} what="prior" />
      ) : (
        <Empty>This group has {rows.length ? "no texts" : "no pictures"}: there is no pair to weigh.</Empty>
      )}
    </div>
  );
}
