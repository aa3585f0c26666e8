import type { ServiceState } from "../services/health";

const LOOKS: Readonly<Record<ServiceState, { text: string; mark: string; tone: string }>> = {
  ok: { text: "OK", mark: "✓", tone: "border-ok text-ok" },
  down: { text: "Down", mark: "✕", tone: "border-down text-down" },
  timeout: { text: "Timed out", mark: "…", tone: "border-late text-late" },
};

/** A service's state in words, with a mark and a colour that say the same. */
export function StateBadge({ state }: { readonly state: ServiceState }) {
  const { text, mark, tone } = LOOKS[state];
  return (
    <p className={`shrink-0 rounded-full border px-3 py-1 text-sm font-medium ${tone}`}>
      <span aria-hidden="true">{mark} </span>
      {text}
    </p>
  );
}
