/** What a refusal of the monitor APIs means. Imports the catalogue and the REST client's types. */
import { TraceliftError } from '../../../../errors/index.js';
import type { RestAnswer } from '../../rest-client.js';
import { refusalText } from '../../rest-failures.js';

/**
 * @throws MonitorPermission, MonitorFeatureDisabled, MonitorTableMissing (config), MonitorFailed (terminal).
 * Error codes as in databricks-sdk-py errors; FEATURE_NOT_ENABLED as quoted by users.
 */
export function monitorFailure(location: string, table: string, answer: RestAnswer, doing: string): TraceliftError {
  const { status, errorCode, message } = answer;
  const reason = refusalText(errorCode, message);
  if (
    /FEATURE_(?:NOT_ENABLED|DISABLED)/.test(errorCode) ||
    /not enabled|not supported in this workspace/i.test(message)
  ) {
    return new TraceliftError('MonitorFeatureDisabled', { location, reason });
  }
  if (status === 403) return new TraceliftError('MonitorPermission', { doing, table, reason });
  if (/TABLE_(?:DOES_NOT_EXIST|OR_VIEW_NOT_FOUND)/.test(errorCode)) {
    return new TraceliftError('MonitorTableMissing', { table });
  }
  return new TraceliftError('MonitorFailed', { reason });
}

/** The workspace does not know the path at all: an older one than the API. */
export const isUnknownApi = ({ status, errorCode, message }: RestAnswer): boolean =>
  errorCode === 'ENDPOINT_NOT_FOUND' || status === 501 || /^No API found/.test(message);

/**
 * 409, or the text that real servers send with other codes: "Data Monitor 'c.s.t' already exists"
 * (https://github.com/databricks/cli/issues/2437).
 */
export const isAlreadyThere = ({ status, errorCode, message }: RestAnswer): boolean =>
  status === 409 || /ALREADY_EXISTS/.test(errorCode) || /already exists?/i.test(message);
