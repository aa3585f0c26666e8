import { Link } from "react-router-dom";

import { useDocumentTitle } from "../hooks/useDocumentTitle";

export function NotFoundPage() {
  useDocumentTitle("page not found");
  return (
    <>
      <h1 className="text-2xl font-semibold">Page not found</h1>
      <p className="mt-2 text-muted">There is nothing at this address.</p>
      <Link to="/" className="mt-4 inline-flex min-h-11 items-center text-brand underline">
        Go to the stack status
      </Link>
    </>
  );
}
