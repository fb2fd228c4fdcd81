/**
 * Labels and variables of a container that are told with its log.
 *
 * @module
 */

/** Options that choose by a pattern, and how they are read. */
export const PATTERNS = { "labels-regex": pattern, "env-regex": pattern };

function pattern(text: string): RegExp {
  try {
    return new RegExp(text);
  } catch (error) {
    throw new Error("is no regular expression", { cause: error });
  }
}

/**
 * What `labels`, `labels-regex`, `env` and `env-regex` choose.
 *
 * @param container `env` as `KEY=VALUE`.
 */
export function attributesOf(
  options: Readonly<Record<string, string>>,
  container: {
    labels: Readonly<Record<string, string>>;
    env: readonly string[];
  },
): Record<string, string> {
  const variables = container.env.map((text) => {
    const equals = text.indexOf("=");
    return [text.slice(0, equals), text.slice(equals + 1)] as const;
  });
  return Object.fromEntries([
    ...chosen(Object.entries(container.labels), options, "labels"),
    ...chosen(variables, options, "env"),
  ]);
}

function chosen(
  entries: readonly (readonly [string, string])[],
  options: Readonly<Record<string, string>>,
  kind: "labels" | "env",
) {
  const names = new Set(options[kind]?.split(",").map((name) => name.trim()));
  const text = options[`${kind}-regex`];
  const matches = text === undefined ? undefined : pattern(text);
  return entries.filter(([name]) => names.has(name) || matches?.test(name));
}

/** As docker prints them: by name, escaped as in a query. */
export function detailsText(
  attributes: Readonly<Record<string, string>>,
): string {
  return Object.entries(attributes)
    .sort(([a], [b]) => a < b ? -1 : 1)
    .map((pair) => pair.map(escape).join("="))
    .join(",");
}

function escape(text: string): string {
  return encodeURIComponent(text).replaceAll("%20", "+").replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
