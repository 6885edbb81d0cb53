// The page: its head, the view that the address names, and the keyboard.
import { render, type ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useAsk } from "./api";
import { CompareView } from "./compare";
import { DocumentView } from "./document";
import { DocumentsView } from "./documents";
import { DroppedView } from "./dropped";
import { GroupsView } from "./groups";
import { Keys, showKeys } from "./keys";
import { NegativesView } from "./negatives";
import { Empty, Fault } from "./parts";
import { followLinks, usePlace, type Place } from "./router";
import { SearchView } from "./search";
import { TrainingView } from "./training";
import type { Overview } from "./types";

export interface ViewProps {
  place: Place;
  overview: Overview;
}

const VIEWS: [string, string, ComponentType<ViewProps>][] = [
  ["documents", "Documents", DocumentsView],
  ["search", "Search", SearchView],
  ["dropped", "Dropped", DroppedView],
  ["groups", "Groups", GroupsView],
  ["negatives", "Negatives", NegativesView],
  ["map", "Map", LaterMap],
  ["training", "Training", TrainingView],
  ["compare", "Compare", CompareView],
];

/** The map's code is asked for when somebody looks at the map: it is larger than all the rest. */
function LaterMap(props: ViewProps) {
  const [View, setView] = useState<ComponentType<ViewProps> | null>(null);
  useEffect(() => {
    void import("./map").then((loaded) => setView(() => loaded.MapView));
  }, []);
  return View ? <View {...props} /> : null;
}

function storedTheme(): string {
  try {
    return localStorage.getItem("looseleaf-theme") ?? "";
  } catch {
    return "";
  }
}

function Theme() {
  const [theme, setTheme] = useState(storedTheme);
  useEffect(() => {
    if (theme) document.documentElement.dataset["theme"] = theme;
    else delete document.documentElement.dataset["theme"];
    try {
      localStorage.setItem("looseleaf-theme", theme);
    } catch {
      /* a browser that keeps nothing shows what the system prefers next time */
    }
  }, [theme]);
  const dark = theme === "dark" || (theme === "" && matchMedia("(prefers-color-scheme: dark)").matches);
  return (
    <button
      type="button"
      class="quiet"
      aria-label={dark ? "Light colours" : "Dark colours"}
      title={dark ? "Light colours" : "Dark colours"}
      onClick={() => setTheme(dark ? "light" : "dark")}
    >
      {dark ? "☀" : "☾"}
    </button>
  );
}

function Head({ place, overview }: { place: Place; overview: Overview | null }) {
  const now = place.path.split("/")[1] || "documents";
  useEffect(() => {
    // On a narrow screen not all views have room: the one that is shown is scrolled to.
    document.querySelector(".head nav [aria-current]")?.scrollIntoView({ inline: "nearest", block: "nearest" });
  }, [now]);
  return (
    <header class="head">
      <a class="brand" href="/documents">
        Looseleaf
      </a>
      <nav aria-label="Views">
        {VIEWS.map(([name, said]) => (
          <a key={name} href={`/${name}`} aria-current={now === name ? "page" : undefined}>
            {said}
          </a>
        ))}
      </nav>
      {overview && (
        <p class="which" title={overview.dataset}>
          <b>{overview.name}</b> {overview.build ? overview.build.build_id.slice(0, 8) : "no build yet"}
        </p>
      )}
      <button type="button" class="quiet" aria-label="Keyboard" title="Keyboard (?)" onClick={showKeys}>
        ?
      </button>
      <Theme />
    </header>
  );
}

function View({ place, overview }: ViewProps) {
  const [, name = "", inner] = place.path.split("/");
  if (name === "documents" && inner) return <DocumentView place={place} overview={overview} id={inner} />;
  const found = VIEWS.find(([known]) => known === (name || "documents"));
  if (!found) return <Empty>There is no view at this address.</Empty>;
  const Chosen = found[2];
  return <Chosen place={place} overview={overview} />;
}

function App() {
  const place = usePlace();
  const overview = useAsk<Overview>("/api/overview");
  useEffect(() => {
    const name = place.path.split("/")[1] || "documents";
    const said = VIEWS.find(([known]) => known === name)?.[1] ?? "Looseleaf";
    document.title = `${said} · ${overview.value?.name ?? "Looseleaf"}`;
  }, [place.path, overview.value]);
  return (
    <div onClick={followLinks}>
      <a class="skip" href="#main">
        To the content
      </a>
      <Head place={place} overview={overview.value} />
      <main id="main" tabIndex={-1}>
        {overview.fault && <Fault>{overview.fault}</Fault>}
        {overview.value && <View place={place} overview={overview.value} />}
      </main>
      <Keys />
    </div>
  );
}

render(<App />, document.getElementById("page")!);
