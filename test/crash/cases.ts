/** The cases of the kill matrix: every call of every step, before and after, and seeded random moments. */
import type { CrashPoint } from './crash-point.js';
import type { Death } from './kill-matrix.js';

export interface CrashCase {
  readonly name: string;
  readonly death: Death;
}

/** One case before and one after each call that the undisturbed run makes; one before each step of each commit. */
export function pointCases(counts: ReadonlyMap<string, number>): CrashCase[] {
  const cases: CrashCase[] = [];
  for (const [name, calls] of [...counts].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const [port, method] = name.split('.') as [CrashPoint['port'], string];
    const whens = method.startsWith('commit:') ? (['before'] as const) : (['before', 'after'] as const);
    for (let nth = 1; nth <= calls; nth += 1) {
      for (const when of whens) {
        const point: CrashPoint = { port, method, when, nth };
        cases.push({ name: `${when} call ${String(nth)} of ${name}`, death: { kind: 'point', point } });
      }
    }
  }
  return cases;
}

/** Moments spread over `spanMs`, the same for the same seed. */
export function randomCases(count: number, spanMs: number, seed: number): CrashCase[] {
  const chance = seeded(seed);
  return Array.from({ length: count }, () => {
    const delayMs = Math.round(chance() * spanMs);
    return { name: `SIGKILL after ${String(delayMs)} ms`, death: { kind: 'delay', delayMs } };
  });
}

/** `count` cases spread evenly over the list. */
export function subset(cases: readonly CrashCase[], count: number): CrashCase[] {
  const step = Math.max(1, cases.length / count);
  return Array.from({ length: Math.min(count, cases.length) }, (_, index) => cases[Math.floor(index * step)]!);
}

/** Park and Miller's generator: a seed gives the same cases on every machine. */
function seeded(seed: number): () => number {
  let state = seed % 2147483647;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}
