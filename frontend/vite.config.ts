import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";

import react from "@vitejs/plugin-react";
import { defineConfig, loadEnv } from "vite";

import { parseApiUrl } from "./src/apiUrl";

const PUBLIC_PREFIXES = ["VITE_", "REACT_APP_"];
const BACKEND_PATHS = "^/(api|health|admin|static)(/|\\?|$)";

export default defineConfig(({ command, mode }) => {
  const env = loadEnv(mode, import.meta.dirname, [...PUBLIC_PREFIXES, "API_PROXY_TARGET"]);
  if (command === "build") parseApiUrl(env.REACT_APP_API_URL);

  return {
    root: import.meta.dirname,
    cacheDir: "node_modules/.vite",
    envPrefix: PUBLIC_PREFIXES,
    plugins: [react()],
    server: {
      proxy: {
        [BACKEND_PATHS]: {
          target: env.API_PROXY_TARGET ?? "http://127.0.0.1:8000",
          // Django compares Host with Origin on every form post; the browser's Host must reach it.
          changeOrigin: false,
          configure: (proxy) => {
            proxy.on("error", answerBadGateway);
          },
        },
      },
    },
  };
});

/** Says 502 for a backend that is not there; Vite's own 500 would look like the backend's. */
function answerBadGateway(_error: Error, _request: unknown, response: ServerResponse | Socket) {
  if ("writeHead" in response && !response.headersSent) response.writeHead(502).end();
}
