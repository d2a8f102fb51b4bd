/** What a step knows of the attempt that it is. Made by whoever runs steps: for workflows, src/activities. */
import type { LiveCall } from '../call-options.js';

export interface StepAttempt extends LiveCall {
  /** 1 or more. Every attempt stages under names of its own. */
  readonly attempt: number;
  /** How many attempts right before this one were cut short without a word: their workers were killed. */
  readonly deaths: number;
  /** Gives a sign of life; the note, where there is one, tells operators where the step is. */
  readonly onProgress: (note?: string) => void;
  /** Tells whether a workflow is under way; null where that cannot be asked. */
  readonly isWorkflowRunning: ((workflowId: string) => Promise<boolean>) | null;
}
