/**
 * Signed links to trace data, as MLflow on Databricks gives them out: the link itself must be read without the
 * workspace's token. After mlflow/store/artifact/databricks_artifact_repo.py and mlflow/tracing/client.py.
 */
import { apiError, type Route } from './http.js';

export class FakeTraceDownloads {
  /** `traces.json` by trace id. */
  readonly documents = new Map<string, string>();
  /** True: links have run out (the cloud store answers 403). */
  areExpired = false;

  routes(baseUrl: () => string): readonly Route[] {
    return [
      {
        method: 'GET',
        pattern: /^\/api\/2\.0\/mlflow\/traces\/([^/]+)\/credentials-for-data-download$/,
        handle: (_, [, traceId = '']) =>
          this.documents.has(traceId)
            ? {
                status: 200,
                json: {
                  credential_info: {
                    type: 'AWS_PRESIGNED_URL',
                    signed_uri: `${baseUrl()}/signed/${encodeURIComponent(traceId)}?signature=0`,
                    headers: [],
                  },
                },
              }
            : apiError(404, 'RESOURCE_DOES_NOT_EXIST', `Trace with id '${traceId}' not found.`),
      },
      {
        method: 'GET',
        pattern: /^\/signed\/([^/]+)$/,
        isOpen: true,
        handle: (request, [, traceId = '']) => {
          // Cloud stores refuse a request that carries two kinds of credentials.
          if (request.headers.authorization !== undefined) return { status: 400, body: Buffer.from('<Error/>') };
          if (this.areExpired) return { status: 403, body: Buffer.from('<Error><Code>AccessDenied</Code></Error>') };
          return { status: 200, body: Buffer.from(this.documents.get(traceId) ?? '') };
        },
      },
    ];
  }
}
