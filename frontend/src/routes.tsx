import type { RouteObject } from "react-router-dom";

import { RootLayout } from "./layouts/RootLayout";
import { CrashPage } from "./pages/CrashPage";
import { NotFoundPage } from "./pages/NotFoundPage";
import { StackStatusPage } from "./pages/StackStatusPage";

export const routes: RouteObject[] = [
  {
    element: <RootLayout />,
    children: [
      {
        errorElement: <CrashPage />,
        children: [
          { path: "/", element: <StackStatusPage /> },
          { path: "*", element: <NotFoundPage /> },
        ],
      },
    ],
  },
];
