/**
 * Which spans count for tokens and cost, so that nothing counts twice and nothing that a call used is lost:
 * docs/decisions/token-ownership.md. Pure.
 */
import type { Cost } from '../cost/cost.js';
import { isModelCall } from '../spans/span-kinds.js';
import type { SpanNode, SpanTree } from '../spans/span-tree.js';
import { amountOf, isPartialReport, type TokenUsage } from './token-usage.js';

/** What one span says about tokens and cost. */
export interface SpanReport {
  /** MLflow's span type. */
  readonly kind: string;
  readonly usage: TokenUsage | null;
  readonly cost: Cost | null;
}

export interface TokenOwners {
  /** True for the spans that count, at most one on every path from a root to a leaf; parallel to the tree's nodes. */
  readonly isOwner: readonly boolean[];
  /** Some span reports more than its calls together although all of them report: then the calls count. */
  readonly disagree: boolean;
}

/** What a span and everything below it comes to. */
interface Account {
  readonly tokens: number;
  /** Every call that counts here has a cost. */
  readonly isPriced: boolean;
}

interface Below {
  account: Account | null;
  /** Some call below did not report all that it used. */
  hasSilentCall: boolean;
}

/**
 * On every path one account counts: that of the calls below a span, unless the span itself reports more and some of
 * its calls are silent. A span that reports more than its calls although all of them report has added something else
 * to them, mostly the usage of earlier turns.
 * @param isComplete all spans were read; while some are missing, so may be calls
 */
export function tokenOwners(tree: SpanTree, reports: readonly SpanReport[], isComplete: boolean): TokenOwners {
  const { nodes } = tree;
  const below = nodes.map((): Below => ({ account: null, hasSilentCall: false }));
  const isOwner = new Array<boolean>(nodes.length).fill(false);
  const hasKinds = reports.some(({ kind }) => isModelCall(kind));
  let disagree = false;
  for (let index = nodes.length - 1; index >= 0; index--) {
    const node = nodes[index];
    const report = reports[index];
    const under = below[index];
    if (node === undefined || report === undefined || under === undefined) continue;
    const choice = choose(report, under, isComplete);
    isOwner[index] = choice === 'own';
    disagree ||= choice === 'excess';
    const parent = below[node.parent];
    if (parent === undefined) continue;
    const account = choice === 'own' ? accountOf(report) : under.account;
    parent.account = together(parent.account, account);
    parent.hasSilentCall ||=
      choice === 'own'
        ? isSilent(report)
        : under.hasSilentCall || (account === null && mayBeCall(node, report, hasKinds));
  }
  return { isOwner: withoutCovered(tree, isOwner), disagree };
}

/** `own`: the span counts. `below`: what is below counts. `excess`: likewise, and the span reports more than it may. */
function choose({ usage, cost }: SpanReport, { account, hasSilentCall }: Below, isComplete: boolean) {
  if (usage === null && cost === null) return 'below';
  if (account === null) return 'own';
  const excess = amountOf(usage) - account.tokens;
  if (excess > 0) return hasSilentCall || !isComplete ? 'own' : 'excess';
  // Of two equal accounts the one with a price says more.
  return excess === 0 && cost !== null && !account.isPriced ? 'own' : 'below';
}

function accountOf({ usage, cost }: SpanReport): Account {
  return { tokens: amountOf(usage), isPriced: cost !== null || amountOf(usage) === 0 };
}

function together(left: Account | null, right: Account | null): Account | null {
  if (left === null || right === null) return left ?? right;
  return { tokens: left.tokens + right.tokens, isPriced: left.isPriced && right.isPriced };
}

/** A cost without tokens, or half a report. */
function isSilent({ usage }: SpanReport): boolean {
  return usage === null || isPartialReport(usage);
}

/**
 * A span that reports nothing, nor does anything below it, and that may have used tokens: a model call that did not
 * fail, an agent whose calls were not traced, and in a trace that tells no kinds any step without others inside it.
 */
function mayBeCall({ children, span }: SpanNode, { kind }: SpanReport, hasKinds: boolean): boolean {
  if (isModelCall(kind) || kind === 'EMBEDDING') return span.status !== 'ERROR';
  if (children.length > 0) return false;
  return kind === 'AGENT' || (kind === 'UNKNOWN' && !hasKinds);
}

/** Parents come before children: an owner above takes ownership from everything below. */
function withoutCovered(tree: SpanTree, isOwner: boolean[]): boolean[] {
  const isCovered: boolean[] = [];
  tree.nodes.forEach(({ parent }, index) => {
    const covered = parent >= 0 && (isCovered[parent] === true || isOwner[parent] === true);
    isCovered.push(covered);
    if (covered) isOwner[index] = false;
  });
  return isOwner;
}
