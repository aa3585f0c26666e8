const REFRESH_MS = 5_000;
const SLOWEST_MS = 30_000;

/**
 * Runs `ask` now and again 5 s after each answer. While `ask` resolves to false, each wait is twice
 * the one before, up to 30 s. Returns the function that stops it and aborts what is under way.
 */
export function poll(ask: (signal: AbortSignal) => Promise<boolean>): () => void {
  const controller = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;

  async function turn(failuresBefore: number): Promise<void> {
    const failures = (await ask(controller.signal)) ? 0 : failuresBefore + 1;
    if (controller.signal.aborted) return;
    timer = setTimeout(() => void turn(failures), waitAfter(failures));
  }

  void turn(0);
  return () => {
    controller.abort();
    clearTimeout(timer);
  };
}

function waitAfter(failures: number): number {
  return Math.min(REFRESH_MS * 2 ** failures, SLOWEST_MS);
}
