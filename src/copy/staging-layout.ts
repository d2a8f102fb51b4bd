/**
 * Every path of a staged file, relative to the root of the staging. Pure; imports nothing.
 *
 *     <workflow id>/<first run id>/       one run, kept across continue-as-new
 *       run.json.gz                       which workflow the folder belongs to
 *       w000012-r0/                       window 12: round 0 is the first pass, later ones are repairs
 *         p00003-a1-b000.json.gz          page 3 as attempt 1 listed it: the infos of its batch 0
 *         p00003-a1-seen.json.gz          the ids and version hashes of that page
 *         p00003-a1-b000-a2.parquet       the rows of that batch as attempt 2 processed it
 *         p00003-a1-b000-a2-r000.json.gz  the infos of what that attempt left of its batch
 *         b00000.json.gz                  in a rebuild, instead of pages: the keys of a batch of raw rows
 *         manifest.json                   the files that the commit reads
 *         decisions-<uuid>.json           what a commit into Delta decided, made by each attempt anew
 *
 * What an attempt writes is named by the attempt: one that was given up but lives on never touches what its successor
 * staged. All names hold `[a-z0-9-]`, slashes and the extension only (targets/staging-key.ts checks it).
 */

/**
 * Makes any text a safe path segment: lower-case letters, digits and dashes, at most 60 characters, ended by a short
 * checksum of the whole text so that different texts never share a segment.
 * Spark reads files whose names begin with `_` or `.` as empty, and `[`, `:` break its paths: none of them can appear.
 */
export function pathSegment(text: string): string {
  const readable = text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 44)
    .replace(/-+$/g, '');
  return `${readable === '' ? 'x' : readable}-${checksum(text)}`;
}

/** Two rounds of 32-bit FNV-1a over UTF-16 units, as 8 and 7 hex digits. Not a secret, only a separator. */
function checksum(text: string): string {
  const round = (seed: number): string => {
    let hash = seed;
    for (let index = 0; index < text.length; index += 1) {
      hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193) >>> 0;
    }
    return hash.toString(16).padStart(8, '0');
  };
  return round(0x811c9dc5) + round(0x9747b28c).slice(0, 7);
}

const padded = (index: number, digits: number): string => String(index).padStart(digits, '0');

/** Folder of a run. */
export function runPrefix(workflowId: string, firstRunId: string): string {
  return `${pathSegment(workflowId)}/${pathSegment(firstRunId)}`;
}

/** File that names the workflow that a run's folder belongs to. */
export function runMarkerKey(run: string): string {
  return `${run}/run.json.gz`;
}

/** Folder of one round of one window. */
export function windowPrefix(run: string, windowIndex: number, round: number): string {
  return `${run}/w${padded(windowIndex, 6)}-r${String(round)}`;
}

/** A page as one attempt listed it: what the keys of its files begin with. */
export function pagePrefix(window: string, pageIndex: number, attempt: number): string {
  return `${window}/p${padded(pageIndex, 5)}-a${String(attempt)}`;
}

/** Infos of one batch of a page. */
export function batchKey(page: string, batchIndex: number): string {
  return `${page}-b${padded(batchIndex, 3)}.json.gz`;
}

/** Ids and version hashes of a page. */
export function seenKey(page: string): string {
  return `${page}-seen.json.gz`;
}

/** Keys of one batch of raw rows, in a rebuild. */
export function rawBatchKey(window: string, batchIndex: number): string {
  return `${window}/b${padded(batchIndex, 5)}.json.gz`;
}

/** Rows of one batch as one attempt processed it. */
export function rowsKey(batch: string, attempt: number): string {
  return `${batch.replace(/\.json\.gz$/, '')}-a${String(attempt)}.parquet`;
}

/** What one attempt left of its batch, in batches. */
export function restKey(batch: string, attempt: number, index: number): string {
  return `${batch.replace(/\.json\.gz$/, '')}-a${String(attempt)}-r${padded(index, 3)}.json.gz`;
}

/** The files that a window's commit reads. */
export function manifestKey(window: string): string {
  return `${window}/manifest.json`;
}

/** What the first attempt of a commit decided to write. */
export function decidedKey(manifest: string): string {
  return manifest.replace(/\.json$/, '-decided.json');
}

/** Beside a window's staged files, wherever they are. @param staged key or location of one of them */
export function decisionsBeside(staged: string, id: string): string {
  return `${staged.slice(0, staged.lastIndexOf('/'))}/decisions-${id}.json`;
}
