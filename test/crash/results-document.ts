/** The counts of the kill matrix as the table in docs/guarantee.md. */

export interface Tally {
  cases: number;
  /** Cases whose worker died, or whose attempt was late, while the run was under way. */
  disturbed: number;
  /** Cases that ended with the tables of the undisturbed run. */
  equal: number;
}

export interface KillResults {
  readonly machine: string;
  readonly failures: number;
  readonly disturbed: number;
  readonly tallies: Readonly<Record<string, Tally>>;
}

const begin = '<!-- written by npm run test:crash -->';
const end = '<!-- end -->';

/** Kinds of disturbances in few rows: every step of a commit, every port, late attempts, random moments. */
function kindOf(group: string): string {
  if (group.startsWith('late attempt')) return 'attempt that finishes late';
  if (group === 'random moment') return 'SIGKILL at a random moment';
  if (group.includes('commit:')) return 'SIGKILL before a step of a commit';
  return `SIGKILL before and after a call of the ${group.split('.')[0] ?? ''}`;
}

function resultsTable({ machine, failures, disturbed, tallies }: KillResults): string {
  const kinds = new Map<string, Tally>();
  for (const [group, tally] of Object.entries(tallies)) {
    const sum = kinds.get(kindOf(group)) ?? { cases: 0, disturbed: 0, equal: 0 };
    sum.cases += tally.cases;
    sum.disturbed += tally.disturbed;
    sum.equal += tally.equal;
    kinds.set(kindOf(group), sum);
  }
  const rows = [...kinds].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return [
    `${String(disturbed)} disturbed runs, ${String(failures)} failures (${machine}):`,
    '',
    '| disturbance | cases | under way when disturbed | tables equal |',
    '|---|---|---|---|',
    ...rows.map(
      ([kind, one]) => `| ${kind} | ${String(one.cases)} | ${String(one.disturbed)} | ${String(one.equal)} |`,
    ),
  ].join('\n');
}

/** The document with the table in its place. @throws when the document has no place for it */
export function withResults(document: string, results: KillResults): string {
  const from = document.indexOf(begin);
  const to = document.indexOf(end);
  if (from < 0 || to < from) throw new Error(`docs/guarantee.md lacks ${begin} or ${end}`);
  return `${document.slice(0, from + begin.length)}\n\n${resultsTable(results)}\n\n${document.slice(to)}`;
}
