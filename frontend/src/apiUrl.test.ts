import { describe, expect, it } from "vitest";

import { parseApiUrl, serverOrigin } from "./apiUrl";

describe("parseApiUrl", () => {
  it.each([
    ["/api", "/api"],
    ["/api/", "/api"],
    [" https://api.example.com/api/ ", "https://api.example.com/api"],
    ["http://127.0.0.1:8000/api", "http://127.0.0.1:8000/api"],
  ])("takes %j as %j", (given, expected) => {
    expect(parseApiUrl(given)).toBe(expected);
  });

  it.each([undefined, "", "  "])("says that %j is not set", (given) => {
    expect(() => parseApiUrl(given)).toThrow("it is not set");
  });

  it.each([
    "api",
    "api.example.com/api",
    "//api.example.com/api",
    "ftp://api.example.com",
    "https://",
    "https:/api.example.com",
    "https://user:secret@api.example.com",
    "https://api.example.com/api?version=1",
    "/api#top",
  ])("refuses %j", (given) => {
    expect(() => parseApiUrl(given)).toThrow("must be an http(s) URL");
  });
});

describe("serverOrigin", () => {
  it("is the origin of an absolute URL", () => {
    expect(serverOrigin("https://api.example.com:8443/api")).toBe("https://api.example.com:8443");
  });

  it("is empty for a path, which is on this origin", () => {
    expect(serverOrigin("/api")).toBe("");
  });
});
