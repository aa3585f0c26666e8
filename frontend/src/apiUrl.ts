const EXPECTED =
  "REACT_APP_API_URL must be an http(s) URL such as https://api.example.com/api, or a path such as /api";

/**
 * The API's base URL without a trailing slash: an absolute http(s) URL, or a path on this origin.
 *
 * Free of `import.meta.env`, so that the build checks the variable with the rule the browser uses.
 * Throws when the value is missing or is neither.
 */
export function parseApiUrl(value: string | undefined): string {
  const given = value?.trim() ?? "";
  if (!given) throw new Error(`${EXPECTED}; it is not set.`);
  if (!isPath(given) && !isHttpUrl(given)) throw new Error(`${EXPECTED}; it is "${given}".`);
  return given.replace(/\/+$/, "");
}

/** Where the server's own pages are (`/health`, `/admin/`): its origin, or "" when it is this one. */
export function serverOrigin(apiUrl: string): string {
  return URL.canParse(apiUrl) ? new URL(apiUrl).origin : "";
}

function isPath(value: string): boolean {
  return /^\/(?!\/)[^\s?#\\]*$/.test(value);
}

function isHttpUrl(value: string): boolean {
  if (!/^https?:\/\/[^\s?#\\]+$/i.test(value) || !URL.canParse(value)) return false;
  const { username, password } = new URL(value);
  return username === "" && password === "";
}
