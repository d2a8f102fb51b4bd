/** How a call that may take long is watched and stopped. Pure types. */
export interface CallOptions {
  /** Stops the call, which then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called now and then while the call is alive. */
  readonly onProgress?: (() => void) | undefined;
}

/** A call that can be stopped and is watched. */
export interface LiveCall extends CallOptions {
  readonly signal: AbortSignal;
  readonly onProgress: () => void;
}
