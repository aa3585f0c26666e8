import { act, render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { delay, http, HttpResponse } from "msw";
import { describe, expect, it, vi } from "vitest";

import { App } from "../App";
import { healthAnswers } from "../test/health";
import { server } from "../test/server";

async function service(title: string): Promise<HTMLElement> {
  const heading = await screen.findByRole("heading", { name: title, level: 3 });
  const item = screen.getAllByRole("listitem").find((each) => each.contains(heading));
  if (!item) throw new Error(`${title} is not in a list item`);
  return item;
}

describe("the stack status page", () => {
  it("shows every service as OK, with the release, when the stack is healthy", async () => {
    server.use(healthAnswers());
    render(<App />);

    for (const title of ["Database", "Redis", "Workers"]) {
      expect(within(await service(title)).getByText("OK")).toBeVisible();
    }
    expect(screen.getByRole("status")).toHaveTextContent("All services are up.");
    expect(screen.getByText("4f2c9a1")).toBeVisible();
    expect(document.title).toBe("SmartMarket: stack status");
  });

  it("shows a 503 as the answer it is: which service is down, and no error", async () => {
    server.use(healthAnswers({ workers: "down" }));
    render(<App />);

    expect(within(await service("Workers")).getByText("Down")).toBeVisible();
    expect(within(await service("Database")).getByText("OK")).toBeVisible();
    expect(screen.getByRole("status")).toHaveTextContent("1 of 3 services not working.");
    expect(screen.queryByRole("button", { name: "Retry" })).not.toBeInTheDocument();
  });

  it("tells a service that timed out from one that is down", async () => {
    server.use(healthAnswers({ redis: "timeout", workers: "down" }));
    render(<App />);

    expect(within(await service("Redis")).getByText("Timed out")).toBeVisible();
    expect(screen.getByRole("status")).toHaveTextContent("2 of 3 services not working.");
  });

  it("says that it is checking until the first answer", async () => {
    server.use(http.get("/health", () => delay("infinite")));
    render(<App />);

    expect(await screen.findByText("Checking the stack…")).toBeVisible();
    expect(screen.queryByRole("heading", { name: "Services" })).not.toBeInTheDocument();
  });

  it("says that the server cannot be reached, and recovers on Retry", async () => {
    server.use(http.get("/health", () => HttpResponse.error()));
    render(<App />);
    expect(await screen.findByText("The server cannot be reached.")).toBeVisible();

    server.use(healthAnswers());
    await userEvent.click(screen.getByRole("button", { name: "Retry" }));

    expect(await screen.findByText("All services are up.")).toBeVisible();
    expect(screen.getByRole("button", { name: "Check now" })).toHaveFocus();
  });

  it("does not take a proxy's own 503 page for a health report", async () => {
    server.use(
      http.get("/health", () => HttpResponse.html("<h1>Unavailable</h1>", { status: 503 })),
    );
    render(<App />);

    expect(
      await screen.findByText("The server answered, but not with a health report."),
    ).toBeVisible();
  });

  it("takes a proxy's 502 for a server that cannot be reached", async () => {
    server.use(http.get("/health", () => new HttpResponse(null, { status: 502 })));
    render(<App />);

    expect(await screen.findByText("The server cannot be reached.")).toBeVisible();
  });

  it("names the HTTP status of any other answer", async () => {
    server.use(http.get("/health", () => new HttpResponse(null, { status: 500 })));
    render(<App />);

    expect(await screen.findByText("The server answered with HTTP 500.")).toBeVisible();
  });

  it("asks nothing while the tab is hidden, and at once when it is shown", async () => {
    const visibility = vi.spyOn(document, "visibilityState", "get").mockReturnValue("hidden");
    let asked = 0;
    server.events.on("request:start", () => (asked += 1));
    server.use(healthAnswers());
    render(<App />);
    expect(await screen.findByText("Checking the stack…")).toBeVisible();
    expect(asked).toBe(0);

    visibility.mockReturnValue("visible");
    act(() => {
      document.dispatchEvent(new Event("visibilitychange"));
    });

    expect(await screen.findByText("All services are up.")).toBeVisible();
    expect(asked).toBe(1);
    server.events.removeAllListeners();
  });

  it("links to the backend's own pages", async () => {
    server.use(healthAnswers());
    render(<App />);

    const links = within(await screen.findByRole("navigation", { name: "Backend pages" }));
    expect(links.getByRole("link", { name: "API docs" })).toHaveAttribute("href", "/api/docs/");
    expect(links.getByRole("link", { name: "ReDoc" })).toHaveAttribute("href", "/api/redoc/");
    expect(links.getByRole("link", { name: "Admin" })).toHaveAttribute("href", "/admin/");
  });
});
