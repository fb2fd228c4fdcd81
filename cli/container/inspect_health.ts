/**
 * Restart policies and health checks as docker's `inspect` shows them.
 *
 * @module
 */
import type { Details } from "../../container/describe.ts";
import type { Healthcheck } from "../../container/health/healthcheck.ts";
import type { RestartPolicy } from "../../container/restart/policy.ts";

/** `HostConfig.RestartPolicy` */
export function restartFields({ name, maximumRetryCount = 0 }: RestartPolicy) {
  return { Name: name, MaximumRetryCount: maximumRetryCount };
}

/** `State.Health`, where there is one. */
export function healthFields({ healthState }: Details) {
  return healthState ? { Health: healthState } : {};
}

/** `Config.Healthcheck`, where there is one; times in nanoseconds. */
export function healthcheckFields(check: Healthcheck | undefined) {
  if (!check) return {};
  return {
    Healthcheck: {
      Test: ["CMD", ...check.test],
      Interval: check.interval * 1e6,
      Timeout: check.timeout * 1e6,
      StartPeriod: check.startPeriod * 1e6,
      StartInterval: check.startInterval * 1e6,
      Retries: check.retries,
    },
  };
}
