import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { poll } from "./polling";

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

describe("poll", () => {
  it("asks at once and every 5 s after an answer", async () => {
    const ask = vi.fn(() => Promise.resolve(true));
    const stop = poll(ask);
    expect(ask).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(15_000);
    expect(ask).toHaveBeenCalledTimes(4);
    stop();
  });

  it("waits 10, 20, then 30 s while nothing answers", async () => {
    const startedAt = Date.now();
    const askedAt: number[] = [];
    const stop = poll(() => {
      askedAt.push((Date.now() - startedAt) / 1000);
      return Promise.resolve(false);
    });
    await vi.advanceTimersByTimeAsync(90_000);
    expect(askedAt).toEqual([0, 10, 30, 60, 90]);
    stop();
  });

  it("aborts what is under way and asks no more once stopped", async () => {
    const ask = vi.fn((signal: AbortSignal) => {
      return new Promise<boolean>((resolve) => {
        signal.addEventListener("abort", () => {
          resolve(false);
        });
      });
    });
    poll(ask)();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(ask).toHaveBeenCalledTimes(1);
    expect(ask.mock.calls[0]?.[0].aborted).toBe(true);
  });
});
