import { parseApiUrl, serverOrigin } from "./apiUrl";

const apiUrl = parseApiUrl(
  import.meta.env.REACT_APP_API_URL ?? (import.meta.env.DEV ? "/api" : ""),
);

export const config = {
  apiUrl,
  serverOrigin: serverOrigin(apiUrl),
} as const;
