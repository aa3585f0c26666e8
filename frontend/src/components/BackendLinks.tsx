import { config } from "../config";

const PAGES = [
  { label: "API docs", path: "/api/docs/" },
  { label: "ReDoc", path: "/api/redoc/" },
  { label: "Admin", path: "/admin/" },
] as const;

/** The pages that the backend itself serves. */
export function BackendLinks() {
  return (
    <nav aria-label="Backend pages" className="mt-8 border-t border-line pt-4">
      <ul className="flex flex-wrap gap-x-6">
        {PAGES.map(({ label, path }) => (
          <li key={path}>
            <a
              href={config.serverOrigin + path}
              className="inline-flex min-h-11 items-center text-brand underline"
            >
              {label}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}
