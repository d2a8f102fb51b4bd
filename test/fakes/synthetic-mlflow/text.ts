/** Words for made-up traces. Pure; imports nothing. */

const words = (
  'the trace shows that a customer asked about refunds, invoices and delivery dates; our agent looked up the order ' +
  'and answered within two seconds. Größe naïve café 東京 データ 🚀 "quoted" back\\slash new\nline tab\t price €12.50 ' +
  'retrieval augmented generation keeps answers grounded in documents which were indexed last night by the pipeline'
).split(' ');

/** Numbers from 0 to 1, exclusive, that depend on the seed alone (mulberry32). */
export function seededChance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Words up to about `length` characters. */
export function makeText(chance: () => number, length: number): string {
  let text = '';
  while (text.length < length) text += `${words[Math.floor(chance() * words.length)] ?? ''} `;
  return text.trimEnd();
}
