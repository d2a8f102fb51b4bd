/**
 * Why a request got no answer, in words for an operator. Reads axios errors, which also hold headers with credentials:
 * nothing but the code leaves this file. Imports axios only.
 */
import { isAxiosError } from 'axios';

export interface NoAnswerReason {
  /**
   * `unreachable`: another attempt may help; `certificate`: TLS refuses the server; `client-certificate`: the server wants
   * a certificate of the caller, or another one; `too-large`: the answer exceeds the cap; `broken`: the request itself
   * cannot be sent.
   */
  readonly kind: 'unreachable' | 'certificate' | 'client-certificate' | 'too-large' | 'broken';
  /** Plain words, without address or payload. */
  readonly reason: string;
  /** True when another attempt would give the same. */
  readonly isFinal: boolean;
}

const reasonByCode: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens on this port (ECONNREFUSED)',
  ECONNRESET: 'the connection was cut (ECONNRESET)',
  EPIPE: 'the connection was cut (EPIPE)',
  ENOTFOUND: 'the host name is not known (ENOTFOUND)',
  EAI_AGAIN: 'the host name could not be looked up (EAI_AGAIN)',
  ETIMEDOUT: 'connecting took too long (ETIMEDOUT)',
  ECONNABORTED: 'the answer took too long (ECONNABORTED)',
  EHOSTUNREACH: 'there is no route to the host (EHOSTUNREACH)',
  ENETUNREACH: 'there is no route to the network (ENETUNREACH)',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed; set the certificate authority',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate comes from an unknown authority; set the certificate authority',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate comes from an unknown authority; set the certificate authority',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host name',
};

/**
 * What a server says by a TLS alert about the certificate of the caller, by the alert's number:
 * https://www.rfc-editor.org/rfc/rfc8446#section-6.2. Before TLS 1.3 a missing one is just a failed handshake.
 */
const reasonByAlert: Readonly<Record<string, string>> = {
  40: 'it ended the TLS handshake, as a server does that demands a client certificate and gets none',
  42: 'it cannot read the client certificate',
  43: 'it does not accept this kind of client certificate',
  44: 'the client certificate is revoked',
  45: 'the client certificate has expired',
  46: 'it does not accept the client certificate',
  48: 'it does not know the authority that signed the client certificate',
  116: 'it demands a client certificate and got none',
};

/** @returns null for errors that are no request's: those must surface as they are */
export function noAnswerReason(error: unknown, timedOutAfterMs: number | null): NoAnswerReason | null {
  if (timedOutAfterMs !== null) {
    return { kind: 'unreachable', reason: `no answer within ${timedOutAfterMs} ms`, isFinal: false };
  }
  if (!isAxiosError(error)) return null;
  if (error.message.startsWith('maxContentLength')) {
    return { kind: 'too-large', reason: 'the answer is too large', isFinal: true };
  }
  const code = error.code ?? 'unknown';
  if (code === 'ERR_INVALID_URL' || code === 'ERR_BAD_OPTION' || code === 'ERR_BAD_REQUEST') {
    return { kind: 'broken', reason: `the request cannot be sent (${code})`, isFinal: true };
  }
  return refusedClient(error.message) ?? noConnection(code);
}

function refusedClient(message: string): NoAnswerReason | null {
  const reason = reasonByAlert[/SSL alert number (\d+)/.exec(message)?.[1] ?? ''];
  return reason === undefined ? null : { kind: 'client-certificate', reason, isFinal: true };
}

function noConnection(code: string): NoAnswerReason {
  const reason = reasonByCode[code] ?? `no connection (${code})`;
  return isCertificate(code)
    ? { kind: 'certificate', reason, isFinal: true }
    : { kind: 'unreachable', reason, isFinal: false };
}

function isCertificate(code: string): boolean {
  return code.includes('CERT') || code === 'UNABLE_TO_VERIFY_LEAF_SIGNATURE';
}
