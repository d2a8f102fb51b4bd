/**
 * Signed links to trace data, as MLflow on Databricks gives them out: the link itself must be read without the
 * workspace's token. After mlflow/protos/databricks_artifacts.proto (`GetCredentialsForTraceDataDownload`) and
 * mlflow/store/artifact/databricks_artifact_repo.py (`download_trace_data`).
 */
import { apiError, type Route } from './http.js';

/** Characters that a client must pass on as they are, or the signature is another one. */
const signature = 'X-Amz-Signature=a%2Fb%2Bc%3D&se=2026-11-24T12%3A00%3A00Z&sp=r';

export class FakeTraceDownloads {
  /** `traces.json` by trace id. */
  readonly documents = new Map<string, string>();
  /** Asked where `documents` has nothing. */
  documentOf: (traceId: string) => string | undefined = () => undefined;
  /** Links given out from now on that have run out already: the cloud store answers 403. */
  expiredLinks = 0;
  /** Links that the cloud store refused for what came with them. */
  numWronglyAsked = 0;
  #numLinks = 0;
  readonly #expired = new Set<string>();

  #document(traceId: string): string | undefined {
    return this.documents.get(traceId) ?? this.documentOf(traceId);
  }

  #link(baseUrl: string, traceId: string): object {
    this.#numLinks += 1;
    const number = String(this.#numLinks);
    if (this.expiredLinks > 0) {
      this.expiredLinks -= 1;
      this.#expired.add(number);
    }
    return {
      type: 'AWS_PRESIGNED_URL',
      signed_uri: `${baseUrl}/signed/${number}/${encodeURIComponent(traceId)}?${signature}`,
      headers: [{ name: 'x-amz-expected-bucket-owner', value: 'databricks' }],
    };
  }

  routes(baseUrl: () => string): readonly Route[] {
    return [
      {
        method: 'GET',
        pattern: /^\/api\/2\.0\/mlflow\/traces\/([^/]+)\/credentials-for-data-download$/,
        handle: (_, [, traceId = '']) =>
          this.#document(traceId) === undefined
            ? // MLflow's client takes 404 for "no data": MlflowTraceDataNotFound.
              apiError(404, 'RESOURCE_DOES_NOT_EXIST', `Trace with id '${traceId}' not found.`)
            : { status: 200, json: { credential_info: this.#link(baseUrl(), traceId) } },
      },
      {
        method: 'GET',
        pattern: /^\/signed\/(\d+)\/([^/]+)$/,
        isOpen: true,
        handle: (request, [, number = '', traceId = '']) => {
          // Cloud stores refuse a request that carries two kinds of credentials, and one that lacks a signed header:
          // https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html (InvalidArgument, SignatureDoesNotMatch).
          const isAsSigned = request.headers['x-amz-expected-bucket-owner'] === 'databricks';
          if (request.headers.authorization !== undefined || !isAsSigned) {
            this.numWronglyAsked += 1;
            return { status: 400, body: Buffer.from('<Error><Code>InvalidArgument</Code></Error>') };
          }
          // An expired link, same page: AccessDenied, "Request has expired".
          if (this.#expired.has(number))
            return { status: 403, body: Buffer.from('<Error><Code>AccessDenied</Code></Error>') };
          return { status: 200, body: Buffer.from(this.#document(traceId) ?? '') };
        },
      },
    ];
  }
}
