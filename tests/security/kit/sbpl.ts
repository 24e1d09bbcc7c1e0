/** A small reader of macOS' sandbox profiles (SBPL), to ask one what it allows. */

type Expression = string | { readonly text: string } | readonly Expression[];

/** A word is a string, a quoted string an object, a list an array. */
function read(source: string): Expression[] {
  let at = 0;
  const list = (closes: boolean): Expression[] => {
    const items: Expression[] = [];
    for (;;) {
      while (/\s/.test(source[at] ?? "")) at++;
      const char = source[at];
      if (char === undefined) {
        if (closes) throw new Error("a list does not end");
        return items;
      }
      if (char === ";") {
        while (at < source.length && source[at] !== "\n") at++;
      } else if (char === ")") {
        if (!closes) throw new Error(`a ")" too many at ${at}`);
        at++;
        return items;
      } else if (char === "(") {
        at++;
        items.push(list(true));
      } else if (char === '"') items.push({ text: quoted() });
      else {
        const from = at;
        while (at < source.length && !/[\s()";]/.test(source[at] ?? "")) at++;
        items.push(source.slice(from, at));
      }
    }
  };
  const quoted = (): string => {
    let text = "";
    for (at++; source[at] !== '"'; at++) {
      if (source[at] === undefined) throw new Error("a string does not end");
      if (source[at] === "\\") at++;
      text += source[at];
    }
    at++;
    return text;
  };
  return list(false);
}

interface Rule {
  readonly allow: boolean;
  readonly operations: readonly string[];
  /** Without one it is for everything. */
  readonly filters: readonly (readonly [kind: string, value: string])[];
}

/** What a profile says. */
export interface Profile {
  readonly rules: readonly Rule[];
  readonly imports: readonly string[];
  /** Whether the last rule on this operation and path allows it; `default` where there is none. */
  allows(operation: string, path: string): boolean;
}

/** Reads a profile. @throws When it has a form that ward does not write. */
export function readProfile(source: string): Profile {
  const [version, ...rest] = read(source);
  if (JSON.stringify(version) !== '["version","1"]') throw new Error("not version 1");
  const imports: string[] = [];
  const rules: Rule[] = [];
  for (const one of rest) {
    if (!Array.isArray(one)) throw new Error(`not a list: ${JSON.stringify(one)}`);
    const [head, ...words] = one as Expression[];
    if (head === "import") {
      imports.push((words[0] as { text: string }).text);
      continue;
    }
    if (head !== "allow" && head !== "deny") throw new Error(`unknown: ${JSON.stringify(one)}`);
    const operations = words.filter((word): word is string => typeof word === "string");
    const filters = words.filter((word) => Array.isArray(word)).map((word) => {
      const [kind, value, ...more] = word as Expression[];
      const text = typeof value === "string" ? value : (value as { text: string }).text;
      if (more.length > 0 || typeof kind !== "string") {
        throw new Error(`unknown filter: ${JSON.stringify(word)}`);
      }
      return [kind, text] as const;
    });
    if (operations.length + filters.length !== words.length) {
      throw new Error(`a stray string: ${JSON.stringify(one)}`);
    }
    rules.push({ allow: head === "allow", operations, filters });
  }
  return {
    rules,
    imports,
    allows: (operation, path) =>
      rules.findLast((rule) =>
        rule.operations.some((name) => covers(name, operation)) &&
        (rule.filters.length === 0 ||
          rule.filters.some(([kind, value]) => matches(kind, value, path)))
      )?.allow ?? false,
  };
}

function covers(name: string, operation: string): boolean {
  if (name === "default" || name === operation) return true;
  // Among Apple's operations on files these two are writing as well.
  if (name === "file-write*" && ["file-link", "file-clone"].includes(operation)) return true;
  return name.endsWith("*") && operation.startsWith(name.slice(0, -1));
}

function matches(kind: string, value: string, path: string): boolean {
  if (kind === "literal") return path === value;
  if (kind === "subpath") return path === value || path.startsWith(`${value}/`);
  return false;
}
