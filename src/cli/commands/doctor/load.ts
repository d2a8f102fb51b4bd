/** Loads what `tracelift doctor` shows: every setting and connection tried in order. Never prints. */
import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import {
  examineAll,
  failed,
  failedBy,
  ok,
  skipped,
  warning,
  type Check,
  type Examination,
  type Finding,
} from '../../../errors/check.js';
import { ignoredMlflowVariables } from '../../../config/index.js';
import { TraceliftError } from '../../../errors/index.js';
import { onPath } from '../../../local/run-command.js';
import { countPollers } from '../../temporal/pollers.js';
import type { Experiment } from '../../../sources/trace-source.js';
import { isOpenToOthers } from '../../../wiring/private-folder.js';
import type { PlaceFlags } from '../../options/flags.js';
import type { CliSession } from '../../session.js';
import { programEnvironment } from '../../temporal/program.js';
import { findRunningTemporal, isTemporalConfigured } from '../../temporal/server.js';

export interface DoctorModel {
  readonly ok: boolean;
  readonly checks: readonly Check[];
}

interface Subject {
  readonly session: CliSession;
  readonly options: PlaceFlags;
}

const config = 'configuration';

const examinations: readonly Examination<Subject>[] = [
  { name: 'Node.js', needs: [], run: examineNode },
  { name: config, needs: [], run: examineConfig },
  { name: 'data folder', needs: [config], run: examineDataFolder },
  { name: 'MLflow', needs: [config], run: examineSource },
  { name: 'MLflow experiments', needs: ['MLflow'], run: examineExperiments },
  { name: 'clock', needs: ['MLflow'], run: examineClock },
  { name: 'tables', needs: [config], run: examineTarget },
  { name: 'staging', needs: ['tables'], run: examineStaging },
  { name: 'Temporal', needs: [config], run: examineTemporal },
  { name: 'workers', needs: ['Temporal'], run: examineWorkers },
  { name: 'monitor', needs: ['tables'], run: examineMonitor },
];

/** Checks that Databricks has in finer grain: one for each right. */
const ofTarget: ReadonlySet<string> = new Set(['tables', 'staging', 'monitor']);

/** Tries everything; never throws for what it finds. */
export async function load(session: CliSession, options: PlaceFlags): Promise<DoctorModel> {
  const isRemote = isOnDatabricks(session, options);
  const wanted = isRemote ? examinations.filter(({ name }) => !ofTarget.has(name)) : examinations;
  const checks = await examineAll(wanted, { session, options }, findingOf);
  if (isRemote) {
    const place = wanted.findIndex(({ name }) => name === 'Temporal');
    checks.splice(place, 0, ...(await examineDatabricks(session, options)));
  }
  return { ok: checks.every((check) => check.state !== 'failed'), checks };
}

function isOnDatabricks(session: CliSession, { target }: PlaceFlags): boolean {
  try {
    return session.targetConfig(target).kind === 'databricks';
  } catch (error) {
    // The check of the configuration, or that of the tables, says what is wrong.
    if (error instanceof TraceliftError) return false;
    throw error;
  }
}

async function examineDatabricks(session: CliSession, options: PlaceFlags): Promise<readonly Check[]> {
  try {
    return await (await session.databricks(options.target)).checks();
  } catch (error) {
    return [{ name: 'Databricks', ...findingOf(error) }];
  }
}

function findingOf(error: unknown): Finding {
  if (error instanceof TraceliftError) return failedBy(error);
  const reason = error instanceof Error ? error.message : 'unknown';
  return failed(reason, 'Run it again with TRACELIFT_LOG_LEVEL=debug; the log names the step that failed.');
}

function examineNode(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const isEnough = major > 20 || (major === 20 && minor >= 19);
  return isEnough
    ? ok(process.versions.node)
    : failed(`${process.versions.node} is too old`, 'Install Node.js 20.19 or newer: https://nodejs.org');
}

function examineConfig({ session }: Subject): Finding {
  const { file, defaultSource, defaultTarget } = session.config;
  const detail = `${file ?? 'no file'}; source ${defaultSource}, target ${defaultTarget}`;
  const ignored = ignoredMlflowVariables(session.io.env);
  return ignored.length === 0
    ? ok(detail)
    : warning(detail, `tracelift does not read these variables of MLflow: ${ignored.join('; ')}.`);
}

const lowDiskBytes = 1024 ** 3;

function examineDataFolder({ session }: Subject): Finding {
  const { dataDir } = session.config;
  const folder = nearestExisting(dataDir);
  try {
    accessSync(folder, constants.W_OK);
  } catch {
    return failed(
      `${folder} cannot be written`,
      'Give this user the right to write there, or set TRACELIFT_DATA to another folder.',
    );
  }
  if (folder === dataDir && isOpenToOthers(statSync(folder))) {
    return warning(
      `${dataDir} can be read by other users of this machine`,
      `It holds texts of your users. Close it: chmod 700 ${dataDir}`,
    );
  }
  const { bavail, bsize } = statfsSync(folder);
  const freeGib = (bavail * bsize) / 1024 ** 3;
  const detail = `${dataDir}, ${freeGib.toFixed(1)} GiB free`;
  return bavail * bsize < lowDiskBytes
    ? warning(detail, 'Free some space: staged files and the DuckDB file need about twice the size of the traces.')
    : ok(detail);
}

function nearestExisting(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : nearestExisting(dirname(path));
}

async function examineSource({ session, options }: Subject): Promise<Finding> {
  const { name, source } = await session.source(options.source);
  const { address, version, searchApi, spanRoutes, sourceId } = await source.describe();
  const server = `${address}, MLflow ${version ?? 'of unknown version'}`;
  return ok(
    `${server}, search ${searchApi}, spans by ${spanRoutes.join(', ')}; ${name} is "${sourceId}" in the tables`,
  );
}

async function examineExperiments({ session, options }: Subject): Promise<Finding> {
  const { source } = await session.source(options.source);
  const experiments = (await source.listExperiments()).filter((one) => one.lifecycleStage === 'active');
  if (experiments.length === 0) {
    return warning(
      'this user sees none',
      'Check the rights of the credentials, or MLFLOW_WORKSPACE where the server has workspaces.',
    );
  }
  const elsewhere = experiments.filter((one) => one.unityCatalogTraces !== null);
  if (elsewhere.length > 0) return experimentsInUnityCatalog(experiments.length, elsewhere);
  const shown = experiments.slice(0, 5).map((one) => `${one.name} (${one.experimentId})`);
  const more = experiments.length > shown.length ? ', …' : '';
  return ok(`${experiments.length}: ${shown.join(', ')}${more}`);
}

function experimentsInUnityCatalog(total: number, elsewhere: readonly Experiment[]): Finding {
  const named = elsewhere
    .slice(0, 5)
    .map((one) => `${one.name} (${one.experimentId}): ${one.unityCatalogTraces ?? ''}`);
  const more = elsewhere.length > named.length ? ', …' : '';
  return warning(
    `${total}; the traces of ${elsewhere.length} of them lie in Unity Catalog: ${named.join(', ')}${more}`,
    'Runs refuse these experiments by name. Query their tables in Unity Catalog; all other experiments can be copied.',
  );
}

const skewWarningMs = 60_000;

async function examineClock({ session, options }: Subject): Promise<Finding> {
  const { source } = await session.source(options.source);
  const skewMs = (await source.nowMs()) - session.io.nowMs();
  const seconds = Math.round(Math.abs(skewMs) / 1000);
  if (Math.abs(skewMs) < skewWarningMs) return ok(`this machine and MLflow differ by ${seconds} s`);
  const direction = skewMs > 0 ? 'ahead of' : 'behind';
  return warning(
    `MLflow is ${seconds} s ${direction} this machine`,
    'Set both clocks by NTP. The earlier of the two clocks decides where runs end, so nothing is lost meanwhile.',
  );
}

async function examineTarget({ session, options }: Subject): Promise<Finding> {
  const { name } = session.targetConfig(options.target);
  if (!session.targetExists(options.target)) return ok(`target ${name}: no tables yet, the first run makes them`);
  const warehouse = await session.readTarget(options.target);
  const { traces, openDeadLetters } = await warehouse.summary();
  return ok(`target ${name}: ${warehouse.location}, ${traces} traces, ${openDeadLetters} open dead letters`);
}

async function examineStaging({ session, options }: Subject): Promise<Finding> {
  if (!session.targetExists(options.target)) return skipped('made by the first run');
  if (session.isHeldElsewhere) return skipped('another process works with the tables now');
  const { staging } = await session.target(options.target);
  const run = `doctor-${session.io.nowMs().toString(36)}`;
  await staging.writeJson(`${run}/w000000-r0/probe.json.gz`, { written: 'by tracelift doctor' });
  await staging.remove(run);
  return ok(`${staging.root} can be written${staging.isLocal ? ', by workers on this machine only' : ''}`);
}

async function examineTemporal({ session }: Subject): Promise<Finding> {
  const running = await findRunningTemporal(session);
  if (running !== null) return ok(`${running.address}, namespace ${running.namespace} (${running.origin})`);
  if (isTemporalConfigured(session.io.env)) return failed('not reachable', 'Check TEMPORAL_ADDRESS.');
  const env = programEnvironment(session);
  const path = env['TEMPORAL_CLI_PATH'] ?? onPath('temporal', env);
  return path === null || path === ''
    ? ok('TEMPORAL_ADDRESS is not set: a local server is downloaded or built when a command first needs it')
    : ok(`TEMPORAL_ADDRESS is not set: commands start a local server with ${path}`);
}

async function examineWorkers({ session }: Subject): Promise<Finding> {
  const running = await findRunningTemporal(session);
  if (running === null) return skipped('commands bring their own while no server is configured');
  const workers = await countPollers(running, session.io.nowMs());
  if (workers > 0) return ok(`${workers} on the task queue ${running.taskQueue}`);
  return warning(
    `none polls the task queue ${running.taskQueue}`,
    'Start one with `tracelift worker`. Runs from the Web UI, schedules and --detach wait for it.',
  );
}

async function examineMonitor({ session, options }: Subject): Promise<Finding> {
  if (!session.config.monitor.enabled) return skipped('switched off by monitor.enabled');
  if (!session.targetExists(options.target)) return skipped('made at the end of the first run');
  if (session.isHeldElsewhere) return skipped('another process works with the tables now');
  const { monitor } = await session.target(options.target);
  const status = await monitor.show();
  if (status.state === 'failed') return failed(status.failure ?? 'failed', 'Run `tracelift monitor ensure`.');
  if (status.state === 'absent')
    return warning('there is none yet', 'Run `tracelift monitor ensure`, or the next backfill.');
  return ok(`${status.state}, ${status.profileTable ?? 'no profile table yet'}`);
}
