/**
 * Makes docs/images/demo.png out of what `npm run demo` really prints, and a query over its tables. Needs Chromium:
 * `chromium` on the PATH, or the path of another one in CHROMIUM. `node scripts/picture.mjs`
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { giveUp, root, run, say } from './steps.mjs';
import { pageSize, terminalPage, withoutStyles } from './terminal-html.mjs';

const picture = join(root, 'docs', 'images', 'demo.png');
const sql =
  'SELECT trace_id, status, total_tokens, round(cost_usd, 5) AS cost_usd, metric_relevance FROM genai_processed_traces_gold ORDER BY start_time LIMIT 4';

// A folder of its own, so that the picture shows a first run.
const data = mkdtempSync(join(tmpdir(), 'tracelift-picture-'));
try {
  await photograph(await terminalText());
  say(`${picture} is written.`);
} finally {
  rmSync(data, { recursive: true, force: true });
}

/** The demo and a query, as a terminal shows them. */
async function terminalText() {
  say('Running the demo');
  const demo = await output(['scripts/demo.mjs'], data);
  const rows = await output(['dist/cli/main.js', 'query', sql], join(data, 'demo'));
  const prompt = (command) => `\u001b[36m$\u001b[39m \u001b[1m${command}\u001b[22m\n`;
  return [
    prompt('npm run demo'),
    ...shown(demo).map((line) => `${line}\n`),
    prompt(`export TRACELIFT_DATA=tracelift-data/demo`),
    prompt(`npx tracelift query "${sql.replace(' FROM', ' \\\n    FROM')}"`),
    rows.trimEnd(),
  ].join('');
}

/** What a command prints on both streams, in order. */
async function output(args, folder) {
  const env = { ...process.env, FORCE_COLOR: '1', TRACELIFT_DATA: folder };
  const { code, output: printed } = await run(process.execPath, args, { env, quiet: true });
  if (code !== 0) giveUp(`${printed}\n${args.join(' ')} failed with exit code ${code}.`);
  return printed;
}

/**
 * The lines that say something to a reader: not the steps that only pass the time, nor the next commands at the end, nor
 * how long it took on this machine, nor its folders.
 */
function shown(printed) {
  const [before] = printed.replaceAll(data, 'tracelift-data').split(/[^\n]*Next[^\n]*\n/);
  const isNoise = (line) => /^(Building|Installing|MLflow: starting|preparing|copying|monitoring|time\b)/.test(line);
  return before
    .replaceAll(/ in \/\S+\)/g, ')')
    .trimEnd()
    .concat('\n')
    .split('\n')
    .filter((line) => !isNoise(withoutStyles(line)));
}

async function photograph(text) {
  mkdirSync(dirname(picture), { recursive: true });
  const page = join(data, 'demo.html');
  writeFileSync(page, terminalPage(text));
  const { width, height } = pageSize(text);
  const { code, output: printed } = await run(
    process.env.CHROMIUM ?? 'chromium',
    [
      '--headless',
      '--no-sandbox',
      '--hide-scrollbars',
      '--force-device-scale-factor=2',
      `--user-data-dir=${join(data, 'chromium')}`,
      `--window-size=${width},${height}`,
      `--screenshot=${picture}`,
      pathToFileURL(page).href,
    ],
    { quiet: true },
  );
  if (code !== 0) giveUp(`${printed}\nChromium failed with exit code ${code}.`);
}
