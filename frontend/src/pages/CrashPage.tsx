import { useDocumentTitle } from "../hooks/useDocumentTitle";

/** What is shown in place of a page that failed while rendering; the router logs the error. */
export function CrashPage() {
  useDocumentTitle("something went wrong");
  return (
    <div role="alert">
      <h1 className="text-2xl font-semibold">Something went wrong</h1>
      <p className="mt-2 text-muted">This page could not be shown.</p>
      <a href="/" className="mt-4 inline-flex min-h-11 items-center text-brand underline">
        Reload the app
      </a>
    </div>
  );
}
