import { http, HttpResponse } from "msw";

import type { ServiceName, ServiceState } from "../services/health";

/** A `/health` that answers as the backend does: 503 as soon as one service is not ok. */
export function healthAnswers(states: Partial<Record<ServiceName, ServiceState>> = {}) {
  const services = { db: "ok", redis: "ok", workers: "ok", ...states };
  const ok = Object.values(services).every((state) => state === "ok");
  return http.get("/health", () =>
    HttpResponse.json(
      { status: ok ? "ok" : "down", services },
      { status: ok ? 200 : 503, headers: { "X-Release": "4f2c9a1" } },
    ),
  );
}
