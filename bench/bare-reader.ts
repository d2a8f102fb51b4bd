/** The least that any copy must do: list 500 infos at a time, fetch the spans 50 at a time, throw everything away. */
import { Agent, request } from 'node:http';

const agent = new Agent({ keepAlive: true, maxSockets: 4 });

function call(address: string, path: string, body?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      `${address}${path}`,
      { agent, method: body === undefined ? 'GET' : 'POST', headers: { 'Content-Type': 'application/json' } },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', reject);
        answer.on('end', () => {
          if (answer.statusCode === 200) resolve(Buffer.concat(chunks).toString('utf8'));
          else reject(new Error(`status ${String(answer.statusCode)} for ${path}`));
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

interface Page {
  readonly traces?: readonly { readonly trace_id: string }[];
  readonly next_page_token?: string;
}

/** A listing alone, or with the spans of what it lists. */
export type ReadDepth = 'infos' | 'spans';

/** Requests for spans at a time. */
const parallel = 2;

/** @returns number of traces read */
export async function readEverything(address: string, experimentId: string, depth: ReadDepth): Promise<number> {
  let numTraces = 0;
  let pageToken: string | undefined;
  do {
    const body = JSON.stringify({
      locations: [{ type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: experimentId } }],
      max_results: 500,
      order_by: ['timestamp_ms ASC', 'request_id ASC'],
      ...(pageToken === undefined ? {} : { page_token: pageToken }),
    });
    const page = JSON.parse(await call(address, '/api/3.0/mlflow/traces/search', body)) as Page;
    const ids = (page.traces ?? []).map((trace) => trace.trace_id);
    const batches = Array.from({ length: Math.ceil(ids.length / 50) }, (_, index) =>
      ids.slice(index * 50, index * 50 + 50),
    );
    const next = batches[Symbol.iterator]();
    const drain = async (): Promise<void> => {
      for (const batch of next) {
        const query = batch.map((id) => `trace_ids=${id}`).join('&');
        await call(address, `/api/3.0/mlflow/traces/batchGet?${query}`);
      }
    };
    if (depth === 'spans') await Promise.all(Array.from({ length: parallel }, drain));
    numTraces += ids.length;
    pageToken = page.next_page_token;
  } while (pageToken !== undefined && pageToken !== '');
  return numTraces;
}
