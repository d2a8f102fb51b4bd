/** The normal distribution. Pure. */
import { upperGamma } from './incomplete-gamma.js';

/** Probability that a standard normal variable exceeds `z`: `scipy.stats.norm.sf`. */
export function normalSurvival(z: number): number {
  const tail = upperGamma(0.5, (z * z) / 2) / 2;
  return z < 0 ? 1 - tail : tail;
}

/** Coefficients of a ratio of two polynomials, lowest power first. */
interface Ratio {
  readonly above: readonly number[];
  readonly below: readonly number[];
}

/** |p - 1/2| up to 0.425. */
const middle: Ratio = {
  above: [
    3.3871328727963665, 133.14166789178438, 1971.5909503065513, 13731.69376550946, 45921.95393154987, 67265.7709270087,
    33430.57558358813, 2509.0809287301227,
  ],
  below: [
    1, 42.31333070160091, 687.1870074920579, 5394.196021424751, 21213.794301586597, 39307.89580009271,
    28729.085735721943, 5226.495278852854,
  ],
};

/** `sqrt(-log(tail))` up to 5. */
const nearTail: Ratio = {
  above: [
    1.4234371107496835, 4.630337846156546, 5.769497221460691, 3.6478483247632045, 1.2704582524523684,
    0.2417807251774506, 0.022723844989269184, 0.0007745450142783414,
  ],
  below: [
    1, 2.053191626637759, 1.6763848301838038, 0.6897673349851, 0.14810397642748008, 0.015198666563616457,
    0.0005475938084995345, 1.0507500716444169e-9,
  ],
};

/** `sqrt(-log(tail))` above 5. */
const farTail: Ratio = {
  above: [
    6.657904643501103, 5.463784911164114, 1.7848265399172913, 0.29656057182850487, 0.026532189526576124,
    0.0012426609473880784, 2.7115555687434876e-5, 2.0103343992922881e-7,
  ],
  below: [
    1, 0.599832206555888, 0.1369298809227358, 0.014875361290850615, 0.0007868691311456133, 1.8463183175100548e-5,
    1.421511758316446e-7, 2.0442631033899397e-15,
  ],
};

const polynomial = (coefficients: readonly number[], x: number): number =>
  coefficients.reduceRight((sum, coefficient) => sum * x + coefficient, 0);

const ratioAt = ({ above, below }: Ratio, x: number): number => polynomial(above, x) / polynomial(below, x);

/**
 * The value that a standard normal variable stays below with probability `p` (0..1): `scipy.stats.norm.ppf`.
 * M. J. Wichura, "Algorithm AS 241: The Percentage Points of the Normal Distribution", Applied Statistics 37, 1988.
 */
export function normalQuantile(p: number): number {
  if (!(p >= 0 && p <= 1)) return Number.NaN;
  if (p === 0) return Number.NEGATIVE_INFINITY;
  if (p === 1) return Number.POSITIVE_INFINITY;
  const fromMiddle = p - 0.5;
  if (Math.abs(fromMiddle) <= 0.425) return fromMiddle * ratioAt(middle, 0.180625 - fromMiddle * fromMiddle);
  const root = Math.sqrt(-Math.log(Math.min(p, 1 - p)));
  const size = root <= 5 ? ratioAt(nearTail, root - 1.6) : ratioAt(farTail, root - 5);
  return fromMiddle < 0 ? -size : size;
}
