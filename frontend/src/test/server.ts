import { setupServer } from "msw/node";

/** The fake backend; each test adds the answers it needs. */
export const server = setupServer();
