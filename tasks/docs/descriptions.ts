/**
 * Doc comments of a specification's fields, as data the program can tell.
 *
 * @module
 */

/** What `deno doc --json` says of a type, as far as fields are made of it. */
interface TsType {
  readonly kind: string;
  readonly value?: unknown;
}

interface Property {
  readonly name: string;
  readonly jsDoc?: { readonly doc?: string };
  readonly tsType: TsType;
}

interface Symbol {
  readonly name: string;
  readonly declarations: readonly {
    readonly def: {
      readonly properties?: readonly Property[];
      readonly tsType?: TsType;
    };
  }[];
}

/** The fields' doc comments, by path; list and record items add nothing. */
export function descriptionsOf(
  { symbols }: { readonly symbols: readonly Symbol[] },
): Record<string, string> {
  const types = new Map(symbols.map((one) => [one.name, one]));
  const found: Record<string, string> = {};
  const visitType = (type: TsType, path: string): void => {
    const { kind, value } = type;
    if (kind === "union") {
      for (const one of value as TsType[]) visitType(one, path);
    } else if (kind === "array" || kind === "parenthesized") {
      visitType(value as TsType, path);
    } else if (kind === "typeLiteral") {
      visitAll((value as { properties: Property[] }).properties, path);
    } else if (kind === "typeRef") {
      const { typeName, typeParams = [] } = value as {
        typeName: string;
        typeParams?: TsType[];
      };
      for (const one of typeParams) visitType(one, path);
      const { def } = types.get(typeName)?.declarations[0] ?? {};
      visitAll(def?.properties ?? [], path);
      if (def?.tsType) visitType(def.tsType, path);
    }
  };
  const visitAll = (properties: readonly Property[], path: string) => {
    for (const { name, jsDoc, tsType } of properties) {
      const at = path === "" ? name : `${path}.${name}`;
      if (jsDoc?.doc) found[at] = jsDoc.doc.replaceAll("\n", " ");
      visitType(tsType, at);
    }
  };
  const root = types.get("SpecificationFields")?.declarations[0];
  visitAll(root?.def.properties ?? [], "");
  return found;
}

/** The module that holds them. */
export function descriptionsModule(found: Record<string, string>): string {
  return `/**
 * What fields of a specification mean, by path: the doc comments of
 * \`specification/fields.ts\`. \`deno task docs\` writes this file.
 *
 * @module
 */

/** The fields' descriptions. */
export const DESCRIPTIONS: Readonly<Record<string, string>> = ${
    JSON.stringify(found, null, 2)
  };
`;
}
