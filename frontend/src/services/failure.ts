import { isAxiosError } from "axios";

const TIMED_OUT: readonly (string | undefined)[] = ["ECONNABORTED", "ETIMEDOUT"];
const SAID_BY_A_PROXY: readonly number[] = [502, 504];

/** One sentence for people on why a request got no usable answer. */
export function failureReason(error: unknown): string {
  if (isAxiosError(error)) {
    if (TIMED_OUT.includes(error.code)) return "The server did not answer in time.";
    return reasonOfStatus(error.response?.status);
  }
  return error instanceof Error ? error.message : String(error);
}

function reasonOfStatus(status: number | undefined): string {
  if (status === undefined || SAID_BY_A_PROXY.includes(status))
    return "The server cannot be reached.";
  return `The server answered with HTTP ${String(status)}.`;
}
