/** One entry of a price book, ours or a user's, as data. Pure types. */
import type { TokenPrices } from './token-prices.js';

/** A UTC day as `2025-06-10`. */
export type Day = string;

/** What an entry says of the calls that it is about. */
export type PriceRule =
  /** Prices in US dollars per million tokens. */
  | { readonly kind: 'prices'; readonly prices: TokenPrices }
  /** Prices in DBU per million tokens; what a DBU costs depends on region and contract. */
  | { readonly kind: 'dbu'; readonly prices: TokenPrices }
  /** The model is another one under a name of its own: a deployment, an endpoint. */
  | { readonly kind: 'same-as'; readonly model: string; readonly provider: string | null }
  /** Paid by the hour, not by the token. */
  | { readonly kind: 'provisioned' };

interface EntryScope {
  /** Null: whoever sells it. */
  readonly provider: string | null;
  /** First day; null from the beginning. */
  readonly from: Day | null;
  /** First day on which it holds no more; null for no end. */
  readonly to: Day | null;
}

/** An entry of our own book. */
export interface BookEntry extends EntryScope {
  readonly provider: string;
  /** Every spelling of the name, lower case, without a date of its own. */
  readonly models: readonly string[];
  readonly rule: PriceRule;
  /** Where it was read. */
  readonly source: string;
  /** Day on which it was read there. */
  readonly checked: Day;
}

/** An entry of the user's file. */
export interface UserEntry extends EntryScope {
  /** Name as traces have it, or a pattern with `*`. */
  readonly model: string;
  /** Null: whatever price holds otherwise, with the discount. */
  readonly rule: PriceRule | null;
  /** Part of the price that is not paid, 0 to 100. Negative: a surcharge. */
  readonly discountPercent: number;
}

/** A user's file, checked. */
export interface UserPrices {
  readonly entries: readonly UserEntry[];
  /** US dollars per DBU; null: that of our book. */
  readonly usdPerDbu: number | null;
}

export const noUserPrices: UserPrices = { entries: [], usdPerDbu: null };

/** Whether an entry holds on a day. */
export const holdsOn = ({ from, to }: Pick<EntryScope, 'from' | 'to'>, day: Day): boolean =>
  (from === null || from <= day) && (to === null || day < to);

/** Whether two periods share a day. */
export const overlap = (left: Pick<EntryScope, 'from' | 'to'>, right: Pick<EntryScope, 'from' | 'to'>): boolean =>
  (left.from === null || right.to === null || left.from < right.to) &&
  (right.from === null || left.to === null || right.from < left.to);
