/** Shows a run while it is under way: a bar on a terminal, a line now and then elsewhere. Loads nothing. */
import { Presets, SingleBar } from 'cli-progress';
import type { RunProgress } from '../../workflows/contract.js';
import type { TextStream } from './io.js';
import { count, plural, printable, type Paint } from './text.js';

/** Tells the user something on the way. */
export type Notify = (message: string) => void;

/** Receives what happens while a command works. */
export interface RunEvents {
  readonly note: Notify;
  /** About twice a second, once the run answers. */
  readonly progress: (progress: RunProgress) => void;
}

export interface ProgressView {
  update(progress: RunProgress): void;
  /** A line that stays. */
  note(message: string): void;
  stop(): void;
}

/** Traces that are done, and how many are expected; null where nobody knows. */
export function progressCounts(progress: RunProgress): { done: number; expected: number | null } {
  const done = progress.totals.listed + Math.min(progress.inFlight.processed, progress.inFlight.listed);
  const known = progress.totals.listed + progress.inFlight.listed;
  const expected = progress.expectedTraces === null ? null : Math.max(progress.expectedTraces, known);
  return { done, expected };
}

/** One line of facts. */
export function progressText(progress: RunProgress): string {
  const { done, expected } = progressCounts(progress);
  const { totals } = progress;
  const of = expected === null ? '' : ` of about ${count(expected)}`;
  const failed = totals.deadLettered === 0 ? '' : `, ${plural(totals.deadLettered, 'dead letter')}`;
  const paused = progress.paused ? ', paused' : '';
  return `${progress.phase}: ${count(done)}${of} traces, ${plural(totals.windows, 'window')} verified${failed}${paused}`;
}

/** A bar on a terminal; otherwise lines; nothing but notes where `isQuiet`. */
export function progressView(stream: TextStream, paint: Paint, isQuiet: boolean): ProgressView {
  if (isQuiet) return { update: () => undefined, note: () => undefined, stop: () => undefined };
  return stream.isTTY === true ? barView(stream, paint) : lineView(stream);
}

const lineEveryMs = 10_000;

function lineView(stream: TextStream): ProgressView {
  let lastPhase = '';
  let lastMs = 0;
  return {
    update(progress) {
      const nowMs = Date.now();
      if (progress.phase === lastPhase && nowMs - lastMs < lineEveryMs) return;
      lastPhase = progress.phase;
      lastMs = nowMs;
      stream.write(`${progressText(progress)}\n`);
    },
    note: (message) => void stream.write(`${printable(message)}\n`),
    stop: () => undefined,
  };
}

function barView(stream: TextStream, paint: Paint): ProgressView {
  let bar: SingleBar | null = null;
  const stop = (): void => {
    bar?.stop();
    bar = null;
  };
  return {
    update(progress) {
      const { done, expected } = progressCounts(progress);
      const total = Math.max(1, expected ?? progress.totals.listed + progress.inFlight.listed);
      const facts = { phase: progress.phase, windows: count(progress.totals.windows) };
      bar ??= startBar(stream, total, paint);
      bar.setTotal(total);
      bar.update(Math.min(done, total), facts);
    },
    note(message) {
      stop();
      stream.write(`${paint.dim(printable(message))}\n`);
    },
    stop,
  };
}

function startBar(stream: TextStream, total: number, paint: Paint): SingleBar {
  const bar = new SingleBar(
    {
      format: `${paint.cyan('{bar}')} {percentage}%  {value}/{total} traces  {windows} windows  {phase}  {duration_formatted}`,
      stream: stream as NodeJS.WritableStream,
      hideCursor: true,
      clearOnComplete: true,
      barsize: 30,
      fps: 5,
      gracefulExit: false,
      linewrap: false,
    },
    Presets.shades_classic,
  );
  bar.start(total, 0, { phase: 'preparing', windows: '0' });
  return bar;
}
