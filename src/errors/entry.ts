/** What an error of the catalogue is made of. Pure; imports nothing. */

/**
 * `input`: the caller must change the request; `config`: the operator must change a setting or a right;
 * `data`: the source or a table holds something unusable; `transient`: trying again may help (the only retried kind);
 * `terminal`: nothing will help but a person.
 */
export type ErrorKind = 'input' | 'config' | 'data' | 'transient' | 'terminal';

/** Values for the `{placeholders}` of a message. */
export type ErrorParameters = Readonly<Record<string, string | number | boolean>>;

export interface ErrorEntry {
  readonly kind: ErrorKind;
  /** What went wrong, and where. `{name}` is replaced by the parameter of that name. */
  readonly what: string;
  /** What follows from it: what was written, what was not. */
  readonly consequence: string;
  /** What the reader can do now. */
  readonly nextStep: string;
}

/** One entry of the catalogue. */
export const entry = (kind: ErrorKind, what: string, consequence: string, nextStep: string): ErrorEntry => ({
  kind,
  what,
  consequence,
  nextStep,
});
