import { config } from "../config";
import { api } from "./api";

export const SERVICE_NAMES = ["db", "redis", "workers"] as const;
const SERVICE_STATES = ["ok", "down", "timeout"] as const;

export type ServiceName = (typeof SERVICE_NAMES)[number];
export type ServiceState = (typeof SERVICE_STATES)[number];

export interface Health {
  readonly status: "ok" | "down";
  readonly services: Readonly<Record<ServiceName, ServiceState>>;
  /** The `X-Release` header; null when absent or not exposed to this origin. */
  readonly release: string | null;
}

// The backend promises an answer within 2 s, however sick the stack is.
const DEADLINE_MS = 5_000;

/**
 * Asks the server how it is. A 503 that carries a verdict is an answer.
 *
 * Rejects when nothing answers in time or when the answer is not a health verdict.
 */
export async function fetchHealth(signal?: AbortSignal): Promise<Health> {
  const response = await api.get<unknown>("/health", {
    baseURL: config.serverOrigin,
    timeout: DEADLINE_MS,
    validateStatus: (status) => status === 200 || status === 503,
    ...(signal && { signal }),
  });
  const release: unknown = response.headers["x-release"];
  return {
    ...parseVerdict(response.data),
    release: typeof release === "string" && release !== "" ? release : null,
  };
}

function parseVerdict(body: unknown): Pick<Health, "status" | "services"> {
  if (!isVerdict(body)) throw new Error("The server answered, but not with a health report.");
  return body;
}

function isVerdict(body: unknown): body is Pick<Health, "status" | "services"> {
  if (!isRecord(body) || !isRecord(body.services)) return false;
  const { status, services } = body;
  const known: readonly unknown[] = SERVICE_STATES;
  return (
    (status === "ok" || status === "down") &&
    SERVICE_NAMES.every((name) => known.includes(services[name]))
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
