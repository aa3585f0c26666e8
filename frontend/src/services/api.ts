import axios from "axios";

import { config } from "../config";

/** The one HTTP client of the app; paths are relative to the API's base URL. */
export const api = axios.create({
  baseURL: config.apiUrl,
  timeout: 10_000,
  headers: { Accept: "application/json" },
});
