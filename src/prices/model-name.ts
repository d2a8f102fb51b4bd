/** Names of models as traces have them, taken apart. Pure. */
import { providerId, providerOfShape } from './providers.js';

export interface ModelName {
  /** As the trace has it, lower case. */
  readonly raw: string;
  /** Without paths, schemes and regions; lower case. */
  readonly model: string;
  /** Who may have sold the call, the likeliest first: as the span or the name says, then by the shape of the name. */
  readonly providers: readonly string[];
  /** A data zone that is priced apart: `eu` of `azure/eu/gpt-4o`. */
  readonly zone: string | null;
  /** The name is that of an endpoint that runs some model. */
  readonly isEndpoint: boolean;
  /** The endpoint is paid by the hour. */
  readonly isProvisioned: boolean;
}

/** Schemes of MLflow that name an endpoint instead of a model. */
const endpointSchemes: ReadonlySet<string> = new Set(['endpoints', 'gateway', 'databricks-endpoints']);

/**
 * Takes a name apart: `openai:/gpt-4o`, `azure/eu/gpt-4o`, `bedrock/us-east-1/anthropic.claude-…`,
 * `publishers/google/models/gemini-…`, `arn:aws:bedrock:…`, `claude-sonnet-4-5@20250929`, `ft:gpt-4o-…:acme::id`.
 * @param provider as the span names it
 */
export function readModelName(name: string, provider: string | null): ModelName {
  const raw = name.trim().toLowerCase();
  const told = providerId(provider);
  const { rest, scheme } = withoutScheme(raw);
  const isEndpoint = scheme !== null && endpointSchemes.has(scheme);
  const arn = /^arn:aws[\w-]*:(?:bedrock|sagemaker):[^/]*?:?([\w-]+)\/(.+)$/.exec(rest);
  const path = arn?.[2] ?? rest;
  const inPath = withoutPath(path, told);
  const model = bareName(inPath.model);
  const said = [scheme === null ? null : providerId(scheme), arn === null ? null : 'aws', inPath.provider, told];
  return {
    raw,
    model,
    providers: unique([...said, providerOfShape(model)]),
    zone: inPath.zone,
    isEndpoint,
    isProvisioned: arn?.[1] === 'provisioned-model' || /^system\.ai\./.test(model),
  };
}

/** `openai:/gpt-4o`, `endpoints:/chat`; `ft:gpt-4o:…` has no scheme. */
function withoutScheme(name: string): { rest: string; scheme: string | null } {
  const match = /^([a-z][\w.-]*):\/+(.+)$/.exec(name);
  return { rest: match?.[2] ?? name, scheme: match?.[1] ?? null };
}

/** Parts of a path that say where a model runs, and nothing about which it is. */
const places =
  /^(?:models|projects|locations|converse|converse_like|invoke|litellm_proxy|router|chat|responses|deployments|engines|foundation-model|inference-profile|eu|us|global|global-standard)$/;
const regions = /^(?:us|eu|ap|sa|ca|me|af|il|cn)-[a-z-]+-?\d[a-z]?$/;

/** They sell models of many makers under `maker/model`. */
const aggregators: ReadonlySet<string> = new Set(['openrouter', 'together', 'fireworks', 'novita']);

interface PathParts {
  readonly model: string;
  readonly provider: string | null;
  readonly zone: string | null;
}

/**
 * Vertex sells models of others: `publishers/anthropic/models/…` is Google's bill. Every part before the last is a
 * provider, a place or a region; others belong to the name, as `meta-llama/llama-3`.
 */
function withoutPath(path: string, told: string | null): PathParts {
  const parts = path.split('/').filter((part) => part !== '');
  let provider = isAggregator(told) ? told : null;
  let zone: string | null = null;
  let start = 0;
  for (; start < parts.length - 1; start += 1) {
    const part = parts[start] ?? '';
    const named = part === 'publishers' ? 'google' : providerId(part);
    // Models of an aggregator keep the name of their maker: openrouter/anthropic/claude-….
    if (isAggregator(provider) && named !== provider) break;
    if (named === null && !isPlace(part, parts[start - 1])) break;
    provider ??= named;
    if (part === 'eu' || part === 'us') zone = part;
  }
  return { model: parts.slice(start).join('/'), provider, zone };
}

const isAggregator = (provider: string | null): boolean => provider !== null && aggregators.has(provider);

/** Also the parts behind some: `projects/<id>`, `locations/<region>`. */
function isPlace(part: string, before: string | undefined): boolean {
  return places.test(part) || regions.test(part) || before === 'projects' || before === 'locations';
}

function bareName(model: string): string {
  return model
    .replace(/\[1m\]$/, '')
    .replace(/@(?:default|latest)$/, '')
    .replace('@', '-')
    .replace(/^(ft:[^:]+):.*$/, '$1')
    .replace(/:(?:free|nitro|floor)$/, (tag) => (tag === ':free' ? tag : ''))
    .trim();
}

function unique(names: readonly (string | null)[]): readonly string[] {
  return [...new Set(names.filter((name) => name !== null))];
}

/** What may stand behind the name of a model without making it another one: a date, a revision, `latest`. */
const snapshot =
  /^(?:[-@.:]?(?:20\d{6}|20\d\d-\d\d-\d\d|\d\d-\d\d|\d\d-20\d\d|\d{3,4}|v\d+(?:[.:]\d+)?|\d+:\d+|latest))*$/;

/** Whether the rest of a name is only a snapshot of the same model. */
export const isSnapshot = (rest: string): boolean => snapshot.test(rest);

/** The name without a snapshot at its end; the name itself where it has none. */
export function withoutSnapshot(model: string): string {
  return model.replace(/(?:-latest|[-@](?:20\d{6}|20\d\d-\d\d-\d\d)(?:-v\d+(?::\d+)?)?)$/, '');
}
