/**
 * Token counting against js-tiktoken, on texts that neither has seen before: `npx tsx bench/tokenizer.ts [encoding]`.
 *
 * Texts are 3 KB messages cut from the files of installed packages. In every round both count the same fresh
 * messages, in alternating order; counts must agree. Prints MB/s (10^6 UTF-16 units) as median and range over rounds.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Tiktoken } from 'js-tiktoken/lite';
import { encodingNames, type EncodingName } from '../src/tokenizer/encodings.js';
import { createTokenCounter } from '../src/tokenizer/token-counter.js';

const numRounds = 5;
const messageChars = 3_000;
const charsPerRound = 600_000;

const kinds = { prose: ['.md'], code: ['.ts', '.js'], json: ['.json', '.map'] } as const;

function isEncodingName(name: string): name is EncodingName {
  return (encodingNames as readonly string[]).includes(name);
}

/** Messages of files with these endings, no two alike. */
function messagesOf(endings: readonly string[], wantedChars: number): string[] {
  const messages = new Set<string>();
  let numChars = 0;
  for (const entry of readdirSync('node_modules', { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !endings.includes(path.extname(entry.name))) continue;
    const text = readFileSync(path.join(entry.parentPath, entry.name), 'utf8').slice(0, 20 * messageChars);
    for (let from = 0; from + messageChars <= text.length; from += messageChars) {
      messages.add(text.slice(from, from + messageChars));
      numChars += messageChars;
    }
    if (numChars >= wantedChars) break;
  }
  return shuffled([...messages]);
}

/** Fixed order, so that runs compare. */
function shuffled(items: string[]): string[] {
  let state = 1;
  for (let index = items.length - 1; index > 0; index--) {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    const other = state % (index + 1);
    const item = items[index]!;
    items[index] = items[other]!;
    items[other] = item;
  }
  return items;
}

/** Counts all messages; returns MB/s and the sum. */
function timed(messages: readonly string[], count: (text: string) => number): { rate: number; numTokens: number } {
  const startedMs = performance.now();
  let numTokens = 0;
  for (const message of messages) numTokens += count(message);
  return { rate: (messages.length * messageChars) / 1e3 / (performance.now() - startedMs), numTokens };
}

function spread(rates: number[]): string {
  const sorted = [...rates].sort((left, right) => left - right);
  const at = (index: number) => (sorted[index] ?? 0).toFixed(1);
  return `${at(Math.floor(sorted.length / 2))} (${at(0)}-${at(sorted.length - 1)})`;
}

const name = process.argv[2] ?? 'cl100k_base';
if (!isEncodingName(name)) throw new Error(`Unknown encoding; one of ${encodingNames.join(', ')}.`);
const counter = createTokenCounter({ encoding: name });
const loadedMs = performance.now();
await counter.load();
console.log(`${name}: rank table loaded in ${(performance.now() - loadedMs).toFixed(0)} ms, Node ${process.version}`);
const { default: ranks } = (await import(import.meta.resolve(`js-tiktoken/ranks/${name}`))) as {
  default: ConstructorParameters<typeof Tiktoken>[0];
};
const tiktoken = new Tiktoken(ranks);
const byOwn = (text: string): number => counter.countNow(text) ?? Number.NaN;
const byTiktoken = (text: string): number => tiktoken.encode(text, [], []).length;

for (const [kind, endings] of Object.entries(kinds)) {
  const messages = messagesOf(endings, charsPerRound * (numRounds + 1));
  const perRound = Math.floor(messages.length / (numRounds + 1));
  const own: number[] = [];
  const other: number[] = [];
  const again: number[] = [];
  for (let round = 0; round <= numRounds; round++) {
    const texts = messages.slice(round * perRound, (round + 1) * perRound);
    const first = round % 2 === 0 ? timed(texts, byOwn) : timed(texts, byTiktoken);
    const second = round % 2 === 0 ? timed(texts, byTiktoken) : timed(texts, byOwn);
    if (first.numTokens !== second.numTokens) throw new Error(`Counts differ in ${kind}.`);
    if (round === 0) continue; // warms both up
    own.push((round % 2 === 0 ? first : second).rate);
    other.push((round % 2 === 0 ? second : first).rate);
    again.push(timed(texts, byOwn).rate);
  }
  const ratio = (own.reduce((sum, rate) => sum + rate) / other.reduce((sum, rate) => sum + rate)).toFixed(1);
  console.log(
    `${kind.padEnd(6)} ${String(perRound)} texts a round: tracelift ${spread(own)} MB/s, again ${spread(again)},` +
      ` js-tiktoken ${spread(other)}: ${ratio} times as fast`,
  );
}

const unbroken = 'a'.repeat(1_000_000);
const startedMs = performance.now();
let longestGapMs = 0;
let lastTickMs = startedMs;
const ticking = setInterval(() => {
  longestGapMs = Math.max(longestGapMs, performance.now() - lastTickMs);
  lastTickMs = performance.now();
}, 1);
await counter.count(unbroken);
clearInterval(ticking);
console.log(
  `1,000,000 letters 'a' in one piece: ${(performance.now() - startedMs).toFixed(0)} ms, event loop held for at most ${longestGapMs.toFixed(0)} ms`,
);
