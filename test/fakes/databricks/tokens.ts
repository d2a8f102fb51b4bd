/**
 * Tokens of the fake workspace: a personal access token that never ends, and OAuth tokens for service principals.
 * https://docs.databricks.com/aws/en/dev-tools/auth/oauth-m2m
 */
import type { FakeRequest, Route } from './http.js';

export class FakeTokens {
  readonly personalToken = 'dapi0123456789';
  readonly clientId = '00000000-0000-0000-0000-000000000001';
  readonly clientSecret = 'dose-secret';
  /** Lifetime stated by the token endpoint, seconds. Databricks: 3600. */
  expiresInSeconds = 3600;
  /** How many OAuth tokens were given out. */
  numIssued = 0;
  readonly #valid = new Set<string>([this.personalToken]);

  /** Every OAuth token given out so far stops working at once. */
  expireAll(): void {
    for (const token of this.#valid) if (token !== this.personalToken) this.#valid.delete(token);
  }

  isValid(request: FakeRequest): boolean {
    return this.#valid.has((request.headers.authorization ?? '').replace(/^Bearer /, ''));
  }

  readonly routes: readonly Route[] = [
    {
      method: 'POST',
      pattern: /^\/oidc\/v1\/token$/,
      isOpen: true,
      handle: (request) => {
        // databricks-sdk-py oauth.py: client_secret_basic, grant_type=client_credentials, scope=all-apis.
        const expected = `Basic ${Buffer.from(`${this.clientId}:${this.clientSecret}`).toString('base64')}`;
        const form = new URLSearchParams(request.body.toString('utf8'));
        if (request.headers.authorization !== expected) {
          // RFC 6749, section 5.2; text as seen in databricks-sdk issues.
          return { status: 401, json: { error: 'invalid_client', error_description: 'Client authentication failed' } };
        }
        if (form.get('grant_type') !== 'client_credentials' || form.get('scope') !== 'all-apis') {
          return { status: 400, json: { error: 'invalid_request' } };
        }
        this.numIssued += 1;
        const token = `oauth-${String(this.numIssued)}`;
        this.#valid.add(token);
        return {
          status: 200,
          json: { access_token: token, expires_in: this.expiresInSeconds, scope: 'all-apis', token_type: 'Bearer' },
        };
      },
    },
  ];
}
