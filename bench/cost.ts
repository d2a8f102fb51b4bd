/**
 * CPU time of pricing 100,000 calls, and seconds of summing up the costs of 1,000,000 spans in DuckDB.
 *
 * `npm run bench:cost`. Each is done five times; the middle one is printed.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { costGroupings } from '../src/answers/cost.js';
import { silentLog } from '../src/log.js';
import { priceCall } from '../src/prices/price-call.js';
import { createPriceList } from '../src/prices/price-list.js';
import { DuckDbDatabase } from '../src/targets/duckdb/database.js';
import { openDuckDbWarehouse } from '../src/targets/duckdb/duckdb-warehouse.js';
import { pricedNames } from '../test/prices/model-names.js';

const numCalls = 100_000;
const numTraces = 200_000;
const spansPerTrace = 5;
const dayMs = 86_400_000;
const firstDayMs = Date.UTC(2026, 0, 1);

async function middleOf(measure: () => number | Promise<number>): Promise<number> {
  const found: number[] = [];
  for (let round = 0; round < 5; round += 1) found.push(await measure());
  return found.sort((left, right) => left - right)[2] ?? Number.NaN;
}

/** Seconds of CPU; calls of 90 days under every name of the tests, with an empty price list at the start. */
function pricingSeconds(): number {
  const before = process.cpuUsage();
  const list = createPriceList();
  let sum = 0;
  for (let index = 0; index < numCalls; index += 1) {
    const [model, provider] = pricedNames[index % pricedNames.length] ?? ['', null];
    const found = list.find({ model, provider, startMs: firstDayMs + (index % 90) * dayMs, serviceTier: null });
    if (typeof found === 'string') continue;
    const tokens = { ...noCounts, inputTokens: index, cachedInputTokens: index >> 1, outputTokens: 100 };
    const cost = priceCall(tokens, found.prices, true);
    if (typeof cost !== 'string') sum += cost.totalUsd;
  }
  const { user, system } = process.cpuUsage(before);
  if (sum === 0) throw new Error('nothing was priced');
  return (user + system) / 1e6;
}

const noCounts = {
  ...{ cacheWrite5mTokens: null, cacheWrite1hTokens: null, reasoningTokens: null },
  ...{ totalTokens: null, embeddingTokens: null },
};

/** Made in SQL: only what sums of costs read differs between rows. */
async function fill(path: string): Promise<void> {
  const database = await DuckDbDatabase.open({ path, log: silentLog });
  const at = `make_timestamptz((${String(firstDayMs)} + (n % 90) * ${String(dayMs)}) * 1000)`;
  const key = `'bench' AS source_id, '1' AS experiment_id, 'tr-' || n AS trace_id`;
  await database.run(`INSERT INTO genai_processed_traces_gold BY NAME SELECT ${key}, 'tr-' || n AS request_id,
  'app' AS trace_origin, 'OK' AS status, ${at} AS start_time, ${String(firstDayMs)} + (n % 90) * ${String(dayMs)} AS start_time_ms,
  'user-' || (n % 1000) AS user_id, 'session-' || (n // 5) AS session_id, 'answer' AS trace_name,
  ${String(spansPerTrace * 100)} AS input_tokens, ${String(spansPerTrace * 10)} AS output_tokens,
  ${String(spansPerTrace * 110)} AS total_tokens, ${String(spansPerTrace)} * 0.25 AS cost_usd, 'library' AS cost_source,
  0 AS num_assessments, 0 AS num_assessment_errors, 'h' AS source_hash, 'complete' AS span_state, ${at} AS observed_at,
  'p' AS process_version, ${at} AS spans_observed_at, ${at} AS committed_at FROM range(${String(numTraces)}) t(n)`);
  await database.run(`INSERT INTO genai_trace_spans BY NAME SELECT ${key}, 's-' || s AS span_id, 'call' AS name,
  'CHAT_MODEL' AS kind, 'OK' AS status, ${at} AS start_time, 0 AS depth, 'model-' || s AS model, 'openai' AS provider,
  100 AS input_tokens, 10 AS output_tokens, 110 AS total_tokens, TRUE AS is_token_owner, 0.25 AS cost_usd,
  ${at} AS spans_observed_at FROM range(${String(numTraces)}) t(n), range(${String(spansPerTrace)}) u(s)`);
  await database.close();
}

async function main(): Promise<void> {
  console.log(`load ${(loadavg()[0] ?? 0).toFixed(1)}`);
  const pricing = await middleOf(pricingSeconds);
  console.log(`pricing ${numCalls.toLocaleString('en-US')} calls: ${pricing.toFixed(2)} s of CPU`);
  const folder = await mkdtemp(join(tmpdir(), 'tracelift-bench-'));
  const path = join(folder, 'bench.duckdb');
  const warehouse = await openDuckDbWarehouse({ path, log: silentLog });
  try {
    await warehouse.prepare();
    await fill(path);
    for (const kind of costGroupings) {
      const seconds = await middleOf(async () => {
        const startMs = performance.now();
        await warehouse.costs({ by: { kind }, fromMs: null, toMs: null });
        return (performance.now() - startMs) / 1000;
      });
      console.log(
        `cost --by ${kind}, ${(numTraces * spansPerTrace).toLocaleString('en-US')} spans: ${seconds.toFixed(2)} s`,
      );
    }
  } finally {
    await warehouse.close();
    await rm(folder, { recursive: true, force: true });
  }
}

await main();
