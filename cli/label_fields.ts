/**
 * What templates may ask of the labels of anything that is listed.
 *
 * @module
 */

/** The fields that are made of labels. */
export interface LabelFields {
  /** All of them, `KEY=VALUE` with commas between. */
  readonly Labels: string;
  /** The value of one; empty where there is none. */
  readonly Label: (key: string) => string;
}

/** Those fields. */
export function labelFields(
  labels: { readonly [key: string]: string },
): LabelFields {
  return {
    Labels: Object.entries(labels).map((pair) => pair.join("=")).join(","),
    Label: (key) => Object.hasOwn(labels, key) ? labels[key]! : "",
  };
}
