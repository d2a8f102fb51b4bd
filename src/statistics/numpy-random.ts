/**
 * The random numbers of `numpy.random.default_rng(0)`, so that a bootstrap gives the numbers that scipy gives. Pure.
 *
 * PCG64 (M. E. O'Neill, "PCG: A Family of Simple Fast Space-Efficient Statistically Good Algorithms", 2014) as numpy
 * has it, and bounded whole numbers by D. Lemire, "Fast Random Integer Generation in an Interval" (2019).
 */

const mask128 = (1n << 128n) - 1n;
const mask64 = (1n << 64n) - 1n;
const multiplier = 0x2360ed051fc65da44385df649fccf645n;
/** State and increment of `numpy.random.default_rng(0)`, as `bit_generator.state` shows them. */
const seedZero = {
  state: 35399562948360463058890781895381311971n,
  increment: 87136372517582989555478159403783844777n,
};

/** Draws whole numbers below a bound; the same sequence for every generator that is made. */
export class NumpyRandom {
  #state = seedZero.state;
  /** Upper half of the last 64 bits, not handed out yet. */
  #kept: number | null = null;

  /** A whole number from 0 to `bound - 1`. @param bound 2..2^32 - 1 */
  below(bound: number): number {
    let product = this.#next32() * BigInt(bound);
    let leftover = Number(product & 0xffffffffn);
    if (leftover < bound) {
      const threshold = (0x1_0000_0000 - bound) % bound;
      while (leftover < threshold) {
        product = this.#next32() * BigInt(bound);
        leftover = Number(product & 0xffffffffn);
      }
    }
    return Number(product >> 32n);
  }

  #next32(): bigint {
    if (this.#kept !== null) {
      const kept = this.#kept;
      this.#kept = null;
      return BigInt(kept);
    }
    const drawn = this.#next64();
    this.#kept = Number(drawn >> 32n);
    return drawn & 0xffffffffn;
  }

  #next64(): bigint {
    this.#state = (this.#state * multiplier + seedZero.increment) & mask128;
    const folded = ((this.#state >> 64n) ^ this.#state) & mask64;
    const rotation = this.#state >> 122n;
    return ((folded >> rotation) | (folded << (64n - rotation))) & mask64;
  }
}
