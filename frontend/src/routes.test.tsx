import { render, screen } from "@testing-library/react";
import { createMemoryRouter, RouterProvider } from "react-router-dom";
import { describe, expect, it } from "vitest";

import { routes } from "./routes";

describe("routes", () => {
  it("answer an unknown address with the 404 page and a way home", async () => {
    const router = createMemoryRouter(routes, { initialEntries: ["/nowhere"] });
    render(<RouterProvider router={router} future={{ v7_startTransition: true }} />);

    expect(await screen.findByRole("heading", { name: "Page not found", level: 1 })).toBeVisible();
    expect(screen.getByRole("link", { name: "Go to the stack status" })).toHaveAttribute(
      "href",
      "/",
    );
  });
});
