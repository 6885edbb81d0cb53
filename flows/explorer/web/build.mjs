// Bundles the page into ../static (or into the folder that is given): the same sources give the same bytes.
import { build } from "esbuild";
import { copyFile, mkdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const out = process.argv[2] ?? join(here, "..", "static");

await rm(join(out, "assets"), { recursive: true, force: true });
await mkdir(join(out, "assets"), { recursive: true });
await build({
  absWorkingDir: here,
  entryPoints: { explorer: "src/main.tsx", style: "src/style.css" },
  outdir: join(out, "assets"),
  bundle: true,
  minify: true,
  format: "esm",
  splitting: true,
  chunkNames: "[name]-[hash]",
  target: ["chrome110", "firefox115", "safari16.4"],
  jsx: "automatic",
  jsxImportSource: "preact",
  legalComments: "eof",
  charset: "utf8",
  alias: {
    // Of the package its component alone, without the viewer, its models and its database.
    "embedding-atlas": join(here, "node_modules/embedding-atlas/dist/component.js"),
    "@uwdata/mosaic-core": join(here, "src/no-mosaic.ts"),
    "@uwdata/mosaic-sql": join(here, "src/no-mosaic.ts"),
  },
  logLevel: "warning",
});
// Places the names on the map; asked for beside the map's code.
const worker = "clustering.worker.js";
await copyFile(join(here, "node_modules/embedding-atlas/dist", worker), join(out, "assets", worker));
await copyFile(join(here, "src", "index.html"), join(out, "index.html"));
