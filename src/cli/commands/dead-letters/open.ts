/** Reads the open dead letters of a target. */
import type { DeadLetterRow } from '../../../tables/rows.js';
import type { CliSession } from '../../session.js';

/** More are not looked through. */
const maxDeadLetters = 100_000;

/** The tables are given back at once: a run may want to write them next. @throws NoTables */
export async function openDeadLetters(session: CliSession, target: string | undefined): Promise<DeadLetterRow[]> {
  session.requireTables(target);
  const readable = await (await session.runtime()).readTarget(target ?? null);
  try {
    return await readable.warehouse.listDeadLetters({ limit: maxDeadLetters });
  } finally {
    await readable.close();
  }
}
