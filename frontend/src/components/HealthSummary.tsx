import type { HealthReport } from "../hooks/useHealth";
import { SERVICE_NAMES, type Health } from "../services/health";

interface HealthSummaryProps {
  readonly report: HealthReport;
  readonly checking: boolean;
  readonly onCheck: () => void;
}

/** The verdict in one sentence, when it was made, and the button that asks again. */
export function HealthSummary({ report, checking, onCheck }: HealthSummaryProps) {
  return (
    <section
      aria-label="Summary"
      className="mt-6 flex flex-wrap items-center justify-between gap-4 rounded-lg border border-line bg-panel p-4"
    >
      <div className="min-w-0">
        <div role="status" className={toneOf(report)}>
          <p className="text-lg font-medium">{headlineOf(report)}</p>
          {report.kind === "error" && <p>{report.reason}</p>}
        </div>
        {report.kind !== "loading" && <CheckedAt at={report.at} />}
      </div>
      <button
        type="button"
        onClick={onCheck}
        className="min-h-11 rounded-md border border-brand px-4 font-medium text-brand"
      >
        {checking ? "Checking…" : buttonLabelOf(report)}
      </button>
    </section>
  );
}

function CheckedAt({ at }: { readonly at: Date }) {
  return (
    <p className="mt-1 text-sm text-muted">
      Checked at <time dateTime={at.toISOString()}>{at.toLocaleTimeString()}</time>
    </p>
  );
}

function headlineOf(report: HealthReport): string {
  if (report.kind === "loading") return "Checking the stack…";
  if (report.kind === "error") return "The state of the stack is unknown.";
  return report.health.status === "ok" ? "All services are up." : countDown(report.health);
}

function countDown({ services }: Health): string {
  const down = SERVICE_NAMES.filter((name) => services[name] !== "ok").length;
  return `${String(down)} of ${String(SERVICE_NAMES.length)} services not working.`;
}

function toneOf(report: HealthReport): string {
  if (report.kind === "loading") return "text-muted";
  return report.kind === "answer" && report.health.status === "ok" ? "text-ok" : "text-down";
}

function buttonLabelOf(report: HealthReport): string {
  return report.kind === "error" ? "Retry" : "Check now";
}
