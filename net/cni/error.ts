/**
 * Errors as CNI tells them: a code, a short message, and details. Follows the
 * CNI specification 1.1.0, section 5, "Error".
 *
 * @module
 */

/** Codes with a meaning of their own; from 100 on they are a plugin's. */
export const CNI_CODE = {
  /** A version of CNI that is not spoken here. */
  INCOMPATIBLE_VERSION: 1,
  /** A field of the configuration that is not supported. */
  UNSUPPORTED_FIELD: 2,
  /** No such container: nothing of it has to be cleaned up. */
  UNKNOWN_CONTAINER: 3,
  /** Variables of the environment that are missing or wrong. */
  INVALID_ENVIRONMENT: 4,
  /** Reading or writing failed. */
  IO_FAILURE: 5,
  /** Something is no JSON, or not of the shape it should have. */
  DECODING_FAILURE: 6,
  /** A configuration with values that are not allowed. */
  INVALID_CONFIG: 7,
  /** No network namespace where one should be; libcni's, not the spec's. */
  INVALID_NETNS: 8,
  /** What stands in the way will pass. */
  TRY_AGAIN: 11,
  /** No ADD can be served. */
  UNAVAILABLE: 50,
  /** No ADD can be served, and what is attached may be cut off. */
  LIMITED: 51,
  /** Everything else; libcni's, not the spec's. */
  INTERNAL: 999,
} as const;

/** An error as it is printed on stdout, without the version. */
export interface CniErrorFields {
  /** One of {@linkcode CNI_CODE}, or 100 and above. */
  readonly code: number;
  /** What went wrong, on one line. */
  readonly msg: string;
  /** More of it. */
  readonly details?: string | undefined;
}

/** A failure with a code, as one side of CNI tells the other. */
export class CniError extends Error implements CniErrorFields {
  /** Tells it from other errors. */
  override readonly name = "CniError";

  /** Joins message and details for those who read only one. */
  constructor(
    readonly code: number,
    readonly msg: string,
    readonly details?: string,
    options?: ErrorOptions,
  ) {
    super(details === undefined ? msg : `${msg}; ${details}`, options);
  }
}

/** The object that is printed, as JSON, when a plugin fails. */
export function formatError(
  { code, msg, details }: CniErrorFields,
  cniVersion: string,
): object {
  return {
    cniVersion,
    code,
    msg,
    ...(details !== undefined && { details }),
  };
}

/** The error that a plugin printed; undefined when the value is none. */
export function parseError(value: unknown): CniError | undefined {
  const { code, msg, details } = Object(value);
  if (!Number.isInteger(code) || typeof msg !== "string") return undefined;
  return new CniError(
    code,
    msg,
    typeof details === "string" && details !== "" ? details : undefined,
  );
}
