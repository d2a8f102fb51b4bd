/** Another process that uses a DuckDB file. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

const script = (work: string): string[] => [
  '--input-type=module',
  '--eval',
  `import { DuckDBInstance } from '@duckdb/node-api';\nconst path = process.argv[1];\n${work}`,
];

/** Holds the file open until it is ended. */
export class FileHolder {
  private constructor(private readonly child: ChildProcess) {}

  static async start(path: string): Promise<FileHolder> {
    const work = `const instance = await DuckDBInstance.create(path);
globalThis.kept = await instance.connect();
console.log('ready');
setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, [...script(work), path], { stdio: ['ignore', 'pipe', 'inherit'] });
    await new Promise<void>((resolve, reject) => {
      child.stdout.once('data', () => resolve());
      child.once('exit', (code) => reject(new Error(`The holder ended with ${code}`)));
    });
    return new FileHolder(child);
  }

  get pid(): number {
    return this.child.pid!;
  }

  async end(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => void this.child.once('exit', () => resolve()));
    this.child.kill('SIGKILL');
    await ended;
  }
}

/** The first value of a query in another process, or the message with which opening or asking failed. */
export async function askElsewhere(path: string, sql: string, mode: 'READ_ONLY' | 'READ_WRITE'): Promise<string> {
  const work = `try {
  const instance = await DuckDBInstance.create(path, { access_mode: '${mode}' });
  const connection = await instance.connect();
  const rows = (await connection.runAndReadAll(process.argv[2])).getRowsJson();
  console.log(String(rows[0]?.[0]));
} catch (failure) {
  console.log(failure.message);
}`;
  const { stdout } = await run(process.execPath, [...script(work), path, sql]);
  return stdout.trim();
}

/** Overwrites `to` as `cp` does: the file stays the same one. This process opens neither. */
export async function copyElsewhere(from: string, to: string): Promise<void> {
  await run('cp', [from, to]);
}

/** Opens the file as this program does, runs statements, and dies without closing it. */
export async function dieElsewhere(path: string, statements: readonly string[]): Promise<void> {
  const work = `const instance = await DuckDBInstance.create(':memory:');
const connection = await instance.connect();
await connection.run("ATTACH '" + path + "' AS other (STORAGE_VERSION 'v1.4.0')");
await connection.run('USE other');
for (const sql of JSON.parse(process.argv[2])) await connection.run(sql);
process.kill(process.pid, 'SIGKILL');`;
  const died = await run(process.execPath, [...script(work), path, JSON.stringify(statements)]).catch(
    (failure: unknown) => (failure as { readonly signal?: string }).signal,
  );
  if (died !== 'SIGKILL') throw new Error('The other process did not die as it should', { cause: died });
}
