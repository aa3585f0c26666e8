import { useCallback, useEffect, useState } from "react";

import { poll } from "../polling";
import { failureReason } from "../services/failure";
import { fetchHealth, type Health } from "../services/health";
import { useDocumentVisible } from "./useDocumentVisible";

export type HealthReport =
  | { readonly kind: "loading" }
  | { readonly kind: "answer"; readonly health: Health; readonly at: Date }
  | { readonly kind: "error"; readonly reason: string; readonly at: Date };

interface HealthPolling {
  readonly report: HealthReport;
  /** True from `checkNow` to its answer; the regular refresh stays silent. */
  readonly checking: boolean;
  readonly checkNow: () => void;
}

/** The stack's health, asked again and again while the tab is on screen. */
export function useHealth(): HealthPolling {
  const [report, setReport] = useState<HealthReport>({ kind: "loading" });
  const [checking, setChecking] = useState(false);
  const [round, setRound] = useState(0);
  const visible = useDocumentVisible();

  useEffect(() => {
    if (!visible) return;
    return poll(async (signal) => {
      const next = await ask(signal);
      if (signal.aborted) return false;
      setReport(next);
      setChecking(false);
      return next.kind === "answer";
    });
  }, [visible, round]);

  const checkNow = useCallback(() => {
    setChecking(true);
    setRound((current) => current + 1);
  }, []);

  return { report, checking, checkNow };
}

async function ask(signal: AbortSignal): Promise<HealthReport> {
  try {
    return { kind: "answer", health: await fetchHealth(signal), at: new Date() };
  } catch (error) {
    return { kind: "error", reason: failureReason(error), at: new Date() };
  }
}
