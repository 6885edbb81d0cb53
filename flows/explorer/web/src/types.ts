// What the server answers.
export interface BuildName {
  build_id: string;
  created_at: string;
  stage: string;
}

export interface Overview {
  dataset: string;
  name: string;
  build: (BuildName & { code_version: string }) | null;
  counts: {
    documents: number;
    kept: number;
    images: number;
    rejections: number;
    groups: number;
    negatives: number | null;
  };
  mined: boolean;
  mapped: boolean;
  map: boolean;
  builds: BuildName[];
  runs: string[];
}

export interface DocumentRow {
  number: number;
  doc_id: string;
  name: string;
  source: string;
  path: string;
  language: string | null;
  media_type: string | null;
  n_words: number | null;
  n_elements: number | null;
  n_images: number | null;
  kept_images: number;
  missing_images: number;
  groups: number;
  kept: boolean;
  rules: string[];
  faces: string[];
}

export interface Value {
  value: string | number;
  label?: string;
  count: number;
}

export interface Bar {
  from: number;
  to: number | null;
  count: number;
}

export interface Facets {
  total: number;
  source: Value[];
  language: Value[];
  state: Value[];
  rule: Value[];
  cluster: Value[];
  images: Bar[];
  words: Bar[];
}

export interface Reason {
  stage: string;
  unit: string;
  unit_id: string;
  rule: string;
  value: number | null;
  threshold: number | null;
  detail: string | null;
  position?: number | null;
}

export interface Rejection extends Reason {
  number: number;
  source: string | null;
  doc_id: string | null;
  position: number | null;
  image_id: string | null;
  name: string | null;
}

export interface Rule {
  stage: string;
  unit: string;
  rule: string;
  count: number;
  sources: number;
  threshold: number | null;
  least: number | null;
  middle: number | null;
  most: number | null;
}

export interface About extends DocumentRow {
  uri: string;
  title: string | null;
  license: string | null;
  license_from: string | null;
  opt_out: string | null;
  fetched_at: string | null;
  bytes: number | null;
  n_masked: number | null;
  rejections: Reason[];
  sets: { kind: string; count: number }[];
  before: { doc_id: string; name: string } | null;
  after: { doc_id: string; name: string } | null;
  cluster: { cluster: number; name: string } | null;
}

export interface ImageState {
  state: "kept" | "dropped" | "missing";
  reason: Reason | null;
  image_id?: string;
  mime?: string;
  width?: number;
  height?: number;
  size?: number;
  documents?: number;
}

export interface Element {
  position: number;
  kind: string;
  level: number | null;
  text: string;
  section_path: string[] | null;
  figure: number | null;
  caption_of: number | null;
  image_id: string | null;
  image_url: string | null;
  alt: string | null;
  boilerplate: boolean | null;
  language: string | null;
  direction: string | null;
  code_language: string | null;
  cells: (string | null)[][] | null;
  page: number | null;
  cut: boolean;
  image?: ImageState;
}

export interface Heading {
  position: number;
  level: number;
  number: number;
  text: string;
}
