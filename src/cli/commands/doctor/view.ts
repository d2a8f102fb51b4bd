/** Prints what the doctor found. Loads nothing. */
import type { CheckState } from '../../../errors/check.js';
import type { DoctorModel } from './load.js';
import { plural, type Paint } from '../../terminal/text.js';

export function view(model: DoctorModel, paint: Paint): string {
  const width = Math.max(...model.checks.map((check) => check.name.length));
  const lines = model.checks.flatMap((check) => [
    `${mark(check.state, paint)}  ${check.name.padEnd(width)}  ${check.detail}`,
    ...(check.remedy === null ? [] : [`   ${' '.repeat(width)}     ${paint.bold('->')} ${check.remedy}`]),
  ]);
  return `${lines.join('\n')}\n\n${verdict(model, paint)}`;
}

const marks: Readonly<Record<CheckState, string>> = { ok: 'ok  ', warning: 'warn', failed: 'FAIL', skipped: '-   ' };

function mark(state: CheckState, paint: Paint): string {
  if (state === 'ok') return paint.green(marks.ok);
  if (state === 'failed') return paint.red(marks.failed);
  return state === 'warning' ? paint.yellow(marks.warning) : paint.dim(marks.skipped);
}

function verdict(model: DoctorModel, paint: Paint): string {
  const failed = model.checks.filter((check) => check.state === 'failed').length;
  const warnings = model.checks.filter((check) => check.state === 'warning').length;
  if (failed > 0) return paint.red(`${plural(failed, 'check')} failed. Begin with the first one.`);
  return warnings > 0 ? paint.yellow(`Ready, with ${plural(warnings, 'warning')}.`) : paint.green('Ready.');
}
