/** Loads what `tracelift doctor` shows: every setting and connection tried in order. Never prints. */
import { accessSync, constants, existsSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { errorCatalogue, fillPlaceholders, TraceliftError } from '../../errors/index.js';
import { onPath } from '../../local/run-command.js';
import { countPollers } from '../pollers.js';
import type { CliSession } from '../session.js';
import { databricksOf } from './grants.js';
import { findRunningTemporal, isTemporalConfigured, partEnvironment } from '../temporal-session.js';

export type CheckState = 'ok' | 'warning' | 'failed' | 'skipped';

export interface Check {
  readonly name: string;
  readonly state: CheckState;
  /** What was found. */
  readonly detail: string;
  /** How to mend it, where something is to mend. */
  readonly remedy: string | null;
}

export interface DoctorModel {
  readonly ok: boolean;
  readonly checks: readonly Check[];
}

type Finding = Omit<Check, 'name'>;
type Examination = (session: CliSession, options: DoctorOptions) => Promise<Finding> | Finding;

export interface DoctorOptions {
  readonly source?: string;
  readonly target?: string;
}

const good = (detail: string): Finding => ({ state: 'ok', detail, remedy: null });
const skip = (detail: string): Finding => ({ state: 'skipped', detail, remedy: null });
const warn = (detail: string, remedy: string): Finding => ({ state: 'warning', detail, remedy });
const bad = (detail: string, remedy: string): Finding => ({ state: 'failed', detail, remedy });

const examinations: readonly (readonly [string, Examination])[] = [
  ['Node.js', examineNode],
  ['configuration', examineConfig],
  ['data folder', examineDataFolder],
  ['MLflow', examineSource],
  ['MLflow experiments', examineExperiments],
  ['clock', examineClock],
  ['tables', examineTarget],
  ['staging', examineStaging],
  ['Temporal', examineTemporal],
  ['workers', examineWorkers],
  ['monitor', examineMonitor],
];

/** What a check builds on: it says nothing new where that failed. Every other one needs the configuration only. */
const needs: Readonly<Record<string, readonly string[]>> = {
  'MLflow experiments': ['configuration', 'MLflow'],
  clock: ['configuration', 'MLflow'],
  staging: ['configuration', 'tables'],
  workers: ['configuration', 'Temporal'],
  monitor: ['configuration', 'tables'],
};

/** Tries everything; never throws for what it finds. */
export async function doctor(session: CliSession, options: DoctorOptions): Promise<DoctorModel> {
  const checks: Check[] = [];
  for (const [name, examine] of examinations) {
    if (isOnDatabricks(session, options) && ofTarget.has(name)) {
      if (name === 'tables') checks.push(...(await examineDatabricks(session, options)));
      continue;
    }
    const required = needs[name] ?? ['configuration'];
    const missing = checks.find((check) => required.includes(check.name) && check.state === 'failed');
    const finding =
      missing === undefined ? await examined(examine, session, options) : skip(`after ${missing.name} is mended`);
    checks.push({ name, ...finding });
  }
  return { ok: checks.every((check) => check.state !== 'failed'), checks };
}

/** Checks that Databricks has in finer grain: one for each right. */
const ofTarget: ReadonlySet<string> = new Set(['tables', 'staging', 'monitor']);

function isOnDatabricks(session: CliSession, { target }: DoctorOptions): boolean {
  try {
    return session.targetConfig(target).kind === 'databricks';
  } catch (error) {
    // The check of the configuration, or that of the tables, says what is wrong.
    if (error instanceof TraceliftError) return false;
    throw error;
  }
}

async function examineDatabricks(session: CliSession, options: DoctorOptions): Promise<readonly Check[]> {
  try {
    return await (await databricksOf(session, options.target)).checks();
  } catch (error) {
    return [{ name: 'Databricks', ...findingOf(error) }];
  }
}

async function examined(examine: Examination, session: CliSession, options: DoctorOptions): Promise<Finding> {
  try {
    return await examine(session, options);
  } catch (error) {
    return findingOf(error);
  }
}

function findingOf(error: unknown): Finding {
  if (!(error instanceof TraceliftError)) {
    const reason = error instanceof Error ? error.message : 'unknown';
    return bad(reason, 'Run it again with TRACELIFT_LOG_LEVEL=debug; the log names the step that failed.');
  }
  const { what, nextStep } = errorCatalogue[error.code];
  return bad(
    `${error.code}: ${fillPlaceholders(what, error.parameters)}`,
    fillPlaceholders(nextStep, error.parameters),
  );
}

function examineNode(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const isEnough = major > 20 || (major === 20 && minor >= 19);
  return isEnough
    ? good(process.versions.node)
    : bad(`${process.versions.node} is too old`, 'Install Node.js 20.19 or newer: https://nodejs.org');
}

function examineConfig(session: CliSession): Finding {
  const { file, defaultSource, defaultTarget } = session.config;
  return good(`${file ?? 'no file'}; source ${defaultSource}, target ${defaultTarget}`);
}

const lowDiskBytes = 1024 ** 3;

function examineDataFolder(session: CliSession): Finding {
  const { dataDir } = session.config;
  const folder = nearestExisting(dataDir);
  try {
    accessSync(folder, constants.W_OK);
  } catch {
    return bad(
      `${folder} cannot be written`,
      'Give this user the right to write there, or set TRACELIFT_DATA to another folder.',
    );
  }
  const { bavail, bsize } = statfsSync(folder);
  const freeGib = (bavail * bsize) / 1024 ** 3;
  const detail = `${dataDir}, ${freeGib.toFixed(1)} GiB free`;
  return bavail * bsize < lowDiskBytes
    ? warn(detail, 'Make room: staged files and the DuckDB file need about the size of the traces, twice.')
    : good(detail);
}

function nearestExisting(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : nearestExisting(dirname(path));
}

async function examineSource(session: CliSession, options: DoctorOptions): Promise<Finding> {
  const { name, source } = await session.source(options.source);
  const { address, version, searchApi, spanRoutes, sourceId } = await source.describe();
  const server = `${address}, MLflow ${version ?? 'of unknown version'}`;
  return good(
    `${server}, search ${searchApi}, spans by ${spanRoutes.join(', ')}; ${name} is "${sourceId}" in the tables`,
  );
}

async function examineExperiments(session: CliSession, options: DoctorOptions): Promise<Finding> {
  const { source } = await session.source(options.source);
  const experiments = (await source.listExperiments()).filter((one) => one.lifecycleStage === 'active');
  if (experiments.length === 0) {
    return warn(
      'this user sees none',
      'Check the rights of the credentials, or MLFLOW_WORKSPACE where the server has workspaces.',
    );
  }
  const shown = experiments.slice(0, 5).map((one) => `${one.name} (${one.experimentId})`);
  const more = experiments.length > shown.length ? ', …' : '';
  return good(`${experiments.length}: ${shown.join(', ')}${more}`);
}

const skewWarningMs = 60_000;

async function examineClock(session: CliSession, options: DoctorOptions): Promise<Finding> {
  const { source } = await session.source(options.source);
  const skewMs = (await source.nowMs()) - session.io.nowMs();
  const seconds = Math.round(Math.abs(skewMs) / 1000);
  if (Math.abs(skewMs) < skewWarningMs) return good(`this machine and MLflow differ by ${seconds} s`);
  const direction = skewMs > 0 ? 'ahead of' : 'behind';
  return warn(
    `MLflow is ${seconds} s ${direction} this machine`,
    'Set both clocks by NTP. The clock of MLflow decides what is copied, so nothing is lost meanwhile.',
  );
}

async function examineTarget(session: CliSession, options: DoctorOptions): Promise<Finding> {
  const { name } = session.targetConfig(options.target);
  if (!session.targetExists(options.target)) return good(`target ${name}: no tables yet, the first run makes them`);
  const warehouse = await session.readTarget(options.target);
  const { traces, openDeadLetters } = await warehouse.summary();
  return good(`target ${name}: ${warehouse.location}, ${traces} traces, ${openDeadLetters} open dead letters`);
}

async function examineStaging(session: CliSession, options: DoctorOptions): Promise<Finding> {
  if (!session.targetExists(options.target)) return skip('made by the first run');
  if (session.isHeldElsewhere) return skip('another process works with the tables now');
  const { staging } = await session.target(options.target);
  const run = `doctor-${session.io.nowMs().toString(36)}`;
  await staging.writeJson(`${run}/w000000-r0/probe.json.gz`, { written: 'by tracelift doctor' });
  await staging.remove(run);
  return good(`${staging.root} can be written${staging.isLocal ? ', by workers on this machine only' : ''}`);
}

async function examineTemporal(session: CliSession): Promise<Finding> {
  const running = await findRunningTemporal(session);
  if (running !== null) return good(`${running.address}, namespace ${running.namespace} (${running.origin})`);
  if (isTemporalConfigured(session.io.env)) return bad('not reachable', 'Check TEMPORAL_ADDRESS.');
  const env = partEnvironment(session);
  const path = env['TEMPORAL_CLI_PATH'] ?? onPath('temporal', env);
  return path === null || path === ''
    ? good('TEMPORAL_ADDRESS is not set: a local server is downloaded or built when a command first needs it')
    : good(`TEMPORAL_ADDRESS is not set: commands start a local server with ${path}`);
}

async function examineWorkers(session: CliSession): Promise<Finding> {
  const running = await findRunningTemporal(session);
  if (running === null) return skip('commands bring their own while no server is configured');
  const workers = await countPollers(running, session.io.nowMs());
  if (workers > 0) return good(`${workers} on the task queue ${running.taskQueue}`);
  return warn(
    `none polls the task queue ${running.taskQueue}`,
    'Start one with `tracelift worker`. Runs from the Web UI, schedules and --detach wait for it.',
  );
}

async function examineMonitor(session: CliSession, options: DoctorOptions): Promise<Finding> {
  if (!session.config.monitor.enabled) return skip('switched off by monitor.enabled');
  if (!session.targetExists(options.target)) return skip('made at the end of the first run');
  if (session.isHeldElsewhere) return skip('another process works with the tables now');
  const { monitor } = await session.target(options.target);
  const status = await monitor.show();
  if (status.state === 'failed') return bad(status.failure ?? 'failed', 'Run `tracelift monitor ensure`.');
  if (status.state === 'absent') return warn('there is none', 'Run `tracelift monitor ensure`, or the next backfill.');
  return good(`${status.state}, ${status.profileTable ?? 'no profile table yet'}`);
}
