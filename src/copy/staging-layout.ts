/** Names of staged files. Pure; imports nothing. */

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

/** Two rounds of 32-bit FNV-1a over UTF-16 units, as 16 hex digits. Not a secret, only a separator. */
function checksum(text: string): string {
  const round = (seed: number): string => {
    let hash = seed;
    for (let index = 0; index < text.length; index += 1) {
      hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193) >>> 0;
    }
    return hash.toString(16).padStart(8, '0');
  };
  return round(0x811c9dc5).slice(0, 8) + round(0x9747b28c).slice(0, 7);
}

/** Folder of a run: kept across continue-as-new, since both parts are. */
export function runPrefix(workflowId: string, firstRunId: string): string {
  return `${pathSegment(workflowId)}/${pathSegment(firstRunId)}`;
}

/** Folder of one round of one window. Round 0 is the first pass, later ones are repairs. */
export function windowPrefix(run: string, windowIndex: number, round: number): string {
  return `${run}/w${String(windowIndex).padStart(6, '0')}-r${String(round)}`;
}
