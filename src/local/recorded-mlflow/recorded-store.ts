/** Traces recorded from a real MLflow server with its demo data. Imports Node and the store's types. */
import { readFileSync } from 'node:fs';
import { byStartThenId } from './page-search.js';
import type { StoredExperiment, StoredTrace, TraceStore } from './trace-store.js';

/** The form of demo-recording.json; test/servers/record-demo.ts writes it. */
export interface Recording {
  readonly version: string;
  readonly experiments: readonly StoredExperiment[];
  readonly traces: readonly RecordedTrace[];
}

export interface RecordedTrace {
  readonly traceId: string;
  readonly experimentId: string;
  readonly startMs: number;
  /** JSON texts as the server sent them: as objects their long integers would be lost. */
  readonly infoJson: string;
  readonly spansJson: string;
}

/** The recording that is shipped beside this file. */
export function demoRecording(): Recording {
  return JSON.parse(readFileSync(new URL('demo-recording.json', import.meta.url), 'utf8')) as Recording;
}

export function createRecordedStore(recording: Recording): TraceStore {
  const traces = recording.traces.map((trace) => new ChangeableTrace(trace)).sort(byStartThenId);
  const byExperiment = new Map<string, StoredTrace[]>();
  for (const trace of traces) {
    const list = byExperiment.get(trace.experimentId);
    if (list === undefined) byExperiment.set(trace.experimentId, [trace]);
    else list.push(trace);
  }
  const byId = new Map(traces.map((trace) => [trace.traceId, trace]));
  const traceAt = (experimentId: string, position: number): StoredTrace => {
    const trace = byExperiment.get(experimentId)?.[position];
    if (trace === undefined) throw new RangeError(`no trace at position ${position}`);
    return trace;
  };
  return {
    version: recording.version,
    experiments: recording.experiments,
    numTraces: (experimentId) => byExperiment.get(experimentId)?.length ?? 0,
    traceAt,
    startMsAt: (experimentId, position) => traceAt(experimentId, position).startMs,
    find: (traceId) => byId.get(traceId),
    addAssessment: (traceId, assessmentJson) => byId.get(traceId)?.addAssessment(assessmentJson),
  };
}

/** Infos hold no long integers, so they can be read and written again without loss. */
class ChangeableTrace implements StoredTrace {
  readonly traceId: string;
  readonly experimentId: string;
  readonly startMs: number;
  private info: string;
  private readonly spans: string;

  constructor(recorded: RecordedTrace) {
    this.traceId = recorded.traceId;
    this.experimentId = recorded.experimentId;
    this.startMs = recorded.startMs;
    this.info = recorded.infoJson;
    this.spans = recorded.spansJson;
  }

  infoJson(): string {
    return this.info;
  }

  spansJson(): string {
    return this.spans;
  }

  addAssessment(assessmentJson: string): void {
    const info = JSON.parse(this.info) as { assessments?: unknown[] };
    this.info = JSON.stringify({ ...info, assessments: [...(info.assessments ?? []), JSON.parse(assessmentJson)] });
  }
}
