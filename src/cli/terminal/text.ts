/** Words, numbers and tables as people read them. Pure; views build on it. */
import Table from 'cli-table3';
import pc from 'picocolors';

/** Colours, or none where the output is no terminal. */
export type Paint = ReturnType<typeof pc.createColors>;

/** Colours for a stream; NO_COLOR and FORCE_COLOR are the caller's business. */
export function paintFor(useColors: boolean): Paint {
  return pc.createColors(useColors);
}

const escape = String.fromCharCode(0x1b);

/**
 * A text that a terminal only shows. Names come from other people, and control characters in them would move the cursor,
 * change the title or turn the direction of a line: they are written out as `\\x1b`. Line ends, tabs and colours stay.
 */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, (character, at: number) => {
    if (character === '\n' || character === '\t') return character;
    if (character === '\r' && text[at + 1] === '\n') return character;
    if (character === escape && /^\[\d{1,2}m/.test(text.slice(at + 1, at + 5))) return character;
    const code = character.charCodeAt(0).toString(16);
    return code.length > 2 ? `\\u${code}` : `\\x${code.padStart(2, '0')}`;
  });
}

/** `12,345`; `-` for unknown. */
export function count(value: number | bigint | null | undefined): string {
  return value === null || value === undefined ? '-' : value.toLocaleString('en-US');
}

/** Up to four significant digits; `-` for unknown. */
export function decimal(value: number | null | undefined): string {
  if (value === null || value === undefined) return '-';
  return Number.isInteger(value) ? count(value) : String(Number(value.toPrecision(4)));
}

/** `1 trace`, `2 traces`. */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** `2024-01-01 12:00:00Z`; `-` for unknown. */
export function instant(ms: number | null | undefined): string {
  if (ms === null || ms === undefined || Math.abs(ms) > 8.64e15) return '-';
  return new Date(ms).toISOString().replace('T', ' ').replace('.000Z', 'Z');
}

/** A column in microseconds since 1970, shown as {@link instant}. */
export function instantOfMicros(value: number | bigint): string {
  return instant(Number(BigInt(value) / 1000n));
}

/** `850 ms`, `12.3 s`, `4 min 10 s`, `2 h 5 min`. */
export function duration(ms: number | null | undefined): string {
  if (ms === null || ms === undefined) return '-';
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 60) return `${minutes} min ${Math.round((ms % 60_000) / 1000)} s`;
  return `${count(Math.floor(minutes / 60))} h ${minutes % 60} min`;
}

const noBorder = {
  ...{ top: '', 'top-mid': '', 'top-left': '', 'top-right': '', bottom: '', 'bottom-mid': '', 'bottom-left': '' },
  ...{ 'bottom-right': '', left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '', middle: '  ' },
};

/** Columns without lines; numbers are for the caller to format. `right` names the columns that align right. */
export function textTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  paint: Paint,
  right: readonly number[] = [],
): string {
  const table = new Table({
    head: head.map((name) => paint.dim(name)),
    chars: noBorder,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
    colAligns: head.map((_name, index) => (right.includes(index) ? 'right' : 'left')),
  });
  table.push(...rows.map((row) => [...row]));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

/** Names and values, one pair per line. */
export function pairs(rows: readonly (readonly [string, string])[], paint: Paint): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${paint.dim(name.padEnd(width))}  ${value}`).join('\n');
}
