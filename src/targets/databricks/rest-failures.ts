/** Turns trouble with the REST APIs into codes of the catalogue. Imports the catalogue and HTTP types only. */
import { TraceliftError } from '../../errors/index.js';
import type { HttpFailure } from '../../http/http-client.js';

/** No answer at all. */
export function unreachable(location: string, failure: HttpFailure): TraceliftError {
  const { kind, reason } = failure;
  if (kind === 'certificate') return new TraceliftError('WarehouseCertificate', { location, reason });
  return new TraceliftError('WarehouseUnreachable', { location, reason });
}

/** What a refusal says, cut to one line: Databricks' REST messages name objects and rights, never rows. */
export function refusalText(errorCode: string, message: string): string {
  const line = message.split('\n', 1)[0]?.slice(0, 300) ?? '';
  return line === '' ? errorCode : `${line} (${errorCode})`;
}

/** What an answer from 400 says. */
interface Refusal {
  readonly status: number;
  /** For example `RESOURCE_DOES_NOT_EXIST`. */
  readonly errorCode: string;
  readonly message: string;
}

/** The error for a refusal that the caller has no better name for. */
export function refusal(location: string, answer: Refusal, doing: string): TraceliftError {
  const reason = refusalText(answer.errorCode, answer.message);
  if (answer.status === 403) return new TraceliftError('WarehouseGrantMissing', { location, doing, reason });
  return new TraceliftError('WarehouseRefused', { location, doing, reason });
}
