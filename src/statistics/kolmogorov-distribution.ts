/**
 * Distribution of the two-sided Kolmogorov-Smirnov statistic: the survival function that gives a test its p-value.
 * Pure.
 *
 * Methods and where each is used follow R. Simard and P. L'Ecuyer, "Computing the Two-Sided Kolmogorov-Smirnov
 * Distribution", J. Stat. Software 39(11), 2011, as `scipy.stats.kstwo.sf` does, so that both agree.
 */
import { binomialProbability } from './binomial.js';

/** Where the exact matrix method stops and the Pelz-Good series takes over. */
const matrixMaxSampleSize = 100_000;
/** Above this sample size the sum over every count would only cost time: the limit formula has 9 digits there. */
const exactSumMaxSampleSize = 1_000_000;
const scaleBits = 128;
const scaleUp = 2 ** scaleBits;
const scaleDown = 2 ** -scaleBits;

const clip = (probability: number): number => Math.min(1, Math.max(0, probability));

/**
 * Probability that the statistic of a sample of `n` exceeds `d` although nothing differs.
 * Equals `scipy.stats.kstwo.sf(d, n)` to about 1e-13.
 *
 * @param d Statistic, 0..1.
 * @param n Size of the sample, whole, at least 1. For two samples of n1 and n2 values: `round(n1 n2 / (n1 + n2))`.
 */
export function kolmogorovSurvival(d: number, n: number): number {
  if (!(n >= 1) || Number.isNaN(d)) return Number.NaN;
  if (d <= 0) return 1;
  if (d >= 1) return 0;
  return clip(atTheEdges(d, n) ?? (hasSmallTails(d, n) ? 2 * oneSidedSurvival(d, n) : inTheMiddle(d, n)));
}

/** Closed forms for statistics so small or so great that few orders of the sample give them; null elsewhere. */
function atTheEdges(d: number, n: number): number | null {
  const nd = n * d;
  if (nd <= 0.5) return 1;
  if (nd <= 1) return 1 - smallestStatistic(nd, n);
  if (nd >= n - 1) return 2 * (1 - d) ** n;
  return nd * d >= 370 ? 0 : null;
}

/** True where both tails together are so small that their overlap does not count. */
const hasSmallTails = (d: number, n: number): boolean => d >= 0.5 || n * d * d >= (n <= 140 ? 4 : 2.2);

function inTheMiddle(d: number, n: number): number {
  const isExact = n <= 140 || (n <= matrixMaxSampleSize && n * d ** 1.5 <= 1.4);
  return isExact ? 1 - matrixDistribution(d, n) : pelzGoodSurvival(d, n);
}

/** `P(D <= d)` for `1/2n <= d <= 1/n` (Ruben and Gambino): `n! / n^n (2 n d - 1)^n`. */
function smallestStatistic(nd: number, n: number): number {
  let product = 1;
  for (let i = 1; i <= n && product > 0; i += 1) product *= (i / n) * (2 * nd - 1);
  return product;
}

/**
 * Probability that the one-sided statistic exceeds `d`, by the finite sum of Smirnov (1944); every term is positive.
 * Twice this is the two-sided probability wherever both tails together are small (Miller 1956).
 * Its limit for large samples is that of Maag and Dicaire (Biometrika 58, 1971).
 */
function oneSidedSurvival(d: number, n: number): number {
  if (n > exactSumMaxSampleSize) return Math.exp(-((6 * n * d + 1) ** 2) / (18 * n));
  const last = Math.floor(n * (1 - d));
  let sum = 0;
  for (let k = last; k >= 0; k -= 1) {
    const p = d + k / n;
    const q = (n - k) / n - d;
    if (q <= 0) continue;
    sum += (d / p) * binomialProbability(k, n, p, q);
  }
  return sum;
}

/** A square matrix in row order. */
type Matrix = Float64Array;

function multiply(a: Matrix, b: Matrix, size: number): Matrix {
  const product = new Float64Array(size * size);
  for (let row = 0; row < size; row += 1) {
    for (let inner = 0; inner < size; inner += 1) {
      const factor = a[row * size + inner] ?? 0;
      if (factor === 0) continue;
      for (let column = 0; column < size; column += 1) {
        const at = row * size + column;
        product[at] = (product[at] ?? 0) + factor * (b[inner * size + column] ?? 0);
      }
    }
  }
  return product;
}

/** Durbin's matrix for `n d = k - h` with `0 <= h < 1`; its size is `2 k - 1`. */
function durbinMatrix(k: number, h: number): Matrix {
  const size = 2 * k - 1;
  const matrix = new Float64Array(size * size);
  const inverseFactorials = [1];
  for (let i = 1; i <= size; i += 1) inverseFactorials.push((inverseFactorials[i - 1] ?? 0) / i);
  for (let row = 0; row < size; row += 1) {
    for (let column = 1; column <= Math.min(row + 1, size - 1); column += 1) {
      matrix[row * size + column] = inverseFactorials[row - column + 1] ?? 0;
    }
  }
  for (let i = 0; i < size; i += 1) {
    const edge = (1 - h ** (i + 1)) * (inverseFactorials[i + 1] ?? 0);
    matrix[i * size] = edge;
    matrix[(size - 1) * size + (size - 1 - i)] = edge;
  }
  const corner = 1 - 2 * h ** size + Math.max(2 * h - 1, 0) ** size;
  matrix[(size - 1) * size] = corner * (inverseFactorials[size] ?? 0);
  return matrix;
}

/**
 * `P(D <= d)`, exact: `n! / n^n` times the middle element of the n-th power of Durbin's matrix.
 * G. Marsaglia, W. W. Tsang, J. Wang, "Evaluating Kolmogorov's Distribution", J. Stat. Software 8(18), 2003.
 */
function matrixDistribution(d: number, n: number): number {
  const k = Math.ceil(n * d);
  const size = 2 * k - 1;
  const middle = (k - 1) * size + (k - 1);
  let base = durbinMatrix(k, k - n * d);
  let baseExponent = 0;
  let power: Matrix | null = null;
  let exponent = 0;
  for (let rest = n; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) {
      power = power === null ? base : multiply(power, base, size);
      exponent += baseExponent;
    }
    if (rest === 1) break;
    base = multiply(base, base, size);
    baseExponent *= 2;
    if ((base[middle] ?? 0) > scaleUp) {
      base = base.map((value) => value * scaleDown);
      baseExponent += scaleBits;
    }
  }
  let probability = power?.[middle] ?? 0;
  for (let i = 1; i <= n; i += 1) {
    probability *= i / n;
    if (Math.abs(probability) < scaleDown) {
      probability *= scaleUp;
      exponent -= scaleBits;
    }
  }
  return probability * 2 ** exponent;
}

/**
 * `P(D > d)` by the first four terms of the series in `1/sqrt(n)` of Pelz and Good (J. R. Stat. Soc. B 38, 1976), in
 * the form that converges fast for small `z`.
 */
function pelzGoodSurvival(d: number, n: number): number {
  const z = Math.sqrt(n) * d;
  const z2 = z * z;
  const pi2 = Math.PI ** 2;
  if (-pi2 / 8 / z2 < -708) return 1;
  const [k0, k1, k2, k3] = oddSums(z);
  const [extra2, extra3] = wholeSums(z);
  const corrections = k1 / Math.sqrt(n) + (k2 + extra2) / n + (k3 + extra3) / n ** 1.5;
  return 1 - k0 - corrections;
}

/** The sums over odd numbers `m`, in powers of `exp(-pi^2 m^2 / (8 z^2))`. */
function oddSums(z: number): [number, number, number, number] {
  const z2 = z * z;
  const z4 = z2 * z2;
  const z6 = z4 * z2;
  const pi2 = Math.PI ** 2;
  const sums: [number, number, number, number] = [0, 0, 0, 0];
  for (let k = Math.ceil((16 * z) / Math.PI); k > 0; k -= 1) {
    const m2 = (2 * k - 1) ** 2 * pi2;
    const weight = Math.exp(-m2 / 8 / z2);
    sums[0] += weight;
    sums[1] += weight * (-z2 + m2 / 4);
    sums[2] += weight * (6 * z6 + 2 * z4 + ((2 * z4 - 5 * z2) * m2) / 4 + ((1 - 2 * z2) * m2 ** 2) / 16);
    sums[3] +=
      weight *
      (-30 * z6 -
        90 * z4 * z4 +
        ((135 * z4 - 96 * z6) * m2) / 4 +
        ((212 * z4 - 60 * z2) * m2 ** 2) / 16 +
        ((5 - 30 * z2) * m2 ** 3) / 64);
  }
  const root = Math.sqrt(2 * Math.PI);
  return [
    (root * sums[0]) / z,
    (root * sums[1]) / (6 * z4),
    (root * sums[2]) / (72 * z6 * z),
    (root * sums[3]) / (6480 * z6 * z4),
  ];
}

/** The sums over all whole numbers, which correct the third and fourth term. */
function wholeSums(z: number): [number, number] {
  const z2 = z * z;
  const pi2 = Math.PI ** 2;
  let second = 0;
  let third = 0;
  for (let k = Math.ceil((16 * z) / Math.PI); k > 0; k -= 1) {
    const weight = k * k * Math.exp((-pi2 * k * k) / 2 / z2);
    second += weight;
    third += weight * (3 * z2 - pi2 * k * k);
  }
  const root = pi2 * Math.sqrt(2 * Math.PI);
  return [(second * root) / (-36 * z2 * z), (third * root) / (216 * z2 ** 3)];
}
