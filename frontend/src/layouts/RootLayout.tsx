import { Link, Outlet } from "react-router-dom";

/** The frame of every page: skip link, banner and the main landmark. */
export function RootLayout() {
  return (
    <>
      <a
        href="#main"
        className="sr-only focus:not-sr-only focus:absolute focus:left-4 focus:top-4 focus:bg-panel focus:p-3"
      >
        Skip to content
      </a>
      <header className="border-b border-line bg-panel">
        <div className="mx-auto flex max-w-3xl items-center px-4 py-2">
          <Link
            to="/"
            className="inline-flex min-h-11 items-center text-lg font-semibold text-brand"
          >
            SmartMarket
          </Link>
        </div>
      </header>
      <main id="main" tabIndex={-1} className="mx-auto max-w-3xl px-4 py-8 focus:outline-none">
        <Outlet />
      </main>
    </>
  );
}
