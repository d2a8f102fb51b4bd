/** Terminal output as a web page: the colours and weights that the command line uses, and nothing else. Pure. */

const colours = { 31: '#ff7b72', 32: '#7ee787', 33: '#e3b341', 36: '#79c0ff' };
const escapes = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
const lineHeightPx = 20;
const paddingPx = 20;
const columnPx = 8.43;

/** How large the page of a text is, in CSS pixels. */
export function pageSize(text) {
  const lines = withoutStyles(text).split('\n');
  const columns = Math.max(...lines.map((line) => line.length));
  return {
    width: Math.ceil(columns * columnPx + 2 * paddingPx),
    height: lines.length * lineHeightPx + 2 * paddingPx,
  };
}

/** The text without its escape sequences. */
export function withoutStyles(text) {
  // eslint-disable-next-line no-control-regex -- escape sequences begin with a control character
  return text.replace(/\u001b\[[\d;]*m/g, '');
}

/** A page of its own, without scripts or outside resources. */
export function terminalPage(text) {
  const style =
    `body{margin:0;background:#0d1117;color:#e6edf3}` +
    `pre{margin:0;padding:${paddingPx}px;font:14px/${lineHeightPx}px "DejaVu Sans Mono",Menlo,Consolas,monospace}`;
  return `<!doctype html><meta charset="utf-8"><style>${style}</style><pre>${spansOf(text)}</pre>`;
}

/** One span per stretch of equal style; SGR codes 22 and 39 end weight and colour, as picocolors writes them. */
function spansOf(text) {
  let style = { bold: false, dim: false, colour: null };
  // eslint-disable-next-line no-control-regex -- escape sequences begin with a control character
  const pieces = text.split(/\u001b\[([\d;]*)m/);
  return pieces
    .map((piece, index) => {
      if (index % 2 === 1) {
        for (const code of piece.split(';')) style = styleAfter(style, Number(code));
        return '';
      }
      const escaped = piece.replace(/[&<>]/g, (character) => escapes[character]);
      const css = cssOf(style);
      return css === '' || piece === '' ? escaped : `<span style="${css}">${escaped}</span>`;
    })
    .join('');
}

function styleAfter(style, code) {
  if (code === 0) return { bold: false, dim: false, colour: null };
  if (code === 1) return { ...style, bold: true };
  if (code === 2) return { ...style, dim: true };
  if (code === 22) return { ...style, bold: false, dim: false };
  if (code === 39) return { ...style, colour: null };
  return code in colours ? { ...style, colour: colours[code] } : style;
}

function cssOf({ bold, dim, colour }) {
  const parts = [];
  if (colour !== null) parts.push(`color:${colour}`);
  if (bold) parts.push('font-weight:bold');
  if (dim) parts.push('color:#8b949e');
  return parts.join(';');
}
