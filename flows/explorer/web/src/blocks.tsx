// A document's elements as a page: every text is put in as text, never as markup.
import { picture } from "./api";
import { measured, ruleName, Tag } from "./parts";
import type { Element } from "./types";

interface Block {
  kind: string;
  rows: Element[];
}

/** List items in a row make a list, the pictures of a figure one figure. */
function blocksOf(rows: Element[]): Block[] {
  const blocks: Block[] = [];
  for (const row of rows) {
    const last = blocks[blocks.length - 1];
    const before = last?.rows[last.rows.length - 1];
    const kind = row.caption_of !== null && row.kind !== "image" ? "caption" : row.kind;
    const joins =
      last?.kind === kind &&
      ((kind === "list_item" && before?.boilerplate === row.boilerplate) ||
        (kind === "image" && row.figure !== null && before?.figure === row.figure));
    if (joins) last.rows.push(row);
    else blocks.push({ kind, rows: [row] });
  }
  return blocks;
}

export function Blocks({ rows, pointed }: { rows: Element[]; pointed: number | null }) {
  let page: number | null = null;
  return (
    <>
      {blocksOf(rows).map((block) => {
        const row = block.rows[0]!;
        const turned = row.page !== null && row.page !== page;
        page = row.page ?? page;
        return (
          <div key={row.position} class={row.boilerplate ? "boilerplate" : undefined}>
            {turned && (
              <p class="page-mark">
                <span>Page {row.page}</span>
              </p>
            )}
            <One block={block} pointed={pointed} />
          </div>
        );
      })}
    </>
  );
}

function One({ block, pointed }: { block: Block; pointed: number | null }) {
  const row = block.rows[0]!;
  const named = {
    id: `p${row.position}`,
    dir: (row.direction ?? "auto") as "ltr" | "rtl" | "auto",
    lang: row.language ?? undefined,
    class: row.position === pointed ? "pointed" : undefined,
  };
  const text = row.text + (row.cut ? " … (cut)" : "");
  switch (block.kind) {
    case "heading": {
      const Name = `h${Math.min(6, (row.level ?? 1) + 1)}` as "h2";
      return <Name {...named}>{text}</Name>;
    }
    case "list_item":
      return (
        <ul>
          {block.rows.map((item) => (
            <li
              key={item.position}
              id={`p${item.position}`}
              dir={(item.direction ?? "auto") as "auto"}
              class={`depth-${Math.min(item.level ?? 1, 4)} ${item.position === pointed ? "pointed" : ""}`}
            >
              {item.text}
            </li>
          ))}
        </ul>
      );
    case "table":
      return row.cells?.length ? (
        <div class="scroll" tabIndex={0} role="region" aria-label="Table" {...{ id: named.id }}>
          <table>
            <tbody>
              {row.cells.map((line, index) => (
                <tr key={index}>{line.map((cell, column) => (index ? <td key={column}>{cell}</td> : <th key={column}>{cell}</th>))}</tr>
              ))}
            </tbody>
          </table>
          {row.cut && <p class="aside">The table goes on; it is cut here.</p>}
        </div>
      ) : (
        <pre {...named}>{text}</pre>
      );
    case "code":
      return (
        <pre {...named} dir="ltr" tabIndex={0}>
          <code>{text}</code>
        </pre>
      );
    case "math":
      return (
        <pre {...named} dir="ltr" class={`math ${named.class ?? ""}`}>
          {text}
        </pre>
      );
    case "quote":
      return <blockquote {...named}>{text}</blockquote>;
    case "caption":
      return (
        <p {...named} class={`caption ${named.class ?? ""}`}>
          <Tag>caption</Tag> {text}
        </p>
      );
    case "image":
      return (
        <div class={`figure ${block.rows.length > 1 ? "several" : ""}`}>
          {block.rows.map((image) => (
            <Figure key={image.position} row={image} pointed={image.position === pointed} />
          ))}
        </div>
      );
    default:
      return <p {...named}>{text}</p>;
  }
}

function Figure({ row, pointed }: { row: Element; pointed: boolean }) {
  const image = row.image;
  const state = image?.state ?? "missing";
  const name = decoded((row.image_url ?? "").split(/[?#]/)[0]!.split("/").pop() ?? "");
  return (
    <figure id={`p${row.position}`} class={`${state} ${pointed ? "pointed" : ""}`}>
      {row.image_id && state !== "missing" ? (
        <a href={picture(row.image_id, 2048)} target="_blank" rel="noreferrer" aria-label={`${row.alt || name || "Picture"}, in full size`}>
          <img
            src={picture(row.image_id, 768)}
            alt={row.alt ?? ""}
            width={image?.width}
            height={image?.height}
            loading="lazy"
            decoding="async"
          />
        </a>
      ) : (
        <div class="slot">{row.alt || "Picture"}</div>
      )}
      <figcaption>
        {state !== "kept" && <Tag kind={state}>{state}</Tag>}
        {image?.reason && (
          <span class="why">
            {ruleName(image.reason.rule)}
            {image.reason.value !== null && (
              <>
                : <b>{measured(image.reason.value)}</b>
                {image.reason.threshold !== null && <> against {measured(image.reason.threshold)}</>}
              </>
            )}
            {state === "missing" && image.reason.detail && <>: {image.reason.detail}</>}
          </span>
        )}
        <span class="file">{name}</span>
        {image?.width && (
          <span>
            {image.width} × {image.height}
          </span>
        )}
        {row.alt && state !== "missing" && <span class="alt">“{row.alt}”</span>}
      </figcaption>
    </figure>
  );
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
