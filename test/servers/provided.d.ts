/** What test/servers/global-setup.ts hands to the tests of the project `servers`, by vitest's `inject`. */
import 'vitest';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Address of a real MLflow server that tests may write to, shared by the whole run; null when there is none. */
    mlflowUri: string | null;
    /** `host:port` of a real Temporal server without TLS, shared by the whole run; null when there is none. */
    temporalAddress: string | null;
    /** Namespace on that server. */
    temporalNamespace: string;
    /** The `temporal` command line tool, where one was found; null with an existing server. */
    temporalCliPath: string | null;
    /** Why a server is not there; null for the ones that are. */
    missing: { temporal: string | null; mlflow: string | null };
    /** Parts that must not be skipped (`TRACELIFT_REQUIRE`). */
    required: string[];
  }
}
