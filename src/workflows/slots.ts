/** A counting semaphore whose size can change while it is in use. Runs inside the workflow sandbox. */
import { condition } from '@temporalio/workflow';

/** Bounded fan-out: `run` starts work when a slot is free. */
export class Slots {
  private used = 0;

  /** @param size asked anew every time, so that an update takes effect at once. */
  constructor(private readonly size: () => number) {}

  /** Waits for a slot, runs the work, frees the slot. */
  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    await condition(() => this.used < this.size());
    this.used += 1;
    try {
      return await work();
    } finally {
      this.used -= 1;
    }
  }
}
